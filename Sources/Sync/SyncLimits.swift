// Every bound of the wire, each with its reason. What exceeds one closes the connection, typed.

package enum SyncLimits {
    /// One frame. A block at its bound, with its head, fits; what a peer can make us hold is this.
    package static let frameBytesMax = 8 << 20
    /// Messages of one connection that wait for one before them, and their bytes: a WebSocket keeps order, and what doesn't has
    /// seconds' worth on its way.
    package static let earlyMax = 1_024
    package static let earlyBytesMax = frameBytesMax
    /// The same before anybody knows who says it: ten thousand strangers at once hold less than one hub has.
    package static let strangersEarlyBytesMax = 64 << 10
    /// Bytes of entries after which a frame is full: small enough that other frames come in between.
    package static let entriesBytesTarget = 256 << 10
    /// Spaces of one subscription frame: a desk follows every person of its tenant.
    package static let subscriptionsMax = 100_000
    /// Spaces that a customer's device follows on one connection: itself, whom it speaks for, and what others share with them.
    package static let customersSpacesMax = 1_000
    /// Between two attempts to connect: a lift's door, and a hub that is being restarted by hand.
    package static let pauseMilliseconds: ClosedRange<UInt64> = 200...30_000
    /// A hub that owes an answer and says nothing for so long is taken for gone, though the connection
    /// stands: a slow mobile network answers within 5 s, and a person waits no longer than 15.
    package static let stallMilliseconds: UInt64 = 15_000
    /// Between two times that a device says where it stands though it has nothing else to say: what the hub makes of it
    /// is done once in a thousand blocks.
    package static let standingMilliseconds: UInt64 = 60_000
    /// Bytes of a token or a proof: ours have 40 or so, a signed one of others may have hundreds.
    package static let tokenBytesMax = 4_096
    /// Bytes of names, kinds and codes.
    package static let nameBytesMax = 256
    /// Bytes of a message for people.
    package static let messageBytesMax = 4_096
    /// Facts of one decision, or with its signature: an order of 500 lines writes three of each, and some for its stores.
    package static let factsOfDecisionMax = 4_096
    /// Persons that one device speaks for: who signed in, and who left something unsent.
    package static let personsMax = 100
    /// Hubs that a device is told of beside the one it talks to: the central one, and a second of the store.
    package static let otherHubsMax = 8
    /// Bytes of a parcel: what one customer does in one visit is a hundredth of it, and a hub holds it as a whole.
    package static let parcelBytesMax = 1 << 20
    /// Hubs that can open one parcel: a store's, one before it, the central one, and one to spare.
    package static let sealingHubsMax = 4
    /// Documents named in one frame of acknowledgements.
    package static let acknowledgementsMax = 100_000
    /// Intents of one device that wait at the hub in one connection: one person doesn't ask for more.
    package static let intentsMax = 10_000
}
