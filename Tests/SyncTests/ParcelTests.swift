// Parcels: what a hub takes of a device that is gone, what it refuses, and what waits; and a kiosk that has no room for one.
// Protocol/sharing.md 5.
import Bytes
import CRDT
import HubCore
import Replica
import Store
import Support
import Sync
import Testing

/// A kiosk's customer who is gone, and what they left.
struct Gone {
    let key: DeviceKey
    let record: ActorRecord
    private let documents = DocumentStore(MemoryStore())

    init(_ number: UInt8) throws {
        key = try #require(DeviceKey(seed: [UInt8](repeating: number, count: 32)))
        record = ActorRecord(publicKey: key.publicKey, nonce: [UInt8](repeating: number, count: 16), name: "k1", kind: "kiosk")
    }

    func block(_ path: String, _ text: String, on before: [Block] = []) throws -> Block {
        let space = try #require(SpaceID("person:ana"))
        let id = try #require(DocumentID(space, path))
        for block in before { _ = try documents.take(block) }
        _ = try documents.edit(id, by: record.actor, at: 1) { document in document.set("x", to: .string(text), in: document.container(.map, "m")) }
        let blocks = try documents.seal(id, with: key, isOwn: { $0 == record.actor })
        return try #require(blocks.last)
    }

    func parcel(_ blocks: [Block], intents: [Intent] = [], token: String = "any", proof: String? = "proof-ana", signedBy other: DeviceKey? = nil) throws -> Parcel {
        let hello = Hello(publicKey: key.publicKey, name: "k1", kind: "kiosk", role: "customer", store: "S1", token: token)
        let space = try #require(SpaceID("person:ana"))
        return Parcel(hello: hello, proofs: proof.map { [Subscription(space: space, proof: $0)] } ?? [],
                      entries: [.actor(record)] + blocks.map { .block($0.bytes) }, intents: intents, key: other ?? key)
    }
}

@Suite struct ParcelTests {
    private static let carrier: UInt64 = 2

    private func sealed(_ parcel: Parcel, for room: Room, key: [UInt8]? = nil) throws -> SealedParcel {
        var last: UInt8 = 0
        let other = try #require(SealingKey(seed: Digest.none))
        let sealed = SealedParcel(parcel, for: [.init(hub: [UInt8](repeating: 7, count: 16), publicKey: other.publicKey), .init(hub: room.hub.id, publicKey: key ?? room.sealing)]) { count in
            last += 1
            return [UInt8](repeating: last, count: count)
        }
        return try #require(sealed)
    }

    /// - Returns: what the carrier is told, and what ana's device gets.
    private func bring(_ bytes: [UInt8], to room: Room) throws -> (kept: [[UInt8]], refused: [Refusal], kinds: Set<String>, isClosed: Bool) {
        let turn = try room.say(.parcel(bytes), ParcelTests.carrier)
        let frames = turn.said[ParcelTests.carrier] ?? []
        var (kept, refused): ([[UInt8]], [Refusal]) = ([], [])
        for frame in frames {
            if case .kept(let ids) = frame { kept += ids }
            if case .refused(let refusal) = frame { refused.append(refusal) }
        }
        return (kept, refused, try Room.content(turn.said[room.ana]).kinds, turn.closed.contains(ParcelTests.carrier))
    }

    @Test func `what a gone device left is taken as if it had come itself, and once`() throws {
        let (room, gone) = (try Room(), try Gone(9))
        let intent = Intent(id: IntentID(random: [UInt8](repeating: 77, count: 16)), space: try room.space("person:ana"), kind: "session-take", payload: .map([("epoch", .int(0))]), key: gone.key)
        let parcel = try sealed(gone.parcel([gone.block("cart/1", "hers")], intents: [intent]), for: room)
        let first = try bring(parcel.bytes, to: room)
        #expect(first.kept == [parcel.id] && first.refused.isEmpty && first.kinds == ["cart"])
        #expect(try room.hub.fact(room.space("person:ana"), "session")?.device == DeviceID(publicKey: gone.key.publicKey))
        let (blocks, intents) = (room.hub.metrics.blocks, room.hub.metrics.intents)
        let again = try bring(parcel.bytes, to: room)
        #expect(again.kept == [parcel.id] && again.refused.isEmpty && again.kinds.isEmpty)
        #expect(room.hub.metrics.blocks == blocks && room.hub.metrics.intents == intents)
        #expect(try !room.has(Array("parcel:".utf8)))
    }

