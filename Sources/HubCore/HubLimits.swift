// The bounds of a hub, each with its reason.

package enum HubLimits {
    /// Blocks of one document that everybody has, before its history is cut: fewer cost a newcomer less than the look back
    /// in time, the undo and the explanations that go with them are worth.
    package static let cutBlocksMin = 1_000
    /// A device that wasn't seen for 30 days is waited for no more: a phone that lay in a drawer for a holiday still is.
    package static let liveMilliseconds: UInt64 = 30 * 86_400_000
    /// When a device was last seen is written once a day, or when it moved.
    package static let seenMilliseconds: UInt64 = 86_400_000
}
