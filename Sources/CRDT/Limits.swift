// Every bound of a document, each with its reason. What exceeds one is refused, never cut.

package enum Limits {
    /// Actors of one document: a person's devices over years are tens, and the desks of a conversation hundreds. Where each has seen
    /// others, what it has seen is copied for the next: with four times as many that alone took seconds.
    package static let actorsMax = 8_192
    /// Operations of one actor in one document: counters are 32 bits, and one value stays free.
    package static let counterMax = Int(UInt32.max) - 1
    /// Bytes of all text ever inserted in one document, so that offsets stay 32 bits.
    package static let contentBytesMax = 1 << 30
    /// Bytes of one key of a map: a line's key with its options fits many times over.
    package static let keyBytesMax = 1_024
    /// Depth of containers within containers: what is deeper is a mistake or an attack on the stack.
    package static let depthMax = 16
    /// Depth of one structured value, for the same reason.
    package static let valueDepthMax = 16
    /// Bytes that one batch of changes may inflate to: a day of keystrokes is far below.
    package static let batchBytesMax = 64 << 20
    /// Bytes of history from which a file says first what it shows: reading less takes no longer than finding it.
    package static let shownHistoryBytesMin = 4_096
    /// zlib's level for a file's sections. Of a text of 105,000 characters and its history, 1 gives 137 kB in 3.7 ms,
    /// 3 gives 127 kB in 5.1 ms, 6 gives 115 kB in 17 ms.
    package static let fileDeflateLevel: Int32 = 3
    /// zlib's level for what is kept of a cut history: written once, and sent to many.
    package static let baselineDeflateLevel: Int32 = 6
    /// A baseline as it is stored and sent: with the block that names it, it fits into one frame and one row. What comes
    /// to more is not cut.
    package static let baselineBytesMax = 6 << 20
    /// One step of a quantity. A billion of anything in one line is a slip of the finger.
    package static let quantityMax: UInt64 = 1_000_000_000
    /// Scalars in one run with characters beyond ASCII: finding a place in it is a scan.
    package static let wideRunMax = 1_024
    /// A change takes the display time of the one before it when that is at most this much older:
    /// a run of keystrokes costs one time stamp.
    package static let sharedTimeMilliseconds: UInt64 = 60_000
    /// The least number of an operation, a kind of container, a kind of value or a section of a file that who doesn't know it
    /// carries along. What has to be known has a smaller one. Protocol/changes.md section 8.
    package static let extensionMin: UInt8 = 64
    /// The largest number of an operation, so that it takes three bytes at most.
    package static let operationCodeMax: UInt64 = 65_535
    /// Bytes of one operation, or value, of a kind that isn't known: a picture belongs elsewhere, anything else fits.
    package static let extensionBytesMax = 1 << 20
    /// Bytes of a space's name: a person's name or a device's id; a store key must hold it with the path.
    package static let spaceBytesMax = 128
    /// Bytes of a document's path, for the same reason.
    package static let pathBytesMax = 200
    /// Bytes of a sealed block's payload: a long draft or a big import fits, and a frame holds it.
    package static let blockBytesMax = 4 << 20
    /// And what it inflates to: four times that is what text takes before it is deflated, and more is made to fill memory.
    package static let blockInflatedBytesMax = 16 << 20
    /// One change, stored and inflated: made again under another actor it is still a block.
    package static let changeBytesMax = blockBytesMax - (64 << 10)
    package static let changeInflatedBytesMax = blockInflatedBytesMax - (64 << 10)
    /// Bytes of a device's name for people.
    package static let deviceNameBytesMax = 128
}
