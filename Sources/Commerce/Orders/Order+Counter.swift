// What is paid over the counter: worked out in one way, whether the hub decides or a desk alone.
package import CRDT

extension Order {
    /// What was promised when it was ordered is never exceeded; what is cheaper by now is paid as it is.
    package mutating func takeCheaper(_ books: PreparedBooks?, at time: Int64, channel: String) throws(CommerceError) {
        let taken = lines.filter { $0.count > 0 }
        guard let books, paid == 0, let promised = try total(), !taken.isEmpty else { return }
        // A sku that is in no book any more costs what was promised.
        guard let now = try? Pricing.totals(taken.map { Pricing.Line($0.id, sku: $0.sku, quantity: $0.count, store: store) }, Pricing.Context(now: time, channel: channel, vouchers: vouchers), books),
              let total = now.total, now.currency == promised.currency, total < promised.minor else { return }
        for index in lines.indices where lines[index].count > 0 { lines[index].paid = now.money(now.line(lines[index].id)?.total) }
    }

    /// What is still owed is paid, by whatever the till takes.
    package mutating func payTheRest(_ step: Step) throws(CommerceError) {
        guard let total = try total(), paid - refunded < total.minor else { return }
        paid += total.minor - (paid - refunded)
        payment = .captured
        note(step)
    }

    /// A desk handed it over alone, and says what was paid and when.
    /// - Parameter alone: {term, at, paid: {LINE: minor}}
    package mutating func handOver(_ alone: Value, by name: String, device: String, notAfter time: Int64) throws(CommerceError) {
        let at = min(try alone.integer("at"), time)
        try advance(to: .handedOver, by: Step(what: Fulfilment.handedOver.rawValue, by: name, device: device, at: at))
        for entry in try alone.entries("paid") {
            guard let index = lines.firstIndex(where: { $0.id == entry.key }), case .int(let minor) = entry.value, let promised = try lines[index].cost(), (0...promised.minor).contains(minor) else { continue }
            lines[index].paid = Money(minor, promised.currency)
        }
        try payTheRest(Step(what: "payment-captured", by: name, device: device, at: at))
        due = nil
    }

    /// Whether a customer may come for it any moment.
    package var waitsToBeFetched: Bool { fulfilment == .ready || fulfilment == .presented }
}
