// What only one party can have is asked for, and decided once. Protocol/intents.md sections 1 and 2.
package import Bytes
package import CRDT

/// A wish with an id that was on disk before it was first sent.
package struct Intent: Equatable, Sendable {
    package let id: IntentID
    /// The space of the resource: what decides is that space's authority.
    package let space: SpaceID
    /// What is asked: `session-take`, `order-place`.
    package let kind: String
    /// What the id stands for: the same id with another payload is a conflict.
    package let payload: Value
    /// What was known when it was asked: a frontier, a total that was shown. Asked again, it may be another.
    package let context: Value
    /// Of the device that asks: whoever passes it on can't say that somebody else did.
    package let publicKey: [UInt8]
    package let signature: [UInt8]

    package var device: DeviceID { DeviceID(publicKey: publicKey) }

    package init(id: IntentID, space: SpaceID, kind: String, payload: Value, context: Value = .null, key: DeviceKey) {
        self.id = id
        self.space = space
        self.kind = kind
        self.payload = payload
        self.context = context
        publicKey = key.publicKey
        signature = key.sign(Intent.digest(id, space, kind, payload, context))
    }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        id = try IntentID(&reader)
        space = try reader.space()
        kind = try reader.string(limit: SyncLimits.nameBytesMax)
        payload = try reader.value()
        context = try reader.value()
        publicKey = try reader.raw(32)
        signature = try reader.raw(64)
    }

    package func write(to writer: inout ByteWriter) {
        Intent.write(&writer, id, space, kind, payload, context)
        writer.raw(publicKey)
        writer.raw(signature)
    }

    package var bytes: [UInt8] { encoded(write) }

    /// Whether the device whose key it names asked for it.
    package var isSigned: Bool { DeviceKey.isValid(signature, of: Intent.digest(id, space, kind, payload, context), publicKey: publicKey) }

    /// Equal for equal wishes: the id and what it stands for.
    package var identity: [UInt8] { Digest.sha256(encoded { Intent.write(&$0, id, space, kind, payload, .null) }) }

    private static func digest(_ id: IntentID, _ space: SpaceID, _ kind: String, _ payload: Value, _ context: Value) -> [UInt8] {
        Digest.sha256(Array("baton intent".utf8), encoded { write(&$0, id, space, kind, payload, context) })
    }

    private static func write(_ writer: inout ByteWriter, _ id: IntentID, _ space: SpaceID, _ kind: String, _ payload: Value, _ context: Value) {
        writer.raw(id.bytes)
        writer.string(space.name)
        writer.string(kind)
        writer.value(payload)
        writer.value(context)
    }
}

/// 128 bits, made by the device: the time and chance, or of a name that a person gives.
package struct IntentID: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init(random bytes: [UInt8]) {
        precondition(bytes.count == 16, "an intent's id has 16 bytes")
        self.bytes = bytes
    }

    /// The time in front, as in RFC 9562's version 7: what is asked one after the other, and what comes of it, stands side by
    /// side in every index, so that the next costs no more after a million. Nothing else is read out of it.
    package init(at milliseconds: UInt64, chance: [UInt8]) {
        precondition(chance.count == IntentID.chanceBytes, "ten bytes of an intent's id are chance")
        bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * $0)) } + chance
    }

    package static let chanceBytes = 10
    /// Of a name that a person gives.
    package static let nameBytesMax = 200

    /// Of what no intent asked for.
    package static let none = IntentID(random: [UInt8](repeating: 0, count: 16))

    /// An id in hex, or one made of any other text. What people name is checked first, with `isName`.
    package init(named text: String) {
        if let bytes = Hex.decode(text), bytes.count == 16 { self.bytes = bytes } else { bytes = Array(Digest.sha256(Array("baton intent named".utf8), Array(text.utf8)).prefix(16)) }
    }

    /// The same for what somebody asks under a name of their own choice: two persons may choose alike.
    package init(named text: String, in space: SpaceID) {
        let isID = Hex.decode(text)?.count == 16
        self.init(named: isID ? text : "\(space) \(text)")
    }

    /// Whether a text can name an intent: not where a variable of a script was unset, and everything would be one intent.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= nameBytesMax && text.contains { !$0.isWhitespace } && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
            && IntentID(named: text) != none
    }

    /// The id of what an intent makes: the same for each of its retries, and another than what somebody else makes by one of that name.
    package func derived(_ what: String, in space: SpaceID) -> String {
        Hex.encode(bytes.prefix(6) + Digest.sha256(Array("baton derived".utf8), bytes, Array(space.name.utf8), [0], Array(what.utf8)).prefix(IntentID.chanceBytes))
    }

    package init(_ reader: inout ByteReader) throws(DecodeError) { bytes = try reader.raw(16) }

    package var description: String { Hex.encode(bytes) }
}

/// What became of an intent; the first outcome is the outcome for ever.
package struct Outcome: Equatable, Sendable {
    package let intent: IntentID
    /// `done`, or the code of a refusal.
    package let status: String
    package let message: String
    /// What is so now, whoever asked: for a baton its epoch and holder.
    package let value: Value

    /// - Parameter message: may quote what was asked; what is beyond its bound is left out.
    package init(intent: IntentID, status: String, message: String, value: Value) {
        self.intent = intent
        self.status = status
        self.message = message.bounded(to: SyncLimits.messageBytesMax)
        self.value = value
    }

    package var isDone: Bool { status == "done" }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        intent = try IntentID(&reader)
        status = try reader.string(limit: SyncLimits.nameBytesMax)
        message = try reader.string(limit: SyncLimits.messageBytesMax)
        value = try reader.value()
    }

    package func write(to writer: inout ByteWriter) {
        writer.raw(intent.bytes)
        writer.string(status)
        writer.string(message)
        writer.value(value)
    }

    package var bytes: [UInt8] { encoded(write) }
}

extension String {
    /// - Returns: the string, or as many whole characters of it as have so many bytes. A character may have thousands.
    func bounded(to bytesMax: Int) -> String {
        guard utf8.count > bytesMax else { return self }
        var (count, end) = (0, startIndex)
        for index in indices {
            count += self[index].utf8.count
            guard count <= bytesMax else { break }
            end = self.index(after: index)
        }
        return String(self[..<end])
    }
}

func encoded(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    // Most are of a few hundred bytes: made in one piece.
    writer.reserve(512)
    write(&writer)
    return writer.bytes
}

extension ByteReader {
    package mutating func space() throws(DecodeError) -> SpaceID {
        let start = offset
        guard let space = SpaceID(try string(limit: SyncLimits.nameBytesMax)) else {
            throw .inconsistent(at: start, what: "a space is a scheme, a colon and a name")
        }
        return space
    }
}
