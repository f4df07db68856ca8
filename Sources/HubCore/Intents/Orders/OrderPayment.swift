// Money of an order: asked of the provider when it's placed, or taken in the store when it's fetched.
//
//     placed ──► captured in time: units are promised, the order is routed
//            ├─► declined, or nothing came in time: cancelled, units are free
//            └─► captured after that: units again, if there are any, else all of it goes back
import Commerce
import CRDT
import Store
import Sync

enum OrderPayment {
    /// What the provider is asked by: the same for every retry, on every hub.
    static func id(_ order: String) -> String { "\(order)-payment" }

    /// The order that is paid under an id.
    static func order(_ id: String) -> String? { id.hasSuffix("-payment") ? String(id.dropLast("-payment".count)) : nil }

    static func begin(_ order: inout Order, _ ledger: Ledger) throws {
        let total = try order.total()
        guard order.paysNow, let total, total.minor > 0 else { return try route(&order, ledger) }
        try check(total, ledger)
        // It may have been paid before anybody knew of the order.
        if let early = try ledger.payment(id(order.id)) { return try take(early, &order, ledger) }
        order.due = ledger.time + CommerceLimits.paymentMilliseconds
        ask(total, for: order, ledger)
    }

    /// - Throws: where something is to be paid at once, and nobody takes it.
    static func check(_ total: Money?, _ ledger: Ledger) throws {
        guard total?.minor ?? 0 <= 0 || ledger.takesPayments else { throw Refused("invalid-value", "This hub takes no payments: order with --pay in-store.") }
    }

    static func ask(_ total: Money, for order: Order, _ ledger: Ledger) {
        ledger.charge(Charge(id: id(order.id), kind: .capture, order: order.id, store: order.store, amount: total))
    }

    /// The store is told: from here on it decides, by a hub of its own if it has one.
    static func route(_ order: inout Order, _ ledger: Ledger) throws {
        guard order.fulfilment == .placed else { return }
        order.fulfilment = .routed
        order.due = nil
        order.note(Order.Step(what: Order.Fulfilment.routed.rawValue, by: ledger.node, device: "", at: ledger.time))
        if let node = try ledger.delegate(of: order.store) { try Custody.move(&order, to: node, ledger) }
    }

    /// - Parameter result: of the charge that this order asked for.
    static func take(_ result: PaymentResult, _ order: inout Order, _ ledger: Ledger) throws {
        let step = Order.Step(what: "payment-\(result.status.rawValue)", by: "provider", device: "", at: ledger.time)
        switch result.status {
        case .refunded: return
        case .declined:
            guard order.payment == .none, !order.fulfilment.isFinal else { return }
            try OrderSteps.release(&order, ledger)
            try order.exit(to: .cancelled, by: step)
        case .captured:
            guard order.payment == .none, !order.isElsewhere else { return }
            order.payment = .captured
            order.paid = result.amount.minor
            order.note(step)
            if order.fulfilment.isFinal {
                if !(try again(&order, ledger)) { return OrderSteps.refund(&order, ledger) }
            }
            try OrderSteps.promise(&order, ledger)
            try route(&order, ledger)
        }
    }

    /// Paid after the units were given up: they are taken again, if they are there.
    private static func again(_ order: inout Order, _ ledger: Ledger) throws -> Bool {
        guard order.fulfilment == .cancelled, !order.isPromised else { return false }
        // Who cancelled it doesn't want it any more.
        if let cancelled = order.last(.cancelled), !cancelled.device.isEmpty { return false }
        guard try OrderSteps.holdAgain(order, as: .committed, ledger) == nil else { return false }
        order.isPromised = true
        order.fulfilment = .placed
        return true
    }

    /// Over the counter, by whatever the till takes.
    static func inStore(_ order: inout Order, by peer: Peer, _ ledger: Ledger) throws {
        try order.takeCheaper(ledger.books(), at: ledger.time, channel: peer.channel)
        try order.payTheRest(OrderSteps.step("payment-captured", by: peer, ledger))
    }
}
