// A payment provider as they are: slow, saying things twice, late, or before anybody listens. It does what it's asked once
// for each id, whoever asks, and keeps its own record.
package import Commerce
internal import HubCore
internal import Store

package final class FakeProvider {
    /// What it did, by the id that it was asked under.
    package private(set) var done: [String: PaymentResult] = [:]
    /// Milliseconds until it answers.
    package var delay: UInt64 = 400
    /// Times that it says everything.
    package var times = 1
    /// Whether it captures nothing.
    package var declines = false
    /// Whether it answers nobody.
    package var isSilent = false

    /// - Returns: what it did, now or before.
    func take(_ charge: Charge) -> PaymentResult {
        if let known = done[charge.id] { return known }
        let status: PaymentResult.Status = charge.kind == .refund ? .refunded : declines ? .declined : .captured
        let result = PaymentResult(id: charge.id, status: status, amount: charge.amount)
        done[charge.id] = result
        return result
    }

    /// Somebody paid by themselves, before anybody asked.
    func pay(_ id: String, _ amount: Money) -> PaymentResult { take(Charge(id: id, kind: .capture, order: "", store: "", amount: amount)) }
}

extension World {
    func ask(_ charge: Charge) {
        trace.add(now, "hub", "charge", other: "provider", "\(charge.kind.rawValue) \(charge.amount)")
        let result = provider.take(charge)
        guard !provider.isSilent else { return }
        for time in 0..<UInt64(provider.times) { queue.add(.provider(result), at: now + provider.delay * (time + 1)) }
    }

    /// Somebody pays by themselves, whatever the hub knows.
    package func pay(_ id: String, _ amount: Money) { hear(provider.pay(id, amount)) }

    /// The provider says something to the hub; to one that is down it says it again.
    func hear(_ result: PaymentResult) {
        guard let core = hub.core else { return queue.add(.provider(result), at: now + 1_000) }
        trace.add(now, "provider", "answer", other: "hub", "\(result.status.rawValue) \(result.amount)")
        hubTurn { _ in
            do { try core.paid(result) } catch { fail("I3", "The hub could not take what the provider said: \(error)") }
        }
        // A disk that died under it took nothing.
        if hub.core == nil { queue.add(.provider(result), at: now + 1_000) }
    }
}
