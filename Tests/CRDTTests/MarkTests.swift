// Marks on text: which scalars have which, what typed text takes, what concurrent marks come to, and taking them back.
// Protocol/merge.md section 3.2.
import Bytes
import CRDT
import Support
import Testing

@Suite struct MarkTests {
    /// Stretches as text: `The [Peritext|bold=true] editor`.
    private func show(_ document: Document) -> String {
        guard let text = document.existingContainer(.text, "text") else { return "" }
        return document.spans(text).map { span in
            span.marks.isEmpty ? span.text : "[\(span.text)|\(span.marks.map { "\($0.name)=\(describe($0.value))" }.joined(separator: ","))]"
        }.joined()
    }

    private func describe(_ value: Value) -> String {
        switch value {
        case .bool(let flag): "\(flag)"
        case .string(let text): text
        case .int(let number): "\(number)"
        default: "\(value)"
        }
    }

    private func start(_ string: String) throws -> TestReplica {
        var replica = TestReplica(9)
        try replica.edit { try $0.insert(string, at: 0, in: $0.container(.text, "text")) }
        return replica
    }

    private func replica(_ number: UInt8, of start: TestReplica) -> TestReplica {
        var replica = TestReplica(number)
        replica.document = start.document
        return replica
    }

    private func text(_ document: inout Document) -> ContainerID { document.container(.text, "text") }

    // MARK: What typed text takes

    @Test(arguments: Document.Expand.allCases)
    func `text typed at an edge takes the mark where the mark grows`(expand: Document.Expand) throws {
        var replica = try start("The fox jumped")
        try replica.edit { try $0.mark(4..<7, "m", .int(1), expand: expand, in: text(&$0)) }
        try replica.edit { try $0.insert(">", at: 7, in: text(&$0)) }
        try replica.edit { try $0.insert("<", at: 4, in: text(&$0)) }
        let (before, after) = (expand == .before || expand == .both, expand == .after || expand == .both)
        #expect(show(replica.document) == "The \(before ? "[" : "<[")\(before ? "<" : "")fox\(after ? ">" : "")|m=1]\(after ? "" : ">") jumped")
        // The whole text is an edge as well.
        var whole = try start("ab")
        try whole.edit { try $0.mark(0..<2, "m", .int(1), expand: expand, in: text(&$0)) }
        try whole.edit { try $0.insert(">", at: 2, in: text(&$0)) }
        try whole.edit { try $0.insert("<", at: 0, in: text(&$0)) }
        #expect(show(whole.document) == "\(before ? "[<" : "<[")ab\(after ? ">" : "")|m=1]\(after ? "" : ">")")
    }

    @Test func `a link whose last letters were deleted does not grow, and bold whose first were does not grow to the left`() throws {
        var replica = try start("see site now")
        try replica.edit { try $0.mark(4..<8, "link", .string("u"), expand: .none, in: text(&$0)) }
        try replica.edit { try $0.delete(at: 6, count: 2, in: text(&$0)) }
        try replica.edit { try $0.insert("!", at: 6, in: text(&$0)) }
        try replica.edit { try $0.insert("?", at: 7, in: text(&$0)) }
        #expect(show(replica.document) == "see [si|link=u]!? now")
        try replica.edit { try $0.delete(at: 4, count: 1, in: text(&$0)) }
        try replica.edit { try $0.insert("x", at: 4, in: text(&$0)) }
        #expect(show(replica.document) == "see x[i|link=u]!? now")
        // All of it gone: typed there, it is plain.
        try replica.edit { try $0.delete(at: 5, count: 1, in: text(&$0)) }
        try replica.edit { try $0.insert("y", at: 5, in: text(&$0)) }
        #expect(show(replica.document) == "see xy!? now")
    }

    @Test func `runs typed by two at the end of a link with deleted letters do not interleave`() throws {
        var origin = try start("see site now")
        try origin.edit { try $0.mark(4..<8, "link", .string("u"), expand: .none, in: text(&$0)) }
        try origin.edit { try $0.delete(at: 7, count: 1, in: text(&$0)) }
        var (one, other) = (replica(1, of: origin), replica(2, of: origin))
        for (offset, letter) in ["1", "2", "3"].enumerated() { try one.edit { try $0.insert(letter, at: 7 + offset, in: text(&$0)) } }
        for letter in ["c", "b", "a"] { try other.edit { try $0.insert(letter, at: 7, in: text(&$0)) } }
        try one.exchange(with: &other)
        #expect(["see [sit|link=u]123abc now", "see [sit|link=u]abc123 now"].contains(show(one.document)))
        #expect(show(one.document) == show(other.document))
    }

