// Everything that goes wrong, each with a probability. Zero everywhere is a perfect world.
//
//     for each message     for each durable write      for each simulated minute, of one node at random
//
// A fault of the last kind ends by itself after a while; a world that heals ends all of them.

package struct Faults: Equatable, Sendable {
    /// Of each message: it never comes, and what was sent after it does.
    package var drop = 0.0
    /// It comes two or three times.
    package var duplicate = 0.0
    /// It overtakes what was sent before it.
    package var reorder = 0.0
    /// It comes late, by up to `delayMilliseconds`.
    package var delay = 0.0
    package var delayMilliseconds: UInt64 = 2_000
    /// Somebody sends a copy of it with other bytes: a hostile peer, for on the way TLS would notice.
    package var mangle = 0.0

    /// Of each durable write: the process dies before or after it.
    package var crash = 0.0
    /// The machine loses power before the write is synced: it's lost.
    package var lose = 0.0
    /// The same, and a part of it is on the disk.
    package var tear = 0.0
    /// The disk says that it could not sync.
    package var syncFailure = 0.0
    /// There is no room.
    package var diskFull = 0.0

    /// Of each minute: one direction of a connection goes silent.
    package var oneWay = 0.0
    /// Both do, and neither end is told.
    package var halfOpen = 0.0
    /// A link carries 2 kB a second.
    package var bandwidth = 0.0
    /// A device has no network.
    package var offline = 0.0
    /// All devices lose their hub at once.
    package var storm = 0.0
    /// A bit of what is on a disk is another.
    package var bitFlip = 0.0
    /// A wall clock jumps, by up to ten years.
    package var clockJump = 0.0
    /// A wall clock runs at another rate, from half to twice.
    package var clockDrift = 0.0
    /// A process stands still for up to a minute.
    package var pause = 0.0
    /// A device gets an older image of its disk.
    package var restoreDevice = 0.0
    /// A device's disk is copied to another machine, which goes on as well.
    package var cloneDevice = 0.0
    /// The hub gets an older image of its disk.
    package var restoreHub = 0.0
    /// The hub speaks another version for a while.
    package var versionSkew = 0.0
    /// A device's token is revoked, and given again later.
    package var revoke = 0.0

    package init() {}

    /// Name and place of every probability: what a scenario file may set, in this order. A constant; key paths are
    /// not Sendable, though these hold nothing.
    package nonisolated(unsafe) static let all: [(name: String, path: WritableKeyPath<Faults, Double>)] = [
        ("drop", \.drop), ("duplicate", \.duplicate), ("reorder", \.reorder), ("delay", \.delay), ("mangle", \.mangle),
        ("crash", \.crash), ("lose", \.lose), ("tear", \.tear), ("sync-failure", \.syncFailure), ("disk-full", \.diskFull),
        ("one-way", \.oneWay), ("half-open", \.halfOpen), ("bandwidth", \.bandwidth), ("offline", \.offline), ("storm", \.storm),
        ("bit-flip", \.bitFlip), ("clock-jump", \.clockJump), ("clock-drift", \.clockDrift), ("pause", \.pause),
        ("restore-device", \.restoreDevice), ("clone-device", \.cloneDevice), ("restore-hub", \.restoreHub),
        ("version-skew", \.versionSkew), ("revoke", \.revoke),
    ]

    package var isQuiet: Bool { Faults.all.allSatisfy { self[keyPath: $0.path] == 0 } }

    /// Those that are rolled each minute.
    static var eachMinute: ArraySlice<(name: String, path: WritableKeyPath<Faults, Double>)> { all.dropFirst(10) }
}
