// What is said on a connection is taken in that order, whatever order it comes in. Protocol/sync.md section 3.
import Bytes
import HubCore
import Sync
import Testing

@Suite struct ResequencerTests {
    private func messages(_ count: UInt64) -> [[UInt8]] {
        var sequencer = Sequencer()
        return (0..<count).map { sequencer.say(.barrier(ticket: $0)) }
    }

    /// What can be taken once a message came.
    private func hear(_ bytes: [UInt8], _ resequencer: inout Resequencer) throws -> [Frame] {
        try resequencer.receive(bytes)
        var frames: [Frame] = []
        while let frame = try resequencer.take() { frames.append(frame) }
        return frames
    }

    @Test(arguments: 0..<50) func `in any order, and some of them twice, all are taken once and in order`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let said = messages(40)
        var heard: [Frame] = []
        var resequencer = Resequencer()
        for bytes in (said + said.filter { _ in random.below(4) == 0 }).shuffled(using: &random) { heard += try hear(bytes, &resequencer) }
        #expect(heard == (0..<40).map { .barrier(ticket: $0) } && !resequencer.isWaiting)
    }

    @Test func `behind one that is lost everything waits`() throws {
        var resequencer = Resequencer()
        for bytes in messages(5).dropFirst() { #expect(try hear(bytes, &resequencer).isEmpty && resequencer.isWaiting) }
    }

    @Test func `what can't be read is told in its turn, behind what was said before it`() throws {
        var resequencer = Resequencer()
        let said = messages(3)
        for bytes in [[3, 255], said[1]] { #expect(try hear(bytes, &resequencer).isEmpty) }
        try resequencer.receive(said[0])
        for ticket: UInt64 in 0..<2 { #expect(try resequencer.take() == .barrier(ticket: ticket)) }
        #expect { try resequencer.take() } throws: { ($0 as? CloseReason)?.name == "malformed" }
        #expect { try resequencer.receive([255]) } throws: { ($0 as? CloseReason)?.name == "malformed" }
    }

    @Test func `what waits is bounded by number and by size`() throws {
        var many = Resequencer()
        let said = messages(UInt64(SyncLimits.earlyMax) + 2)
        for bytes in said[1...SyncLimits.earlyMax] { #expect(try hear(bytes, &many).isEmpty) }
        #expect { try hear(said[SyncLimits.earlyMax + 1], &many) } throws: { ($0 as? CloseReason)?.name == "out-of-order" }
        #expect(try hear(said[0], &many).count == SyncLimits.earlyMax + 1)
        var large = Resequencer()
        let half = Frame.parcel([UInt8](repeating: 0, count: SyncLimits.earlyBytesMax / 2 + 1))
        #expect(try hear(NumberedFrame(number: 2, half).bytes, &large).isEmpty)
        #expect { try hear(NumberedFrame(number: 3, half).bytes, &large) } throws: { ($0 as? CloseReason)?.name == "out-of-order" }
    }

    @Test func `who hasn't said hello makes a hub keep little`() throws {
        let room = try Room()
        room.hub.connected(9)
        _ = room.hub.takeActions()
        let large = NumberedFrame(number: 2, .parcel([UInt8](repeating: 0, count: SyncLimits.strangersEarlyBytesMax / 2))).bytes
        room.hub.received(9, large)
        #expect(room.hub.takeActions().isEmpty)
        room.hub.received(9, [3] + large.dropFirst())
        #expect(room.hub.takeActions().contains { if case .close(9, let reason) = $0 { reason.name == "out-of-order" } else { false } })
    }

    @Test func `what waits at a hub is bounded for all connections together, and costs only who goes beyond`() throws {
        let room = try Room()
        let count = HubLimits.earlyBytesMax / SyncLimits.earlyBytesMax + 1
        let large = NumberedFrame(number: 9, .parcel([UInt8](repeating: 0, count: SyncLimits.earlyBytesMax - 64))).bytes
        for id in 0..<UInt64(count) { try room.enter(20 + id, as: "p\(id)") }
        for id in 0..<UInt64(count) { room.hub.received(20 + id, large) }
        #expect(room.hub.takeActions().compactMap { if case .close(let id, let reason) = $0 { "\(id) \(reason.name)" } else { nil } } == ["\(19 + count) out-of-order"])
        // Who goes takes along what waited.
        room.hub.disconnected(20)
        try room.enter(99, as: "later")
        room.hub.received(99, large)
        #expect(!room.hub.takeActions().contains { if case .close = $0 { true } else { false } })
    }

    @Test func `who never says hello is let go, and nobody else`() throws {
        let room = try Room()
        room.hub.connected(9)
        room.clock.milliseconds += HubLimits.helloMilliseconds - 1
        try room.hub.tick()
        #expect(!room.hub.takeActions().contains { if case .close = $0 { true } else { false } })
        room.clock.milliseconds += 1
        try room.hub.tick()
        #expect(room.hub.takeActions().compactMap { if case .close(let id, let reason) = $0 { [id: Int(reason.code)] } else { nil } } == [[9: 4408]])
    }

    @Test func `a device that repeats and mixes up what it says is understood, and nobody is closed`() throws {
        let room = try Room()
        let said = [Frame.barrier(ticket: 1), .unsubscribe(try room.space("person:ana")), .barrier(ticket: 2)].map { room.voice.say($0, on: room.ana) }
        for index in [2, 2, 0, 1, 0] { room.hub.received(room.ana, said[index]) }
        #expect(try room.say(.barrier(ticket: 3), room.ana).said[room.ana]?.compactMap { if case .caughtUp(let caughtUp) = $0 { [caughtUp.ticket: caughtUp.spaces.count] } else { nil } } == [[3: 0]])
    }
}
