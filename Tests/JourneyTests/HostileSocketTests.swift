// Five hundred mutated and random messages to a live hub: each ends its own connection, with a typed
// reason, and a neighbour on the same hub notices nothing.
import Bytes
import Baton
import CRDT
import Foundation
import Processes
import Replica
import Store
import Support
import Sync
import Testing
import Transport

@Suite struct HostileSocketTests {
    @Test func `a live hub answers nonsense with a typed reason, and a neighbour is unharmed`() async throws {
        let place = try Place()
        let neighbour = try await place.library("neighbour")
        try await neighbour.connect()
        var random = SeededGenerator(seed: 500)
        var reasons: [UInt16: Int] = [:]
        for number in 0..<500 {
            let connection = try await HubConnection.connect(url: place.hub.url, timeoutMilliseconds: 5_000)
            var incoming = connection.incoming.makeAsyncIterator()
            let greeting = try #require(try await incoming.next()?.first)
            for bytes in try HostileSocketTests.messages(greeting, number, &random) { try? await connection.send(bytes) }
            // Whatever became of those, this one is none of the protocol's.
            try? await connection.send([0xFF])
            do {
                while try await incoming.next() != nil {}
                Issue.record("message \(number) was let pass")
            } catch let error as TransportError {
                reasons[UInt16(error.closeCode ?? 0), default: 0] += 1
            }
            await connection.close()
            if number % 50 == 0 {
                try await neighbour.addToCart("SKU-\(number)")
                #expect(try await neighbour.sync().isCaughtUp)
            }
        }
        #expect(reasons.values.reduce(0, +) == 500)
        #expect(reasons.keys.allSatisfy { $0 >= 4_000 }, "\(reasons)")
        let laptop = try await place.library("laptop")
        #expect(try await laptop.sync().isCaughtUp)
        #expect(try await laptop.cart().count == 10)
        await neighbour.close()
        await laptop.close()
    }

    /// What a device would say, with one byte of it changed, cut or put in; or bytes at random. Numbered rightly: behind what never
    /// comes a message would only wait.
    private static func messages(_ greeting: [UInt8], _ number: Int, _ random: inout SeededGenerator) throws -> [[UInt8]] {
        if number % 5 == 0 { return [[1] + random.bytes(1 + random.below(200))] }
        let chance = random.bytes(32)
        let environment = Environment(nowMilliseconds: { 1_700_000_000_000 }, random: { Array(chance.prefix($0)) })
        let device = try Replica.create(in: MemoryStore(), environment, DeviceProfile(name: "n", kind: "phone", role: "customer", hub: "ws://h"))
        device.signIn(SignIn(person: "mallory"))
        try device.edit(device.cart()) { $0.set("key", to: .int(1)) }
        try device.flush()
        device.connected()
        try device.received(greeting)
        try device.flush()
        try device.pump()
        var messages = device.takeActions().compactMap { action -> [UInt8]? in
            if case .send(let bytes) = action { return bytes }
            return nil
        }
        guard !messages.isEmpty else { return [] }
        let at = random.below(messages.count)
        let byte = 1 + random.below(max(1, messages[at].count - 1))
        switch random.below(3) {
        case 0: messages[at][byte] ^= UInt8(1 + random.below(255))
        case 1: messages[at].removeSubrange(byte...)
        default: messages[at].insert(UInt8(random.below(256)), at: byte)
        }
        return messages
    }
}
