// What devices and hubs say to each other. One binary WebSocket message is a number and a frame (`NumberedFrame`): a tag, then
// what the tag says; `Frame+Coding` writes and reads the bytes of Protocol/sync.md section 3.
package import CRDT

package enum Frame: Equatable, Sendable {
    package static let version: UInt64 = 6

    // The hub says
    case greeting(Greeting)
    case welcome(Welcome)
    /// What stands in the space's log after `from` up to `position` and the device lacks.
    case entries(space: SpaceID, from: UInt64, position: Position, [Entry])
    /// On the hub's disk.
    case acknowledged([Acknowledgement])
    case outcome(Outcome)
    case caughtUp(CaughtUp)
    /// One thing isn't taken; the connection goes on.
    case refused(Refusal)
    /// Parcels, by their ids: on the hub's disk, so that who brought them may forget them.
    case kept([[UInt8]])

    // A device says
    case hello(Hello)
    case subscribe([Subscription])
    case unsubscribe(SpaceID)
    case upload([Entry])
    case intent(Intent)
    /// Up to where the device has each space's log on its disk: what it says from now on is made with that.
    case standing([Standing])
    /// "Tell me when all I said until here is done": answered by `caughtUp` with the same ticket.
    case barrier(ticket: UInt64)
    /// What another device left here that is gone: the bytes of a `SealedParcel`.
    case parcel([UInt8])

    // Hubs say to each other
    /// To the hub that decides it; the answer is an `outcome`, in either direction.
    case forward(Forward)
}

package struct Greeting: Equatable, Sendable {
    package var versionMin: UInt64
    package var versionMax: UInt64
    package var hub: [UInt8]
    /// Rises when the hub's log is not the one that it was: positions of another epoch mean nothing.
    package var epoch: UInt64
    /// What the device signs, so that nobody replays its hello.
    package var nonce: [UInt8]

    package init(versionMin: UInt64 = Frame.version, versionMax: UInt64 = Frame.version, hub: [UInt8], epoch: UInt64, nonce: [UInt8]) {
        self.versionMin = versionMin
        self.versionMax = versionMax
        self.hub = hub
        self.epoch = epoch
        self.nonce = nonce
    }
}

package struct Hello: Equatable, Sendable {
    package var version: UInt64 = Frame.version
    package var publicKey: [UInt8]
    package var name: String
    package var kind: String
    package var role: String
    /// Where it stands: a till's or a desk's; empty for nowhere.
    package var store: String
    package var token: String
    package var signature: [UInt8] = []

    package init(publicKey: [UInt8], name: String, kind: String, role: String, store: String = "", token: String) {
        self.publicKey = publicKey
        self.name = name
        self.kind = kind
        self.role = role
        self.store = store
        self.token = token
    }

    package var device: DeviceID { DeviceID(publicKey: publicKey) }

    /// The role of a store's hub towards the central one.
    package static let storeHub = "store-hub"

    /// What the signature is about: this hub, this connection, and everything that is claimed.
    package func signedBytes(_ greeting: Greeting) -> [UInt8] {
        var unsigned = self
        unsigned.signature = []
        return Digest.sha256(Array("baton hello".utf8), greeting.hub, greeting.nonce, Frame.hello(unsigned).bytes)
    }
}

package struct Welcome: Equatable, Sendable {
    package var role: String
    /// Milliseconds since 1970 by the hub's clock: for display only.
    package var time: UInt64
    /// The central hub, whose word on histories counts everywhere: this one, or that of a store's own.
    package var home: [UInt8]
    /// What may be sealed for this hub is sealed by this key.
    package var sealing: [UInt8]
    /// Where the same can be had when this hub can't be reached.
    package var others: [String]

    package init(role: String, time: UInt64, home: [UInt8], sealing: [UInt8], others: [String] = []) {
        self.role = role
        self.time = time
        self.home = home
        self.sealing = sealing
        self.others = others
    }
}

package struct Subscription: Equatable, Sendable {
    /// `person:*` means every person's, `store:*` every store's, for those who may see them.
    package var space: SpaceID
    /// What stands in the log up to here is known.
    package var position: Position
    /// What shows that the device may see the space: a token, or nothing.
    package var proof: String

    package init(space: SpaceID, position: Position = .start, proof: String = "") {
        self.space = space
        self.position = position
        self.proof = proof
    }
}

package struct Standing: Equatable, Sendable {
    package var space: SpaceID
    package var position: UInt64

    package init(space: SpaceID, position: UInt64) {
        self.space = space
        self.position = position
    }
}

package enum Entry: Equatable, Sendable {
    /// Ahead of the first block of an actor.
    case actor(ActorRecord)
    /// The bytes of a `Block`, as its device sealed them.
    case block([UInt8])
    case fact(Fact)
    /// The bytes of a `SignedCut`, for who lacks what was cut.
    case cut([UInt8])

    /// In a frame, at least: an actor's record without a name. Who says that there are more says what can't be, and makes no room for them.
    package static let bytesMin = 51

    /// In a frame: exact for what may be large, so that a full one stays within its bound.
    package var byteCount: Int {
        switch self {
        case .actor: 128
        case .block(let bytes), .cut(let bytes): bytes.count + 8
        case .fact(let fact): fact.bytes.count + 1
        }
    }
}

package struct Acknowledgement: Equatable, Sendable {
    package var document: DocumentID
    package var actor: ActorID
    package var count: UInt32

    package init(document: DocumentID, actor: ActorID, count: UInt32) {
        self.document = document
        self.actor = actor
        self.count = count
    }
}

package struct CaughtUp: Equatable, Sendable {
    package struct Space: Equatable, Sendable {
        package var space: SpaceID
        package var position: Position
        /// Heads of what this device may see of the space: thirty-two bytes.
        package var heads: [UInt8]

        package init(space: SpaceID, position: Position, heads: [UInt8]) {
            self.space = space
            self.position = position
            self.heads = heads
        }
    }

    package var ticket: UInt64
    package var spaces: [Space]

    package init(ticket: UInt64, spaces: [Space]) {
        self.ticket = ticket
        self.spaces = spaces
    }
}

package struct Refusal: Equatable, Sendable {
    /// A document's name or a space's.
    package var thing: String
    package var code: String
    package var message: String

    package init(thing: String, code: String, message: String) {
        self.thing = thing.bounded(to: 2 * SyncLimits.nameBytesMax)
        self.code = code
        self.message = message.bounded(to: SyncLimits.messageBytesMax)
    }
}
