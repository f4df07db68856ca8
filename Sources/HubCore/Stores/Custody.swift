// An order goes from the central hub to the store's own when it's routed, its units with it. On the way they are nobody's to
// promise: they left one row (`moved`), and are not in the other yet (`arrived`).
//
//     central hub: routed, holds {node: the store's, from: mine} ──► store's hub: holds {node: mine}, the order is mine
//
// Protocol/store-hubs.md 3.
import Bytes
import Commerce
import CRDT
import Store
import Sync

enum Custody {
    /// Gives an order to the hub of its store.
    static func move(_ order: inout Order, to node: String, _ ledger: Ledger) throws {
        guard !order.isDisputed else { return }
        for line in order.lines where line.count > 0 {
            guard var hold = try Stock.find(line.hold, order.store, ledger), hold.from == nil else { continue }
            let own = hold.node
            if hold.state == .committed {
                // Promised: what is left of it is held once more, and promised again where it goes.
                try Stock.change(line.sku, order.store, node: own, ledger) { row throws(CommerceError) in
                    for cell in [ShelfRow.Cell.withdrawn, .taken] { try row.add(line.count, to: cell) }
                }
                (hold.quantity, hold.state) = (line.count, .held)
            }
            guard hold.state == .held else { continue }
            try Stock.change(line.sku, order.store, node: own, ledger) { row throws(CommerceError) in try row.add(hold.quantity, to: .moved) }
            (hold.from, hold.node) = (own, node)
            try Stock.put(line.hold, hold, ledger)
        }
        order.authority = node
    }

    /// Takes in the units of an order that came.
    /// - Returns: whether all of them are here by now.
    static func arrive(_ order: Order, _ ledger: Ledger) throws -> Bool {
        let lines = order.lines.filter { $0.count > 0 }
        var holds: [(id: String, hold: Hold)] = []
        for line in lines {
            guard let hold = try Stock.find(line.hold, order.store, ledger) else { return false }
            if hold.from != nil { holds.append((line.hold, hold)) }
        }
        for (id, hold) in holds {
            var hold = hold
            (hold.from, hold.node) = (nil, ledger.node)
            try Stock.change(hold.sku, order.store, ledger) { row throws(CommerceError) in
                try row.add(hold.quantity, to: .arrived)
                if Plant.transitIsFree.isPlanted { try row.add(hold.quantity, to: .released) }
            }
            try Stock.put(id, hold, ledger)
            if order.isPromised { try Stock.end(id, hold, as: .committed, ledger) }
        }
        return true
    }
}

extension HubCore {
    /// Before anything that it says counts.
    /// - Returns: the store's space.
    /// - Throws: why it can't be that store's hub: another is, or its name can't be one's.
    @discardableResult
    func admitStoreHub(_ publicKey: [UInt8], _ peer: Peer) throws -> SpaceID {
        let space: SpaceID
        do throws(CommerceError) { space = try StockNames.space(peer.store) } catch { throw CloseReason.unauthorized(error.message) }
        if let known = try authority(of: space) {
            guard known.publicKey == publicKey, known.node == peer.name else {
                throw CloseReason.unauthorized("The store \(peer.store) has a hub of its own already, \(known.node): start this one on its data folder, under its name.")
            }
        } else if peer.name == name || peer.name.isEmpty || peer.name.contains(where: { "@~/".contains($0) }) {
            throw CloseReason.unauthorized("A store's hub can't be called \"\(peer.name.prefix(40))\" here: give it a name of letters, digits and dashes that no other hub has, with --name.")
        }
        return space
    }

