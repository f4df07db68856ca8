// One case on replicas: its steps, then everything to everyone.
internal import Bytes
internal import Console
internal import CRDT

struct CaseReplay {
    private struct Replica {
        var document = Document()
        var actor: ActorID
        var backup: Document?
        var isLost = false
    }

    private var replicas: [String: Replica] = [:]
    private var names: [String]
    /// Every change that anyone made, in the order in which they were made.
    private(set) var updates: [[UInt8]] = []
    private var marks: [String: Document] = [:]
    private var cursors: [String: CaseEditor.Cursor] = [:]
    private var lastActive: String
    /// How each mark grows, where the case says so.
    private var expands: [String: Document.Expand] = [:]
    private var nextActor: UInt64 = 1_000

    init(names: [String], ids: [Int]) {
        self.names = names
        lastActive = names[0]
        for (index, name) in names.enumerated() { replicas[name] = Replica(actor: ActorID(high: 2, low: UInt64(index < ids.count ? ids[index] : index))) }
    }

    mutating func run(_ item: JSON) throws(CaseStop) {
        if case .object(let rules)? = item["mark_config"] {
            for rule in rules { expands[rule.key] = rule.value["expand"]?.text.flatMap(Document.Expand.init) }
        }
        try apply(item["init"]?.items ?? [], on: names[0], by: ActorID(high: 1, low: 0))
        let start = replicas[names[0]]?.document ?? Document()
        for name in names { replicas[name]?.document = start }
        for step in item["steps"]?.items ?? [] { try self.step(step, item) }
    }

    private mutating func step(_ step: JSON, _ item: JSON) throws(CaseStop) {
        func pair(_ key: String) -> [String]? { step[key]?.items?.compactMap(\.text) }
        if let name = step["on"]?.text {
            lastActive = name
            try apply(step["ops"]?.items ?? [], on: name, by: replicas[name]?.actor ?? ActorID(high: 3, low: 0))
        } else if let list = pair("sync") {
            for from in list { for to in list { try send(from, to) } }
            // What the last brought to the first, the others get as well.
            for from in list { for to in list { try send(from, to) } }
        } else if let ends = pair("send"), ends.count == 2 {
            for _ in 0..<max(1, Int(step["times"]?.number ?? 1)) { try send(ends[0], ends[1]) }
        } else if let name = step["restart"]?.text {
            let saved = try loaded(replicas[name]?.document ?? Document())
            replicas[name]?.document = saved
        } else if let name = step["backup"]?.text {
            let image = replicas[name]?.document
            replicas[name]?.backup = image
        } else if let name = step["restore"]?.text {
            // A restored replica goes on under a fresh id.
            let image = replicas[name]?.backup ?? Document()
            replicas[name]?.document = image
            nextActor += 1
            replicas[name]?.actor = ActorID(high: 2, low: nextActor)
        } else if let name = step["new_replica"]?.text {
            nextActor += 1
            names.append(name)
            replicas[name] = Replica(actor: ActorID(high: 2, low: nextActor))
        } else if let name = step["lost"]?.text {
            replicas[name]?.isLost = true
        } else if let name = step["mark_version"]?.text {
            marks[name] = replicas[lastActive]?.document
        } else if step["login_merge"] != nil {
            throw .skipped("sign-in merge")
        } else {
            throw .skipped("a step of an unknown kind: \(step.encoded())")
        }
    }

    private mutating func apply(_ ops: [JSON], on name: String, by actor: ActorID) throws(CaseStop) {
        for op in ops {
            guard var document = replicas[name]?.document, let parts = op.items else { throw .failed("an operation that is no list") }
            let version = document.version
            try CaseEditor.apply(parts, to: &document, by: actor, expands, &cursors)
            replicas[name]?.document = document
            if document.version != version { updates.append(document.encode(since: version)) }
        }
    }

    private mutating func send(_ from: String, _ to: String) throws(CaseStop) {
        guard let source = replicas[from]?.document, var target = replicas[to]?.document else { throw .failed("there is no replica \(from) or \(to)") }
        do { try target.apply(ChangeSet(decoding: source.encode(since: target.version))) } catch { throw .failed("\(from) to \(to): \(error)") }
        replicas[to]?.document = target
    }

