// The cases without a text of one author: maps, counters, and many newcomers into one container.
internal import CRDT
internal import Foundation

struct PeerMaps {
    private enum Work {
        case sets([(key: String, value: Value)])
        case increments(Int)
        case listFront(String)
        case textFront(String)
    }

    private let name: String
    private let folder: String
    private let work: [Work]
    private let figures = PeerFigures()

    /// Newcomers of the B3 cases of dmonad/crdt-benchmarks with N = 6000: 20 x floor(sqrt N).
    private static let newcomers = 1_540

    init?(_ name: String, _ folder: String) {
        self.name = name
        self.folder = folder
        var random = Random(state: 30)
        switch name {
        case "map_seq_100k": work = []
        case "map_lww_100x1000":
            work = (0..<100).map { actor in .sets((0..<1000).map { (PeerMaps.key(random.below(10_000)), .int(Int64(actor * 1000 + $0))) }) }
        case "counter_100x1000": work = (0..<100).map { _ in .increments(1000) }
        case "b3_1_map_number": work = (0..<PeerMaps.newcomers).map { .sets([("v", .int(Int64($0)))]) }
        case "b3_3_map_string": work = (0..<PeerMaps.newcomers).map { .sets([("v", .string(String(repeating: "\($0)", count: PeerMaps.newcomers)))]) }
        case "b3_4_list_insert": work = (0..<PeerMaps.newcomers).map { .listFront("\($0)") }
        case "b3_5_text_insert": work = (0..<PeerMaps.newcomers).map { .textFront("\($0)") }
        default: return nil
        }
    }

    func run() throws -> String {
        if name == "map_seq_100k" { try sequential() } else { try newcomersMerge() }
        return figures.json
    }

    /// One actor sets 10,000 keys, then 90,000 at random, a hundred a change.
    private func sequential() throws {
        var random = Random(state: 31)
        let sets: [(String, Value)] = (0..<100_000).map { (PeerMaps.key($0 < 10_000 ? $0 : random.below(10_000)), .int(Int64($0))) }
        let memory = PeerMemory()
        var replica = PeerReplica(1)
        let map = replica.document.container(.map, "m")
        figures.timed("edit") {
            for start in stride(from: 0, to: sets.count, by: 100) {
                replica.document.change(by: replica.actor, at: 0) { document in
                    for (key, value) in sets[start..<start + 100] { document.set(key, to: value, in: map) }
                }
            }
        }
        memory.read("edit", figures)
        var expected: [String: Value] = [:]
        for (key, value) in sets { expected[key] = value }
        guard read(replica.document) == .map(expected) else { throw PeerFile.Problem(description: "wrong map") }
        try finish(replica.document)
    }

    private func newcomersMerge() throws {
        var replicas = figures.timed("new") { work.indices.map { PeerReplica($0 + 1) } }
        try figures.timed("edit") { for index in replicas.indices { try edit(&replicas[index], work[index]) } }
        let updates = figures.timed("emit") { replicas.indices.map { replicas[$0].update() } }
        figures["updates1_bytes"] = Double(updates.reduce(0) { $0 + $1.count })
        let memory = PeerMemory()
        var all = Document()
        let value = try figures.timed("merge_batch") {
            for update in updates { try all.take(update) }
            return read(all)
        }
        memory.read("merge_batch", figures)
        var one = PeerReplica(5000)
        let other = try figures.timed("merge1") {
            for update in updates { try one.take(update) }
            return read(one.document)
        }
        guard value == other else { throw PeerFile.Problem(description: "replicas differ") }
        if name == "counter_100x1000", value != .counter(100_000) { throw PeerFile.Problem(description: "the counter is \(value), not 100000") }
        try finish(all)
    }

    private func finish(_ document: Document) throws {
        try PeerReplica.encode(document, folder, figures)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/full")))
        let value = read(document)
        let opened = try figures.best("load_full_text_ms") { read(try PeerReplica.opened(bytes)) }
        guard opened == value else { throw PeerFile.Problem(description: "what was opened is not what was encoded") }
    }

    private func edit(_ replica: inout PeerReplica, _ work: Work) throws {
        let text = replica.text
        switch work {
        case .sets(let sets):
            let map = replica.document.container(.map, "m")
            replica.document.change(by: replica.actor, at: 0) { document in for (key, value) in sets { document.set(key, to: value, in: map) } }
        case .increments(let count):
            let counter = replica.document.container(.quantity, "n")
            try replica.document.change(by: replica.actor, at: 0) { (document) throws(EditError) in for _ in 0..<count { try document.edit(.more(1), in: counter) } }
        case .listFront(let value):
            let list = replica.document.container(.list, "l")
            try replica.document.change(by: replica.actor, at: 0) { (document) throws(EditError) in try document.insert(.string(value), at: 0, in: list) }
        case .textFront(let value):
            try replica.document.change(by: replica.actor, at: 0) { (document) throws(EditError) in try document.insert(value, at: 0, in: text) }
        }
    }

    /// What the case is about.
    private enum Content: Equatable { case map([String: Value]), counter(UInt64), list([Value]), text(String) }

    private func read(_ document: Document) -> Content {
        if let map = document.existingContainer(.map, "m") {
            return .map(Dictionary(uniqueKeysWithValues: document.keys(in: map).map { ($0, document.value($0, in: map) ?? .null) }))
        }
        if let counter = document.existingContainer(.quantity, "n") { return .counter(document.quantity(counter)) }
        if let list = document.existingContainer(.list, "l") { return .list(document.list(list)) }
        return .text(PeerReplica.text(of: document))
    }

    private static func key(_ number: Int) -> String { String(format: "k%05d", number) }

    /// Knuth's linear congruential generator of 64 bits (MMIX), so that any language can make the same inputs.
    private struct Random {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }
}