    /// The store's own hub connects for the first time: what this hub decided about the store goes to it.
    func enrolStoreHub(_ connection: Connection, _ peer: Peer) throws {
        guard let publicKey = connection.hello?.publicKey else { return }
        let space = try admitStoreHub(publicKey, peer)
        if let known = try authority(of: space) {
            // This hub is called otherwise by now.
            if known.central != name, try isCollected(space) {
                let ledger = Ledger(self)
                ledger.put(space, StoreAuthority.resource, StoreAuthority(node: known.node, publicKey: known.publicKey, central: name).value)
                try append(ledger, byItself: StoreAuthority.resource)
            }
            return
        }
        // What was decided before this hub was put back comes first; the hub that waits asks again.
        guard try isCollected(space) else { return }
        let ledger = Ledger(self)
        let authority = StoreAuthority(node: peer.name, publicKey: publicKey, central: name)
        ledger.put(space, StoreAuthority.resource, authority.value)
        for (resource, _) in try ledger.resources(space, StockNames.shelves) {
            guard let (sku, node) = StockNames.parts(resource, after: StockNames.shelves), isOwn(node) else { continue }
            let rights = try Stock.rights(sku, peer.store, ledger)
            if rights > 0 { try Stock.change(sku, peer.store, ledger) { row throws(CommerceError) in try row.send(rights, to: authority.node) } }
        }
        for (_, value) in try ledger.resources(space, OrderNames.orders) {
            var order = try Order(value)
            guard !order.fulfilment.isFinal, order.fulfilment != .placed else { continue }
            try Custody.move(&order, to: authority.node, ledger)
            try OrderSteps.put(order, ledger)
        }
        try append(ledger, byItself: StoreAuthority.resource)
    }

    /// Takes in what the central hub gave to this one.
    func takeArrivals() throws {
        guard !arriving.isEmpty, let serves else { return }
        let space = try StockNames.space(serves)
        guard try isCollected(space) else { return }
        for id in arriving.sorted() {
            let ledger = Ledger(self)
            guard let order = try ledger.value(space, OrderNames.order(id)).flatMap({ try? Order($0) }), decides(order) else {
                arriving.remove(id)
                continue
            }
            guard try Custody.arrive(order, ledger) else { continue }
            arriving.remove(id)
            if !ledger.isEmpty { try append(ledger, byItself: "arrival") }
        }
    }

    /// What the store's hub did with an order, in the space of whose it is; and money that goes back, which only the central
    /// hub's provider can do.
    /// - Parameter before: the order as it was known here.
    func follow(_ fact: Fact, before: Fact?) throws {
        if serves != nil {
            if fact.resource.hasPrefix(OrderNames.orders) { arriving.insert(String(fact.resource.dropFirst(OrderNames.orders.count))) }
            if fact.resource.hasPrefix(StockNames.holds), let order = (try? Hold(fact.value))?.order { arriving.insert(order) }
            return
        }
        let ledger = Ledger(self)
        if fact.resource.hasPrefix(OrderNames.orders), let order = try? Order(fact.value), order.authority != nil {
            // What goes on elsewhere is said there.
            if !order.isElsewhere, let owner = SpaceID(order.owner), owner.scheme != "store", try ledger.value(owner, fact.resource) != fact.value { ledger.put(owner, fact.resource, fact.value) }
            if order.isDisputed, try !(before.map { try Order($0.value).isDisputed } ?? false) { try reroute(order, ledger) }
            let refunded = before.flatMap { try? Order($0.value) }?.refunded ?? 0
            if OrderSteps.cameToNothing(order), try !(before.map { try OrderSteps.cameToNothing(Order($0.value)) } ?? false) { try Vouchers.giveBack(order, ledger) }
            OrderSteps.askBack(order, since: refunded, ledger)
        } else if fact.resource.hasPrefix(StockNames.holds), let hold = try? Hold(fact.value), hold.order == nil, let person = hold.person, let space = SpaceID("person:\(person)") {
            ledger.put(space, fact.resource, fact.value)
        }
        if !ledger.isEmpty || !ledger.charges.isEmpty { try append(ledger, intent: fact.intent, device: fact.device, kind: fact.kind) }
    }
}