    @Test func `what can't be opened, isn't its device's, or has no token is refused by name, and the next one is taken`() throws {
        let (room, gone) = (try Room(), try Gone(9))
        let block = try gone.block("cart/1", "hers")
        let good = try sealed(gone.parcel([block]), for: room)
        let stranger = try #require(SealingKey(seed: [UInt8](repeating: 5, count: 32)))
        var cases: [(bytes: [UInt8], code: String)] = [
            (try sealed(gone.parcel([block]), for: room, key: stranger.publicKey).bytes, "invalid-value"),
            (try sealed(gone.parcel([block], signedBy: room.key(room.ana)), for: room).bytes, "invalid-value"),
            (try sealed(gone.parcel([block], token: "nobody's"), for: room).bytes, "forbidden"),
            ([], "malformed"), ([9] + good.bytes.dropFirst(), "malformed"), (good.bytes + [0], "malformed"), (Array(good.bytes.dropLast()), "malformed"),
        ]
        for index in [2, 20, 40, 98, 120, 150, good.bytes.count - 1] {
            var bytes = good.bytes
            bytes[index] ^= 1
            // What is for the other hub doesn't open this one's box either: all of the head is sealed into it.
            cases.append((bytes, "invalid-value"))
        }
        for (index, item) in cases.enumerated() {
            let answer = try bring(item.bytes, to: room)
            #expect(answer.kept.isEmpty && answer.kinds.isEmpty && !answer.isClosed, "case \(index)")
            #expect(answer.refused.map(\.code) == [item.code] && answer.refused.map(\.thing) == [SealedParcel.thing(Digest.sha256(item.bytes))], "case \(index)")
        }
        #expect(try bring(good.bytes, to: room).kinds == ["cart"])
    }

    @Test(arguments: [(nil, []), ("proof-bruno", []), ("proof-ana", ["cart", "preferences"])] as [(String?, Set<String>)])
    func `a parcel gives no right beyond what its device shows`(proof: String?, taken: Set<String>) throws {
        let (room, gone, other) = (try Room(), try Gone(9), try Gone(10))
        // A customer sees no notes; of a maker whose record isn't there, and of an asker who isn't this device, nothing is taken.
        let foreign = Intent(id: IntentID(random: [UInt8](repeating: 77, count: 16)), space: try room.space("person:ana"), kind: "session-take", payload: .map([("epoch", .int(0))]), key: other.key)
        let blocks = try [gone.block("cart/1", "hers"), gone.block("preferences", "hers"), gone.block("notes", "staff's")]
        let answer = try bring(sealed(gone.parcel(blocks, intents: [foreign], proof: proof), for: room).bytes, to: room)
        #expect(answer.kinds == taken && answer.kept.count == 1)
        #expect(try room.hub.fact(room.space("person:ana"), "session") == nil)
    }

    @Test func `what builds on something that the hub lacks waits on its disk, over a restart, until that comes`() throws {
        let (room, gone, earlier) = (try Room(), try Gone(9), try Gone(10))
        let base = try earlier.block("cart/1", "before")
        let late = try gone.block("cart/1", "hers", on: [base])
        let parcel = try sealed(gone.parcel([late]), for: room)
        #expect(try bring(parcel.bytes, to: room).kept == [parcel.id])
        #expect(try room.has(Array("parcel:".utf8)))
        try room.restart()
        #expect(try bring(parcel.bytes, to: room).kept == [parcel.id])
        let turn = try room.say(.upload([.actor(earlier.record), .block(base.bytes)]), room.ana)
        #expect((turn.said[room.ana] ?? []).contains { if case .entries(_, _, _, let entries) = $0 { entries.contains(.block(late.bytes)) } else { false } })
        #expect(try !room.has(Array("parcel:".utf8)))
    }

    // MARK: A kiosk

    /// The hub's, towards the device that met it last.
    private let voice = Voice()

    private func kiosk(_ disk: any Store) throws -> Replica {
        var last: UInt8 = 0
        var now: UInt64 = 1_700_000_000_000
        let environment = Environment(nowMilliseconds: { now += 1; return now }, random: { count in
            last &+= 1
            return [UInt8](repeating: last, count: count)
        })
        return try Replica.exists(in: disk) ? Replica.open(disk, environment) : Replica.create(in: disk, environment, DeviceProfile(name: "k1", kind: "kiosk", role: "customer", hub: "ws://hub"))
    }

    private func meet(_ replica: Replica, hub: UInt8 = 5, home: UInt8? = nil) throws -> [Frame] {
        let key = try #require(SealingKey(seed: [UInt8](repeating: hub, count: 32)))
        replica.connected()
        voice.connected()
        try replica.received(voice.say(.greeting(Greeting(hub: [UInt8](repeating: hub, count: 16), epoch: 1, nonce: [UInt8](repeating: 6, count: 32)))))
        try replica.received(voice.say(.welcome(Welcome(role: "customer", time: 1, home: [UInt8](repeating: home ?? hub, count: 16), sealing: key.publicKey))))
        try replica.flush()
        return try replica.takeActions().compactMap { if case .send(let bytes) = $0 { try Frame(numbered: bytes) } else { nil } }
    }

    private func write(_ count: Int, _ replica: Replica) throws {
        try replica.edit(replica.preferences()) { document in document.set("x", to: .string(String(repeating: "x", count: count))) }
        try replica.flush()
    }

    /// The device of the next customer, behind one who is gone and whose work waits.
    private func next() throws -> Replica {
        let first = try kiosk(MemoryStore())
        _ = try meet(first)
        first.disconnected()
        try write(10, first)
        return try first.reopened()
    }

