// The baton of a person's session: a lease {epoch, holder}. Whoever asks says which epoch it saw; of
// two who saw the same one the first is given it, and the other is told who has it. So an intent that
// was queued offline never steals a session that went on elsewhere. Protocol/intents.md 5.
import CRDT
import Sync

enum SessionTake: IntentKind {
    static let name = "session-take"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let lease = SessionLease(try ledger.value(intent.space, SessionLease.resource))
        if lease.holder == peer.device.description { return lease.put(intent.space, ledger) }
        guard SessionLease.epoch(intent.payload) == lease.epoch else { throw lease.refusal }
        return lease.passed(to: peer.device.description).put(intent.space, ledger)
    }
}

enum SessionPass: IntentKind {
    static let name = "session-pass"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let lease = SessionLease(try ledger.value(intent.space, SessionLease.resource))
        guard SessionLease.epoch(intent.payload) == lease.epoch, lease.holder == peer.device.description else { throw lease.refusal }
        guard case .string(let to)? = intent.payload["to"], DeviceID(to) != nil else {
            throw Refused("invalid-value", "A session is passed to a device's id.", value: lease.value)
        }
        return lease.passed(to: to).put(intent.space, ledger)
    }
}

struct SessionLease {
    static let resource = "session"

    var epoch: Int64 = 0
    var holder: String?

    init(_ value: Value?) {
        guard let value else { return }
        epoch = SessionLease.epoch(value)
        if case .string(let holder)? = value["holder"] { self.holder = holder }
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

    func put(_ space: SpaceID, _ ledger: Ledger) -> Value {
        ledger.put(space, SessionLease.resource, value)
        return value
    }

    var value: Value { .map([("epoch", .int(epoch)), ("holder", holder.map(Value.string) ?? .null)]) }

    var refusal: Refused {
        Refused("not-holder", holder.map { "The session went to the device \($0) in the meantime." } ?? "Nobody holds the session yet.", value: value)
    }
}
