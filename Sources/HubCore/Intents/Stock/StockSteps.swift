// What staff say and ask about a shelf: units that came or were counted, and units that are kept, given on or sold.
import Bytes
import Commerce
import CRDT
import Sync

/// Only staff: a customer's device never holds rights.
protocol StaffIntent: IntentKind {}

extension StaffIntent {
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && peer.role.isStaff }
}

enum StockReceive: StaffIntent {
    static let name = "stock-receive"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (sku, quantity) = try Stock.skuAndQuantity(intent.payload)
        try Stock.change(sku, Stock.store(intent), ledger) { row throws(CommerceError) in try row.add(quantity, to: .received) }
        return .map([("sku", .string(sku))])
    }
}

/// What is on the shelf, whatever the books say: what is missing goes first off what nobody was promised.
enum StockCount: StaffIntent {
    static let name = "stock-count"
    static var needsAll: Bool { true }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (sku, counted) = try Stock.skuAndQuantity(intent.payload, least: 0)
        let store = try Stock.store(intent)
        let shelf = try Stock.shelf(sku, store, ledger)
        let onShelf = shelf.available + shelf.held + shelf.promised
        let missing = max(0, onShelf - counted)
        let disputed = try missing == 0 ? 0 : Claim.units(missing, of: sku, store, by: peer, because: "counted", areInHand: false, ledger).disputed
        // What others may promise of this shelf isn't this hub's to write off.
        let lost = min(missing - min(disputed, missing), max(0, try Stock.rights(sku, store, ledger)))
        try Stock.change(sku, store, ledger) { row throws(CommerceError) in
            try row.add(max(0, counted - onShelf), to: .found)
            try row.add(lost, to: .lost)
        }
        return .map([("sku", .string(sku))])
    }
}

/// Anyone may: a customer for themselves.
enum StockHold: IntentKind {
    static let name = "stock-hold"

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches || (space.scheme == "store" && !peer.persons.isEmpty) }
    static var takesOwnRights: Bool { true }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (sku, quantity) = try Stock.skuAndQuantity(intent.payload)
        let seconds = try intent.payload.integer("seconds")
        guard (1...CommerceLimits.holdSecondsMax).contains(seconds) else {
            throw Refused("invalid-value", "A hold of \(seconds) s isn't possible: use 1 to \(CommerceLimits.holdSecondsMax).")
        }
        let person = intent.payload.isThere("person") ? try intent.payload.text("person") : nil
        if let person, !peer.role.isStaff, !peer.persons.contains(person) { throw Refused("forbidden", "This device may not ask for \(person): sign in as them.") }
        if person == nil, !peer.role.isStaff { throw Refused("not-signed-in", "A hold is somebody's: sign in first.") }
        let id = intent.id.derived("hold", in: intent.space)
        // Another hub granted it, or this one before it was put back: that is the answer.
        if let known = try Stock.find(id, Stock.store(intent), ledger) { return answer(id, due: known.deadline ?? ledger.time) }
        let due = ledger.time + seconds * 1_000
        try Stock.hold(id, Hold(store: Stock.store(intent), sku: sku, quantity: quantity, node: ledger.node, deadline: due, person: person), ledger)
        return answer(id, due: due)
    }

    private static func answer(_ id: String, due: Int64) -> Value { .map([("hold", .string(id)), ("due", .int(due))]) }
}

enum StockRelease: IntentKind {
    static let name = "stock-release"
    static var needsAll: Bool { true }

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { StockHold.mayAsk(peer, in: space, reaches: reaches) }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let id = try intent.payload.text("hold")
        guard let hold = try Stock.find(id, Stock.store(intent), ledger), peer.role.isStaff || hold.person.map(peer.persons.contains) == true else {
            throw Refused("invalid-value", "There is no hold \(id.prefix(40)) of yours at \(try Stock.store(intent)).")
        }
        if hold.order != nil { throw Refused("forbidden", "The hold \(id) is an order's: cancel the order.") }
        switch hold.state {
        case .held: try Stock.end(id, hold, as: .released, ledger)
        case .released where Plant.releaseByQuantity.isPlanted:
            try Stock.change(hold.sku, hold.store, ledger) { row throws(CommerceError) in try row.add(hold.quantity, to: .released) }
        case .expired: throw Refused("hold-expired", "The hold \(id) has expired: its units are free already.")
        case .released, .committed: throw Refused("used", "The hold \(id) is \(hold.state.rawValue): that is final.")
        }
        return .map([("hold", .string(id))])
    }
}

