// The hub's side of the payment provider. What is asked is on the disk before it is asked, and asked again until there is an
// answer; answers come in any number and order, also before the order that they are about.
package import Commerce
internal import CRDT
package import Store
internal import Bytes
package import Sync

extension HubCore {
    private static let asked = Array("charge:".utf8)
    private static let answered = Array("payment:".utf8)

    /// What the provider is asked by for the order that an intent makes at a store.
    package static func paymentID(_ intent: IntentID, _ store: String) -> String { OrderPayment.id(OrderPlace.id(intent, store)) }

    func stage(_ charge: Charge) {
        var bytes = ByteWriter()
        bytes.value(charge.value)
        documents.stage(.put(.meta, key: HubCore.asked + Array(charge.id.utf8), value: bytes.bytes))
        charges.append(charge)
    }

    /// What was asked and never answered, for a process that begins.
    func loadCharges() throws(StoreError) {
        charges = try documents.store.scan(.meta, prefix: HubCore.asked).rows.compactMap { row in
            var reader = ByteReader(row.value)
            return try? Charge(reader.value())
        }
    }

    /// The provider's answer. Call `flush` after it.
    package func paid(_ result: PaymentResult) throws(StoreError) {
        guard try payment(result.id) == nil else { return }
        var bytes = ByteWriter()
        bytes.value(result.value)
        stagedPayments[result.id] = result
        documents.stage(.put(.meta, key: HubCore.answered + Array(result.id.utf8), value: bytes.bytes))
        let key = HubCore.asked + Array(result.id.utf8)
        guard let asked = try documents.store.get(.meta, key) else { return }
        documents.stage(.delete(.meta, key: key))
        do {
            var reader = ByteReader(asked)
            let charge = try Charge(reader.value())
            let space = try StockNames.space(charge.store)
            try tick()
            let ledger = Ledger(self)
            guard let value = try ledger.value(space, OrderNames.order(charge.order)) else { return }
            var order = try Order(value)
            try OrderPayment.take(result, &order, ledger)
            try OrderSteps.put(order, ledger)
            try append(ledger, intent: .none, device: DeviceID(publicKey: self.key.publicKey), kind: "payment")
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.damaged, "What was asked of the payment provider as \(result.id) can't be read: \(error). Restore a backup.")
        }
    }

    func payment(_ id: String) throws(StoreError) -> PaymentResult? {
        if let staged = stagedPayments[id] { return staged }
        guard let bytes = try documents.store.get(.meta, HubCore.answered + Array(id.utf8)) else { return nil }
        var reader = ByteReader(bytes)
        return try? PaymentResult(reader.value())
    }
}
