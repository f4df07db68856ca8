// An order: what a customer was promised by one store, and what became of it. Two machines, which only new facts move.
//
//     placed > routed > accepted > picking > picked > ready > presented > handed-over        (forward, steps may be skipped)
//     exits: rejected, cancelled, not-collected; handed-over > returned
//     payment: none > authorised > captured > refunded
//
// Physical facts win: what is in the customer's hand is handed over, whoever cancelled meanwhile. Protocol/orders.md.
internal import Bytes

package struct Order: Equatable, Sendable {
    package enum Fulfilment: String, CaseIterable, Sendable {
        case placed, routed, accepted, picking, picked, ready, presented
        case handedOver = "handed-over"
        case rejected, cancelled
        case notCollected = "not-collected"
        case returned

        /// How far along; nil for an exit.
        var stage: Int? { Fulfilment.allCases.firstIndex(of: self).flatMap { $0 <= 7 ? $0 : nil } }
        package func isBefore(_ other: Fulfilment) -> Bool { stage.flatMap { here in other.stage.map { here < $0 } } ?? false }
        package var isFinal: Bool { stage == nil || self == .handedOver }
    }

    package enum Payment: String, Sendable { case none, authorised, captured, refunded }

    package struct Line: Equatable, Sendable {
        /// The cart's line.
        package let id: String
        package let sku: String
        /// What was ordered.
        package let quantity: Int64
        /// What the picker did not find, or the customer did not keep.
        package var short: Int64 = 0
        package var left: Int64 = 0
        /// Of one unit and of all that was ordered, with the discounts that applied; nil where no book was published.
        package let unit: Money?
        package let total: Money?
        package let fulfilment: String?
        /// Of the units, in the store's space.
        package let hold: String
        /// What the units cost that are the customer's, where that was less when they were paid.
        package var paid: Money?

        package init(id: String, sku: String, quantity: Int64, unit: Money?, total: Money?, fulfilment: String?, hold: String) {
            (self.id, self.sku, self.quantity, self.unit, self.total, self.fulfilment, self.hold) = (id, sku, quantity, unit, total, fulfilment, hold)
        }

        /// What is still the customer's.
        package var count: Int64 { quantity - short - left }

        /// What those cost: of a line that isn't taken whole the share, rounded down, so that nobody pays for what isn't there.
        func cost() throws(CommerceError) -> Money? {
            if let paid { return paid }
            guard let total, quantity > 0 else { return nil }
            let (product, overflow) = total.minor.multipliedReportingOverflow(by: count)
            guard !overflow else { throw .tooMuchMoney() }
            return Money(product / quantity, total.currency)
        }
    }

    /// Something that happened, who did it, and when by the authority's time.
    package struct Step: Equatable, Sendable {
        package let what: String
        package let by: String
        package let device: String
        package let at: Int64

        package init(what: String, by: String, device: String, at: Int64) { (self.what, self.by, self.device, self.at) = (what, by, device, at) }
    }

    package let id: String
    /// For people.
    package let number: String
    package let store: String
    /// The space of whose it is.
    package let owner: String
    package var lines: [Line]
    /// Whether it's paid by the provider, when it's placed; else in the store.
    package let paysNow: Bool
    package let isTryOn: Bool
    package var fulfilment = Fulfilment.placed
    package var payment = Payment.none
    /// Whether the units are promised; until then they're held.
    package var isPromised = false
    /// Somebody with the unit in hand took what was promised.
    package var isDisputed = false
    /// Captured, and of it given back.
    package var paid: Int64 = 0
    package var refunded: Int64 = 0
    /// When what is now the case is over: a payment that was awaited, a ready order that nobody fetched.
    package var due: Int64?
    package var steps: [Step] = []
    /// The store's own hub, once the order went to it: from then on it alone decides. nil for the central hub.
    package var authority: String?
    /// Codes of which a use was spent with it.
    package var vouchers: [String] = []
    /// Its customer named no store: it may come from another than the one that was chosen.
    package var goesAnywhere = false

    package init(id: String, number: String, store: String, owner: String, lines: [Line], paysNow: Bool, isTryOn: Bool) {
        (self.id, self.number, self.store, self.owner, self.lines) = (id, number, store, owner, lines)
        (self.paysNow, self.isTryOn) = (paysNow, isTryOn)
    }

    /// What the units that are still the customer's cost; nil where no book was published.
    /// - Throws: `currency-mismatch`, `too-large`.
    package func total() throws(CommerceError) -> Money? {
        var sum: Money?
        for line in lines {
            guard let cost = try line.cost() else { return nil }
            sum = try sum.map { sum throws(CommerceError) in try sum + cost } ?? cost
        }
        return sum
    }

    /// What is still the customer's, by sku.
    package var units: [String: Int64] { lines.reduce(into: [:]) { $0[$1.sku, default: 0] += $1.count } }

    // MARK: From another store

    package static let rerouted = "rerouted"

    /// It goes on at another store, under the same id.
    package var isElsewhere: Bool { fulfilment == .rejected && steps.last?.what == Order.rerouted }

    /// Nothing of it was laid hand on yet.
    package var mayBeRerouted: Bool { goesAnywhere && [.routed, .accepted, .picking].contains(fulfilment) }

    /// Leaves this store; all that was paid goes along.
    package mutating func leave(by step: Step) throws(CommerceError) {
        try exit(to: .rejected, by: step)
        (payment, paid, refunded, vouchers, isDisputed) = (.none, 0, 0, [], false)
    }

    /// The same order at another store, where nothing is held yet.
    /// - Parameter holds: of each line, by its id.
    package func moved(to store: String, by step: Step, holds: (Line) -> String) -> Order {
        var order = Order(id: id, number: number, store: store, owner: owner, lines: lines.map { line in
            var moved = Line(id: line.id, sku: line.sku, quantity: line.quantity, unit: line.unit, total: line.total, fulfilment: line.fulfilment, hold: holds(line))
            (moved.short, moved.left, moved.paid) = (line.short, line.left, line.paid)
            return moved
        }, paysNow: paysNow, isTryOn: isTryOn)
        (order.payment, order.paid, order.refunded, order.vouchers, order.goesAnywhere, order.steps) = (payment, paid, refunded, vouchers, true, steps)
        order.note(step)
        return order
    }

    package func last(_ what: Fulfilment) -> Step? { steps.last { $0.what == what.rawValue } }

    // MARK: Moves

    /// Goes on to a later stage.
    /// - Throws: `used`, with who was first and when; `forbidden` from an exit.
    package mutating func advance(to next: Fulfilment, by step: Step) throws(CommerceError) {
        guard let here = fulfilment.stage, let there = next.stage else { throw .orderOver(number, fulfilment, last(fulfilment)) }
        guard here < there || (Plant.handedOverTwice.isPlanted && next == .handedOver && here == there) else { throw .orderAlready(number, fulfilment, last(fulfilment)) }
        fulfilment = next
        note(step)
    }

    /// Leaves the machine by an exit.
    package mutating func exit(to next: Fulfilment, by step: Step) throws(CommerceError) {
        guard !fulfilment.isFinal || (next == .returned && fulfilment == .handedOver) else { throw .orderOver(number, fulfilment, last(fulfilment)) }
        fulfilment = next
        due = nil
        note(step)
    }

    package mutating func note(_ step: Step) { steps.append(step) }
}

extension CommerceError {
    private static func story(_ step: Order.Step?) -> String { step.map { " by \($0.by)" } ?? "" }

    static func orderAlready(_ number: String, _ state: Order.Fulfilment, _ step: Order.Step?) -> CommerceError {
        CommerceError("used", "The order \(number) is \(state.rawValue)\(story(step)) already.")
    }

    package static func orderOver(_ order: Order) -> CommerceError { .orderOver(order.number, order.fulfilment, order.last(order.fulfilment)) }

    static func orderOver(_ number: String, _ state: Order.Fulfilment, _ step: Order.Step?) -> CommerceError {
        CommerceError("used", "The order \(number) is \(state.rawValue)\(story(step)): that is final.")
    }
}