    @Test func `what a kiosk can't keep for its hub is refused while that is away, and only then`() throws {
        let disk = MemoryStore()
        let replica = try kiosk(disk)
        #expect(!replica.outlivesPower)
        _ = try meet(replica)
        replica.disconnected()
        #expect(replica.outlivesPower)
        #expect { try write(SyncLimits.parcelBytesMax, replica) } throws: { ($0 as? StoreError)?.code == .diskFull }
        #expect(try replica.document(replica.preferences()).changeCount == 0)
        try write(10, replica)
        _ = try meet(replica)
        try write(SyncLimits.parcelBytesMax, replica)
    }

    @Test(arguments: ["answered", "silent", "lost", "ended"]) func `what a hub that is there has within a second is written nowhere`(end: String) throws {
        let disk = MemoryStore()
        let replica = try kiosk(disk)
        _ = try meet(replica)
        try replica.received(voice.say(.caughtUp(CaughtUp(ticket: replica.lastTicket, spaces: []))))
        let rows = try disk.scan(.meta, prefix: []).rows.count
        try write(10, replica)
        try replica.pump()
        #expect(try disk.scan(.meta, prefix: []).rows.count == rows && !replica.outlivesPower)
        if end == "answered" {
            let (id, actor) = (try replica.preferences(), try replica.currentActor())
            try replica.received(voice.say(.acknowledged([Acknowledgement(document: id, actor: actor, count: 1)])))
        }
        switch end {
        case "lost": replica.disconnected()
        case "ended": replica.end()
        default: replica.tick(steadyMilliseconds: 1_000)
        }
        try replica.flush()
        #expect(try disk.scan(.meta, prefix: []).rows.count == rows + (end == "answered" ? 0 : 1))
        #expect(try replica.reopened().waitingParcels == (end == "answered" ? 0 : 1))
    }

    @Test func `what was asked for first stands first in a parcel, whatever it is called`() throws {
        let disk = MemoryStore()
        let replica = try kiosk(disk)
        _ = try meet(replica)
        replica.disconnected()
        let names = ["ff", "88", "00", "44"].map { String(repeating: $0, count: 16) }
        for (index, name) in names.enumerated() {
            try replica.ask("session-take", .map([("epoch", .int(Int64(index)))]), in: replica.space, id: IntentID(named: name))
            // The last two go to the disk together.
            if index != 2 { try replica.flush() }
        }
        guard case .parcel(let bytes) = try meet(replica.reopened()).dropFirst().first else { return #expect(Bool(false), "It brings the parcel.") }
        let key = try #require(SealingKey(seed: [UInt8](repeating: 5, count: 32)))
        let content = try #require(try SealedParcel(decoding: bytes).open(by: [UInt8](repeating: 5, count: 16), key))
        #expect(try Parcel(decoding: content).intents.map(\.id.description) == names)
    }

    @Test func `the next customer's device brings it first of all, to a hub that can open it, until that has it`() throws {
        let next = try next()
        #expect(next.waitingParcels == 1 && next.owedParcels == 0)
        // Another hub is not asked to open what isn't for it, unless it belongs to one for which it is.
        for (home, isOffered) in [(4, false), (5, true)] as [(UInt8, Bool)] {
            #expect(try meet(next, hub: 4, home: home).contains { if case .parcel = $0 { true } else { false } } == isOffered)
            #expect(next.owedParcels == (isOffered ? 1 : 0))
        }
        var id: [UInt8] = []
        for _ in 0..<2 {
            let said = try meet(next)
            guard case .parcel(let bytes) = said.dropFirst().first else { return #expect(Bool(false), "The parcel comes right behind the hello.") }
            id = Digest.sha256(bytes)
            #expect(next.isWaiting && next.owedParcels == 1)
        }
        try next.received(voice.say(.kept([[UInt8](repeating: 0, count: 32)])))
        try next.received(voice.say(.refused(Refusal(thing: SealedParcel.thing(id), code: "rate-limited", message: ""))))
        try next.flush()
        #expect(try next.reopened().waitingParcels == 1)
        _ = try meet(next)
        try next.received(voice.say(.kept([id])))
        try next.flush()
        #expect(try next.waitingParcels == 0 && next.reopened().waitingParcels == 0)
    }

    @Test(arguments: ["forbidden", "invalid-value"]) func `what the hub never takes is forgotten, and said`(code: String) throws {
        let next = try next()
        guard case .parcel(let bytes) = try meet(next).dropFirst().first else { return #expect(Bool(false), "It brings the parcel.") }
        let refusal = Refusal(thing: SealedParcel.thing(Digest.sha256(bytes)), code: code, message: "No.")
        try next.received(voice.say(.refused(refusal)))
        try next.flush()
        #expect(next.takeEvents().contains(.refused(refusal)))
        #expect(try next.waitingParcels == 0 && next.reopened().waitingParcels == 0)
    }
}
