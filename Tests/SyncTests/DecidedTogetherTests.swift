// Facts of one turn share signatures, and each stands alone: what is on the disk behind a flush is signed, in its place, and found
// again. Protocol/intents.md 3.
import Commerce
import CRDT
import HubCore
import Store
import Support
import Sync
import Testing

@Suite struct DecidedTogetherTests {
    /// One who takes the session on, again and again: of each decision comes one fact.
    private func decide(_ epochs: Range<UInt8>, _ room: Room) throws {
        for epoch in epochs {
            let intent = Intent(id: IntentID(random: [UInt8](repeating: epoch + 1, count: 16)), space: try room.space("person:ana"), kind: "session-take", payload: .map([("epoch", .int(Int64(epoch)))]), key: try room.key(room.ana))
            room.hub.received(room.ana, room.voice.say(.intent(intent), on: room.ana))
        }
    }

    private func facts(_ room: Room) throws -> [Fact] { try room.hub.factsInLog().filter { try $0.space == room.space("person:ana") } }

    private func hubKey(_ room: Room) throws -> [UInt8] { try #require(DeviceKey(seed: room.disk.get(.meta, Array("hub-key".utf8)) ?? [])).publicKey }

    @Test(arguments: [(1, 1), (15, 1), (16, 1), (17, 2), (40, 3)])
    func `what is decided in one turn has a signature for sixteen, and each fact of it holds by itself`(count: UInt8, signatures: Int) throws {
        let room = try Room()
        try decide(0..<count, room)
        #expect(try facts(room).isEmpty)
        try room.hub.flush()
        let (facts, key) = (try facts(room), try hubKey(room))
        #expect(facts.map(\.sequence) == (1...UInt64(count)).map { $0 })
        #expect(facts.allSatisfy { $0.isSigned(by: key) } && Set(facts.map(\.signature)).count == signatures)
        for (before, after) in zip(facts, facts.dropFirst()) { #expect(after.content.previous == before.hash) }
    }

    @Test func `a flush in the middle of a turn writes what was decided before it, signed`() throws {
        let room = try Room()
        try decide(0..<3, room)
        try room.hub.documents.flush()
        let (facts, key) = (try facts(room), try hubKey(room))
        #expect(facts.count == 3 && facts.allSatisfy { $0.isSigned(by: key) })
        try decide(3..<5, room)
        try room.restart()
        #expect(try room.hub.fact(room.space("person:ana"), "session") == facts.last)
    }

    @Test func `the latest is found after a restart, also where a hub of before wrote it out`() throws {
        let room = try Room()
        try decide(0..<3, room)
        try room.hub.flush()
        let (space, last) = (try room.space("person:ana"), try #require(facts(room).last))
        let key = DocumentKeys.resource(space, "session")
        for row in try [room.disk.get(.facts, key) ?? [], last.bytes] {
            try room.disk.commit([.put(.facts, key: key, value: row)])
            try room.restart()
            #expect(try room.hub.fact(space, "session") == last && room.hub.facts(space, "session/").isEmpty)
        }
        try decide(3..<4, room)
        try room.hub.flush()
        #expect(try room.hub.fact(space, "session")?.content.previous == last.hash)
    }

    @Test func `a fact that can't be read is said, alone and among others, and never left out`() throws {
        let room = try Room()
        #expect(try room.share(.view) == "done")
        let space = try room.space("person:ana")
        let row = try #require(room.disk.scan(.facts, prefix: DocumentKeys.resource(space, "share/")).rows.first)
        // A number of nothing, and what is no fact.
        for value in [DocumentKeys.number(99), [1, 2, 3]] {
            try room.disk.commit([.put(.facts, key: row.key, value: value)])
            try room.restart()
            #expect { try room.hub.facts(space, "share/") } throws: { ($0 as? StoreError)?.code == .damaged }
            #expect { try room.hub.facts(space, "share/") } throws: { ($0 as? StoreError)?.code == .damaged }
        }
    }
}