    // MARK: Against a plain model

    private struct Model {
        struct Cell { let id: Int; let scalar: String; var isDeleted = false }
        struct Side: Equatable { let id: Int?; let isBehind: Bool }
        var cells: [Cell] = []
        var marks: [(name: String, value: Value, start: Side, end: Side)] = []
        var next = 0

        var visible: [Int] { cells.indices.filter { !cells[$0].isDeleted } }

        mutating func insert(_ scalars: [String], at position: Int) {
            let visible = visible
            var index = position == 0 ? 0 : visible[position - 1] + 1
            var probe = index
            while probe < cells.count, cells[probe].isDeleted {
                let side = Side(id: cells[probe].id, isBehind: true)
                if marks.contains(where: { $0.start == side || $0.end == side }) { index = probe + 1 }
                probe += 1
            }
            for scalar in scalars {
                cells.insert(Cell(id: next, scalar: scalar), at: index)
                next += 1
                index += 1
            }
        }

        mutating func mark(_ range: Range<Int>, _ name: String, _ value: Value, _ expand: Document.Expand) {
            let ids = visible.map { cells[$0].id }
            let growsBefore = expand == .before || expand == .both, growsAfter = expand == .after || expand == .both
            let start = growsBefore ? Side(id: range.lowerBound > 0 ? ids[range.lowerBound - 1] : nil, isBehind: range.lowerBound > 0) : Side(id: ids[range.lowerBound], isBehind: false)
            let end = growsAfter ? Side(id: range.upperBound < ids.count ? ids[range.upperBound] : nil, isBehind: false) : Side(id: ids[range.upperBound - 1], isBehind: true)
            marks.append((name, value, start, end))
        }

        var shown: [String] {
            let order = Dictionary(uniqueKeysWithValues: cells.enumerated().map { ($1.id, $0) })
            return visible.map { index in
                var values: [String: Value] = [:]
                for mark in marks {
                    let from = mark.start.id.map { order[$0]! + (mark.start.isBehind ? 1 : 0) } ?? 0
                    let to = mark.end.id.map { order[$0]! + (mark.end.isBehind ? 1 : 0) } ?? cells.count
                    if index >= from, index < to { values[mark.name] = mark.value }
                }
                let list = values.filter { $0.value != .null }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                return "\(cells[index].scalar) \(list)"
            }
        }
    }

