// Which desk may hand over while the hub is away, and how the others get their turn. Protocol/orders.md 5.
//
//     what ends an order that waits to be fetched ──► nobody's desk, or the asker's ──► decided
//                                                └─► another's ──► it is asked to give that back ──► decided then, or `not-holder`
import Bytes
import Commerce
import CRDT
import Store
import Sync

/// A desk that may be alone now has a say in it first.
struct DeskAway: Error {
    let store: String
    let lease: DeskLease
}

enum Desk {
    private static let kinds: Set<String> = ["desk", "till"]

    static func lease(_ store: String, _ ledger: Ledger) throws -> DeskLease? { try ledger.value(StockNames.space(store), DeskLease.resource).map { value throws(CommerceError) in try DeskLease(value) } }

    /// Before an order ends that waits to be fetched: another desk may be handing it over at this moment, unheard.
    /// - Parameters:
    ///   - order: as it was.
    ///   - device: who asks; nil where only time does.
    /// - Throws: `DeskAway`.
    static func check(_ order: Order, by device: DeviceID?, _ ledger: Ledger) throws {
        guard order.waitsToBeFetched, let lease = try lease(order.store, ledger), lease.isHeld(at: ledger.time), lease.device != device?.description else { return }
        if !Plant.deskNotAsked.isPlanted { throw DeskAway(store: order.store, lease: lease) }
    }

    /// The desk hears of it with everything else that becomes of its store.
    static func want(_ away: DeskAway, in space: SpaceID, _ ledger: Ledger) {
        guard !away.lease.isWanted else { return }
        var lease = away.lease
        lease.isWanted = true
        ledger.put(space, DeskLease.resource, lease.value)
    }

    /// Who hands over goes on with it alone, from now on, should this hub be away.
    static func take(_ order: Order, by peer: Peer, _ ledger: Ledger) throws {
        guard kinds.contains(peer.channel), peer.store == order.store else { return }
        let (device, before) = (peer.device.description, try lease(order.store, ledger))
        let isHeld = before.map { $0.device == device && $0.isHeld(at: ledger.time) } ?? false
        // Written now and then, not with each order.
        if let before, isHeld, before.until - ledger.time > CommerceLimits.deskMilliseconds / 2 { return }
        var lease = DeskLease(device: device, name: peer.name, term: isHeld ? before?.term ?? 1 : (before?.term ?? 0) + 1, until: ledger.time + CommerceLimits.deskMilliseconds)
        lease.isWanted = isHeld && before?.isWanted == true
        ledger.put(try StockNames.space(order.store), DeskLease.resource, lease.value)
    }

    /// Somebody says that the desk is switched off, and answers for that.
    static func takeOver(_ order: Order, by peer: Peer, _ ledger: Ledger) throws {
        guard peer.role == .manager || peer.role == .operator else { throw Refused("forbidden", "Only a manager can say that the other desk is off.") }
        if let lease = try lease(order.store, ledger) { ledger.put(try StockNames.space(order.store), DeskLease.resource, lease.ended.value) }
    }

    static func refusal(_ away: DeskAway, _ ledger: Ledger) -> Refused {
        Refused("not-holder", "\(away.lease.name) may be handing over at \(away.store), and doesn't answer: switch it on and connect it, or let a manager hand over with --take-over, once it is off for certain.",
                value: .map([("by", .string(away.lease.name)), ("until", .int(away.lease.until))]))
    }

    // MARK: What it handed over while it was alone

    /// It is in the customer's hand: nothing here can be refused any more, only put right.
    static func handedOver(_ order: inout Order, _ said: Value, by peer: Peer, _ ledger: Ledger) throws {
        let step = Order.Step(what: Order.Fulfilment.handedOver.rawValue, by: peer.name, device: peer.device.description, at: min(try said.integer("at"), ledger.time))
        if order.last(.handedOver)?.device == step.device { return }
        guard let current = try lease(order.store, ledger), try said.integer("term") <= current.term else { throw Refused("not-holder", "\(peer.name) never had the desk's lease at \(order.store): it can't have handed over alone.") }
        guard order.fulfilment.isFinal else {
            var due = order
            try due.takeCheaper(ledger.books(), at: step.at, channel: peer.channel)
            try order.handOver(said, by: step.by, device: step.device, notAfter: ledger.time)
            // By older books than these, or by nobody's: it's paid, and somebody may look into it.
            if let total = try order.total(), let least = try due.total(), total.minor < least.minor { order.note(Order.Step(what: "paid-less", by: step.by, device: step.device, at: step.at)) }
            return try OrderSteps.handOver(&order, keep: nil, ledger)
        }
        // The desk was said to be off and wasn't, or its disk was put back: what it gave away is gone all the same.
        if order.fulfilment != .handedOver {
            for (sku, count) in order.units.sorted(by: { utf8Precedes($0.key, $1.key) }) where count > 0 {
                _ = try Claim.units(count, of: sku, order.store, by: peer, because: "override", areInHand: true, ledger)
                try Claim.sell(count, of: sku, order.store, ledger)
            }
            order.fulfilment = .handedOver
        }
        order.note(step)
    }
}

/// A desk that is asked for it gives the lease back, once all that it handed over alone is said.
enum DeskYield: IntentKind {
    static let name = "desk-yield"
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && peer.role.isStaff && space.scheme == "store" }
    static var needsAll: Bool { true }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (store, term) = (try Stock.store(intent), try intent.payload.integer("term"))
        guard let lease = try Desk.lease(store, ledger), lease.device == peer.device.description, lease.term == term else {
            throw Refused("used", "The desk's lease \(term) at \(store) was given back already.")
        }
        ledger.put(intent.space, DeskLease.resource, lease.ended.value)
        ledger.isDeskFree = true
        return .map([("term", .int(term))])
    }
}
