// Five hundred mutated and random byte strings to each decoder of frames, blocks and records: an error of
// a known type, or a value that encodes to the bytes it was read from.
import Bytes
import CRDT
import Replica
import Store
import Support
import Sync
import Testing

@Suite struct DecoderTests {
    @Test func `frames`() throws {
        let frames = try DecoderTests.frames()
        #expect(frames.count >= 4)
        for frame in frames { #expect(try NumberedFrame(decoding: frame).bytes == frame) }
        try mutate(frames) { bytes in
            do throws(CloseReason) { _ = try NumberedFrame(decoding: bytes) } catch { #expect(error.code >= 4_000) }
        }
    }

    @Test func `blocks: what is changed is refused, or not signed by its maker`() throws {
        var blocks: [Block] = []
        var record: ActorRecord?
        for frame in try DecoderTests.frames() {
            guard case .upload(let entries) = try Frame(numbered: frame) else { continue }
            for entry in entries {
                switch entry {
                case .actor(let found): record = found
                case .block(let bytes): blocks.append(try Block(decoding: bytes))
                case .fact, .cut: break
                }
            }
        }
        let maker = try #require(record)
        #expect(!blocks.isEmpty && blocks.allSatisfy { $0.isSigned(by: maker) })
        var readable = 0
        try mutate(blocks.map(\.bytes)) { bytes in
            do throws(DecodeError) {
                let block = try Block(decoding: bytes)
                readable += 1
                #expect(!block.isSigned(by: maker))
            } catch {}
        }
        #expect(readable > 0, "some mutations are seen by the signature alone")
    }

    @Test func `actor records`() throws {
        let record = ActorRecord(publicKey: [UInt8](repeating: 1, count: 32), nonce: [UInt8](repeating: 2, count: 16), name: "phone", kind: "phone")
        var writer = ByteWriter()
        record.write(to: &writer)
        try mutate([writer.bytes]) { bytes in
            var reader = ByteReader(bytes)
            do throws(DecodeError) {
                var again = ByteWriter()
                try ActorRecord(&reader).write(to: &again)
                #expect(bytes.starts(with: again.bytes))
            } catch {}
        }
    }

    @Test func `a key names one document, and a document one key`() throws {
        let space = try #require(SpaceID("person:ana"))
        let id = try #require(DocumentID(space, "cart/1"))
        let key = DocumentKeys.document(id)
        #expect(DocumentKeys.documentID(key) == id)
        // Cut, longer, or bytes that are no UTF-8 and would be mended to a name that another key has.
        let mended = try #require(DocumentID(space, "cart/\u{FFFD}"))
        #expect(DocumentKeys.documentID(DocumentKeys.document(mended)) == mended)
        for bytes in [Array(key.dropLast()), key + [1], DocumentKeys.row(id, 1), DocumentKeys.space(space) + Array("cart/".utf8) + [0xFF, 0]] {
            #expect(DocumentKeys.documentID(bytes) == nil)
        }
    }

    /// All that a device says to a hub that it meets for the first time.
    private static func frames() throws -> [[UInt8]] {
        var chance = SeededGenerator(seed: 3)
        let environment = Environment(nowMilliseconds: { 1_700_000_000_000 }, random: { chance.bytes($0) })
        let device = try Replica.create(in: MemoryStore(), environment, DeviceProfile(name: "phone", kind: "phone", role: "customer", hub: "ws://h"))
        device.signIn(SignIn(person: "ana"))
        var random = SeededGenerator(seed: 4)
        for _ in 0..<20 { try device.edit(device.cart()) { try editRandomly(&$0, &random) } }
        _ = try device.ask("session-take", .map([("epoch", .int(0))]), in: device.space)
        try device.flush()
        device.connected()
        try device.received(Voice().say(.greeting(Greeting(hub: [UInt8](repeating: 1, count: 16), epoch: 5, nonce: [UInt8](repeating: 2, count: 32)))))
        try device.flush()
        try device.pump()
        try device.sendIntents()
        return device.takeActions().compactMap { action in
            if case .send(let bytes) = action { return bytes }
            return nil
        }
    }

    private func mutate(_ originals: [[UInt8]], _ check: ([UInt8]) throws -> Void) throws {
        var random = SeededGenerator(seed: 99)
        for number in 0..<500 {
            if number % 10 == 0 {
                try check(random.bytes(random.below(300)))
                continue
            }
            let original = originals[random.below(originals.count)]
            var bytes = original
            for _ in 0...random.below(3) where !bytes.isEmpty {
                let at = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[at] ^= UInt8(1 + random.below(255))
                case 1: bytes.removeSubrange(at...)
                case 2: bytes.insert(UInt8(random.below(256)), at: at)
                default: bytes.replaceSubrange(at..<min(at + 8, bytes.count), with: [UInt8](repeating: 0xFF, count: 8))
                }
            }
            if bytes != original { try check(bytes) }
        }
    }
}
