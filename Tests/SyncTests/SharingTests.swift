// Guests at a hub, frame by frame: what they get, what they may bring, and when that ends. What sharing does between
// devices, under faults, is shown by scenario files. Protocol/sharing.md.
import Bytes
import Commerce
import CRDT
import HubCore
import Store
import Support
import Sync
import Testing

/// A hub, its clock, and devices that speak for ana and bruno.
final class Room {
    private final class Book: TokenBook {
        let isOpen: Bool
        init(isOpen: Bool) { self.isOpen = isOpen }
        func grant(for token: String) -> Grant? { token == "any" ? Grant(role: .customer) : token.hasPrefix("proof-") ? Grant(role: .customer, person: String(token.dropFirst(6))) : nil }
    }

    final class Clock {
        var milliseconds: UInt64 = 1
        var chance: UInt8 = 0
    }

    private(set) var disk = MemoryStore()
    let clock = Clock()
    private(set) var hub: HubCore
    let (ana, bruno): (UInt64, UInt64) = (1, 2)
    private let book: Book
    let voice = Voice()
    private let secret = [UInt8](repeating: 0xC5, count: 16)
    private var asked: UInt8 = 0
    /// What the hub says that parcels for it are sealed by.
    private(set) var sealing: [UInt8] = []

    /// - Parameter isOpen: without tokens: everyone is who they say they are.
    init(isOpen: Bool = false) throws {
        book = Book(isOpen: isOpen)
        hub = try Room.open(disk, clock, book)
        try enter(ana, as: "ana")
        try enter(bruno, as: "bruno")
    }

    private static func open(_ disk: MemoryStore, _ clock: Clock, _ book: Book) throws -> HubCore {
        let environment = Environment(nowMilliseconds: { 1_700_000_000_000 + clock.milliseconds }, uptime: { Uptime(boot: "boot", milliseconds: clock.milliseconds) }, random: { count in
            clock.chance += 1
            return [UInt8](repeating: clock.chance, count: count)
        })
        return try HubCore(store: disk, environment: environment, book: book)
    }

