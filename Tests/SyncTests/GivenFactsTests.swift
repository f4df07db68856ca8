// Facts on the wire: a frame of them stays within its bound whatever they say, and a hub that was put back is given them until
// it has them. What that does for people, under faults, is shown by `sent-and-put-back.yaml`.
import CRDT
import HubCore
import Replica
import Store
import Sync
import Testing

/// As large as a fact is made here: some of these fill a frame.
private let largeBytes = 64 << 10

@Suite struct GivenFactsTests {
    private static let count = 200
    private let hubKey = DeviceKey(seed: [UInt8](repeating: 2, count: 32))!

    private func environment(_ seed: UInt8) -> Environment {
        var chance = seed
        return Environment(nowMilliseconds: { 1_700_000_000_000 }, random: { count in
            chance += 1
            return [UInt8](repeating: chance, count: count)
        })
    }

    /// As large as what is published in parts.
    private func facts(in name: String) throws -> [Fact] {
        let space = try #require(SpaceID(name))
        return (0..<GivenFactsTests.count).map { index in
            Fact(Fact.Content(space: space, resource: "session/\(index)", sequence: 1, previous: Digest.none, intent: .none, device: DeviceID(publicKey: hubKey.publicKey),
                              time: 1, kind: "expiry", value: .string(String(repeating: "x", count: largeBytes - 16))), key: hubKey)
        }
    }

    private let voice = Voice()

    private func hub(_ store: MemoryStore) throws -> HubCore {
        try store.commit([.put(.meta, key: Array("hub-key".utf8), value: hubKey.seed)])
        return try HubCore(store: store, environment: environment(10), book: OpenTokenBook())
    }

    /// Connects a device, or what passes for one.
    /// - Returns: what the hub says to it until it has said everything, frame by frame.
    private func talk(_ hub: HubCore, _ id: UInt64, _ frames: [Frame]) throws -> [[UInt8]] {
        hub.connected(id)
        voice.connected(id)
        let key = try #require(DeviceKey(seed: [UInt8](repeating: UInt8(id) + 100, count: 32)))
        var hello = Hello(publicKey: key.publicKey, name: "d\(id)", kind: "phone", role: "customer", token: "")
        for case .send(id, let bytes) in hub.takeActions() { if case .greeting(let greeting) = try Frame(numbered: bytes) { hello.signature = key.sign(hello.signedBytes(greeting)) } }
        for frame in [.hello(hello)] + frames { hub.received(id, voice.say(frame, on: id)) }
        try hub.flush()
        try hub.pump(id) { true }
        return hub.takeActions().compactMap { if case .send(id, let bytes) = $0 { bytes } else { nil } }
    }

    private func factCount(_ frames: [[UInt8]]) throws -> Int {
        try frames.reduce(0) { count, bytes in
            switch try Frame(numbered: bytes) {
            case .entries(_, _, _, let entries), .upload(let entries): count + entries.count { if case .fact = $0 { true } else { false } }
            default: count
            }
        }
    }

    @Test func `a hub says large facts in frames within their bound`() throws {
        let hub = try hub(MemoryStore())
        let space = try #require(SpaceID("person:ana"))
        let subscribe = Frame.subscribe([Subscription(space: space)])
        _ = try talk(hub, 1, [subscribe] + facts(in: "person:ana").map { .upload([.fact($0)]) })
        let said = try talk(hub, 2, [subscribe])
        #expect(try factCount(said) == GivenFactsTests.count)
        #expect(said.allSatisfy { $0.count <= SyncLimits.entriesBytesTarget + 2 * largeBytes })
    }

    @Test func `a device gives a hub facts in frames within their bound, on each connection until a barrier behind them is answered`() throws {
        let replica = try Replica.create(in: MemoryStore(), environment(30), DeviceProfile(name: "d", kind: "phone", role: "customer", hub: "ws://hub"))
        /// - Parameter barrier: whether the hub lives to answer.
        func connect(epoch: UInt64, entries: [Entry] = [], answers: Bool) throws -> [[UInt8]] {
            replica.connected()
            voice.connected()
            try replica.received(voice.say(.greeting(Greeting(hub: [UInt8](repeating: 5, count: 16), epoch: epoch, nonce: [UInt8](repeating: 6, count: 32)))))
            try replica.received(voice.say(.welcome(Welcome(role: "customer", time: 1_700_000_000_000, home: [UInt8](repeating: 5, count: 16), sealing: [UInt8](repeating: 9, count: 32), others: []))))
            let said = replica.takeActions().compactMap { if case .send(let bytes) = $0 { bytes } else { nil } }
            if !entries.isEmpty { try replica.received(voice.say(.entries(space: replica.deviceSpace, from: 0, position: Position(UInt64(entries.count), in: replica.deviceSpace, epoch: epoch, key: []), entries))) }
            if answers { try replica.received(voice.say(.caughtUp(CaughtUp(ticket: replica.lastTicket, spaces: [])))) }
            try replica.flush()
            replica.disconnected()
            return said
        }
        for fact in try facts(in: replica.deviceSpace.name) { _ = try connect(epoch: 1, entries: [.fact(fact)], answers: true) }
        #expect(try factCount(connect(epoch: 1, answers: true)) == 0)
        for answers in [false, false, true] {
            let said = try connect(epoch: 2, answers: answers)
            #expect(try factCount(said) == GivenFactsTests.count)
            #expect(said.allSatisfy { $0.count <= SyncLimits.entriesBytesTarget + 2 * largeBytes })
        }
        #expect(try factCount(connect(epoch: 2, answers: true)) == 0)
    }
}
