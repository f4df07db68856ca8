// What one hub decides: holds and orders of 200 devices in batches, each durable in SQLite before it's answered; one order on an
// idle hub over loopback; and whether an order costs more after many.
internal import Baton
internal import Commerce
internal import CRDT
internal import Documents
internal import Foundation
internal import HubCore
internal import Processes
internal import Replica
internal import SQLiteStore
internal import Store
internal import Sync

struct CommerceBenchmark {
    struct Figures: Encodable {
        struct Batches: Encodable {
            var kind: String
            var decided: Int
            var perSecond: Double
        }
        struct Growth: Encodable {
            var ordersBefore: Int
            var milliseconds: Double
        }
        struct Idle: Encodable {
            var orders: Int
            var medianMilliseconds: Double
            var p99Milliseconds: Double
        }

        /// From the frames' arrival at the hub's core to its answers, on one core.
        var batches: [Batches] = []
        /// Of one order in such a batch, after so many; the median of nine batches.
        var growth: [Growth] = []
        /// From asking to the answer, the cart sent along, over a WebSocket.
        var idle: Idle?
        /// Of a cart of 100 lines, with 50 promotions; in milliseconds.
        var totals: Double?
    }

    /// - Parameter parts: all of them where none is named.
    func run(_ parts: [String]) async throws -> Figures {
        let all = ["totals", "holds", "orders", "growth", "idle"]
        if let unknown = parts.first(where: { !all.contains($0) }) { throw BenchPlace.Problem("commerce has no part \(unknown): choose from \(all.joined(separator: ", "))") }
        let parts = parts.isEmpty ? all : parts
        var figures = Figures()
        // Before all that keeps the disk busy for a while after it: an idle hub shares that with nobody.
        if parts.contains("idle") { figures.idle = try await idle() }
        if parts.contains("totals") { figures.totals = try TotalsBenchmark.run() }
        if parts.contains("holds") { figures.batches.append(try batches("stock-hold", 25)) }
        if parts.contains("orders") { figures.batches.append(try batches("order-place", 15)) }
        if parts.contains("growth") { figures.growth = try growth() }
        return figures
    }

    private func batches(_ kind: String, _ count: Int) throws -> Figures.Batches {
        let place = try BenchPlace()
        let market = try Market(place.folder + "/hub.db", devices: 200, units: 10_000_000)
        var decided = 0
        var time = 0.0
        for _ in 0..<count {
            let round = try market.round(kind)
            (decided, time) = (decided + round.decided, time + round.milliseconds)
        }
        return .init(kind: kind, decided: decided, perSecond: Double(decided) / time * 1_000)
    }

    /// Three hubs with other pasts, one batch of each in turn: what disturbs the machine disturbs them alike.
    private func growth() throws -> [Figures.Growth] {
        let place = try BenchPlace()
        let hubs = try [200, 2_000, 20_000].map { count in
            let market = try Market(place.folder + "/hub-\(count).db", devices: 200, units: 10_000_000)
            var placed = 0
            while placed < count { placed += try market.round("order-place").decided }
            return (market: market, ordersBefore: placed)
        }
        var times = [[Double]](repeating: [], count: hubs.count)
        for _ in 0..<9 {
            for (index, hub) in hubs.enumerated() {
                let round = try hub.market.round("order-place")
                times[index].append(round.milliseconds / Double(round.decided))
            }
        }
        return zip(hubs, times).map { .init(ordersBefore: $0.ordersBefore, milliseconds: $1.sorted()[$1.count / 2]) }
    }

    private func idle() async throws -> Figures.Idle {
        let place = try BenchPlace()
        let hub = try HubProcess(folder: place.folder)
        try hub.start()
        defer { hub.stop() }
        let till = try Baton.open(place.folder + "/till", DeviceProfile(name: "till", kind: "till", role: "associate", hub: hub.url, store: "S1"))
        try await till.perform { replica in _ = try replica.ask("stock-receive", .map([("sku", .string("SHOE")), ("quantity", .int(100_000))]), in: Market.store()) }
        _ = try await till.sync()
        await till.close()
        let phone = try Baton.open(place.folder + "/phone", hub: hub.url)
        try await phone.signIn("ana")
        _ = try await phone.sync()
        var times: [Double] = []
        for _ in 0..<400 {
            try await phone.addToCart("SHOE")
            times.append(try await timed {
                let id = try await phone.perform { replica in try Market.order(replica) }
                _ = try await phone.sync()
                guard try await phone.perform({ replica in try replica.intent(id)?.outcome?.isDone ?? false }) else { throw BenchPlace.Problem("an order was not placed") }
            }.milliseconds)
        }
        await phone.close()
        times.sort()
        return .init(orders: times.count, medianMilliseconds: times[times.count / 2], p99Milliseconds: times[times.count * 99 / 100])
    }
}

/// A hub's core on a disk, and devices that say things to it without a network.
private final class Market {
    private let core: HubCore
    private var phones: [(replica: Replica, id: UInt64)] = []
    private var said: [UInt64: [[UInt8]]] = [:]

    static func store() throws -> SpaceID { try StockNames.space("S1") }

