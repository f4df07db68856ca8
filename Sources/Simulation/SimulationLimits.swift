// The bounds of a simulated world, each with its reason.

package enum SimulationLimits {
    /// Simulated milliseconds within which everything settles once nothing is broken any more: a connection that is
    /// dead and doesn't show it (60 s), the longest pause between two attempts (30 s), and as much again.
    package static let settleMilliseconds: UInt64 = 180_000
    /// The same while faults go on: a chance of one in ten for each message still lets everything through.
    package static let settleAmidFaultsMilliseconds: UInt64 = 3_600_000
    /// Bytes on their way to one device before the hub waits: a sixteenth of the transport's high-water mark, so that
    /// a world of some thousand edits reaches it.
    package static let queueBytesHigh = 64 << 10
    /// What a queue may hold at most: the mark, and one full frame that went over it, with its last block.
    package static let queueBytesMax = queueBytesHigh + (320 << 10)
    /// One way through a simulated network, without faults.
    package static let latencyMilliseconds: ClosedRange<UInt64> = 5...60
    /// A process is there again so long after it died: a person who taps the icon, a service that is restarted.
    package static let restartMilliseconds: UInt64 = 1_000
    /// The transport's pings notice that the other side is gone within this.
    package static let silenceMilliseconds: ClosedRange<UInt64> = 20_000...60_000
    /// How long after something overdue came up a hub looks at it: its program ticks so often.
    package static let lookMilliseconds: UInt64 = 1_000
    /// A device that talks to another hub than its own looks so often whether that is back.
    package static let goHomeMilliseconds: UInt64 = 30_000
    /// Copies of devices in one world: more say nothing new.
    package static let clonesMax = 2
}
