// A position beyond its log tells a hub that it was put back, and costs all who are connected their connection: it is the
// hub's own word, or nothing. Protocol/sync.md 1.
import CRDT
import HubCore
import Store
import Support
import Sync
import Testing

@Suite struct PositionTests {
    /// The hub's key isn't known to its devices; that a device's is another is what a forger has.
    private func forged(_ number: UInt64, _ room: Room) throws -> Position {
        try Position(number, in: room.space("person:bruno"), epoch: room.hub.epoch, key: Position.key(of: room.key(room.bruno)))
    }

    private func subscribe(_ room: Room, _ name: String, at position: Position) throws -> [UInt64] {
        try room.say(.subscribe([Subscription(space: try room.space(name), position: position, proof: "proof-\(name.dropFirst(7))")]), room.bruno).closed
    }

    @Test func `whoever makes up a position is closed, and nobody else notices`() throws {
        for number: UInt64 in [1, 1 << 40, .max] {
            let room = try Room()
            let epoch = room.hub.epoch
            #expect(try subscribe(room, "person:bruno", at: forged(number, room)) == [room.bruno])
            #expect(room.hub.epoch == epoch && room.hub.connectionIDs == [room.ana])
        }
    }

    /// What the hub said where ana's log ends, behind two drafts.
    private func told(_ room: Room) throws -> Position {
        for path in ["cart/1", "cart/2"] { _ = try room.bring(path, by: room.ana, "x") }
        let said = try room.say(.barrier(ticket: 1), room.ana).said[room.ana] ?? []
        let positions = said.compactMap { if case .caughtUp(let caughtUp) = $0 { caughtUp.spaces.first?.position } else { nil } }
        return try #require(positions.first)
    }

    @Test func `what a hub said of one log says nothing of another`() throws {
        let room = try Room()
        let position = try told(room)
        #expect(try position.number > 0 && subscribe(room, "person:bruno", at: position) == [room.bruno])
    }

    @Test func `a hub that was put back knows by its own word that it was, and once`() throws {
        let room = try Room()
        let (epoch, before) = (room.hub.epoch, room.disk.copy(isContinuous: true))
        let position = try told(room)
        try room.restart(on: before)
        #expect(room.hub.epoch == epoch)
        #expect(try subscribe(room, "person:ana", at: position) == [room.ana, room.bruno])
        let next = room.hub.epoch
        #expect(next != epoch)
        // In the epoch that begins so it says nothing.
        for id in [room.ana, room.bruno] { try room.enter(id, as: "ana") }
        #expect(try subscribe(room, "person:ana", at: position) == [room.bruno] && room.hub.epoch == next)
    }

    @Test func `a hub that can't write down that it was put back is told once more`() throws {
        let room = try Room()
        let (epoch, before) = (room.hub.epoch, room.disk.copy(isContinuous: true))
        let position = try told(room)
        try room.restart(on: before)
        room.disk.beforeCommit = { _ throws(StoreError) in throw StoreError(.diskFull, "full") }
        #expect(throws: StoreError.self) { try subscribe(room, "person:ana", at: position) }
        // Whoever comes now is greeted as before, and still knows.
        #expect(room.hub.epoch == epoch)
        room.disk.beforeCommit = { _ throws(StoreError) in }
        for id in [room.ana, room.bruno] { try room.enter(id, as: "ana") }
        #expect(try subscribe(room, "person:ana", at: position).sorted() == [room.ana, room.bruno] && room.hub.epoch != epoch)
    }

    @Test func `a position is kept as it is said, and what can't be read is the start`() throws {
        let position = Position(300, in: try #require(SpaceID("person:ana")), epoch: 7, key: [1])
        #expect(Position(row: position.row) == position && position.row.count == 2 + Position.codeBytes)
        let damaged: [[UInt8]] = [[], [0, 0, 0, 0, 0, 0, 0, 7], Array(position.row.dropLast()), position.row + [0]]
        for row in damaged { #expect(Position(row: row) == .start) }
        #expect(Position(row: Position.start.row) == .start)
    }
}
