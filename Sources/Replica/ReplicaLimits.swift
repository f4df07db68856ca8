// The bounds of a device's engine, each with its reason.

package enum ReplicaLimits {
    /// Times that what the hub didn't take is sent again on one connection: what it builds on has come by
    /// then, or never will; the next connection tries again.
    package static let retriesMax = 4
    /// A place that was reported so little before the baton was asked for was so by one command.
    package static let commandMilliseconds: Int64 = 5_000
    /// How long after a hold ran out somebody may still count on it: who orders then is told.
    package static let expiredMilliseconds: UInt64 = 3_600_000
    /// What customers left on a kiosk, for its hub: a month of visits, on a disk of any size.
    static let parcelsMax = 4_096
    static let parcelsBytesMax = 32 << 20
    /// What the hub said of the time is written down anew after an hour: by then it tells something about the night that follows.
    static let timeMilliseconds: UInt64 = 3_600_000
    /// How long a device may have been off when it can't tell: a night, and the day that it was carried around in.
    static let unknownTimeMilliseconds: Int64 = 24 * 3_600_000
}
