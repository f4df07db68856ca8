// What a turn took before it met something that it could not take stays taken.
import Bytes
import CRDT
import Store
import Sync
import Testing

@Suite struct DocumentStoreTests {
    @Test func `a block that was taken is on the disk with its record, whatever comes after it in the same turn`() throws {
        let space = try #require(SpaceID("person:ana"))
        let id = try #require(DocumentID(space, "cart/1"))
        let key = try #require(DeviceKey(seed: [UInt8](repeating: 7, count: 32)))
        let actors = (1...2 as ClosedRange<UInt8>).map { ActorID(publicKey: [$0], incarnation: [$0]) }
        let device = DocumentStore(MemoryStore())
        func edit(_ actor: ActorID, _ value: Int64) throws -> Block {
            try device.edit(id, by: actor, at: 1) { $0.set("kept", to: .int(value)) }
            let blocks = try device.seal(id, with: key) { _ in true }
            return try #require(blocks.first)
        }
        let first = try edit(actors[0], 1)
        _ = try edit(actors[0], 2)
        let last = try edit(actors[1], 3)

        let disk = MemoryStore()
        let hub = DocumentStore(disk)
        guard case .applied = try hub.take(first) else { Issue.record("the first block isn't taken"); return }
        guard case .missing = try hub.take(last) else { Issue.record("what builds on a missing block is taken"); return }
        guard case .known = try hub.take(first) else { Issue.record("the first block is forgotten"); return }
        try hub.flush()

        let reopened = DocumentStore(disk)
        #expect(try reopened.open(id).record[actors[0]].count == first.end)
        #expect(try reopened.open(id).document.value("kept") == .int(1))
        #expect(reopened.quarantined.isEmpty)
    }

    /// - Parameter texts: each put in the place of the one before, by a change of its own.
    private func write(_ texts: [String], to id: DocumentID, in device: DocumentStore) throws {
        let actor = ActorID(publicKey: [1], incarnation: [1])
        for text in texts {
            try device.edit(id, by: actor, at: 1) { document in
                let draft = document.container(.text, "text")
                try document.delete(at: 0, count: document.count(draft), in: draft)
                try document.insert(text, at: 0, in: draft)
            }
        }
    }

    /// Neither a frame nor a row holds all of it.
    @Test(arguments: [true, false]) func `however much was done without a hub, it is sealed in blocks that a hub takes`(isDeflated: Bool) throws {
        var chance = SeededGenerator(seed: 7)
        let texts = (0..<20).map { number in
            if isDeflated { return String(repeating: Character(UnicodeScalar(UInt8(97 + number))), count: 1 << 20) }
            return String(decoding: (0..<600_000).map { _ in UInt8(33 + chance.below(90)) }, as: UTF8.self)
        }
        let id = try #require(SpaceID("person:ana").flatMap { DocumentID($0, "draft/1") })
        let key = try #require(DeviceKey(seed: [UInt8](repeating: 7, count: 32)))
        let (disk, hub) = (MemoryStore(), DocumentStore(MemoryStore()))
        let device = DocumentStore(disk)
        try write(texts, to: id, in: device)
        let blocks = try device.seal(id, with: key) { _ in true }
        #expect(blocks.count > 1 && blocks.count < 8)
        try device.flush()
        for block in blocks {
            guard case .applied = try hub.take(Block(decoding: block.bytes)) else { Issue.record("a block isn't taken"); return }
        }
        try hub.flush()
        for store in [hub, DocumentStore(disk)] {
            let document = try store.openWhole(id).document
            #expect(try document.text(#require(document.existingContainer(.text, "text"))) == texts.last)
            #expect(document.changeCount == texts.count && store.quarantined.isEmpty)
        }
        #expect(try device.seal(id, with: key) { _ in true }.isEmpty)
    }

    @Test func `a change that no block holds is refused, and nothing of it is left`() throws {
        let id = try #require(SpaceID("person:ana").flatMap { DocumentID($0, "draft/1") })
        let device = DocumentStore(MemoryStore())
        try write(["before"], to: id, in: device)
        #expect { try write([String(repeating: "a", count: Limits.blockInflatedBytesMax)], to: id, in: device) } throws: { ($0 as? StoreError)?.code == .tooLarge }
        let document = try device.openWhole(id).document
        #expect(try document.text(#require(document.existingContainer(.text, "text"))) == "before" && document.changeCount == 1)
    }

    @Test func `a block that inflates to more than it may is refused before it is inflated`() throws {
        let id = try #require(SpaceID("person:ana").flatMap { DocumentID($0, "draft/1") })
        let key = try #require(DeviceKey(seed: [UInt8](repeating: 7, count: 32)))
        var document = Document()
        let actor = ActorID(publicKey: [1], incarnation: [1])
        for _ in 0..<2 {
            try document.change(by: actor, at: 1) { try $0.insert(String(repeating: "a", count: Limits.blockInflatedBytesMax / 2), at: 0, in: $0.container(.text, "text")) }
        }
        let payload = document.encode(of: actor, from: 0)
        let block = Block(document: id, actor: actor, first: 0, count: document.operationCount(of: actor), previous: Digest.none, payload: payload, key: key)
        let hub = DocumentStore(MemoryStore())
        guard case .invalid(let rule) = try hub.take(block) else { Issue.record("it is taken"); return }
        #expect(payload.count < 1 << 20 && rule.contains("inflates") && hub.quarantined.isEmpty)
    }
}
