// Who takes customers' money. The hub asks under an id, once or often; the provider does it once, and says what became of it
// when it likes. A real one is a file beside this one.
internal import Commerce

protocol PaymentProvider: AnyObject {
    /// - Parameter now: milliseconds of a steady clock.
    func ask(_ charge: Charge, now: UInt64)
    /// What it has to say by now.
    func answers(now: UInt64) -> [PaymentResult]
}

/// Pays everything after a while, for tests and demonstrations: no money moves.
final class FakePayments: PaymentProvider {
    private let delay: UInt64
    private var done: [String: PaymentResult] = [:]
    private var due: [(at: UInt64, result: PaymentResult)] = []

    init(delay: UInt64) { self.delay = delay }

    func ask(_ charge: Charge, now: UInt64) {
        let result = done[charge.id] ?? PaymentResult(id: charge.id, status: charge.kind == .refund ? .refunded : .captured, amount: charge.amount)
        done[charge.id] = result
        due.append((now + delay, result))
    }

    func answers(now: UInt64) -> [PaymentResult] {
        defer { due.removeAll { $0.at <= now } }
        return due.filter { $0.at <= now }.map(\.result)
    }
}