/// A unit over the counter.
enum StockSell: StaffIntent {
    static let name = "stock-sell"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (sku, quantity) = try Stock.skuAndQuantity(intent.payload)
        let store = try Stock.store(intent)
        let rights = try Stock.rights(sku, store, ledger)
        guard rights >= quantity else { throw CommerceError.noRights(sku, store, wanted: quantity, has: max(0, rights)) }
        try Claim.sell(quantity, of: sku, store, ledger)
        return .map([("sku", .string(sku))])
    }
}

/// Rights go to another authority; the units stay where they are.
enum StockLend: StaffIntent {
    static let name = "stock-lend"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (sku, quantity) = try Stock.skuAndQuantity(intent.payload)
        let (store, to) = (try Stock.store(intent), try intent.payload.text("to"))
        try StockNames.check("The authority", to)
        // What is lent to a name that no hub has, nobody can sell.
        let other = try ledger.otherNode(store)
        let isHub = peer.role == .storeHub || ledger.isHome(peer.device)
        guard isHub && to != ledger.node && !to.contains("@") || other.map({ to == $0 || to.hasPrefix($0 + "~") }) == true else {
            let who = other.map { "that is \($0) alone" } ?? "there is none"
            throw Refused("invalid-value", "Rights are lent to a hub that may sell what \(store) has, and \(to.prefix(40)) is none: beside this one, \(ledger.node), \(who).")
        }
        // What this hub holds for the customer whose order it is for.
        let holds = intent.payload.isThere("holds") ? try intent.payload.texts("holds") : []
        guard holds.isEmpty || isHub else { throw Refused("forbidden", "Only a hub says for which order of whom a hold ends: release it.") }
        if !holds.isEmpty, try !ledger.isCollected(store) { throw NotYet() }
        var (ended, free): ([(id: String, hold: Hold)], Int64) = ([], try Stock.rights(sku, store, ledger))
        for id in Set(holds).sorted(by: utf8Precedes) where free < quantity {
            guard let hold = try Stock.find(id, store, ledger), hold.sku == sku, hold.isLive(at: ledger.time), hold.order == nil, hold.from == nil, ledger.isOwn(hold.node) else { continue }
            ended.append((id, hold))
            free += hold.quantity
        }
        try Stock.end(ended, as: .released, ledger)
        let rights = try Stock.rights(sku, store, ledger)
        guard rights >= quantity else { throw CommerceError.noRights(sku, store, wanted: quantity, has: max(0, rights)) }
        // Who lends to a hub that runs out gives up to half of what it has, so that the next is there already.
        let isShared = try intent.payload.isThere("share") && intent.payload.flag("share")
        var total: Int64 = 0
        try Stock.change(sku, store, ledger) { row throws(CommerceError) in
            try row.send(isShared ? max(quantity, (rights + 1) / 2) : quantity, to: to)
            total = row.sent[to] ?? 0
        }
        return .map([("sku", .string(sku)), ("store", .string(store)), ("row", .string(StockNames.row(sku, ledger.node))), ("total", .int(total))])
    }
}

/// A unit that somebody holds in their hand is sold, whatever the books say.
enum StockOverride: StaffIntent {
    static let name = "stock-override"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (sku, quantity) = try Stock.skuAndQuantity(intent.payload)
        let store = try Stock.store(intent)
        let (gave, _) = try Claim.units(quantity, of: sku, store, by: peer, because: "override", areInHand: true, ledger)
        try Claim.sell(quantity, of: sku, store, ledger)
        return .map([("sku", .string(sku)), ("gave", .list(gave.map(Value.string)))])
    }
}
