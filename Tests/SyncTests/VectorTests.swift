// The vectors of the wire in Protocol/vectors/sync.json: made again to the byte, and read.
import Bytes
import CRDT
import Store
import Support
import Sync
import Testing

@Suite struct VectorTests {
    struct Case: Codable, Equatable {
        let name: String
        /// `frame`, `block`, `actor`, `cut`, `heads` or `parcel`.
        let kind: String
        let bytes: String
        /// Of a block or a parcel: its hash. Of an actor's record: the actor. Of a signed cut: the hash of its baseline. Of documents: their heads.
        var hash: String?
    }

    @Test func `every vector of the wire is made again to the byte, and read`() throws {
        for kept in try VectorFile.check("sync", made: cases(), named: \.name) {
            let bytes = try #require(Hex.decode(kept.bytes))
            switch kept.kind {
            case "frame": #expect(try Frame(decoding: bytes).bytes == bytes)
            case "message": #expect(try NumberedFrame(decoding: bytes).bytes == bytes)
            case "cut":
                let cut = try SignedCut(decoding: bytes)
                #expect(try cut.bytes == bytes && cut.document().isShallow && (cut.block.cut?.baseline).map(Hex.encode) == kept.hash)
            case "heads": #expect(kept.hash?.count == 64)
            case "parcel":
                // For the hub whose key is made of 32 bytes 2.
                let sealing = try #require(SealingKey(seed: Digest.sha256(Array("baton sealing".utf8), [UInt8](repeating: 2, count: 32))))
                let sealed = try SealedParcel(decoding: bytes)
                let content = try #require(sealed.open(by: sealed.hubs[1], sealing))
                let parcel = try Parcel(decoding: content)
                #expect(sealed.bytes == bytes && Hex.encode(sealed.id) == kept.hash && parcel.isSigned && parcel.entries.count == 2 && parcel.intents.count == 1)
            case "block": #expect(try Hex.encode(Block(decoding: bytes).hash) == kept.hash)
            default:
                var reader = ByteReader(bytes)
                #expect(try ActorRecord(&reader).actor.description == kept.hash)
            }
        }
    }

