// An order that can't be had from its store any more goes to another one, if its customer named none: rather than into dispute.
//
//     central hub decides about both ──► units back there, held here: one decision
//     the store's own hub does ──► disputed there ──► units held here ──► it gives the order up ──► it goes on here
//
// The id stays, and the number; what was paid goes along. Protocol/orders.md 6.
import Bytes
import Commerce
import CRDT
import Store
import Sync

enum Rerouting {
    /// Another store at which this hub has rights to all that is the customer's; nil where there is none.
    static func target(_ order: Order, _ ledger: Ledger) throws -> String? {
        guard ledger.isCentral, order.mayBeRerouted else { return nil }
        return try ledger.stores.first { store in try store != order.store && order.units.allSatisfy { try Stock.rights($0.key, store, ledger) >= $0.value } }
    }

    static func hold(_ line: Order.Line, of order: Order, at store: String) -> String { IntentID(named: "rerouted \(order.id) \(store) \(line.id)").description }

    static func holdAll(_ order: Order, at store: String, _ ledger: Ledger) throws {
        for line in order.lines where line.count > 0 {
            let id = hold(line, of: order, at: store)
            if try Stock.find(id, store, ledger) != nil { continue }
            try Stock.hold(id, Hold(store: store, sku: line.sku, quantity: line.count, node: ledger.node, deadline: nil, order: order.id), ledger)
        }
    }

    /// Both stores are this hub's to decide about.
    static func move(_ order: Order, to store: String, _ ledger: Ledger) throws {
        var left = order
        try giveUp(&left, ledger)
        try OrderSteps.put(left, ledger)
        try goOn(order, at: store, ledger)
    }

    static func giveUp(_ order: inout Order, _ ledger: Ledger) throws {
        try OrderSteps.release(&order, ledger)
        try order.leave(by: OrderSteps.alone(Order.rerouted, ledger))
    }

    /// - Parameter order: as it was where it came from.
    static func goOn(_ order: Order, at store: String, _ ledger: Ledger) throws {
        var moved = order.moved(to: store, by: OrderSteps.alone(Order.rerouted, ledger)) { hold($0, of: order, at: store) }
        do {
            try holdAll(moved, at: store, ledger)
            if order.isPromised { try OrderSteps.promise(&moved, ledger) }
            try OrderPayment.route(&moved, ledger)
        } catch let error as CommerceError {
            // What was held for it is gone, with the disk that this hub was put back from.
            guard error.lack != nil else { throw error }
            try moved.exit(to: .rejected, by: OrderSteps.alone(Order.Fulfilment.rejected.rawValue, ledger))
            OrderSteps.refund(&moved, ledger)
        }
        try OrderSteps.put(moved, ledger)
    }
}

/// The central hub asks a store's own to give up an order that is in dispute there.
enum OrderGiveUp: IntentKind {
    static let name = "order-give-up"
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { peer.role == .operator }
    static var needsAll: Bool { true }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        guard ledger.isHome(peer.device) else { throw Refused("forbidden", "Only the central hub gives an order to another store.") }
        let order = try OrderSteps.find(intent, by: peer, ledger)
        guard order.isDisputed, order.mayBeRerouted else { throw Refused("used", "The order \(order.number) is \(order.fulfilment.rawValue), and not in dispute any more.") }
        var left = order
        try Rerouting.giveUp(&left, ledger)
        try OrderSteps.put(left, ledger)
        return order.value
    }
}

extension HubCore {
    /// A store's own hub says that an order is in dispute: it's asked to give it up where another store has the units.
    func reroute(_ order: Order, _ ledger: Ledger) throws {
        guard let store = try Rerouting.target(order, ledger), let space = SpaceID("store:\(order.store)") else { return }
        try Rerouting.holdAll(order, at: store, ledger)
        let intent = Intent(id: IntentID(named: "give up \(order.id) to \(store)"), space: space, kind: OrderGiveUp.name,
                            payload: .map([("order", .string(order.id)), ("to", .string(store))]), key: key)
        begin(Forward(intent: intent, asker: ownAsker), to: .store(order.store))
    }

    /// The store's hub gave it up, or it turned out well there.
    func rerouted(_ intent: Intent, _ outcome: Outcome) throws {
        let (id, store) = (try intent.payload.text("order"), try intent.payload.text("to"))
        let ledger = Ledger(self)
        if outcome.isDone {
            try Rerouting.goOn(Order(outcome.value), at: store, ledger)
        } else if let order = try ledger.value(intent.space, OrderNames.order(id)).map({ value throws(CommerceError) in try Order(value) }) {
            for line in order.lines {
                let name = Rerouting.hold(line, of: order, at: store)
                if let hold = try Stock.find(name, store, ledger) { try Stock.end(name, hold, as: .released, ledger) }
            }
        }
        try append(ledger, byItself: Order.rerouted)
    }
}
