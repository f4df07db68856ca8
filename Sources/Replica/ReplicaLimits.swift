// The bounds of a device's engine, each with its reason.

package enum ReplicaLimits {
    /// Times that what the hub didn't take is sent again on one connection: what it builds on has come by
    /// then, or never will; the next connection tries again.
    package static let retriesMax = 4
}
