// A sealed block: consecutive changes of one actor in one document, chained and signed by its device.
//
//     document · actor · first · count · previous hash · cipher · payload │ signature of the hash
//     └──────────────────── hash = SHA-256 of these ────────────────────┘
//
// The unit of hash chain, signature, encryption and deletion: one hash for each keystroke would cost
// more than applying it. The hash is over the payload as it is stored, so that a relay can check what
// it can't read. Protocol/changes.md section 7.
package import Bytes

package struct Block: Equatable, Sendable {
    /// The payload is what `Document.encode` wrote. Other numbers are for encrypted payloads.
    package static let plain: UInt8 = 0
    private static let version: UInt8 = 1

    package let document: DocumentID
    package let actor: ActorID
    /// The counter of the first operation, and how many there are.
    package let first: UInt32
    package let count: UInt32
    /// The hash of this actor's block before, or zeros.
    package let previous: [UInt8]
    package let cipher: UInt8
    package let payload: [UInt8]
    package let signature: [UInt8]
    package let hash: [UInt8]

    package var end: UInt32 { first + count }

    /// Whether a block may hold so much.
    package static func mayHold(_ payload: [UInt8]) -> Bool {
        payload.count <= Limits.blockBytesMax && ChangeFormat.inflatedCount(of: payload) <= Limits.blockInflatedBytesMax
    }

    /// Seals changes.
    package init(document: DocumentID, actor: ActorID, first: UInt32, count: UInt32, previous: [UInt8],
                 payload: [UInt8], key: DeviceKey) {
        self.document = document
        self.actor = actor
        self.first = first
        self.count = count
        self.previous = previous
        self.payload = payload
        cipher = Block.plain
        hash = Digest.sha256(Block.head(document, actor, first, count, previous, Block.plain, payload))
        signature = key.sign(hash)
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        try self.init(&reader)
        try reader.finish()
    }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        let start = reader.offset
        let version = try reader.byte()
        guard version == Block.version else { throw .unknownTag(at: start, tag: UInt64(version)) }
        document = try DocumentID(&reader)
        actor = try ActorID(&reader)
        first = UInt32(try reader.count(limit: Limits.counterMax))
        count = UInt32(try reader.count(limit: Limits.counterMax - Int(first)))
        guard count > 0 else { throw .inconsistent(at: start, what: "a block has at least one operation") }
        previous = try reader.raw(Digest.byteCount)
        cipher = try reader.byte()
        guard cipher == Block.plain else { throw .unknownTag(at: start, tag: UInt64(cipher)) }
        payload = try reader.blob(limit: Limits.blockBytesMax)
        hash = Digest.sha256(Array(reader.bytes[start..<reader.offset]))
        signature = try reader.raw(64)
    }

    package var bytes: [UInt8] { Block.head(document, actor, first, count, previous, cipher, payload) + signature }

    private static func head(_ document: DocumentID, _ actor: ActorID, _ first: UInt32, _ count: UInt32,
                             _ previous: [UInt8], _ cipher: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.reserve(payload.count + 256)
        writer.byte(version)
        document.write(to: &writer)
        writer.raw(actor.bytes)
        writer.varint(UInt64(first))
        writer.varint(UInt64(count))
        writer.raw(previous)
        writer.byte(cipher)
        writer.blob(payload)
        return writer.bytes
    }

    /// Whether the device of `record` made this block under its own actor.
    package func isSigned(by record: ActorRecord) -> Bool {
        record.actor == actor && DeviceKey.isValid(signature, of: hash, publicKey: record.publicKey)
    }

    /// The changes inside: of this actor, from `first`, `count` operations, and nothing else.
    package func open() throws(DecodeError) -> ChangeSet {
        let set = try ChangeSet(decoding: payload)
        guard set.work.count == 1, let work = set.work.first, set.actors[Int(work.actor)] == actor,
              !work.pieces.isEmpty, set.pieces[0].start == first, work.end == end else {
            throw .inconsistent(at: 0, what: "a block holds the changes that its head names")
        }
        return set
    }
}
