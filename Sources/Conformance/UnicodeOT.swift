// Edits of texts with characters beyond the basic plane, from an operational-transformation library: a number
// skips scalars, a text is inserted, {"d": n} deletes n. What is binding for any CRDT is held to; where two
// sides insert at one place, the lower actor's text comes first, and only losses and repeats are faults.
internal import Console
internal import CRDT

enum UnicodeOT {
    static func apply(_ item: JSON) -> Verdict {
        guard let base = item["str"]?.text, let op = item["op"]?.items, let expected = item["result"]?.text else { return .failed("no case in it") }
        return compare(expected) { try text(after: [patches(op)], base) }
    }

    static func compose(_ item: JSON) -> Verdict {
        guard let first = item["op1"]?.items, let second = item["op2"]?.items, let result = item["result"]?.items else { return .failed("no case in it") }
        // Any text that is long enough will do; each scalar of it is another.
        let base = ground(max(reach(first), reach(second) + 64, reach(result)))
        do {
            let expected = try text(after: [patches(result)], base)
            return compare(expected) { try text(after: [patches(first), patches(second)], base) }
        } catch { return .failed("\(error)") }
    }

    static func transform(_ item: JSON) -> Verdict {
        guard let op = item["op"]?.items, let other = item["otherOp"]?.items, let result = item["result"]?.items, let side = item["side"]?.text else { return .failed("no case in it") }
        let base = ground(max(reach(op), reach(other)))
        do {
            let expected = try text(after: [patches(other), patches(result)], base)
            let (left, right) = side == "left" ? (op, other) : (other, op)
            return try merge(base, patches(left), patches(right), expected: expected, isBinding: false)
        } catch { return .failed("\(error)") }
    }

    static func twoReplicas(_ item: JSON) -> Verdict {
        guard let base = item["base"]?.text, let left = item["left"]?.items, let right = item["right"]?.items, let expected = item["expect_left_wins_ties"]?.text else { return .failed("no case in it") }
        func patches(_ list: [JSON]) -> [EventGraph.Patch] { list.compactMap(EventGraph.Patch.init) }
        do {
            return try merge(base, patches(left), patches(right), expected: expected, isBinding: item["algorithm_independent"] == .bool(true))
        } catch { return .failed("\(error)") }
    }

    /// Both sides edit the base without knowing of each other, under either order of their ids.
    private static func merge(_ base: String, _ left: [EventGraph.Patch], _ right: [EventGraph.Patch], expected: String, isBinding: Bool) throws -> Verdict {
        for isSwapped in [false, true] {
            var ground = Document()
            let text = ground.container(.text, "text")
            try ground.change(by: ActorID(high: 0, low: 1), at: 0) { try $0.insert(base, at: 0, in: text) }
            var a = ground, b = ground
            try edit(&a, left, by: ActorID(high: 1, low: isSwapped ? 2 : 1))
            try edit(&b, right, by: ActorID(high: 1, low: isSwapped ? 1 : 2))
            let (sideA, sideB) = (a.text(text), b.text(text))
            let toA = b.encode(since: a.version)
            try b.apply(ChangeSet(decoding: a.encode(since: b.version)))
            try a.apply(ChangeSet(decoding: toA))
            let merged = a.text(text)
            if merged != b.text(text) { return .failed("the two sides end differently: \(quoted(merged)) and \(quoted(b.text(text)))") }
            if merged == expected { continue }
            if isBinding { return .failed("the merge is \(quoted(merged)), not \(quoted(expected))") }
            // What stood before and one side deleted is gone; what stayed on both, and what either put in, is there.
            guard counts(merged) == counts(expected) else { return .failed("something was lost or came back: \(quoted(merged)), from \(quoted(sideA)) and \(quoted(sideB))") }
        }
        return .passed
    }

    private static func counts(_ text: String) -> [Unicode.Scalar: Int] { text.unicodeScalars.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
    private static func quoted(_ text: String) -> String { JSON.string(text).encoded() }

    private static func compare(_ expected: String, _ seen: () throws -> String) -> Verdict {
        do {
            let seen = try seen()
            return seen == expected ? .passed : .failed("the text is \(quoted(seen)), not \(quoted(expected))")
        } catch { return .failed("\(error)") }
    }

    private static func text(after steps: [[EventGraph.Patch]], _ base: String) throws -> String {
        var document = Document()
        let text = document.container(.text, "text")
        try document.change(by: ActorID(high: 0, low: 1), at: 0) { try $0.insert(base, at: 0, in: text) }
        for patches in steps { try edit(&document, patches, by: ActorID(high: 0, low: 1)) }
        return document.text(text)
    }

    private static func edit(_ document: inout Document, _ patches: [EventGraph.Patch], by actor: ActorID) throws {
        let text = document.container(.text, "text")
        for patch in patches {
            try document.change(by: actor, at: 0) { document in
                if patch.deleted > 0 { try document.delete(at: patch.position, count: patch.deleted, in: text) }
                if !patch.inserted.isEmpty { try document.insert(patch.inserted, at: patch.position, in: text) }
            }
        }
    }

    /// Patches that do one after the other what the operation does at once.
    private static func patches(_ op: [JSON]) -> [EventGraph.Patch] {
        var at: Int64 = 0
        return op.compactMap { part in
            if let skip = part.number { at += skip; return nil }
            if let text = part.text {
                defer { at += Int64(text.unicodeScalars.count) }
                return EventGraph.Patch(.array([.int(at), .int(0), .string(text)]))
            }
            return EventGraph.Patch(.array([.int(at), .int(part["d"]?.number ?? 0), .string("")]))
        }
    }

    /// Scalars of the base that an operation speaks of.
    private static func reach(_ op: [JSON]) -> Int { op.reduce(0) { $0 + Int($1.number ?? $1["d"]?.number ?? 0) } }

    private static func ground(_ count: Int) -> String {
        var text = String.UnicodeScalarView()
        for index in 0..<count { if let scalar = Unicode.Scalar(0x4E00 + index % 20_000) { text.append(scalar) } }
        return String(text)
    }
}
