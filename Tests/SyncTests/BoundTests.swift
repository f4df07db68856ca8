// What one connection may have of a hub: more of it closes that one, and nobody else notices. Protocol/sync.md 6.
import HubCore
import Sync
import Testing

@Suite struct BoundTests {
    private func subscriptions(_ room: Room, _ count: Int) throws -> Frame {
        .subscribe(try (0..<count).map { Subscription(space: try room.space("person:p\($0)")) })
    }

    @Test func `a customer's device follows so many spaces, and no more`() throws {
        let room = try Room(isOpen: true)
        #expect(try room.say(subscriptions(room, SyncLimits.customersSpacesMax - 1), room.bruno).closed.isEmpty)
        // Those that it follows already may come again.
        #expect(try room.say(subscriptions(room, SyncLimits.customersSpacesMax - 1), room.bruno).closed.isEmpty)
        #expect(try room.say(subscriptions(room, SyncLimits.customersSpacesMax), room.bruno).closed == [room.bruno])
        #expect(room.hub.connectionIDs == [room.ana])
    }

    @Test func `before its hello nobody is listened to for long`() throws {
        let room = try Room()
        for (id, count, isClosed) in [(UInt64(8), SyncLimits.strangersEarlyBytesMax - 64, false), (9, SyncLimits.strangersEarlyBytesMax, true)] {
            room.hub.connected(id)
            room.voice.connected(id)
            // Behind one that hasn't come: neither is read.
            _ = room.voice.say(.barrier(ticket: 1), on: id)
            room.hub.received(id, room.voice.say(.upload([.block([UInt8](repeating: 1, count: count))]), on: id))
            let reasons = room.hub.takeActions().compactMap { if case .close(id, let reason) = $0 { reason.name } else { nil } }
            #expect(reasons == (isClosed ? ["too-large"] : []))
        }
    }

    @Test func `several barriers in one go are answered by the last`() throws {
        let room = try Room()
        for ticket: UInt64 in 1...100 { room.hub.received(room.ana, room.voice.say(.barrier(ticket: ticket), on: room.ana)) }
        let said = try room.say(.barrier(ticket: 101), room.ana).said[room.ana] ?? []
        let tickets: [UInt64] = said.compactMap { frame in if case .caughtUp(let caughtUp) = frame { caughtUp.ticket } else { nil } }
        #expect(tickets == [101])
    }
}