    private func cases() throws -> [Case] {
        let key = try #require(DeviceKey(seed: [UInt8](repeating: 1, count: 32)))
        let hubKey = try #require(DeviceKey(seed: [UInt8](repeating: 2, count: 32)))
        let record = ActorRecord(publicKey: key.publicKey, nonce: [UInt8](repeating: 3, count: 16), name: "phone", kind: "phone")
        let space = try #require(SpaceID("person:ana"))
        let id = try #require(DocumentID(space, "preferences"))
        var document = Document()
        try document.change(by: record.actor, at: 1_700_000_000_000) { (document) throws(EditError) in document.set("size", to: .string("42")) }
        let block = Block(document: id, actor: record.actor, first: 0, count: 1, previous: Digest.none, payload: document.encode(), key: key)
        let intent = Intent(id: IntentID(random: [UInt8](repeating: 4, count: 16)), space: space, kind: "session-take", payload: .map([("epoch", .int(0))]), key: key)
        let lease = Value.map([("epoch", .int(1)), ("holder", .string(record.device.description))])
        let fact = Fact(Fact.Content(space: space, resource: "session", sequence: 1, previous: Digest.none, intent: intent.id, device: record.device,
                                     time: 1_700_000_000_003, kind: "session-take", value: lease), key: hubKey)
        let five = Fact.signed((0..<5).map { index in
            Fact(unsigned: Fact.Content(space: space, resource: "order/\(index)", sequence: 2, previous: [UInt8](repeating: 8, count: 32), intent: intent.id, device: record.device,
                                        time: 1_700_000_000_004, kind: "order-place", value: .null), by: hubKey.publicKey)
        }, key: hubKey)
        for fact in five { #expect(fact.isSigned(by: hubKey.publicKey)) }
        let greeting = Greeting(hub: [UInt8](repeating: 5, count: 16), epoch: 300, nonce: [UInt8](repeating: 6, count: 32))
        var hello = Hello(publicKey: key.publicKey, name: "phone", kind: "phone", role: "customer", token: "")
        hello.signature = key.sign(hello.signedBytes(greeting))
        let hub = ActorRecord(publicKey: hubKey.publicKey, nonce: [UInt8](repeating: 7, count: 16), name: "hub", kind: "hub")
        let ends = [SignedCut.ChainEnd(actor: record.actor, count: 1, hash: block.hash)]
        let (shallow, payload) = try document.cut(at: document.version, ends: Digest.sha256(SignedCut.bytes(of: ends)), by: hub.actor, at: 1_700_000_000_002)
        let cut = SignedCut(block: Block(document: id, actor: hub.actor, first: 0, count: 1, previous: Digest.none, payload: payload, key: hubKey), ends: ends,
                            baseline: try #require(shallow.baselineSections))
        var drawn: UInt8 = 10
        let (sealing, other) = (try #require(SealingKey(seed: Digest.sha256(Array("baton sealing".utf8), hubKey.seed))), try #require(SealingKey(seed: [UInt8](repeating: 9, count: 32))))
        let left = Parcel(hello: Hello(publicKey: key.publicKey, name: "k1", kind: "kiosk", role: "customer", store: "S1", token: "token"), proofs: [Subscription(space: space, proof: "proof")],
                          entries: [.actor(record), .block(block.bytes)], intents: [intent], key: key)
        let sealed = SealedParcel(left, for: [.init(hub: greeting.hub, publicKey: other.publicKey), .init(hub: DeviceID(publicKey: hubKey.publicKey).bytes, publicKey: sealing.publicKey)]) { count in
            drawn += 1
            return [UInt8](repeating: drawn, count: count)
        }
        let parcel = try #require(sealed)
        var writer = ByteWriter()
        record.write(to: &writer)
        func position(_ number: UInt64) -> Position { Position(number, in: space, epoch: greeting.epoch, key: Position.key(of: hubKey)) }
        func frame(_ name: String, _ frame: Frame) -> Case { Case(name: name, kind: "frame", bytes: Hex.encode(frame.bytes)) }
        return [
            Case(name: "a record of an actor", kind: "actor", bytes: Hex.encode(writer.bytes), hash: record.actor.description),
            Case(name: "a block of one change", kind: "block", bytes: Hex.encode(block.bytes), hash: Hex.encode(block.hash)),
            frame("greeting", .greeting(greeting)), frame("hello", .hello(hello)), frame("welcome", .welcome(Welcome(role: "customer", time: 1_700_000_000_001, home: [UInt8](repeating: 5, count: 16), sealing: [UInt8](repeating: 9, count: 32), others: ["wss://hub.example:7400"]))),
            frame("subscribe", .subscribe([Subscription(space: space, position: position(7), proof: "proof")])), frame("subscribe from the start", .subscribe([Subscription(space: space)])), frame("unsubscribe", .unsubscribe(space)),
            frame("upload of an actor and a block", .upload([.actor(record), .block(block.bytes)])),
            frame("entries with a fact", .entries(space: space, from: 7, position: position(8), [.fact(fact)])),
            frame("entries with the third of five facts that were decided together", .entries(space: space, from: 7, position: position(8), [.fact(five[2])])),
            frame("acknowledged", .acknowledged([Acknowledgement(document: id, actor: record.actor, count: 1)])),
            frame("intent", .intent(intent)), frame("outcome", .outcome(Outcome(intent: intent.id, status: "done", message: "", value: lease))),
            frame("barrier", .barrier(ticket: 9)), Case(name: "the three hundredth message of a connection", kind: "message", bytes: Hex.encode(NumberedFrame(number: 300, .barrier(ticket: 9)).bytes)), frame("standing", .standing([Standing(space: space, position: 8)])),
            frame("an intent that a store's hub passes on", .forward(Forward(intent: intent, asker: .init(device: record.device, name: "phone", channel: "phone", role: "customer", store: "", persons: ["ana"])))),
            Case(name: "a signed cut", kind: "cut", bytes: Hex.encode(cut.bytes), hash: cut.block.cut.map { Hex.encode($0.baseline) }),
            frame("entries with a signed cut", .entries(space: space, from: 8, position: position(9), [.actor(hub), .cut(cut.bytes)])),
            frame("caught up", .caughtUp(CaughtUp(ticket: 9, spaces: [.init(space: space, position: position(8), heads: Heads(id, [(actor: record.actor, count: 1)]).bytes)]))),
            try heads(of: [record.actor, hub.actor].sorted(), in: space),
            Case(name: "a parcel for two hubs", kind: "parcel", bytes: Hex.encode(parcel.bytes), hash: Hex.encode(parcel.id)),
            frame("a parcel that another device brings", .parcel(parcel.bytes)), frame("kept", .kept([parcel.id])),
            frame("refused", .refused(Refusal(thing: "person:bob", code: "forbidden", message: "Not yours."))),
        ]
    }

    /// Five documents, one after the other as they are hashed, and the heads of them all.
    private func heads(of actors: [ActorID], in space: SpaceID) throws -> Case {
        var (writer, heads) = (ByteWriter(), Heads())
        for (index, path) in ["preferences", "cart/1", "cart/2", "draft/1", "session"].enumerated() {
            let id = try #require(DocumentID(space, path))
            let lanes = zip(actors, [UInt32(index + 1), UInt32(300 * index)]).map { (actor: $0, count: $1) }
            heads += Heads(id, lanes)
            var one = ByteWriter()
            id.write(to: &one)
            one.varint(index == 0 ? 1 : 2)
            for (actor, count) in lanes where count > 0 {
                one.raw(actor.bytes)
                one.varint(UInt64(count))
            }
            writer.blob(one.bytes)
        }
        return Case(name: "heads of five documents", kind: "heads", bytes: Hex.encode(writer.bytes), hash: Hex.encode(heads.bytes))
    }
}
