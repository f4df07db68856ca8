// A device and the hub as the world has them: a disk that stays, a process that comes and goes, a clock
// that may be wrong, and who is allowed what.
package import HubCore
package import Replica
internal import Sync
internal import Bytes
internal import CRDT

/// A wall clock: what it shows is the steady time at another rate, moved.
package struct WallClock: Equatable, Sendable {
    /// 2023-11-14T22:13:20Z, when every world begins.
    package static let start: UInt64 = 1_700_000_000_000
    /// Milliseconds that it is ahead.
    package var offset: Int64 = 0
    package var rate = 1.0

    package func time(at steady: UInt64) -> UInt64 {
        let shown = Double(WallClock.start) + Double(steady) * rate + Double(offset)
        return shown < 0 ? 0 : UInt64(shown)
    }
}

package struct DeviceSetting: Equatable, Sendable {
    package var name: String
    package var kind = "phone"
    package var role = "customer"
    package var person: String?
    package var store = ""
    /// The hub that it talks to; nil for the central one.
    package var via: String?
    /// Milliseconds that its clock is ahead.
    package var clockOffset: Int64 = 0

    package init(name: String) { self.name = name }
}

/// Who makes connections: a device, or the hub of a store towards the central one.
enum Caller: Equatable {
    case device(Int)
    case hub(Int)
}

/// What they have in common.
package class CallingNode {
    package var name: String { preconditionFailure("every node has a name") }
    var connection: UInt64?
    /// Times that its machine was switched off and on.
    var boots = 0
    /// Tells an attempt to connect from one that was given up.
    var attempt: UInt64 = 0
    var backoff = Backoff()
    var isWatched = false
    /// Attempts since the last that came about: each goes to the next of the hubs that it knows.
    var tries = 0
    /// Hubs to which its link is cut.
    var cutFrom: Set<Int> = []
}

package final class DeviceNode: CallingNode {
    package let setting: DeviceSetting
    package internal(set) var disk: SimulatedDisk
    /// nil while the process is dead.
    package internal(set) var replica: Replica?
    package var clock: WallClock
    /// What the person, or the place, allows: no attempt is made while it is false.
    package internal(set) var isOnline = true
    /// The same, by a fault.
    var isCutOff = false
    var isPaused = false
    var isRevoked = false
    var bytesPerSecond: UInt64?
    /// Times that somebody did something on it.
    var uses = 0
    /// Of a kiosk: under which actors its customers edited.
    var actors: Set<ActorID> = []
    /// The index of the hub that it talks to, unless that one is away.
    let via: Int
    var isFull = false
    /// What arrived and couldn't be handled while it stood still.
    var waiting: [EventQueue.Event] = []
    var saved: [String: SimulatedDisk] = [:]
    /// The last read cursors that were seen on it.
    var readCursors: [DocumentID: Int64] = [:]
    /// What it showed of each document, and what it had shown before and no longer did.
    var shown: [DocumentID: (remains: Document.Remains, gone: Set<OperationID>)] = [:]
    /// Whether a copy of its disk ran elsewhere, or an older one here.
    package internal(set) var wasCopied = false

    package override var name: String { setting.name }
    package var isRunning: Bool { replica != nil }

    init(setting: DeviceSetting, disk: SimulatedDisk, via: Int) {
        self.setting = setting
        self.via = via
        self.disk = disk
        clock = WallClock(offset: setting.clockOffset)
    }
}

package final class HubNode: CallingNode {
    package override var name: String { title }
    private let title: String
    /// Of a store's own hub: that store.
    package let store: String?
    package internal(set) var disk = SimulatedDisk()
    /// nil while the process is dead.
    package internal(set) var core: HubCore?
    package var clock = WallClock()
    let book = SimulatedTokens()
    var cutting: HubCore.Cutting?
    var isFull = false
    /// Whether a tick is due.
    var isTicked = false
    /// When it next looks whether something is due.
    var looksAt: UInt64?
    var isLooking = false
    var speaksOtherVersion = false
    var saved: [String: SimulatedDisk] = [:]
    /// An older image than what it had was put back.
    package internal(set) var wasRestored = false

    init(name: String, store: String?) { (title, self.store) = (name, store) }
}

/// A token for each device, which is its name; one that was revoked opens nothing.
final class SimulatedTokens: TokenBook {
    var roles: [String: Role] = [:]
    var revoked: Set<String> = []

    var isOpen: Bool { false }

    func grant(for token: String) -> Grant? {
        // A person's proof is `proof-NAME`.
        if token.hasPrefix("proof-") { return Grant(role: .customer, person: String(token.dropFirst(6))) }
        guard !revoked.contains(token), let role = roles[token] else { return nil }
        return Grant(role: role)
    }
}
