// The baton of a person's session: a lease {epoch, holder}. Whoever asks says which epoch it saw; of
// two who saw the same one the first is given it, and the other is told who has it. So an intent that
// was queued offline never steals a session that went on elsewhere. domain rules: Protocol/access.md 4.
import CRDT
import Sync

enum SessionTake: IntentKind {
    static let name = "session-take"
    static let resource = "session"

    static func decide(_ payload: Value, by device: DeviceID, current: Fact?) -> Decision {
        let lease = SessionLease(current)
        if lease.holder == device.description { return .done(resource: resource, value: lease.value) }
        guard SessionLease.epoch(payload) == lease.epoch else { return lease.refusal }
        return .done(resource: resource, value: lease.passed(to: device.description).value)
    }
}

enum SessionPass: IntentKind {
    static let name = "session-pass"
    static let resource = "session"

    static func decide(_ payload: Value, by device: DeviceID, current: Fact?) -> Decision {
        let lease = SessionLease(current)
        guard SessionLease.epoch(payload) == lease.epoch, lease.holder == device.description else { return lease.refusal }
        guard case .string(let to)? = payload["to"], DeviceID(to) != nil else {
            return .refused(code: "invalid-value", message: "A session is passed to a device's id.", value: lease.value)
        }
        return .done(resource: resource, value: lease.passed(to: to).value)
    }
}

struct SessionLease {
    var epoch: Int64 = 0
    var holder: String?

    init(_ fact: Fact?) {
        guard let fact else { return }
        epoch = SessionLease.epoch(fact.value)
        if case .string(let holder)? = fact.value["holder"] { self.holder = holder }
    }

    static func epoch(_ value: Value) -> Int64 {
        if case .int(let epoch)? = value["epoch"] { return epoch }
        return 0
    }

    func passed(to device: String) -> SessionLease {
        var lease = self
        lease.epoch += 1
        lease.holder = device
        return lease
    }

    var value: Value { .map([("epoch", .int(epoch)), ("holder", holder.map(Value.string) ?? .null)]) }

    var refusal: Decision {
        .refused(code: "not-holder", message: holder.map { "The session went to the device \($0) in the meantime." } ?? "Nobody holds the session yet.",
                 value: value)
    }
}