    private func perScalar(_ document: Document) -> [String] {
        guard let text = document.existingContainer(.text, "text") else { return [] }
        return document.spans(text).flatMap { span in
            span.text.unicodeScalars.map { "\($0) \(span.marks.map { "\($0.name)=\($0.value)" })" }
        }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `what one replica types, deletes and marks is what a plain model shows`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (replica, model) = (TestReplica(1), Model())
        let scalars = ["a", "b", "é", "🧦", " "]
        for _ in 0..<60 {
            try replica.edit { document in
                let text = text(&document)
                let count = model.visible.count
                switch random.below(5) {
                case 0...1 where count > 0:
                    let from = random.below(count)
                    let range = from..<from + 1 + random.below(count - from)
                    let (name, expand) = (["bold", "link", "a"][random.below(3)], Document.Expand.allCases[random.below(4)])
                    let value: Value = [.bool(true), .string("u"), .null][random.below(3)]
                    try document.mark(range, name, value, expand: expand, in: text)
                    model.mark(range, name, value, expand)
                case 2 where count > 0:
                    let at = random.below(count)
                    let length = 1 + random.below(min(5, count - at))
                    try document.delete(at: at, count: length, in: text)
                    for index in model.visible[at..<at + length] { model.cells[index].isDeleted = true }
                default:
                    let at = random.below(count + 1)
                    let inserted = (0...random.below(4)).map { _ in scalars[random.below(scalars.count)] }
                    try document.insert(inserted.joined(), at: at, in: text)
                    // Narrow and wide text are put in one after the other: the second behind the first.
                    model.insert(inserted, at: at)
                }
            }
            #expect(perScalar(replica.document) == model.shown)
        }
        replica.document.checkInvariants()
        var loaded = Document()
        try loaded.apply(ChangeSet(decoding: replica.document.encode()))
        #expect(show(loaded) == show(replica.document))
        #expect(loaded.encodeBody() == replica.document.encodeBody())
        // Neighbouring stretches differ, and none is empty.
        let spans = loaded.spans(try #require(loaded.existingContainer(.text, "text")))
        #expect(spans.allSatisfy { !$0.text.isEmpty } && zip(spans, spans.dropFirst()).allSatisfy { $0.marks != $1.marks })
    }

    // MARK: Concurrency

    @Test func `of concurrent marks of one name the last by lamport and then by actor shows, on each scalar`() throws {
        let start = try start("abcdef")
        for isSwapped in [false, true] {
            var (one, other) = (replica(isSwapped ? 2 : 1, of: start), replica(isSwapped ? 1 : 2, of: start))
            try one.edit { try $0.mark(0..<4, "color", .string("red"), in: text(&$0)) }
            try other.edit { try $0.mark(2..<6, "color", .string("blue"), in: text(&$0)) }
            try one.exchange(with: &other)
            #expect(show(one.document) == (other.actor < one.actor ? "[abcd|color=red][ef|color=blue]" : "[ab|color=red][cdef|color=blue]"))
            #expect(show(one.document) == show(other.document))
            // Later than both, from whichever actor.
            try one.edit { try $0.unmark(1..<5, "color", in: text(&$0)) }
            try other.receive(from: one)
            #expect(show(other.document) == "[a|color=red]bcde[f|color=blue]")
        }
    }

    private enum Edit: CustomStringConvertible {
        case mark(Range<Int>, Value, Document.Expand), insert(Int), delete(Int)
        var description: String {
            switch self {
            case .mark(let range, let value, let expand): "mark \(range) \(value) \(expand)"
            case .insert(let at): "insert at \(at)"
            case .delete(let at): "delete \(at)"
            }
        }
    }

    @Test func `every three edits of a text made apart come to the same marks, in every order of delivery`() throws {
        let start = try start("abc")
        let edits: [Edit] = [.mark(0..<1, .int(1), .after), .mark(0..<3, .int(1), .after), .mark(1..<2, .int(2), .none), .mark(1..<3, .int(2), .both),
                             .mark(0..<3, .null, .after), .mark(1..<2, .null, .before), .insert(0), .insert(1), .insert(3), .delete(0), .delete(1)]
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        var updates: [[(edit: Edit, bytes: [UInt8])]] = []
        // Ascending actors: of concurrent marks here, the last in this list has the word.
        for number in (1...3 as ClosedRange<UInt8>).sorted(by: { actor($0) < actor($1) }) {
            updates.append(try edits.map { edit in
                var author = replica(number, of: start)
                try author.edit { document in
                    let text = text(&document)
                    switch edit {
                    case .mark(let range, let value, let expand): try document.mark(range, "m", value, expand: expand, in: text)
                    case .insert(let at): try document.insert("\(number)", at: at, in: text)
                    case .delete(let at): try document.delete(at: at, count: 1, in: text)
                    }
                }
                return (edit, author.document.encode(since: start.document.version))
            })
        }
        var count = 0
        for one in updates[0] {
            for two in updates[1] {
                for three in updates[2] {
                    let made = [one, two, three]
                    var first: (shown: [String], body: [UInt8])?
                    for order in orders {
                        var document = start.document
                        for index in order { try document.take(made[index].bytes) }
                        let (shown, body) = (perScalar(document), document.encodeBody())
                        count += 1
                        guard first == nil else {
                            #expect(first?.shown == shown && first?.body == body, "\(made.map(\.edit)) in the order \(order)")
                            continue
                        }
                        first = (shown, body)
                        // The letters that were there have what the last mark that covers them says.
                        var expected: [String] = []
                        for (index, letter) in ["a", "b", "c"].enumerated() {
                            var value = Value.null
                            var isDeleted = false
                            for item in made {
                                switch item.edit {
                                case .mark(let range, let marked, _): if range.contains(index) { value = marked }
                                case .delete(index): isDeleted = true
                                default: break
                                }
                            }
                            if !isDeleted { expected.append("\(letter) \(value == .null ? [] : ["m=\(value)"])") }
                        }
                        #expect(shown.filter { "abc".contains($0.prefix(1)) } == expected, "\(made.map(\.edit))")
                    }
                }
            }
        }
        #expect(count == 11 * 11 * 11 * 6)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `three replicas that type, delete, mark and move agree in every delivery, once, twice and in batches`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var replicas = (1...3 as ClosedRange<UInt8>).map { TestReplica($0) }
        var updates: [[UInt8]] = []
        for _ in 0..<40 {
            let index = random.below(3)
            if random.chance(30) {
                try replicas[index].receive(from: replicas[random.below(3)])
                continue
            }
            let before = replicas[index].document.version
            try replicas[index].editRandomly(&random)
            if replicas[index].document.version != before { updates.append(replicas[index].document.encode(since: before)) }
        }
        var whole = Document()
        for replica in replicas { try whole.apply(ChangeSet(decoding: replica.document.encode(since: whole.version))) }
        whole.checkInvariants()
        for _ in 0..<4 {
            var document = Document()
            try deliver(updates.shuffled(using: &random) + updates.prefix(random.below(4)), to: &document)
            document.checkInvariants()
            #expect(show(document) == show(whole))
            let isSameToTheByte = document.encodeBody() == whole.encodeBody()
            #expect(isSameToTheByte)
        }
    }

    // MARK: Refusals, and taking back

    @Test func `a mark past the end is refused, and an empty one is none`() throws {
        var replica = try start("ab")
        #expect(throws: EditError.outOfRange(position: 3, count: 2)) { try replica.edit { try $0.mark(1..<3, "m", in: text(&$0)) } }
        #expect(throws: EditError.tooLarge(what: "mark's name", limit: 1_024)) {
            try replica.edit { try $0.mark(0..<1, String(repeating: "m", count: 1_025), in: text(&$0)) }
        }
        let version = replica.document.version
        try replica.edit { try $0.mark(1..<1, "m", in: text(&$0)) }
        #expect(replica.document.version == version)
    }

