// The world as the engine sees it: a clock and chance, passed in. A simulation passes its own, and a
// seed replays.

package struct Environment {
    /// Milliseconds since 1970: shown to people, and no rule depends on it.
    package var nowMilliseconds: () -> UInt64
    /// That many random bytes, good for keys.
    package var random: (Int) -> [UInt8]

    package init(nowMilliseconds: @escaping () -> UInt64, random: @escaping (Int) -> [UInt8]) {
        self.nowMilliseconds = nowMilliseconds
        self.random = random
    }
}
