// What a turn took before it met something that it could not take stays taken.
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
}