    /// Takes back the last that a replica did, or does again what it took back.
    private func undo(_ replica: inout TestReplica) throws { try flip(&replica, Document.undoable(steps(replica)), true) }
    private func redo(_ replica: inout TestReplica) throws { try flip(&replica, Document.redoable(steps(replica)), false) }
    private func steps(_ replica: TestReplica) -> [UndoStep] { replica.document.undoSteps(UndoScope()) { $0 == replica.actor } }
    private func flip(_ replica: inout TestReplica, _ step: UndoStep?, _ isUndone: Bool) throws {
        let step = try #require(step)
        try replica.edit { document in try document.flip(step, isUndone: isUndone) }
    }

    @Test func `a mark taken back shows what it covered up, and done again covers it up again`() throws {
        var replica = try start("abcdefgh")
        try replica.edit { try $0.mark(0..<4, "m", .int(1), in: text(&$0)) }
        let before = show(replica.document)
        try replica.edit { try $0.mark(2..<6, "m", .int(2), in: text(&$0)) }
        let after = show(replica.document)
        #expect(before == "[abcd|m=1]efgh" && after == "[ab|m=1][cdef|m=2]gh")
        try undo(&replica)
        #expect(show(replica.document) == before)
        try redo(&replica)
        #expect(show(replica.document) == after)
        // What somebody else marked meanwhile stays.
        var other = self.replica(2, of: replica)
        try other.edit { try $0.mark(5..<8, "m", .int(3), in: text(&$0)) }
        try replica.exchange(with: &other)
        try undo(&replica)
        #expect(show(replica.document) == "[abcd|m=1]e[fgh|m=3]")
        try redo(&replica)
        #expect(show(replica.document) == "[ab|m=1][cde|m=2][fgh|m=3]")
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `a deletion taken back brings text back where it stood, with its marks`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var replica = TestReplica(1)
        for _ in 0..<12 {
            try replica.edit { document in
                let text = self.text(&document)
                let count = document.count(text)
                if count > 0, random.chance(30) {
                    let from = random.below(count)
                    try document.mark(from..<from + 1 + random.below(count - from), ["bold", "link"][random.below(2)],
                                      [.bool(true), .int(7), .null][random.below(3)], expand: Document.Expand.allCases[random.below(4)], in: text)
                } else { try document.insert(["abc", "é", "x🧦"][random.below(3)], at: random.below(count + 1), in: text) }
            }
        }
        let text = try #require(replica.document.existingContainer(.text, "text"))
        let before = show(replica.document)
        let count = replica.document.count(text)
        let at = random.below(count)
        try replica.edit { try $0.delete(at: at, count: 1 + random.below(count - at), in: text) }
        let after = show(replica.document)
        for _ in 0..<2 {
            try undo(&replica)
            replica.document.checkInvariants()
            #expect(show(replica.document) == before)
            try redo(&replica)
            #expect(show(replica.document) == after)
        }
    }
}
