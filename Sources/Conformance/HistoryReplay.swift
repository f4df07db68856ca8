// Makes a recorded history again: a document for each version that somebody still edits from.
//
// Events of all formats are transactions here; one without parents follows the one before. An agent is an actor;
// one that wrote on two branches at once, which no device does, is another actor on the second.
internal import Commands
internal import Console
internal import CRDT

struct HistoryReplay {
    var report = TraceReplay.Report()
    /// Hashes of the text after so many patches, and at the version of a transaction.
    var afterPatches: [Int: String] = [:]
    var atTransaction: [Int: String] = [:]

    private let start: String
    private var updates: [[UInt8]] = []
    private var tips: [ActorID: Document] = [:]
    private var counts: [ActorID: UInt32] = [:]
    private var agents: [String: Int] = [:]

    init(start: String) { self.start = start }

    private struct Step {
        var parents: [Int]
        var agent: String
        var patches: [EventGraph.Patch]
    }

    mutating func run(_ transactions: [JSON]) throws {
        let steps = try self.steps(transactions)
        // Agents in their order: by number, or by name.
        let names = Set(steps.map(\.agent)).sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }
        for (index, name) in names.enumerated() { agents[name] = index }
        report.agents = names.count
        report.transactions = transactions.count
        var uses = Array(repeating: 0, count: steps.count)
        for step in steps { for parent in step.parents { uses[parent] += 1 } }
        var states: [Int: Document] = [:]
        func takeState(_ node: Int) -> Document? {
            uses[node] -= 1
            return uses[node] == 0 ? states.removeValue(forKey: node) : states[node]
        }
        var ground = Document()
        let text = ground.container(.text, "text")
        if !start.isEmpty {
            try ground.change(by: ActorID(high: 0, low: 0), at: 0) { try $0.insert(start, at: 0, in: text) }
            updates.append(ground.encode())
        }
        for (index, step) in steps.enumerated() {
            var document = step.parents.first.flatMap { takeState($0) } ?? ground
            for parent in step.parents.dropFirst() {
                guard let state = takeState(parent) else { continue }
                try document.apply(ChangeSet(decoding: state.encode(since: document.version)))
            }
            var actor = ActorID(high: UInt64(1 + (agents[step.agent] ?? 0)), low: 0)
            if document.version.count(of: actor) < counts[actor, default: 0] { actor = ActorID(high: UInt64(1 + (agents[step.agent] ?? 0)), low: UInt64(1 + index)) }
            let version = document.version
            for patch in step.patches {
                try document.change(by: actor, at: 0) { document in
                    if patch.deleted > 0 { try document.delete(at: patch.position, count: patch.deleted, in: text) }
                    if !patch.inserted.isEmpty { try document.insert(patch.inserted, at: patch.position, in: text) }
                }
                report.patches += 1
                if let wanted = afterPatches[report.patches] { check(document.text(text), wanted, "after \(report.patches) patches") }
            }
            counts[actor] = document.version.count(of: actor)
            if report.agents > 1 { updates.append(document.encode(since: version)) }
            if let wanted = atTransaction[index] { check(document.text(text), wanted, "at the version of transaction \(index)") }
            if uses[index] > 0 { states[index] = document }
            if report.agents > 1 || index == steps.count - 1 { if uses[index] == 0 { tips[actor] = document } }
        }
    }

    private mutating func check(_ text: String, _ wanted: String, _ place: String) {
        report.checkpoints += 1
        let seen = TraceReplay.hash(text)
        if seen != wanted { report.failures.append("\(place) the text's hash is \(seen), not \(wanted)") }
    }

    /// Every replica gets what it lacks, from the first to the last and the other way round; and a newcomer gets
    /// every change, one by one.
    /// - Returns: the text, which is the same on all.
    mutating func converge() throws -> String {
        let sources = tips.sorted { $0.key < $1.key }.map(\.value)
        var ends: [Document] = []
        for order in [sources, sources.reversed()] {
            var document = Document()
            for source in order { try document.apply(ChangeSet(decoding: source.encode(since: document.version))) }
            ends.append(document)
        }
        for source in sources {
            var document = source
            for other in sources { try document.apply(ChangeSet(decoding: other.encode(since: document.version))) }
            ends.append(document)
        }
        if report.agents > 1 {
            var newcomer = Document()
            try Delivery.deliver(updates, to: &newcomer)
            ends.append(newcomer)
        }
        guard let first = ends.first else { return start }
        for (index, end) in ends.enumerated() where end.encodeBody() != first.encodeBody() { report.failures.append("replica \(index) differs at the end") }
        return first.existingContainer(.text, "text").map(first.text) ?? ""
    }

    // MARK: Formats

    private func steps(_ transactions: [JSON]) throws -> [Step] {
        func fail(_ index: Int, _ what: String) -> CommandError { CommandError("invalid-value", "Transaction \(index) \(what).") }
        if transactions.first?["ops"] != nil { return try eventSteps(transactions) }
        return try transactions.enumerated().map { index, transaction in
            guard let list = transaction["patches"]?.items else { throw fail(index, "has no patches") }
            let parents = transaction["parents"]?.items?.compactMap { $0.number.map(Int.init) } ?? (index == 0 ? [] : [index - 1])
            guard parents.allSatisfy({ (0..<index).contains($0) }) else { throw fail(index, "has a parent that comes later") }
            let agent = transaction["agent"].map { $0.text ?? $0.encoded() } ?? "0"
            return Step(parents: parents, agent: agent, patches: try list.map { guard let patch = EventGraph.Patch($0) else { throw fail(index, "has a patch that can't be read") }; return patch })
        }
    }

    /// One step for each event: parents may point into the middle of a span.
    private func eventSteps(_ transactions: [JSON]) throws -> [Step] {
        var steps: [Step] = []
        for (index, transaction) in transactions.enumerated() {
            guard let first = transaction["parents"]?.items?.compactMap({ $0.number.map(Int.init) }), let list = transaction["ops"]?.items,
                  let agent = transaction["agent"].map({ $0.text ?? $0.encoded() }), first.allSatisfy({ (0..<steps.count).contains($0) }) else {
                throw CommandError("invalid-value", "Transaction \(index) can't be read.")
            }
            var parents = first
            func add(_ position: Int, _ deleted: Int, _ inserted: String) {
                guard let patch = EventGraph.Patch(.array([.int(Int64(position)), .int(Int64(deleted)), .string(inserted)])) else { return }
                steps.append(Step(parents: parents, agent: agent, patches: [patch]))
                parents = [steps.count - 1]
            }
            for case let patch? in list.map(EventGraph.Patch.init) {
                for _ in 0..<patch.deleted { add(patch.position, 1, "") }
                for (offset, scalar) in patch.inserted.unicodeScalars.enumerated() { add(patch.position + offset, 0, String(scalar)) }
            }
        }
        return steps
    }
}
