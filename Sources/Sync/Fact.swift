// What was decided: append-only, edited by nobody, signed by the authority that decided. Protocol/intents.md section 3.
package import Bytes
package import CRDT

/// What was decided about a resource, whole: of two facts about one the higher sequence stands.
package struct Fact: Equatable, Sendable {
    /// What is said of a resource, by whom, and what it answers.
    package struct Content: Equatable, Sendable {
        package let space: SpaceID
        /// What it is about, within the space: `session`, `order/ID`.
        package let resource: String
        /// Counts up for each resource.
        package let sequence: UInt64
        /// The hash of the fact before it; zeros for the first. The same sequence with another hash is a fork.
        package let previous: [UInt8]
        /// The intent that it answers, and the device that asked; zeros and the hub's own where time alone decided.
        package let intent: IntentID
        package let device: DeviceID
        /// In milliseconds of the authority's time.
        package let time: UInt64
        package let kind: String
        package let value: Value

        package init(space: SpaceID, resource: String, sequence: UInt64, previous: [UInt8], intent: IntentID, device: DeviceID, time: UInt64, kind: String, value: Value) {
            (self.space, self.resource, self.sequence, self.previous) = (space, resource, sequence, previous)
            (self.intent, self.device, self.time, self.kind, self.value) = (intent, device, time, kind, value)
        }

        fileprivate init(_ reader: inout ByteReader) throws(DecodeError) {
            space = try reader.space()
            resource = try reader.string(limit: SyncLimits.nameBytesMax)
            sequence = try reader.varint()
            previous = try reader.raw(Digest.byteCount)
            intent = try IntentID(&reader)
            device = DeviceID(bytes: try reader.raw(16))
            time = try reader.varint()
            kind = try reader.string(limit: SyncLimits.nameBytesMax)
            value = try reader.value()
        }

        fileprivate func write(to writer: inout ByteWriter) {
            writer.string(space.name)
            writer.string(resource)
            writer.varint(sequence)
            writer.raw(previous)
            writer.raw(intent.bytes)
            writer.raw(device.bytes)
            writer.varint(time)
            writer.string(kind)
            writer.value(value)
        }
    }

    package let content: Content
    /// Among the facts that have its signature.
    package let place: DecisionPlace
    /// The authority's key: who may decide about the resource is known by it.
    package let publicKey: [UInt8]
    package let signature: [UInt8]
    /// Of the content, where it was needed to make this: the fact after it names it.
    private let knownHash: [UInt8]?

    package static func == (left: Fact, right: Fact) -> Bool {
        left.content == right.content && left.place == right.place && left.publicKey == right.publicKey && left.signature == right.signature
    }

    package var space: SpaceID { content.space }
    package var resource: String { content.resource }
    package var sequence: UInt64 { content.sequence }
    package var intent: IntentID { content.intent }
    package var device: DeviceID { content.device }
    package var time: UInt64 { content.time }
    package var kind: String { content.kind }
    package var value: Value { content.value }

    /// What was decided together: signed once, for a signature costs more than all the rest of it.
    /// - Parameter facts: unsigned ones.
    package static func signed(_ facts: [Fact], key: DeviceKey) -> [Fact] {
        guard !facts.isEmpty else { return [] }
        let hashes = facts.map(\.hash)
        let (root, places) = DecisionPlace.all(hashes)
        let signature = key.sign(Fact.signed(root))
        return facts.indices.map { Fact(content: facts[$0].content, place: places[$0], publicKey: key.publicKey, signature: signature, hash: hashes[$0]) }
    }

    /// For `signed`: what is decided, before it is anybody else's to see.
    package init(unsigned content: Content, by publicKey: [UInt8]) {
        self.init(content: content, place: .alone, publicKey: publicKey, signature: [], hash: content.digest)
    }

    package init(_ content: Content, key: DeviceKey) {
        let hash = content.digest
        self.init(content: content, place: .alone, publicKey: key.publicKey, signature: key.sign(Fact.signed(hash)), hash: hash)
    }

    private init(content: Content, place: DecisionPlace, publicKey: [UInt8], signature: [UInt8], hash: [UInt8]) {
        (self.content, self.place, self.publicKey, self.signature, knownHash) = (content, place, publicKey, signature, hash)
    }

    package var hash: [UInt8] { knownHash ?? content.digest }

    package func isSigned(by publicKey: [UInt8]) -> Bool {
        guard self.publicKey == publicKey, let root = place.root(from: content.digest) else { return false }
        return DeviceKey.isValid(signature, of: Fact.signed(root), publicKey: publicKey)
    }

    private static func signed(_ root: [UInt8]) -> [UInt8] { Array("baton decision".utf8) + root }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        content = try Content(&reader)
        place = try DecisionPlace(&reader)
        publicKey = try reader.raw(32)
        signature = try reader.raw(64)
        knownHash = nil
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        try self.init(&reader)
        try reader.finish()
    }

    package func write(to writer: inout ByteWriter) {
        content.write(to: &writer)
        place.write(to: &writer)
        writer.raw(publicKey)
        writer.raw(signature)
    }

    package var bytes: [UInt8] { encoded(write) }
}

extension Fact.Content {
    fileprivate var digest: [UInt8] { Digest.sha256(Array("baton fact".utf8), encoded(write)) }
}
