// Who knew of what: questions about a history's graph, answered by documents that were made with it. Each node
// is a change; a document that holds a node's ancestors and the node says by its version what it knows.
internal import Console
internal import CRDT

enum CausalGraph {
    /// A history as changes: each chain of nodes is an actor's.
    struct History {
        private(set) var versions: [VersionVector] = []
        private var places: [(actor: ActorID, number: UInt32)] = []

        var count: Int { versions.count }

        /// - Parameter parents: of each node; earlier ones only.
        init(parents: [[Int]]) throws {
            var uses = Array(repeating: 0, count: parents.count)
            for list in parents { for parent in list where parents.indices.contains(parent) { uses[parent] += 1 } }
            var states: [Int: Document] = [:]
            var tips: Set<Int> = []
            for (node, list) in parents.enumerated() {
                guard list.allSatisfy({ (0..<node).contains($0) }) else { throw EditError.outOfRange(position: node, count: parents.count) }
                let previous = list.first { tips.contains($0) }
                var document = (previous ?? list.first).flatMap { states[$0] } ?? Document()
                for parent in list where parent != previous {
                    guard let state = states[parent] else { continue }
                    try document.apply(ChangeSet(decoding: state.encode(since: document.version)))
                }
                let actor = previous.map { places[$0].actor } ?? ActorID(high: 1, low: UInt64(node))
                if let previous { tips.remove(previous) }
                tips.insert(node)
                document.change(by: actor, at: 0) { $0.set("node", to: .int(Int64(node))) }
                places.append((actor, document.version.count(of: actor)))
                versions.append(document.version)
                for parent in list {
                    uses[parent] -= 1
                    if uses[parent] == 0 { states[parent] = nil }
                }
                if uses[node] > 0 { states[node] = document }
            }
        }

        func contains(_ frontier: [Int], _ node: Int) -> Bool {
            node == -1 || frontier.contains { versions[$0].count(of: places[node].actor) >= places[node].number }
        }

        func all(_ frontier: [Int]) -> Set<Int> { Set((0..<count).filter { contains(frontier, $0) }) }

        /// Those of a set that no other of it knows.
        func heads(_ set: some Collection<Int>) -> [Int] { set.filter { node in !set.contains { $0 != node && contains([$0], node) } }.sorted() }
    }

    static func contains(_ item: JSON) -> Verdict {
        answer(item) { history in
            guard let frontier = numbers(item["frontier"]), let target = item["target"]?.number, let expected = flag(item["expected"]) else { return .failed("no case in it") }
            let seen = history.contains(frontier, Int(target))
            return seen == expected ? .passed : .failed("\(frontier) \(seen ? "contains" : "does not contain") \(target)")
        }
    }

    static func diff(_ item: JSON) -> Verdict {
        answer(item) { history in
            guard let a = numbers(item["a"]), let b = numbers(item["b"]), let onlyA = spans(item["expect_a"]), let onlyB = spans(item["expect_b"]) else { return .failed("no case in it") }
            let (ofA, ofB) = (history.all(a), history.all(b))
            guard ofA.subtracting(ofB) == onlyA, ofB.subtracting(ofA) == onlyB else { return .failed("only in a: \(ofA.subtracting(ofB).sorted()), only in b: \(ofB.subtracting(ofA).sorted())") }
            return .passed
        }
    }

    /// A base that both know, and everything above it with whose it is: judged by what it must be, for the base is
    /// not the only one. Ours is the largest: all that both know.
    static func conflicting(_ item: JSON) -> Verdict {
        answer(item) { history in
            guard let a = numbers(item["a"]), let b = numbers(item["b"]), let common = numbers(item["expect_common"]), let list = item["expect_spans"]?.items else { return .failed("no case in it") }
            let (ofA, ofB) = (history.all(a), history.all(b))
            let base = history.heads(ofA.intersection(ofB))
            guard base.allSatisfy({ history.contains(a, $0) && history.contains(b, $0) }) else { return .failed("the base \(base) is not in both") }
            // What the case's own base leaves is the same above ours, less what both know.
            guard history.all(common).isSubset(of: ofA.intersection(ofB)) else { return .failed("the base \(common) is not in both histories here") }
            var tagged: [String: Set<Int>] = [:]
            for span in list {
                guard let parts = span.items, parts.count == 2, let start = parts[0]["start"]?.number, let end = parts[0]["end"]?.number, let tag = parts[1].text, start <= end else {
                    return .failed("a span that can't be read: \(span.encoded())")
                }
                tagged[tag, default: []].formUnion(Int(start)..<Int(end))
            }
            let above = ofA.union(ofB).subtracting(history.all(common))
            let all = tagged.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
            guard tagged["OnlyA", default: []] == ofA.subtracting(ofB) && tagged["OnlyB", default: []] == ofB.subtracting(ofA), all == above else { return .failed("above \(common): only in a \(ofA.subtracting(ofB).sorted()), only in b \(ofB.subtracting(ofA).sorted())") }
            return .passed
        }
    }

