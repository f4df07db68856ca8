// Frames as bytes: Protocol/sync.md section 3. Written by both ends, read from anyone.
package import Bytes
internal import CRDT

extension Frame {
    package var bytes: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout ByteWriter) {
        switch self {
        case .greeting(let greeting):
            writer.byte(1)
            writer.varint(greeting.versionMin)
            writer.varint(greeting.versionMax)
            writer.raw(greeting.hub)
            writer.varint(greeting.epoch)
            writer.raw(greeting.nonce)
        case .welcome(let welcome):
            writer.byte(2)
            writer.string(welcome.role)
            writer.varint(welcome.time)
            writer.raw(welcome.home)
            writer.raw(welcome.sealing)
            writer.varint(welcome.others.count)
            for url in welcome.others { writer.string(url) }
        case .entries(let space, let from, let position, let entries):
            writer.byte(3)
            writer.string(space.name)
            writer.varint(from)
            position.write(to: &writer)
            writer.entries(entries)
        case .acknowledged(let list):
            writer.byte(4)
            writer.varint(list.count)
            for item in list {
                item.document.write(to: &writer)
                writer.raw(item.actor.bytes)
                writer.varint(UInt64(item.count))
            }
        case .outcome(let outcome):
            writer.byte(5)
            outcome.write(to: &writer)
        case .caughtUp(let caughtUp):
            writer.byte(6)
            writer.varint(caughtUp.ticket)
            writer.varint(caughtUp.spaces.count)
            for space in caughtUp.spaces {
                writer.string(space.space.name)
                space.position.write(to: &writer)
                writer.raw(space.heads)
            }
        case .refused(let refusal):
            writer.byte(7)
            writer.string(refusal.thing)
            writer.string(refusal.code)
            writer.string(refusal.message)
        case .kept(let ids):
            writer.byte(8)
            writer.varint(ids.count)
            for id in ids { writer.raw(id) }
        case .hello(let hello):
            writer.byte(32)
            writer.varint(hello.version)
            writer.raw(hello.publicKey)
            for text in [hello.name, hello.kind, hello.role, hello.store, hello.token] { writer.string(text) }
            writer.blob(hello.signature)
        case .subscribe(let subscriptions):
            writer.byte(33)
            writer.varint(subscriptions.count)
            for subscription in subscriptions {
                writer.string(subscription.space.name)
                subscription.position.write(to: &writer)
                writer.string(subscription.proof)
            }
        case .unsubscribe(let space):
            writer.byte(34)
            writer.string(space.name)
        case .upload(let entries):
            writer.byte(35)
            writer.entries(entries)
        case .intent(let intent):
            writer.byte(36)
            intent.write(to: &writer)
        case .barrier(let ticket):
            writer.byte(37)
            writer.varint(ticket)
        case .standing(let list):
            writer.byte(38)
            writer.varint(list.count)
            for item in list {
                writer.string(item.space.name)
                writer.varint(item.position)
            }
        case .parcel(let bytes):
            writer.byte(39)
            writer.blob(bytes)
        case .forward(let forward):
            writer.byte(64)
            forward.write(to: &writer)
        }
    }

    /// - Throws: `.malformed` with what and where, `.tooLarge`.
    package init(decoding bytes: [UInt8]) throws(CloseReason) { self = try Frame.whole(bytes, Frame.read) }

    /// Bytes of the wire that are one thing to their end.
    static func whole<Value>(_ bytes: [UInt8], _ read: (inout ByteReader) throws(DecodeError) -> Value) throws(CloseReason) -> Value {
        guard bytes.count <= SyncLimits.frameBytesMax else { throw .tooLarge(bytes.count) }
        do {
            var reader = ByteReader(bytes)
            let value = try read(&reader)
            try reader.finish()
            return value
        } catch {
            throw .malformed("\(error)")
        }
    }

    static func read(_ reader: inout ByteReader) throws(DecodeError) -> Frame {
        switch try reader.byte() {
        case 1:
            return .greeting(Greeting(versionMin: try reader.varint(), versionMax: try reader.varint(), hub: try reader.raw(16),
                                      epoch: try reader.varint(), nonce: try reader.raw(32)))
        case 2:
            var welcome = Welcome(role: try reader.name(), time: try reader.varint(), home: try reader.raw(16), sealing: try reader.raw(32))
            for _ in 0..<(try reader.count(limit: min(SyncLimits.otherHubsMax, reader.remaining))) { welcome.others.append(try reader.string(limit: SyncLimits.tokenBytesMax)) }
            return .welcome(welcome)
        case 3: return .entries(space: try reader.space(), from: try reader.varint(), position: try Position(&reader), try reader.entries())
        case 4:
            var list: [Acknowledgement] = []
            for _ in 0..<(try reader.count(limit: min(SyncLimits.acknowledgementsMax, reader.remaining / 16))) {
                list.append(Acknowledgement(document: try DocumentID(&reader), actor: try ActorID(&reader),
                                            count: UInt32(try reader.count(limit: Int(UInt32.max)))))
            }
            return .acknowledged(list)
        case 5: return .outcome(try Outcome(&reader))
        case 6:
            let ticket = try reader.varint()
            var spaces: [CaughtUp.Space] = []
            for _ in 0..<(try reader.count(limit: min(SyncLimits.subscriptionsMax, reader.remaining / Digest.byteCount))) {
                spaces.append(CaughtUp.Space(space: try reader.space(), position: try Position(&reader), heads: try reader.raw(Digest.byteCount)))
            }
            return .caughtUp(CaughtUp(ticket: ticket, spaces: spaces))
        case 7:
            return .refused(Refusal(thing: try reader.string(limit: 2 * SyncLimits.nameBytesMax), code: try reader.name(),
                                    message: try reader.string(limit: SyncLimits.messageBytesMax)))
        case 8:
            var ids: [[UInt8]] = []
            for _ in 0..<(try reader.count(limit: reader.remaining / Digest.byteCount)) { ids.append(try reader.raw(Digest.byteCount)) }
            return .kept(ids)
        case 32:
            let version = try reader.varint()
            var hello = Hello(publicKey: try reader.raw(32), name: try reader.name(), kind: try reader.name(), role: try reader.name(),
                              store: try reader.name(), token: try reader.string(limit: SyncLimits.tokenBytesMax))
            hello.version = version
            hello.signature = try reader.blob(limit: 64)
            return .hello(hello)
        case 33:
            var list: [Subscription] = []
            for _ in 0..<(try reader.count(limit: min(SyncLimits.subscriptionsMax, reader.remaining / 3))) {
                list.append(Subscription(space: try reader.space(), position: try Position(&reader),
                                         proof: try reader.string(limit: SyncLimits.tokenBytesMax)))
            }
            return .subscribe(list)
        case 34: return .unsubscribe(try reader.space())
        case 35: return .upload(try reader.entries())
        case 36: return .intent(try Intent(&reader))
        case 37: return .barrier(ticket: try reader.varint())
        case 38:
            var list: [Standing] = []
            for _ in 0..<(try reader.count(limit: min(SyncLimits.subscriptionsMax, reader.remaining / 2))) {
                list.append(Standing(space: try reader.space(), position: try reader.varint()))
            }
            return .standing(list)
        case 39: return .parcel(try reader.blob(limit: SyncLimits.frameBytesMax))
        case 64: return .forward(try Forward(&reader))
        case let tag: throw .unknownTag(at: 0, tag: UInt64(tag))
        }
    }
}

