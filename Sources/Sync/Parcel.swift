// What a device that forgets its customer leaves for its hub: all that the hub lacks, and what shows the right to it, sealed.
// Whoever has the bytes and not a hub's key learns their length and which hubs can open them. Protocol/sharing.md 5.
package import Bytes
package import CRDT

/// What a gone device would have said, signed by it.
package struct Parcel: Equatable, Sendable {
    /// Who it was: its key, kind, role, store and token; its signature stays empty.
    package let hello: Hello
    /// What it showed for the spaces that it followed; positions are 0.
    package let proofs: [Subscription]
    /// Records of actors, and blocks behind what they build on.
    package let entries: [Entry]
    package let intents: [Intent]
    package let signature: [UInt8]

    package init(hello: Hello, proofs: [Subscription], entries: [Entry], intents: [Intent], key: DeviceKey) {
        (self.hello, self.proofs, self.entries, self.intents) = (hello, proofs, entries, intents)
        signature = key.sign(Parcel.signed(Parcel.body(hello, proofs, entries, intents)))
    }

    private static func signed(_ body: [UInt8]) -> [UInt8] { Digest.sha256(Array("baton parcel".utf8), body) }

    /// Whether the device that it names put it together.
    package var isSigned: Bool { DeviceKey.isValid(signature, of: Parcel.signed(Parcel.body(hello, proofs, entries, intents)), publicKey: hello.publicKey) }

    private static func body(_ hello: Hello, _ proofs: [Subscription], _ entries: [Entry], _ intents: [Intent]) -> [UInt8] {
        encoded { writer in
            writer.blob(Frame.hello(hello).bytes)
            writer.varint(proofs.count)
            for item in proofs {
                writer.string(item.space.name)
                writer.string(item.proof)
            }
            writer.entries(entries)
            writer.varint(intents.count)
            for intent in intents { intent.write(to: &writer) }
        }
    }

    package var bytes: [UInt8] { Parcel.body(hello, proofs, entries, intents) + signature }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        let start = reader.offset
        guard case .hello(let hello)? = try? Frame(decoding: try reader.blob(limit: SyncLimits.parcelBytesMax)) else {
            throw .inconsistent(at: start, what: "a parcel begins with the hello of its device")
        }
        self.hello = hello
        var proofs: [Subscription] = []
        for _ in 0..<(try reader.count(limit: min(SyncLimits.personsMax, reader.remaining / 2))) {
            proofs.append(Subscription(space: try reader.space(), proof: try reader.string(limit: SyncLimits.tokenBytesMax)))
        }
        self.proofs = proofs
        entries = try reader.entries()
        var intents: [Intent] = []
        for _ in 0..<(try reader.count(limit: min(SyncLimits.intentsMax, reader.remaining / 16))) { intents.append(try Intent(&reader)) }
        self.intents = intents
        signature = try reader.raw(64)
        try reader.finish()
    }
}

/// A parcel that some hubs can open, and nobody else.
package struct SealedParcel: Equatable, Sendable {
    /// A hub, and the key that it opens things with.
    package struct Receiver: Equatable, Sendable {
        package let hub: [UInt8]
        package let publicKey: [UInt8]

        package init(hub: [UInt8], publicKey: [UInt8]) { (self.hub, self.publicKey) = (hub, publicKey) }
    }

    private static let version: UInt8 = 1
    private static let info = Array("baton parcel".utf8)

    /// The key of the box, for each hub that can open it.
    private let locks: [(hub: [UInt8], lock: HybridSealed)]
    private let box: [UInt8]
    package let bytes: [UInt8]
    /// What it's called on the wire: SHA-256 of its bytes.
    package let id: [UInt8]

    package var hubs: [[UInt8]] { locks.map(\.hub) }

    private init(locks: [(hub: [UInt8], lock: HybridSealed)], box: [UInt8]) {
        (self.locks, self.box) = (locks, box)
        bytes = SealedParcel.head(locks) + encoded { $0.blob(box) }
        id = Digest.sha256(bytes)
    }

    /// - Parameter chance: that many bytes, fresh each time.
    /// - Returns: nil where no receiver's key is one.
    package init?(_ parcel: Parcel, for receivers: [Receiver], chance: (Int) -> [UInt8]) {
        let key = chance(SecretBox.keyBytes)
        var locks: [(hub: [UInt8], lock: HybridSealed)] = []
        for receiver in receivers {
            if let lock = HybridSealed.seal(key, for: receiver.publicKey, info: SealedParcel.info, authenticating: receiver.hub, ephemeral: chance(32)) { locks.append((receiver.hub, lock)) }
        }
        guard !locks.isEmpty, let box = SecretBox.seal(parcel.bytes, key: key, nonce: SecretBox.onlyNonce, authenticating: SealedParcel.head(locks)) else { return nil }
        self.init(locks: locks, box: box)
    }

    /// - Returns: nil where it isn't for this hub, or not as it was sealed.
    package func open(by hub: [UInt8], _ key: SealingKey) -> [UInt8]? {
        guard let lock = locks.first(where: { $0.hub == hub })?.lock, let secret = key.open(lock, info: SealedParcel.info, authenticating: hub) else { return nil }
        return SecretBox.open(box, key: secret, nonce: SecretBox.onlyNonce, authenticating: SealedParcel.head(locks))
    }

    private static func head(_ locks: [(hub: [UInt8], lock: HybridSealed)]) -> [UInt8] {
        encoded { writer in
            writer.byte(version)
            writer.varint(locks.count)
            for (hub, lock) in locks {
                writer.raw(hub)
                writer.raw(lock.encapsulated)
                writer.raw(lock.box)
            }
        }
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard version == SealedParcel.version else { throw .unknownTag(at: 0, tag: UInt64(version)) }
        var locks: [(hub: [UInt8], lock: HybridSealed)] = []
        for _ in 0..<(try reader.count(limit: SyncLimits.sealingHubsMax)) {
            locks.append((try reader.raw(16), HybridSealed(encapsulated: try reader.raw(32), box: try reader.raw(SecretBox.keyBytes + SecretBox.tagBytes))))
        }
        let box = try reader.blob(limit: SyncLimits.parcelBytesMax)
        try reader.finish()
        self.init(locks: locks, box: box)
    }

    package static func == (left: SealedParcel, right: SealedParcel) -> Bool { left.id == right.id }

    /// What a refusal calls a parcel.
    package static func thing(_ id: [UInt8]) -> String { thingPrefix + Hex.encode(id) }
    package static let thingPrefix = "parcel/"
    /// Of the parcel that a refusal is about; nil where it's about something else.
    package static func id(_ thing: String) -> [UInt8]? { thing.hasPrefix(thingPrefix) ? Hex.decode(String(thing.dropFirst(thingPrefix.count))) : nil }
}
