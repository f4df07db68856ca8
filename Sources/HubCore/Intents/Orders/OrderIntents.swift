// What staff do with an order, and what its customer may still ask. One intent, one step; what can't be any more is told with
// who was first, and when.
import Commerce
import CRDT
import Store
import Sync

/// A step of an order that is there.
protocol OrderIntent: IntentKind {
    static func step(_ order: inout Order, _ intent: Intent, by peer: Peer, _ ledger: Ledger) throws
}

extension OrderIntent {
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && peer.role.isStaff }
    static var needsAll: Bool { true }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let before = try OrderSteps.find(intent, by: peer, ledger)
        var order = before
        do {
            try step(&order, intent, by: peer, ledger)
        } catch let error as CommerceError {
            // Who asks for what somebody else did sees who, and when.
            throw Refused(error.code, error.message, value: answer(before))
        }
        try OrderSteps.put(order, ledger)
        return answer(order)
    }

    static func answer(_ order: Order) -> Value {
        let last = order.last(order.fulfilment)
        return .map([("order", .string(order.id)), ("number", .string(order.number)), ("fulfilment", .string(order.fulfilment.rawValue)),
                     ("payment", .string(order.payment.rawValue)), ("by", .string(last?.by ?? "")), ("at", .int(last?.at ?? 0))])
    }

    /// Past what nobody wrote down: who has it in hand has accepted and picked it.
    static func advance(_ order: inout Order, to next: Order.Fulfilment, by peer: Peer, _ ledger: Ledger) throws {
        if order.paysNow, order.payment == .none, try (order.total()?.minor ?? 0) > 0, !order.fulfilment.isFinal {
            throw Refused("held", "The order \(order.number) is not paid yet: it waits for the payment, or is cancelled.", value: answer(order))
        }
        try order.advance(to: next, by: OrderSteps.step(next.rawValue, by: peer, ledger))
    }
}

enum OrderPick: OrderIntent {
    static let name = "order-pick"

    static func step(_ order: inout Order, _ intent: Intent, by peer: Peer, _ ledger: Ledger) throws {
        let short = try intent.payload.entries("short")
        for state in [Order.Fulfilment.accepted, .picking] where order.fulfilment.isBefore(state) { try advance(&order, to: state, by: peer, ledger) }
        try advance(&order, to: .picked, by: peer, ledger)
        try OrderSteps.shorten(short, &order, ledger)
        if !short.isEmpty { order.note(OrderSteps.step("short", by: peer, ledger)) }
        OrderSteps.refund(&order, ledger)
        if order.lines.allSatisfy({ $0.count == 0 }) { try order.exit(to: .rejected, by: OrderSteps.step(Order.Fulfilment.rejected.rawValue, by: peer, ledger)) }
    }
}

enum OrderReady: OrderIntent {
    static let name = "order-ready"

    static func step(_ order: inout Order, _ intent: Intent, by peer: Peer, _ ledger: Ledger) throws {
        try advance(&order, to: .ready, by: peer, ledger)
        order.due = ledger.time + CommerceLimits.pickupMilliseconds
    }
}

enum OrderPresent: OrderIntent {
    static let name = "order-present"

    static func step(_ order: inout Order, _ intent: Intent, by peer: Peer, _ ledger: Ledger) throws {
        if order.fulfilment == .notCollected { try comeLate(&order, ledger) }
        try advance(&order, to: .presented, by: peer, ledger)
        // The customer stands there.
        order.due = nil
    }

    /// Its time was over, and the customer is there all the same: what is free is held again, of an order that nobody paid and no voucher
    /// was spent on.
    private static func comeLate(_ order: inout Order, _ ledger: Ledger) throws {
        guard order.payment == .none, !order.isPromised, order.vouchers.isEmpty else { return }
        if let lack = try OrderSteps.holdAgain(order, as: .held, ledger) { throw lack }
        order.fulfilment = .ready
        order.note(OrderSteps.alone("held-again", ledger))
    }
}

enum OrderHandOver: OrderIntent {
    static let name = "order-hand-over"

    static func step(_ order: inout Order, _ intent: Intent, by peer: Peer, _ ledger: Ledger) throws {
        if let alone = intent.payload["alone"], alone != .null { return try Desk.handedOver(&order, alone, by: peer, ledger) }
        let before = order
        try advance(&order, to: .handedOver, by: peer, ledger)
        if case .bool(true)? = intent.payload["takeOver"] { try Desk.takeOver(order, by: peer, ledger) }
        try Desk.check(before, by: peer.device, ledger)
        try Desk.take(order, by: peer, ledger)
        try OrderPayment.inStore(&order, by: peer, ledger)
        try OrderSteps.handOver(&order, keep: nil, ledger)
    }
}

/// Paid in the store: what was presented goes along; the rest stays.
enum OrderPay: OrderIntent {
    static let name = "order-pay"

    static func step(_ order: inout Order, _ intent: Intent, by peer: Peer, _ ledger: Ledger) throws {
        let keep = intent.payload.isThere("keep") ? try intent.payload.texts("keep") : nil
        for name in keep ?? [] where !order.lines.contains(where: { $0.sku == name || $0.id == name }) {
            throw Refused("unknown-line", "The order \(order.number) has no \(name).", value: answer(order))
        }
        if order.fulfilment.isFinal { try order.advance(to: .handedOver, by: OrderSteps.step("", by: peer, ledger)) }
        try Desk.check(order, by: peer.device, ledger)
        if keep == nil, order.fulfilment != .presented {
            // Paid ahead of being fetched.
            guard order.payment != .captured else { throw Refused("used", "The order \(order.number) is paid already.", value: answer(order)) }
            try OrderPayment.inStore(&order, by: peer, ledger)
            try OrderSteps.promise(&order, ledger)
            return
        }
        try order.advance(to: .handedOver, by: OrderSteps.step(Order.Fulfilment.handedOver.rawValue, by: peer, ledger))
        try Desk.take(order, by: peer, ledger)
        try OrderSteps.handOver(&order, keep: keep, ledger)
        try OrderPayment.inStore(&order, by: peer, ledger)
        OrderSteps.refund(&order, ledger)
    }
}

enum OrderCancel: OrderIntent {
    static let name = "order-cancel"

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches || (space.scheme == "store" && !peer.persons.isEmpty) }

    static func step(_ order: inout Order, _ intent: Intent, by peer: Peer, _ ledger: Ledger) throws {
        if order.fulfilment == .handedOver { throw CommerceError("used", "The order \(order.number) was handed over by \(order.last(.handedOver)?.by ?? ""): bring it back, and it is returned.") }
        let before = order
        try order.exit(to: .cancelled, by: OrderSteps.step(Order.Fulfilment.cancelled.rawValue, by: peer, ledger))
        try Desk.check(before, by: peer.device, ledger)
        try OrderSteps.release(&order, ledger)
        OrderSteps.refund(&order, ledger)
    }
}

enum OrderReturn: OrderIntent {
    static let name = "order-return"

    static func step(_ order: inout Order, _ intent: Intent, by peer: Peer, _ ledger: Ledger) throws {
        guard order.fulfilment == .handedOver else { throw CommerceError("used", "The order \(order.number) is \(order.fulfilment.rawValue): only what was handed over can be returned.") }
        try OrderSteps.comeBack(order, ledger)
        try order.exit(to: .returned, by: OrderSteps.step(Order.Fulfilment.returned.rawValue, by: peer, ledger))
        OrderSteps.refund(&order, ledger)
    }
}
