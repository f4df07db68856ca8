// A store's own hub and the central one, each with a store in memory: nobody decides what isn't theirs, whatever they sign or
// say. What they do together under faults is shown by scenario files and random worlds.
import Bytes
import Commerce
import CRDT
import HubCore
import Store
import Sync
import Testing

/// Two hubs and what is said between them, one after the other.
private struct Pair {
    let central: HubCore
    let own: HubCore
    let device = DeviceKey(seed: [UInt8](repeating: 7, count: 32))!
    /// The store's hub's connection at the central one, and the device's at the store's.
    let line: UInt64 = 1, desk: UInt64 = 2
    let voice = Voice()
    let disk: MemoryStore
    private let centralDisk: MemoryStore

    /// - Parameters:
    ///   - seed: of the keys of both.
    ///   - before: whose disks they start from.
    init(store: String = "S1", name: String = "sh1", central centralName: String = "hub", seed: UInt8 = 0, after before: Pair? = nil) throws {
        (disk, centralDisk) = (before?.disk ?? MemoryStore(), before?.centralDisk ?? MemoryStore())
        var seed = seed
        func environment() -> Environment {
            Environment(nowMilliseconds: { 1_700_000_000_000 }, uptime: { Uptime(boot: "boot", milliseconds: 1) }, random: { count in
                seed += 1
                return [UInt8](repeating: seed, count: count)
            })
        }
        central = try HubCore(store: centralDisk, environment: environment(), book: OpenTokenBook(), name: centralName)
        own = try HubCore(store: disk, environment: environment(), book: OpenTokenBook(), name: name, serves: store)
    }

    /// The key that the store's hub signs with.
    func ownKey() throws -> DeviceKey {
        let seed = try disk.get(.meta, Array("hub-key".utf8))
        return try #require(DeviceKey(seed: seed ?? []))
    }

    /// A parcel that the central hub alone can open.
    func parcelForCentral(_ parcel: Parcel) throws -> [UInt8] {
        let seed = try centralDisk.get(.meta, Array("hub-key".utf8)) ?? []
        let key = try #require(SealingKey(seed: Digest.sha256(Array("baton sealing".utf8), seed)))
        return try #require(SealedParcel(parcel, for: [.init(hub: central.id, publicKey: key.publicKey)]) { [UInt8](repeating: 3, count: $0) }).bytes
    }

    /// Connects the store's hub, and passes on what both say until they are silent.
    func connect() throws -> [Frame] {
        own.uplinkConnected()
        central.connected(line)
        voice.connected(line)
        return try talk()
    }

    /// - Returns: what was said to the device.
    @discardableResult
    func talk() throws -> [Frame] {
        var heard: [Frame] = []
        for _ in 0..<40 {
            try central.flush()
            for id in central.connectionIDs { try central.pump(id) { true } }
            try own.flush()
            for id in own.connectionIDs { try own.pump(id) { true } }
            let (down, up) = (central.takeActions(), own.takeActions())
            if down.isEmpty, up.isEmpty { return heard }
            for case .send(line, let bytes) in down { own.uplinkReceived(bytes) }
            for case .close(line, _) in down { own.uplinkLost() }
            for action in up {
                switch action {
                case .sendUp(let bytes):
                    // A test may say something on this line too: what comes is numbered anew.
                    central.received(line, voice.say(try Frame(numbered: bytes), on: line))
                case .closeUp: central.disconnected(line)
                case .send(desk, let bytes): heard.append(try Frame(numbered: bytes))
                default: continue
                }
            }
        }
        return heard
    }

    /// A device of the store says hello to the store's hub.
    func greet(role: String = "associate") throws {
        own.connected(desk)
        voice.connected(desk)
        var hello = Hello(publicKey: device.publicKey, name: "desk", kind: "desk", role: role, store: "S1", token: "")
        for case .send(desk, let bytes) in own.takeActions() {
            if case .greeting(let greeting) = try Frame(numbered: bytes) { hello.signature = device.sign(hello.signedBytes(greeting)) }
        }
        own.received(desk, voice.say(.hello(hello), on: desk))
        try talk()
    }