extension ByteWriter {
    mutating func entries(_ entries: [Entry]) {
        reserve(entries.reduce(0) { $0 + $1.byteCount })
        varint(entries.count)
        for entry in entries { self.entry(entry) }
    }

    package mutating func entry(_ entry: Entry) {
        switch entry {
        case .actor(let record):
            byte(1)
            record.write(to: &self)
        case .block(let bytes):
            byte(2)
            blob(bytes)
        case .fact(let fact):
            byte(3)
            fact.write(to: &self)
        case .cut(let bytes):
            byte(4)
            blob(bytes)
        }
    }
}

extension ByteReader {
    fileprivate mutating func name() throws(DecodeError) -> String { try string(limit: SyncLimits.nameBytesMax) }

    mutating func entries() throws(DecodeError) -> [Entry] {
        var entries: [Entry] = []
        let count = try count(limit: Plant.lengthTrusted.isPlanted ? .max : remaining / Entry.bytesMin)
        if Plant.lengthTrusted.isPlanted { entries.reserveCapacity(count) }
        for _ in 0..<count { entries.append(try entry()) }
        return entries
    }

    package mutating func entry() throws(DecodeError) -> Entry {
        let start = offset
        switch try byte() {
        case 1: return .actor(try ActorRecord(&self))
        case 2: return .block(try blob(limit: SyncLimits.frameBytesMax))
        case 3: return .fact(try Fact(&self))
        case 4: return .cut(try blob(limit: SyncLimits.frameBytesMax))
        case let tag: throw .unknownTag(at: start, tag: UInt64(tag))
        }
    }
}
