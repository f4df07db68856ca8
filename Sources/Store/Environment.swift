// The world as the engine sees it: clocks and chance, passed in. A simulation passes its own, and a
// seed replays.

package struct Environment {
    /// Milliseconds since 1970: shown to people, and no rule depends on it.
    package var nowMilliseconds: () -> UInt64
    /// A clock that only goes forward, and the boot that it counts from: what deadlines are measured by.
    package var uptime: () -> Uptime
    /// That many random bytes, good for keys.
    package var random: (Int) -> [UInt8]

    package init(nowMilliseconds: @escaping () -> UInt64, uptime: @escaping () -> Uptime = { .unknown }, random: @escaping (Int) -> [UInt8]) {
        self.nowMilliseconds = nowMilliseconds
        self.uptime = uptime
        self.random = random
    }
}

package struct Uptime: Equatable, Sendable {
    /// Names the boot of the machine; empty where that can't be known.
    package let boot: String
    /// Since then, also while the machine slept.
    package let milliseconds: UInt64

    package init(boot: String, milliseconds: UInt64) {
        self.boot = boot
        self.milliseconds = milliseconds
    }

    package static let unknown = Uptime(boot: "", milliseconds: 0)
}
