// Pauses between attempts to connect: each up to twice the last, with half of it at random, so that
// devices that lost their hub together don't come back together. One for the library and the simulation.

package struct Backoff: Equatable, Sendable {
    private var ceiling = SyncLimits.pauseMilliseconds.lowerBound

    package init() {}

    /// Milliseconds to wait before the next attempt.
    /// - Parameter chance: a random number.
    package mutating func next(chance: UInt64) -> UInt64 {
        defer { ceiling = min(ceiling * 2, SyncLimits.pauseMilliseconds.upperBound) }
        return ceiling / 2 + chance % (ceiling / 2 + 1)
    }

    /// The hub answered: the next loss begins with a short pause.
    package mutating func succeeded() { ceiling = SyncLimits.pauseMilliseconds.lowerBound }
}
