// The bounds of documents on a store, each with its reason.

extension StoreLimits {
    /// Documents kept open: a person's are tens; above this all are let go and opened again as needed.
    package static let openDocumentsMax = 4_096
    /// Rows of a document before it is written whole for the first time: opening it goes through these.
    package static let rowsBeforeSnapshot: UInt64 = 256
    /// After that, when it has grown by an eighth: a ninth of its rows at most are gone through one by one, and all its
    /// snapshots together are nine times its size at most.
    package static let snapshotGrowth: UInt64 = 8
    /// Spaces whose heads are kept, at some 400 bytes each: persons whose devices are at a hub at one time. Above this all are
    /// made anew when they are asked for.
    package static let spacesSummedMax = 16_384
}
