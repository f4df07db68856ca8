// What a provider calls the payment of an order that may not be there yet: derived from the intent's name and the store.
internal import Commands
internal import CRDT
internal import HubCore
internal import Sync

enum ScenarioPayment {
    static func id(_ intent: String, _ store: String, of person: String) throws -> String {
        guard let space = SpaceID("person:\(person)") else { throw CommandError("invalid-value", "\(person) is no person's name.") }
        return HubCore.paymentID(IntentID(named: intent, in: space), in: space, store)
    }
}