    private func loaded(_ document: Document) throws(CaseStop) -> Document {
        var copy = Document()
        do { try copy.apply(ChangeSet(decoding: document.encode())) } catch { throw .failed("a saved replica can't be loaded: \(error)") }
        return copy
    }

    /// - Parameter order: of the changes, as they arrive.
    /// - Returns: what every replica shows then.
    func converge(_ order: [Int], duplicates: Int) throws(CaseStop) -> Document {
        // What a lost replica made, and nobody got, is gone.
        var known = Document()
        for name in names {
            guard let replica = replicas[name], !replica.isLost else { continue }
            do { try known.apply(ChangeSet(decoding: replica.document.encode(since: known.version))) } catch { throw .failed("\(error)") }
        }
        var alive: [[UInt8]] = []
        for index in order {
            guard let set = try? ChangeSet(decoding: updates[index]) else { throw .failed("a change that can't be read") }
            var probe = known
            guard let fresh = try? probe.apply(set), fresh == 0 else { continue }
            alive.append(updates[index])
        }
        var shown: Document?
        for name in names {
            guard let replica = replicas[name], !replica.isLost else { continue }
            for start in [replica.document, Document()] {
                var document = start
                do { for _ in 0..<max(1, duplicates) { try Delivery.deliver(alive, to: &document) } } catch { throw .failed("\(name): \(error)") }
                if let shown, shown.encodeBody() != document.encodeBody() || CaseEditor.show(shown) != CaseEditor.show(document) {
                    throw .failed("replicas differ: \(CaseEditor.show(shown)) and \(CaseEditor.show(document))")
                }
                shown = document
            }
        }
        guard let shown else { throw .failed("no replica is left") }
        return try loaded(shown)
    }

    /// - Returns: what is wrong; nil where all that is expected holds.
    func judge(_ item: JSON, _ document: Document) throws(CaseStop) -> String? {
        for expected in item["expect"]?.items ?? [] {
            var document = document
            if let mark = expected["at_version"]?.text {
                guard let marked = marks[mark] else { return "there is no version \(mark)" }
                document = marked
            }
            let seen: JSON
            if let name = expected["cursor"]?.text {
                guard let cursor = cursors[name] else { return "there is no cursor \(name)" }
                seen = cursor.position(in: document).map { .int(Int64($0)) } ?? .null
            } else if expected["cart"] != nil {
                seen = CaseEditor.cart(document)
            } else if let path = expected["path"]?.text {
                let isMarked = expected["spans"] != nil || expected["spans_one_of"] != nil
                seen = isMarked ? CaseEditor.spans(path, document) : CaseEditor.value(path, document)
            } else if expected["tree"] != nil || expected["reachable"] != nil {
                throw .skipped("trees")
            } else if expected["orders"] != nil || expected["order"] != nil || expected["coupons"] != nil {
                throw .skipped("checkout")
            } else {
                throw .skipped("an expectation of an unknown kind: \(expected.encoded())")
            }
            if let wrong = Expected.difference(seen, expected) { return wrong }
        }
        return nil
    }
}

enum Expected {
    static func difference(_ seen: JSON, _ expected: JSON) -> String? {
        let text = "it shows \(seen.encoded())"
        if let value = expected["equals"] ?? expected["spans"] { return same(seen, value) ? nil : "\(text), not \(value.encoded())" }
        if let list = (expected["one_of"] ?? expected["spans_one_of"])?.items {
            return list.contains { same(seen, $0) } ? nil : "\(text), which is none of \(JSON.array(list).encoded())"
        }
        if let list = expected["multiset"]?.items {
            let isSame = (seen.items ?? []).map { $0.encoded() }.sorted() == list.map { $0.encoded() }.sorted()
            return isSame ? nil : "\(text), not the elements \(JSON.array(list).encoded())"
        }
        if expected["absent"] == .bool(true) { return seen == .null ? nil : "\(text), not nothing" }
        return "an expectation that says nothing: \(expected.encoded())"
    }

    /// Mappings in any order of their keys.
    private static func same(_ left: JSON, _ right: JSON) -> Bool {
        if case .object(let a) = left, case .object(let b) = right {
            return a.count == b.count && a.allSatisfy { field in right[field.key].map { same(field.value, $0) } ?? false }
        }
        if let a = left.items, let b = right.items { return a.count == b.count && zip(a, b).allSatisfy(same) }
        return left == right
    }
}
