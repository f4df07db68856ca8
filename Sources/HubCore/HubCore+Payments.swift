// The hub's side of the payment provider. What is asked is on the disk before it is asked, and asked again until there is an
// answer; answers come in any number and order, also before the order that they are about.
package import Commerce
package import CRDT
package import Store
package import Sync

extension HubCore {
    private static let asked = Array("charge:".utf8)
    private static let answered = Array("payment:".utf8)

    /// What the provider is asked by for the order that an intent makes at a store.
    package static func paymentID(_ intent: IntentID, in space: SpaceID, _ store: String) -> String { OrderPayment.id(OrderPlace.id(intent, in: space, store)) }

    func stage(_ charge: Charge) {
        documents.stage(.put(.meta, key: HubCore.asked + Array(charge.id.utf8), value: charge.value.encoded))
        charges.append(charge)
    }

    /// What was asked and never answered, for a process that begins.
    func loadCharges() throws(StoreError) {
        charges = try documents.store.scan(.meta, prefix: HubCore.asked).rows.compactMap { try? Charge(Value(decoding: $0.value)) }
    }

    /// The provider's answer. Call `flush` after it.
    package func paid(_ result: PaymentResult) throws(StoreError) {
        guard try payment(result.id) == nil else { return }
        put(.meta, HubCore.answered + Array(result.id.utf8), result.value.encoded)
        let key = HubCore.asked + Array(result.id.utf8)
        let asked = try documents.store.get(.meta, key)
        if asked != nil { documents.stage(.delete(.meta, key: key)) }
        do {
            // Who was put back may not know that it asked, and have the order from somebody.
            guard let known = try asked.map({ try Charge(Value(decoding: $0)) }).map({ ($0.store, $0.order) }) ?? unasked(result) else { return }
            let space = try StockNames.space(known.0)
            try passTime()
            let ledger = Ledger(self)
            guard let value = try ledger.value(space, OrderNames.order(known.1)) else { return }
            var order = try Order(value)
            let before = order
            try OrderPayment.take(result, &order, ledger)
            // That money went back the order says already; and one that went to another hub isn't this one's to write.
            guard order != before else { return }
            try OrderSteps.put(order, ledger)
            try append(ledger, byItself: "payment")
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.damaged, "What was asked of the payment provider as \(result.id) can't be read: \(error). Restore a backup.")
        }
    }

    /// Which order somebody paid, of those that are here.
    /// - Complexity: O(stores).
    private func unasked(_ result: PaymentResult) throws(StoreError) -> (String, String)? {
        guard result.status == .captured, let id = OrderPayment.order(result.id) else { return nil }
        for store in stores {
            if let space = SpaceID("store:\(store)"), try fact(space, OrderNames.order(id)) != nil { return (store, id) }
        }
        return nil
    }

    func payment(_ id: String) throws(StoreError) -> PaymentResult? {
        try row(.meta, HubCore.answered + Array(id.utf8)).flatMap { try? PaymentResult(Value(decoding: $0)) }
    }
}