    /// A real graph with many questions about it.
    static func runQueries(_ whole: JSON) -> Tally {
        var tally = Tally()
        guard let parents = whole["parents"]?.items?.map({ numbers($0) ?? [] }), let queries = whole["queries"]?.items else { return tally }
        let history: History
        do { history = try History(parents: parents) } catch {
            tally.add("graph", .failed("\(error)"))
            return tally
        }
        for (index, query) in queries.enumerated() { tally.add("query \(index)", answer(query, history)) }
        return tally
    }

    private static func answer(_ query: JSON, _ history: History) -> Verdict {
        func compare(_ seen: JSON, _ expected: JSON?, _ what: String) -> Verdict? { seen == expected ? nil : .failed("\(what) is \(seen.encoded()), not \(expected?.encoded() ?? "?")") }
        func list(_ nodes: some Sequence<Int>) -> JSON { .array(nodes.sorted().map { .int(Int64($0)) }) }
        switch query["op"]?.text {
        case "contains":
            guard let frontier = numbers(query["frontier"]), let target = query["target"]?.number else { return .failed("no query in it") }
            return compare(.bool(history.contains(frontier, Int(target))), query["expect"], "contains") ?? .passed
        case "diff":
            guard let a = numbers(query["a"]), let b = numbers(query["b"]) else { return .failed("no query in it") }
            let (ofA, ofB) = (history.all(a), history.all(b))
            let (onlyA, onlyB) = (ofA.subtracting(ofB), ofB.subtracting(ofA))
            var checks: [Verdict?] = [compare(.int(Int64(onlyA.count)), query["only_a_count"], "the count only in a"), compare(.int(Int64(onlyB.count)), query["only_b_count"], "the count only in b"),
                                      compare(list(commonHeads(a, b, ofA.intersection(ofB), history)), query["common_heads"].flatMap(numbers).map(list), "the common version")]
            if let expected = query["only_a"].flatMap(numbers) { checks.append(compare(list(onlyA), list(expected), "only in a")) }
            if let expected = query["only_b"].flatMap(numbers) { checks.append(compare(list(onlyB), list(expected), "only in b")) }
            return checks.compactMap { $0 }.first ?? .passed
        case "heads":
            guard let set = numbers(query["set"]), let expected = query["expect"].flatMap(numbers) else { return .failed("no query in it") }
            return compare(list(history.heads(set)), list(expected), "heads") ?? .passed
        case "relation":
            guard let x = query["x"]?.number, let y = query["y"]?.number else { return .failed("no query in it") }
            let seen = x == y ? "equal" : history.contains([Int(y)], Int(x)) ? "before" : history.contains([Int(x)], Int(y)) ? "after" : "concurrent"
            return compare(.string(seen), query["expect"], "the relation") ?? .passed
        default: return .skipped("a query of an unknown kind")
        }
    }

    /// The maximal versions that both know: walked down from the newest, so that a large graph isn't compared whole.
    private static func commonHeads(_ a: [Int], _ b: [Int], _ common: Set<Int>, _ history: History) -> [Int] {
        var heads: [Int] = []
        for node in common.sorted(by: >) where !history.contains(heads, node) || heads.isEmpty { heads.append(node) }
        return heads
    }

    private static func answer(_ item: JSON, _ body: (History) -> Verdict) -> Verdict {
        guard let spans = item["hist"]?.items else { return .failed("no history in it") }
        var parents: [[Int]] = []
        for span in spans {
            guard let range = numbers(span["span"]), range.count == 2, let first = numbers(span["parents"]), range[0] == parents.count else { return .failed("a span that doesn't follow the one before") }
            for node in range[0]..<max(range[0], range[1]) { parents.append(node == range[0] ? first : [node - 1]) }
        }
        do { return body(try History(parents: parents)) } catch { return .failed("\(error)") }
    }

    private static func numbers(_ json: JSON?) -> [Int]? { json?.items?.compactMap { $0.number.map(Int.init) } }
    private static func flag(_ json: JSON?) -> Bool? { if case .bool(let flag)? = json { flag } else { nil } }

    private static func spans(_ json: JSON?) -> Set<Int>? {
        json?.items.map { list in list.reduce(into: Set()) { set, span in if let range = numbers(span), range.count == 2, range[0] <= range[1] { set.formUnion(range[0]..<range[1]) } } }
    }
}
