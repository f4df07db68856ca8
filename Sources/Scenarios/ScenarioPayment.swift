// What a provider calls the payment of an order that may not be there yet: derived from the intent's name and the store.
internal import Commands
internal import HubCore
internal import Sync

enum ScenarioPayment {
    static func id(_ intent: String, _ store: String) throws -> String { HubCore.paymentID(IntentID(named: intent), store) }
}