    init(_ path: String, devices: Int, units: Int) throws {
        core = try HubCore(store: SQLiteStore(path: path, logPages: StoreLimits.hubLogPages), environment: .system, book: OpenTokenBook())
        for index in 0...devices {
            let isTill = index == devices
            let profile = DeviceProfile(name: "d\(index)", kind: isTill ? "till" : "phone", role: isTill ? "associate" : "customer", hub: "", store: isTill ? "S1" : "")
            let replica = try Replica.create(in: MemoryStore(), .system, profile)
            if !isTill { replica.signIn(SignIn(person: "p\(index)")) }
            try replica.flush()
            phones.append((replica, UInt64(index)))
            replica.connected()
            core.connected(UInt64(index))
        }
        let till = phones[devices].replica
        var left = units
        while left > 0 {
            try till.ask("stock-receive", .map([("sku", .string("SHOE")), ("quantity", .int(1_000_000))]), in: Market.store())
            left -= 1_000_000
        }
        try till.flush()
        try talk()
        // The till goes home: what is measured is deciding, not telling it.
        core.disconnected(UInt64(devices))
        phones.removeLast()
    }

    /// Lets all say what they have to say, until nobody has.
    private func talk() throws {
        while true {
            let frames = try spoken()
            for (id, bytes) in frames { core.received(id, bytes) }
            try answer()
            var isQuiet = frames.isEmpty
            for phone in phones {
                for bytes in said[phone.id] ?? [] { try phone.replica.received(bytes); isQuiet = false }
                said[phone.id] = nil
                try phone.replica.flush()
            }
            if isQuiet { return }
        }
    }

    private func spoken() throws -> [(UInt64, [UInt8])] {
        var frames: [(UInt64, [UInt8])] = []
        for phone in phones {
            try phone.replica.pump()
            try phone.replica.sendIntents()
            for action in phone.replica.takeActions() { if case .send(let bytes) = action { frames.append((phone.id, bytes)) } }
        }
        return frames
    }

    /// Commits, and keeps what the hub says. As a driver does.
    private func answer() throws {
        try core.flush()
        for id in core.connectionIDs { try core.pump(id) { true } }
        for action in core.takeActions() { if case .send(let id, let bytes) = action { said[id, default: []].append(bytes) } }
    }

    /// One batch: all devices ask once, the hub decides, and they are told.
    /// - Returns: how many were decided, and the hub's part of the time.
    func round(_ kind: String) throws -> (decided: Int, milliseconds: Double) {
        let frames = try frames(kind)
        let time = try milliseconds { try decide(frames) }
        return (try outcomes(), time)
    }

    /// What 200 devices say to ask for something, once each.
    private func frames(_ kind: String) throws -> [(UInt64, [UInt8])] {
        for phone in phones {
            if kind == "order-place" {
                let cart = try phone.replica.cart()
                try phone.replica.edit(cart) { document throws in _ = try Cart.add(LineKey(sku: "SHOE"), 1, &document) }
                _ = try Market.order(phone.replica)
            } else {
                let person = phone.replica.signIn?.person ?? ""
                try phone.replica.ask(kind, .map([("sku", .string("SHOE")), ("quantity", .int(1)), ("seconds", .int(900)), ("person", .string(person))]), in: Market.store())
            }
            try phone.replica.flush()
        }
        return try spoken()
    }

    /// All that the hub does.
    private func decide(_ frames: [(UInt64, [UInt8])]) throws {
        for (id, bytes) in frames { core.received(id, bytes) }
        try answer()
    }

    /// - Returns: how many were decided, and done, as the devices are told.
    private func outcomes() throws -> Int {
        var done = 0
        for phone in phones {
            for bytes in said[phone.id] ?? [] { try phone.replica.received(bytes) }
            said[phone.id] = nil
            try phone.replica.flush()
            for event in phone.replica.takeEvents() {
                guard case .decided(let outcome) = event else { continue }
                guard outcome.isDone else { throw BenchPlace.Problem("refused: \(outcome.message)") }
                done += 1
            }
        }
        return done
    }

    static func order(_ replica: Replica) throws -> IntentID {
        let part = try replica.cartParts()
        let carts = part.suffix(1).map { Value.map([("path", .string($0.id.path)), ("frontier", .string(Past.text($0.part.document.frontier)))]) }
        return try replica.ask("order-place", .map([("store", .string("S1")), ("now", .bool(false)), ("try", .bool(false)), ("accept", .null)]),
                               context: .map([("carts", .list(Array(carts))), ("holds", .list([]))]), in: replica.space)
    }
}

extension CommerceBenchmark.Figures {
    var table: String {
        let batches = batches.map { "\($0.kind): \(rounded($0.perSecond)) decided a second, in batches of 200" }
        let growth = growth.map { "an order after \($0.ordersBefore): \(short($0.milliseconds)) ms" }
        let idle = idle.map { ["an order on an idle hub over loopback: \(short($0.medianMilliseconds)) ms, p99 \(short($0.p99Milliseconds)) ms"] } ?? []
        let totals = totals.map { ["totals of 100 lines with 50 promotions: \(short($0)) ms"] } ?? []
        return (totals + batches + growth + idle).joined(separator: "\n")
    }
}