    func ask(_ kind: String, _ payload: Value, in space: String, id: UInt8 = 9) throws -> Outcome? {
        let intent = Intent(id: IntentID(random: [UInt8](repeating: id, count: 16)), space: try #require(SpaceID(space)), kind: kind, payload: payload, key: device)
        own.received(desk, voice.say(.intent(intent), on: desk))
        return try talk().compactMap { if case .outcome(let outcome) = $0 { outcome } else { nil } }.first
    }

    /// An operator of the central hub asks it for something in the store.
    /// - Returns: what became of it.
    func order(_ kind: String, _ payload: Value, id: UInt8) throws -> String? {
        let (office, key): (UInt64, DeviceKey) = (5, DeviceKey(seed: [UInt8](repeating: 8, count: 32))!)
        central.connected(office)
        voice.connected(office)
        var hello = Hello(publicKey: key.publicKey, name: "office", kind: "desk", role: "operator", token: "")
        for case .send(office, let bytes) in central.takeActions() {
            if case .greeting(let greeting) = try Frame(numbered: bytes) { hello.signature = key.sign(hello.signedBytes(greeting)) }
        }
        central.received(office, voice.say(.hello(hello), on: office))
        let intent = Intent(id: IntentID(random: [UInt8](repeating: id, count: 16)), space: try #require(SpaceID("store:S1")), kind: kind, payload: payload, key: key)
        central.received(office, voice.say(.intent(intent), on: office))
        try central.flush()
        for id in central.connectionIDs { try central.pump(id) { true } }
        var status: String?
        for case .send(let to, let bytes) in central.takeActions() {
            if to == line { own.uplinkReceived(bytes) } else if to == office, case .outcome(let outcome) = try Frame(numbered: bytes) { status = outcome.status }
        }
        central.disconnected(office)
        try talk()
        return status
    }

    static func units(_ count: Int64) -> Value { .map([("sku", .string("HAT")), ("quantity", .int(count))]) }

    func row(_ node: String, at hub: HubCore) throws -> ShelfRow? {
        try hub.fact(try #require(SpaceID("store:S1")), StockNames.row("HAT", node)).map { try ShelfRow($0.value) }
    }
}

@Suite struct StoreHubTests {
    @Test func `a store's hub decides about its store, and the central one hears of it`() throws {
        let pair = try Pair()
        _ = try pair.connect()
        try pair.greet()
        #expect(try pair.ask("stock-receive", Pair.units(3), in: "store:S1")?.status == "done")
        #expect(try pair.row("sh1", at: pair.own)?[.received] == 3)
        #expect(try pair.row("sh1", at: pair.central)?[.received] == 3)
        #expect(try pair.row("hub", at: pair.central) == nil)
    }

    @Test func `before the central hub knows it, a store's hub decides nothing`() throws {
        let pair = try Pair()
        try pair.greet()
        #expect(try pair.ask("stock-receive", Pair.units(3), in: "store:S1") == nil)
        #expect(try pair.row("sh1", at: pair.own) == nil)
        // What was asked is decided once there is a line.
        _ = try pair.connect()
        #expect(try pair.row("sh1", at: pair.central)?[.received] == 3)
    }

    @Test func `of one device so much waits for the central hub, and what comes on top is asked again`() throws {
        let pair = try Pair()
        try pair.greet()
        func ask(_ numbers: ClosedRange<Int>) throws -> [String] {
            for number in numbers {
                let intent = Intent(id: IntentID(named: "receive \(number)"), space: try #require(SpaceID("store:S1")), kind: "stock-receive", payload: Pair.units(1), key: pair.device)
                pair.own.received(pair.desk, pair.voice.say(.intent(intent), on: pair.desk))
            }
            return try pair.talk().compactMap { if case .outcome(let outcome) = $0 { outcome.status } else { nil } }
        }
        let last = HubLimits.waitingMax + 1
        #expect(try ask(1...last) == ["rate-limited"])
        // Asked once more, it's one of those that wait.
        #expect(try ask(1...1) == [])
        _ = try pair.connect()
        #expect(try pair.row("sh1", at: pair.central)?[.received] == Int64(HubLimits.waitingMax))
        try pair.greet()
        #expect(try ask(last...last) == ["done"])
    }

    @Test func `a line on which an answer takes its time stays, as long as the other end is there`() throws {
        let pair = try Pair()
        _ = try pair.connect()
        try pair.greet(role: "customer")
        let intent = Intent(id: IntentID(named: "a"), space: try #require(SpaceID("person:ana")), kind: "session-take", payload: .map([("epoch", .int(0))]), key: pair.device)
        pair.own.received(pair.desk, pair.voice.say(.subscribe([Subscription(space: intent.space)]), on: pair.desk))
        try pair.talk()
        pair.own.received(pair.desk, pair.voice.say(.intent(intent), on: pair.desk))
        /// - Returns: what the store's hub says to a central one that says nothing.
        func said(at milliseconds: UInt64) throws -> [String] {
            pair.own.tickUplink(steadyMilliseconds: milliseconds)
            try pair.own.flush()
            return try pair.own.takeActions().compactMap { action in
                switch action {
                case .sendUp(let bytes):
                    switch try Frame(numbered: bytes) {
                    case .forward: "forward"
                    case .barrier: "barrier"
                    default: nil
                    }
                case .closeUp(let reason): reason.name
                default: nil
                }
            }
        }
        let stall = SyncLimits.stallMilliseconds
        #expect(try said(at: 1) == ["forward"])
        #expect(try said(at: stall) == [])
        #expect(try said(at: stall + 1) == ["barrier"])
        #expect(try said(at: stall + 2) == [] && said(at: 2 * stall + 1) == [])
        #expect(try said(at: 2 * stall + 2) == ["offline"])
    }

    @Test(arguments: ["associate", "operator"]) func `who came to a store's hub is asked by the central one, and by nobody else`(role: String) throws {
        let pair = try Pair()
        _ = try pair.connect()
        try pair.greet(role: role)
        let device = DeviceID(publicKey: pair.device.publicKey)
        #expect(try pair.ask("store-told", .map([("device", .string("\(device)")), ("epoch", .string(""))]), in: "store:S1")?.status == "forbidden")
        #expect(pair.own.connectionIDs == [pair.desk])
    }

    @Test func `rights that the central hub has go to a store's hub that comes`() throws {
        let pair = try Pair()
        #expect(try pair.order("stock-receive", Pair.units(4), id: 1) == "done")
        #expect(try pair.row("hub", at: pair.central)?[.received] == 4)
        _ = try pair.connect()
        #expect(try pair.row("hub", at: pair.own)?.sent == ["sh1": 4])
    }

    @Test func `rights are lent to the central hub, under the name that it has now, and to nobody else`() throws {
        func lend(_ to: String, _ id: UInt8, _ pair: Pair) throws -> String? {
            try pair.ask("stock-lend", .map([("sku", .string("HAT")), ("quantity", .int(1)), ("to", .string(to))]), in: "store:S1", id: id)?.status
        }
        let pair = try Pair()
        _ = try pair.connect()
        try pair.greet()
        #expect(try pair.ask("stock-receive", Pair.units(3), in: "store:S1", id: 1)?.status == "done")
        for (id, name) in ["nobody", "sh1", "sh1~ab", "hubs", "hub@x", ""].enumerated() { #expect(try lend(name, UInt8(id + 20), pair) == "invalid-value", "\(name)") }
        #expect(try lend("hub", 40, pair) == "done")
        let renamed = try Pair(central: "office", seed: 100, after: pair)
        _ = try renamed.connect()
        try renamed.greet()
        #expect(try lend("hub", 41, renamed) == "invalid-value")
        #expect(try lend("office", 42, renamed) == "done")
        #expect(try renamed.row("sh1", at: renamed.own)?.sent == ["hub": 1, "office": 1])
    }

    @Test func `what a name has that no hub goes by is the central hub's`() throws {
        // Of a store without a hub of its own: the central one was called otherwise when the units came.
        let alone = try Pair()
        #expect(try alone.order("stock-receive", Pair.units(4), id: 1) == "done")
        let called = try Pair(central: "office", seed: 100, after: alone)
        #expect(try called.order("stock-sell", Pair.units(3), id: 2) == "done")
        #expect(try called.row("hub", at: called.central)?.sent == ["office": 4])
        #expect(try called.order("stock-sell", Pair.units(2), id: 3) == "no-rights")
        #expect(try called.order("stock-count", .map([("sku", .string("HAT")), ("quantity", .int(0))]), id: 4) == "done")
        #expect(try called.row("office", at: called.central)?[.lost] == 1)

        // Lent by a store's own hub to a name that the central one has no more: it goes back, and what the store's hub has stays its.
        let pair = try Pair()
        _ = try pair.connect()
        try pair.greet()
        #expect(try pair.ask("stock-receive", Pair.units(3), in: "store:S1", id: 1)?.status == "done")
        func lend(to node: String) -> Value { .map([("sku", .string("HAT")), ("quantity", .int(2)), ("to", .string(node))]) }
        #expect(try pair.ask("stock-lend", lend(to: "hub"), in: "store:S1", id: 2)?.status == "done")
        let renamed = try Pair(central: "office", seed: 100, after: pair)
        _ = try renamed.connect()
        #expect(try renamed.order("stock-lend", lend(to: "sh1"), id: 5) == "done")
        for hub in [renamed.central, renamed.own] {
            #expect(try renamed.row("hub", at: hub)?.sent == ["office": 2] && renamed.row("office", at: hub)?.sent == ["sh1": 2] && renamed.row("sh1", at: hub)?.sent == ["hub": 2])
        }
    }

    @Test func `an intent that isn't signed by who is said to ask is refused`() throws {
        let pair = try Pair()
        _ = try pair.connect()
        let space = try #require(SpaceID("store:S1"))
        let other = try #require(DeviceKey(seed: [UInt8](repeating: 3, count: 32)))
        let real = Intent(id: IntentID(named: "a"), space: space, kind: "stock-hold", payload: .map([("sku", .string("HAT")), ("quantity", .int(1)), ("seconds", .int(60))]), key: other)
        var bytes = real.bytes
        bytes[bytes.count - 1] ^= 1
        var reader = ByteReader(bytes)
        let forged = try Intent(&reader)
        func asker(_ device: DeviceID) -> Forward.Asker { .init(device: device, name: "phone", channel: "phone", role: "associate", store: "S1", persons: []) }
        for forward in [Forward(intent: forged, asker: asker(forged.device)), Forward(intent: real, asker: asker(DeviceID(publicKey: pair.device.publicKey)))] {
            pair.central.received(pair.line, pair.voice.say(.forward(forward), on: pair.line))
            try pair.central.flush()
            try pair.central.pump(pair.line) { true }
            let answers = try pair.central.takeActions().compactMap { action -> Outcome? in
                guard case .send(_, let bytes) = action, case .outcome(let outcome) = try Frame(numbered: bytes) else { return nil }
                return outcome
            }
            #expect(answers.map(\.status) == ["forbidden"])
        }
    }

    @Test(arguments: ["shelf/HAT@hub", "authority", "price/tenant"]) func `a fact of a store's hub about what isn't its own is dropped`(resource: String) throws {
        let pair = try Pair()
        _ = try pair.connect()
        let space = try #require(SpaceID(resource == "price/tenant" ? "tenant:books" : "store:S1"))
        let before = try pair.central.fact(space, resource)?.hash
        let content = Fact.Content(space: space, resource: resource, sequence: 9, previous: Digest.none, intent: .none, device: DeviceID(publicKey: pair.device.publicKey), time: 1, kind: "stock-receive", value: .map([("received", .int(1_000))]))
        pair.central.received(pair.line, pair.voice.say(.upload([.fact(try Fact(content, key: pair.ownKey()))]), on: pair.line))
        try pair.talk()
        #expect(try pair.central.fact(space, resource)?.hash == before)
    }

    @Test func `another hub can't come for a store that has one, nor one under the central hub's name`() throws {
        let pair = try Pair()
        _ = try pair.connect()
        let other = try Pair(seed: 100)
        other.own.uplinkConnected()
        pair.central.connected(11)
        #expect(try refusal(of: other.own, at: pair.central, 11) == "forbidden")
        let namesake = try Pair(store: "S2", name: "hub")
        namesake.own.uplinkConnected()
        pair.central.connected(12)
        #expect(try refusal(of: namesake.own, at: pair.central, 12) == "forbidden")
    }

    /// Why the central hub ends the line; nil where it doesn't.
    private func refusal(of hub: HubCore, at central: HubCore, _ id: UInt64) throws -> String? {
        for _ in 0..<10 {
            for action in central.takeActions() {
                if case .send(id, let bytes) = action { hub.uplinkReceived(bytes) }
                if case .close(id, let reason) = action { return reason.name }
            }
            try hub.flush()
            for case .sendUp(let bytes) in hub.takeActions() { central.received(id, bytes) }
            try central.flush()
            if central.connectionIDs.contains(id) { try central.pump(id) { true } }
        }
        return nil
    }

    @Test func `a store's hub goes to no other central hub than its own`() throws {
        let pair = try Pair()
        _ = try pair.connect()
        pair.own.uplinkLost()
        let stranger = try Pair(seed: 100)
        pair.own.uplinkConnected()
        stranger.central.connected(stranger.line)
        for case .send(_, let bytes) in stranger.central.takeActions() { pair.own.uplinkReceived(bytes) }
        #expect(pair.own.takeActions().contains { if case .closeUp = $0 { true } else { false } })
    }

    @Test func `who has the token and not the key of a store's hub is closed at the hello, before anything that it passes on`() throws {
        let pair = try Pair()
        _ = try pair.connect()
        let other = try #require(DeviceKey(seed: [UInt8](repeating: 9, count: 32)))
        pair.central.connected(7)
        pair.voice.connected(7)
        var hello = Hello(publicKey: other.publicKey, name: "sh1", kind: "hub", role: Hello.storeHub, store: "S1", token: "")
        for case .send(7, let bytes) in pair.central.takeActions() {
            if case .greeting(let greeting) = try Frame(numbered: bytes) { hello.signature = other.sign(hello.signedBytes(greeting)) }
        }
        pair.central.received(7, pair.voice.say(.hello(hello), on: 7))
        let said = pair.central.takeActions()
        #expect(said.contains { if case .close(7, let reason) = $0 { reason.code == 4401 } else { false } })
        #expect(!said.contains { if case .send(7, _) = $0 { true } else { false } })
    }

    @Test func `a store's hub speaks for no operator`() throws {
        let pair = try Pair()
        _ = try pair.connect()
        try pair.greet(role: "operator")
        let book = Value.map([("version", .int(1))])
        #expect(try pair.ask("prices-publish", book, in: "tenant:books")?.status != "done")
        #expect(try pair.ask("stock-receive", Pair.units(1), in: "store:S9", id: 10)?.status == "forbidden")
    }

    @Test func `a store's hub keeps a parcel that only the central one can open, and passes it on until that has it`() throws {
        let (pair, gone) = (try Pair(), try Gone(9))
        let block = try gone.block("cart/1", "hers")
        let bytes = try pair.parcelForCentral(gone.parcel([block]))
        func bring() throws -> [Frame] {
            pair.own.received(pair.desk, pair.voice.say(.parcel(bytes), on: pair.desk))
            return try pair.talk()
        }
        func isWaiting() throws -> Bool { try pair.disk.scan(.meta, prefix: Array("parcel-above:".utf8)).rows.map(\.value) == [bytes] }
        try pair.greet()
        // It doesn't know yet where it belongs.
        #expect(try bring().contains { if case .refused(let refusal) = $0 { refusal.code == "invalid-value" } else { false } })
        _ = try pair.connect()
        pair.own.uplinkLost()
        pair.central.disconnected(pair.line)
        try pair.greet()
        for _ in 0..<2 { #expect(try bring().contains(.kept([Digest.sha256(bytes)]))) }
        #expect(try isWaiting() && !pair.central.documents.exists(block.document))
        // The line goes before the central hub has it on its disk.
        pair.own.uplinkConnected()
        pair.central.connected(pair.line)
        for case .send(_, let said) in pair.central.takeActions() { pair.own.uplinkReceived(said) }
        try pair.own.flush()
        #expect(try pair.own.takeActions().contains { if case .sendUp(let said) = $0 { try Frame(numbered: said) == .parcel(bytes) } else { false } })
        #expect(try isWaiting() && pair.own.uplinkIsBusy)
        pair.own.uplinkLost()
        pair.central.disconnected(pair.line)
        _ = try pair.connect()
        #expect(try !isWaiting() && pair.central.documents.exists(block.document))
    }
}
