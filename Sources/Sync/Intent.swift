// What only one party can have is asked for, decided once, and becomes a fact. Protocol/access.md section 4.
package import Bytes
package import CRDT

/// A wish with an id that was on disk before it was first sent.
package struct Intent: Equatable, Sendable {
    package let id: IntentID
    /// The space of the resource.
    package let space: SpaceID
    /// What is asked: `session-take`, `session-pass`.
    package let kind: String
    package let payload: Value

    package init(id: IntentID, space: SpaceID, kind: String, payload: Value) {
        self.id = id
        self.space = space
        self.kind = kind
        self.payload = payload
    }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        id = try IntentID(&reader)
        space = try reader.space()
        kind = try reader.string(limit: SyncLimits.nameBytesMax)
        payload = try reader.value()
    }

    package func write(to writer: inout ByteWriter) {
        writer.raw(id.bytes)
        writer.string(space.name)
        writer.string(kind)
        writer.value(payload)
    }

    package var bytes: [UInt8] { encoded(write) }
}

/// 128 random bits, made by the device.
package struct IntentID: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init(random bytes: [UInt8]) {
        precondition(bytes.count == 16, "an intent's id has 16 bytes")
        self.bytes = bytes
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

    package init(intent: IntentID, status: String, message: String, value: Value) {
        self.intent = intent
        self.status = status
        self.message = message
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

/// What was decided about a resource: append-only, edited by nobody, seen by all who may see the space.
package struct Fact: Equatable, Sendable {
    package let space: SpaceID
    /// What it is about, within the space: `session`.
    package let resource: String
    /// Counts up for each resource; of two facts about one the higher stands.
    package let sequence: UInt64
    /// The intent that it answers, and the device that asked.
    package let intent: IntentID
    package let device: DeviceID
    package let kind: String
    package let value: Value
    /// By the hub that decided: a restored hub believes what comes back because of it.
    package let signature: [UInt8]

    package init(space: SpaceID, resource: String, sequence: UInt64, intent: IntentID, device: DeviceID, kind: String, value: Value,
                 key: DeviceKey) {
        self.space = space
        self.resource = resource
        self.sequence = sequence
        self.intent = intent
        self.device = device
        self.kind = kind
        self.value = value
        signature = key.sign(Fact.digest(space, resource, sequence, intent, device, kind, value))
    }

    package func isSigned(by publicKey: [UInt8]) -> Bool {
        DeviceKey.isValid(signature, of: Fact.digest(space, resource, sequence, intent, device, kind, value), publicKey: publicKey)
    }

    private static func digest(_ space: SpaceID, _ resource: String, _ sequence: UInt64, _ intent: IntentID, _ device: DeviceID,
                               _ kind: String, _ value: Value) -> [UInt8] {
        Digest.sha256(Array("baton fact".utf8), encoded { writeUnsigned(&$0, space, resource, sequence, intent, device, kind, value) })
    }

    private static func writeUnsigned(_ writer: inout ByteWriter, _ space: SpaceID, _ resource: String, _ sequence: UInt64, _ intent: IntentID,
                              _ device: DeviceID, _ kind: String, _ value: Value) {
        writer.string(space.name)
        writer.string(resource)
        writer.varint(sequence)
        writer.raw(intent.bytes)
        writer.raw(device.bytes)
        writer.string(kind)
        writer.value(value)
    }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        space = try reader.space()
        resource = try reader.string(limit: SyncLimits.nameBytesMax)
        sequence = try reader.varint()
        intent = try IntentID(&reader)
        device = DeviceID(bytes: try reader.raw(16))
        kind = try reader.string(limit: SyncLimits.nameBytesMax)
        value = try reader.value()
        signature = try reader.raw(64)
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        try self.init(&reader)
        try reader.finish()
    }

    package func write(to writer: inout ByteWriter) {
        Fact.writeUnsigned(&writer, space, resource, sequence, intent, device, kind, value)
        writer.raw(signature)
    }

    package var bytes: [UInt8] { encoded(write) }
}

func encoded(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
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
