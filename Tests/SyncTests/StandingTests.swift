// Where devices stand goes to a hub's disk without anybody waiting for it, and nobody who follows is forgotten by a hub that is
// killed. Protocol/compaction.md section 4.
import HubCore
import Store
import Support
import Sync
import Testing

@Suite struct StandingTests {
    /// Positions in ana's space by the disk, in no order.
    private func positions(_ room: Room) throws -> [UInt64] {
        try room.disk.scan(.devices, prefix: DocumentKeys.space(room.space("person:ana"))).rows.map { DocumentKeys.number($0.value[8..<16]) }
    }

    private func room() throws -> Room {
        let room = try Room()
        room.hub.cutting = .init()
        // Who follows already, with where it is.
        try room.say(.subscribe([Subscription(space: room.space("person:ana"), proof: "proof-ana")]), room.ana)
        _ = try room.bring("cart/1", by: room.ana, "x")
        return room
    }

    private func stand(_ room: Room) throws {
        try room.say(.standing([Standing(space: room.space("person:ana"), position: 1)]), room.ana)
        try room.say(.barrier(ticket: 9), room.ana)
    }

    @Test func `that a device follows is on the disk at once, and where it is with what is written next`() throws {
        let room = try room()
        #expect(try positions(room) == [0])
        let commits = room.hub.metrics.commits
        try stand(room)
        #expect(try room.hub.metrics.commits == commits && positions(room) == [0])
        _ = try room.bring("cart/2", by: room.ana, "y")
        #expect(try room.hub.metrics.commits == commits + 1 && positions(room) == [1])
    }

    @Test func `where nothing else is written it is there a second later`() throws {
        let room = try room()
        try stand(room)
        for (after, found) in [(HubLimits.standingsMilliseconds - 1, UInt64(0)), (1, 1)] {
            room.clock.milliseconds += after
            try room.hub.tick()
            try room.hub.flush()
            #expect(try positions(room) == [found])
        }
    }
}