    func token() throws -> SecretToken { try #require(SecretToken(secret: secret, owner: "ana")) }
    func space(_ name: String) throws -> SpaceID { try #require(SpaceID(name)) }
    func key(_ id: UInt64) throws -> DeviceKey { try #require(DeviceKey(seed: [UInt8](repeating: UInt8(id) + 100, count: 32))) }

    /// Connects a device, which follows its person.
    func enter(_ id: UInt64, as person: String) throws {
        hub.connected(id)
        voice.connected(id)
        let key = try key(id)
        var hello = Hello(publicKey: key.publicKey, name: person, kind: "phone", role: "customer", token: "any")
        for case .send(id, let bytes) in hub.takeActions() { if case .greeting(let greeting) = try Frame(numbered: bytes) { hello.signature = key.sign(hello.signedBytes(greeting)) } }
        for case .welcome(let welcome) in try say(.hello(hello), id).said[id] ?? [] { sealing = welcome.sealing }
        try say(.subscribe([Subscription(space: space("person:\(person)"), proof: "proof-\(person)")]), id)
    }

    /// The hub's process ends, and another opens its disk, or a copy of it.
    func restart(on copy: MemoryStore? = nil) throws {
        if let copy { disk = copy }
        hub = try Room.open(disk, clock, book)
        try enter(ana, as: "ana")
        try enter(bruno, as: "bruno")
    }

    /// - Returns: what the hub said to whom, and whom it closed.
    @discardableResult
    func say(_ frame: Frame, _ id: UInt64) throws -> (said: [UInt64: [Frame]], closed: [UInt64]) {
        hub.received(id, voice.say(frame, on: id))
        try hub.flush()
        for id in hub.connectionIDs { try hub.pump(id) { true } }
        var (said, closed): ([UInt64: [Frame]], [UInt64]) = ([:], [])
        for action in hub.takeActions() {
            switch action {
            case .send(let id, let bytes): said[id, default: []].append(try Frame(numbered: bytes))
            case .close(let id, _): closed.append(id)
            default: continue
            }
        }
        return (said, closed)
    }

    func ask(_ kind: String, _ payload: [(String, Value)], in name: String, by id: UInt64) throws -> String {
        asked += 1
        let intent = Intent(id: IntentID(random: [UInt8](repeating: asked, count: 16)), space: try space(name), kind: kind, payload: .map(payload), key: try key(id))
        return try say(.intent(intent), id).said[id]?.lazy.compactMap { if case .outcome(let outcome) = $0 { outcome.status } else { nil } }.first ?? "nothing"
    }

    func share(_ mode: Share.Mode, seconds: Int64 = 60) throws -> String {
        try ask("share-make", [("share", .string(token().hash)), ("mode", .string(mode.rawValue)), ("seconds", .int(seconds))], in: "person:ana", by: ana)
    }

    func join() throws -> String { try ask("share-join", [("secret", .string(Hex.encode(secret))), ("owner", .string("ana"))], in: "person:bruno", by: bruno) }
    func revoke() throws -> String { try ask("share-revoke", [("share", .string(token().hash))], in: "person:ana", by: ana) }

    /// Bruno's device follows ana by the token.
    func follow() throws -> [Frame] { try say(.subscribe([Subscription(space: space("person:ana"), proof: token().text)]), bruno).said[bruno] ?? [] }

    /// A change to a document of ana's, made by a device.
    func bring(_ path: String, in name: String = "person:ana", by id: UInt64, _ text: String) throws -> (said: [UInt64: [Frame]], closed: [UInt64]) {
        let (key, documents) = (try key(id), DocumentStore(MemoryStore()))
        let document = try #require(DocumentID(space(name), path))
        let record = ActorRecord(publicKey: key.publicKey, nonce: Array(Digest.sha256(Array(text.utf8)).prefix(16)), name: "n", kind: "phone")
        _ = try documents.edit(document, by: record.actor, at: 1) { document in document.set("x", to: .string(text), in: document.container(.map, "m")) }
        let blocks = try documents.seal(document, with: key, isOwn: { $0 == record.actor })
        return try say(.upload([.actor(record)] + blocks.map { .block($0.bytes) }), id)
    }

    static func refusals(_ frames: [Frame]?) -> [String] { (frames ?? []).compactMap { if case .refused(let refusal) = $0 { refusal.code } else { nil } } }

    /// The kinds of documents and the facts that were sent.
    static func content(_ frames: [Frame]?) throws -> (kinds: Set<String>, resources: Set<String>) {
        var (kinds, resources): (Set<String>, Set<String>) = ([], [])
        for case .entries(_, _, _, let entries) in frames ?? [] {
            for entry in entries {
                switch entry {
                case .block(let bytes): kinds.insert(try Block(decoding: bytes).document.kind)
                case .fact(let fact): resources.insert(fact.resource)
                default: continue
                }
            }
        }
        return (kinds, resources)
    }

    func has(_ bytes: [UInt8]) throws -> Bool {
        for table in StoreTable.allCases {
            for row in try disk.scan(table, prefix: []).rows where contains(row.key, bytes) || contains(row.value, bytes) { return true }
        }
        return false
    }

    private func contains(_ all: [UInt8], _ part: [UInt8]) -> Bool { all.count >= part.count && (0...all.count - part.count).contains { all[$0..<$0 + part.count].elementsEqual(part) } }
}

@Suite struct SharingTests {
    private static let kinds = ["cart/1", "session", "preferences", "conversation/ana", "draft/d"]

    @Test(arguments: [(Share.Mode.view, ["session"], ["session"]), (.coControl, ["cart", "session"], ["session"]), (.fork, [], [])])
    func `a guest gets what the mode says and brings what it says`(mode: Share.Mode, sees: [String], decided: [String]) throws {
        for isOpen in [false, true] { try look(Room(isOpen: isOpen), mode, sees, decided) }
    }

    private func look(_ room: Room, _ mode: Share.Mode, _ sees: [String], _ decided: [String]) throws {
        for path in SharingTests.kinds { _ = try room.bring(path, by: room.ana, "hers") }
        #expect(try room.ask("session-take", [("epoch", .int(0))], in: "person:ana", by: room.ana) == "done")
        #expect(try room.ask("share-make", [("share", .string(SecretToken.hash([1]))), ("mode", .string("view")), ("seconds", .int(9))], in: "person:ana", by: room.ana) == "done")
        #expect(try room.share(mode) == "done")
        #expect(try room.join() == "done")
        let frames = try room.follow()
        let (kinds, resources) = try Room.content(frames)
        #expect(kinds == Set(sees))
        #expect(resources == Set(decided + (mode == .fork ? [] : [Share.resource(try room.token().hash)])))
        #expect(Room.refusals(frames) == (mode == .fork ? ["forbidden"] : []))
        for path in SharingTests.kinds {
            let isTaken = mode == .coControl && path == "cart/1"
            let answers = try room.bring(path, by: room.bruno, "his").said
            #expect(Room.refusals(answers[room.bruno]) == (isTaken ? [] : ["forbidden"]), "\(path)")
            #expect(try Room.content(answers[room.ana]).kinds == (isTaken ? ["cart"] : []))
            #expect(try Room.content(room.bring(path, by: room.ana, "hers again").said[room.bruno]).kinds == (sees.contains { path.hasPrefix($0) } ? Set([path.hasPrefix("cart") ? "cart" : path]) : []), "\(path)")
        }
        #expect(try room.ask("session-take", [("epoch", .int(1))], in: "person:ana", by: room.bruno) == "forbidden")
        #expect(try room.ask("share-revoke", [("share", .string(room.token().hash))], in: "person:ana", by: room.bruno) == "forbidden")
    }

    @Test(arguments: [false, true]) func `behind the turn in which it is revoked nobody gets or brings anything by it`(isOpen: Bool) throws {
        let room = try Room(isOpen: isOpen)
        _ = try room.bring("cart/1", by: room.ana, "before")
        _ = try (room.share(.coControl), room.join(), room.follow())
        let hash = try room.token().hash
        let intent = Intent(id: IntentID(random: [UInt8](repeating: 200, count: 16)), space: try room.space("person:ana"), kind: "share-revoke", payload: .map([("share", .string(hash))]), key: try room.key(room.ana))
        let turn = try room.say(.intent(intent), room.ana)
        #expect(turn.closed == [room.bruno])
        #expect(try Room.content(turn.said[room.bruno]).resources.isEmpty)
        #expect(try room.bring("cart/1", by: room.ana, "after").said[room.bruno] == nil)
        try room.enter(room.bruno, as: "bruno")
        #expect(Room.refusals(try room.bring("cart/1", by: room.bruno, "at once").said[room.bruno]) == ["forbidden"])
        #expect(Room.refusals(try room.follow()) == ["revoked"])
        #expect(Room.refusals(try room.bring("cart/1", by: room.bruno, "late").said[room.bruno]) == ["forbidden"])
        #expect(try room.ask("session-take", [("epoch", .int(0))], in: "person:ana", by: room.bruno) == "forbidden")
        #expect(try room.join() == "revoked")
    }

    @Test(arguments: [false, true]) func `it ends by the hub's time, before anything else is said`(isOpen: Bool) throws {
        let room = try Room(isOpen: isOpen)
        _ = try (room.share(.coControl, seconds: 60), room.join(), room.follow())
        room.clock.milliseconds += 59_999
        #expect(try Room.content(room.bring("cart/1", by: room.ana, "in time").said[room.bruno]).kinds == ["cart"])
        room.clock.milliseconds += 1
        let late = try room.bring("cart/1", by: room.ana, "late").said[room.bruno]
        #expect(Room.refusals(late) == ["expired"])
        #expect(try Room.content(late).kinds.isEmpty)
        #expect(Room.refusals(try room.bring("cart/1", by: room.bruno, "late").said[room.bruno]) == ["forbidden"])
        #expect(try room.join() == "expired")
        #expect(Room.refusals(try room.follow()) == ["expired"])
    }

    @Test func `a restart changes nothing of it`() throws {
        let room = try Room()
        _ = try room.bring("cart/1", by: room.ana, "hers")
        _ = try (room.share(.coControl), room.join())
        try room.restart()
        #expect(try Room.content(room.follow()).kinds == ["cart"])
        #expect(try room.revoke() == "done")
        try room.restart()
        #expect(Room.refusals(try room.follow()) == ["revoked"])
    }

    @Test func `a hub keeps no secret`() throws {
        let room = try Room()
        _ = try (room.share(.coControl), room.join(), room.follow())
        let token = try room.token()
        #expect(try room.has(Array(token.hash.utf8)))
        #expect(try !room.has(token.secret) && !room.has(Array(Hex.encode(token.secret).utf8)))
    }

    @Test(arguments: [("mode", Value.string("own")), ("seconds", .int(0)), ("seconds", .int(CommerceLimits.shareSecondsMax + 1)), ("share", .string("abc"))])
    func `what can't be shared so is refused`(key: String, value: Value) throws {
        let room = try Room()
        var payload: [(String, Value)] = [("share", .string(try room.token().hash)), ("mode", .string("view")), ("seconds", .int(60))]
        payload.removeAll { $0.0 == key }
        #expect(try room.ask("share-make", payload + [(key, value)], in: "person:ana", by: room.ana) == "invalid-value")
        #expect(try room.share(.view) == "done")
        #expect(try room.share(.view) == "payload-conflict")
    }

    // MARK: Tokens

    struct TokenCase: Codable, Equatable {
        let name: String
        let token: String
        /// Absent where the text is no token.
        var secret, owner, hash: String?

        init(_ name: String, _ token: String) {
            (self.name, self.token) = (name, token)
            guard let read = SecretToken(token) else { return }
            (secret, owner, hash) = (Hex.encode(read.secret), read.owner, read.hash)
        }
    }

    @Test func `every vector of tokens is read as it says`() throws {
        let zeros = String(repeating: "0", count: 32)
        let cases = [
            TokenCase("a person's", "000102030405060708090a0b0c0d0e0f.ana"), TokenCase("a store's", "ffffffffffffffffffffffffffffffff.S1"),
            TokenCase("an owner with dots and letters of all kinds", "9f86d081884c7d659a2feaa0c55ad015.zoë.b-1"), TokenCase("nothing", ""), TokenCase("a dot", "."),
            TokenCase("a short secret", "00.ana"), TokenCase("a long secret", "00\(zeros).ana"), TokenCase("no owner", zeros), TokenCase("an empty owner", "\(zeros)."), TokenCase("everybody", "\(zeros).*"),
            TokenCase("no digit", "\(zeros.dropLast())g.ana"), TokenCase("an owner with a space", "\(zeros).a b"), TokenCase("too long", "\(zeros).\(String(repeating: "a", count: 700))"),
        ]
        for kept in try VectorFile.check("sharing", made: cases, named: \.name) {
            #expect(SecretToken(kept.token).map(\.hash) == kept.hash)
            #expect(SecretToken(kept.token)?.text == (kept.hash == nil ? nil : kept.token))
        }
        #expect(cases.count { $0.hash != nil } == 3)
    }
}
