// Many who put something in at one place while apart: the order is that of Protocol/merge.md section 3, worked out here
// element by element as it stands there, whatever short cuts the sequence takes and in whatever order the changes come.
@testable import CRDT
import Bytes
import Support
import Testing

@Suite struct SiblingTests {
    private struct Name: Hashable {
        var actor: ActorID
        var counter: UInt32
    }

    private struct Element {
        var name: Name
        var left: Name?
        var right: Name?
        var letter: Character
        var isDeleted = false
    }

    /// The text of one replica as a row of elements.
    private struct Plain {
        var elements: [Element] = []

        var text: String { String(elements.filter { !$0.isDeleted }.map(\.letter)) }

        func index(of name: Name) -> Int { elements.firstIndex { $0.name == name } ?? elements.count }

        /// The rule as the protocol says it.
        mutating func integrate(_ element: Element) {
            var places: [Name: Int] = [:]
            for (place, element) in elements.enumerated() { places[element.name] = place }
            let count = elements.count
            func left(_ element: Element) -> Int { element.left.flatMap { places[$0] } ?? -1 }
            func right(_ element: Element) -> Int { element.right.flatMap { places[$0] } ?? count }
            let (start, end) = (left(element), right(element))
            var (at, place, isHeld) = (start + 1, start + 1, false)
            while at < end {
                let other = elements[at]
                if !isHeld { place = at }
                if left(other) < start { break }
                if left(other) == start {
                    if right(other) == end, element.name.actor < other.name.actor { break }
                    isHeld = right(other) < end
                }
                at += 1
            }
            elements.insert(element, at: at == end && !isHeld ? end : place)
        }
    }

    /// One who edits, as the document does it and plainly.
    private struct Author {
        let actor: ActorID
        var document = Document()
        var plain = Plain()
        var known: Set<Int> = []

        init(_ number: UInt8) { actor = CRDTTests.actor(number) }
    }

    private enum Step {
        case insert(Element)
        case delete(Name)
    }

    /// What all did: in bytes, and plainly.
    private struct Change {
        var bytes: [UInt8]
        var steps: [Step]
    }

    private func take(_ index: Int, _ changes: [Change], _ author: inout Author) throws {
        guard author.known.insert(index).inserted else { return }
        try author.document.take(changes[index].bytes)
        for step in changes[index].steps {
            switch step {
            case .insert(let element): author.plain.integrate(element)
            case .delete(let name): author.plain.elements[author.plain.index(of: name)].isDeleted = true
            }
        }
    }

    /// Inserts letters before the visible one at a position, or deletes it.
    private func edit(_ author: inout Author, at position: Int, _ letters: String, _ changes: inout [Change]) throws {
        let from = author.document.operationCount(of: author.actor)
        let visible = author.plain.elements.indices.filter { !author.plain.elements[$0].isDeleted }
        let actor = author.actor
        var steps: [Step] = []
        try author.document.change(by: actor, at: 0) { (document) throws(EditError) in
            let text = document.container(.text, "text")
            if letters.isEmpty { try document.delete(at: position, count: 1, in: text) } else { try document.insert(letters, at: position, in: text) }
        }
        if letters.isEmpty {
            author.plain.elements[visible[position]].isDeleted = true
            steps.append(.delete(author.plain.elements[visible[position]].name))
        } else {
            var left = position == 0 ? nil : author.plain.elements[visible[position - 1]].name
            let next = left.map { author.plain.index(of: $0) + 1 } ?? 0
            let right = next < author.plain.elements.count ? author.plain.elements[next].name : nil
            for (offset, letter) in letters.enumerated() {
                let element = Element(name: Name(actor: actor, counter: from + UInt32(offset)), left: left, right: right, letter: letter)
                author.plain.elements.insert(element, at: next + offset)
                steps.append(.insert(element))
                left = element.name
            }
        }
        author.known.insert(changes.count)
        changes.append(Change(bytes: author.document.encode(of: actor, from: from), steps: steps))
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func `many at one place stand as the protocol says, whatever came first`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var authors = (0..<32).map { Author(UInt8($0 + 1)) }
        var changes: [Change] = []
        var counts: [Int] = []
        try edit(&authors[0], at: 0, "ab", &changes)
        for round in 0..<3 {
            counts.append(changes.count)
            for index in authors.indices {
                // All of the rounds before, or only some: what others build on then is here as well.
                let all = round < 2 || Bool.random(using: &random)
                for change in 0..<counts[all ? round : round - 1] { try take(change, changes, &authors[index]) }
                let middle = authors[index].plain.text.firstIndex(of: "b").map { authors[index].plain.text.distance(from: authors[index].plain.text.startIndex, to: $0) } ?? 0
                switch Int.random(in: 0..<6, using: &random) {
                case 0: try edit(&authors[index], at: 1, "x", &changes)
                case 1: try edit(&authors[index], at: 1, "xyz", &changes)
                case 2:
                    // Typed on, and then before that.
                    try edit(&authors[index], at: 1, "p", &changes)
                    try edit(&authors[index], at: 2, "q", &changes)
                    try edit(&authors[index], at: 1, "o", &changes)
                case 3: try edit(&authors[index], at: middle, "m", &changes)
                case 4:
                    try edit(&authors[index], at: 1, "d", &changes)
                    try edit(&authors[index], at: 1, "", &changes)
                default: try edit(&authors[index], at: Int.random(in: 0...authors[index].plain.text.count, using: &random), "r", &changes)
                }
            }
        }
        var hasNotes = false
        var texts: Set<String> = []
        for order in 0..<4 {
            var reader = Author(UInt8(200 + order))
            // Each author's own changes in their order, and rounds by rounds where they build on each other.
            for (from, to) in zip([0] + counts, counts + [changes.count]) {
                for change in shuffledByAuthor(Array(from..<to), changes, &random) {
                    try take(change, changes, &reader)
                    #expect(reader.document.existingContainer(.text, "text").map(reader.document.text) == reader.plain.text)
                }
            }
            reader.document.checkInvariants()
            hasNotes = hasNotes || reader.document.sequences.contains { !$0.siblings.isEmpty }
            texts.insert(reader.plain.text)
        }
        #expect(texts.count == 1)
        #expect(hasNotes)
    }

    /// Any order in which each author's changes follow each other.
    private func shuffledByAuthor(_ indices: [Int], _ changes: [Change], _ random: inout SeededGenerator) -> [Int] {
        func actor(_ index: Int) -> ActorID? {
            if case .insert(let element)? = changes[index].steps.first { return element.name.actor }
            return nil
        }
        var queues: [[Int]] = []
        for index in indices {
            // A deletion follows its author's insertion of the moment before.
            if let own = actor(index), let queue = queues.firstIndex(where: { actor($0[0]) == own }) {
                queues[queue].append(index)
            } else if actor(index) == nil, let queue = queues.firstIndex(where: { $0.contains(index - 1) }) {
                queues[queue].append(index)
            } else {
                queues.append([index])
            }
        }
        var order: [Int] = []
        while !queues.isEmpty {
            let queue = Int.random(in: queues.indices, using: &random)
            order.append(queues[queue].removeFirst())
            if queues[queue].isEmpty { queues.remove(at: queue) }
        }
        return order
    }

    @Test func `one who lies about what stood side by side makes what was noted forgotten`() throws {
        var all = Document()
        var first = TestReplica(1)
        try first.edit { try $0.insert("ab", at: 0, in: $0.container(.text, "text")) }
        try all.take(first.document.encode())
        var siblings: [TestReplica] = []
        for number in 2..<42 as Range<UInt8> {
            var other = TestReplica(number)
            try other.receive(from: first)
            try other.edit { try $0.insert("x", at: 1, in: $0.container(.text, "text")) }
            try all.take(other.document.encode(of: other.actor, from: 0))
            siblings.append(other)
        }
        func noted() -> Set<SequenceTree.Origins> { Set(all.sequences.flatMap { $0.siblings.notes.keys }) }
        let before = noted()
        #expect(!before.isEmpty)
        // From the beginning of the text to right before the last "x": its author had seen "a".
        let last = try #require(siblings.max { $0.actor < $1.actor })
        var writer = ByteWriter()
        writer.raw([2, 0])
        writer.raw(actor(99).bytes)
        writer.raw([0, 0, 1])
        foreign(OperationID(actor: last.actor, counter: 0), &writer)
        writer.byte(1 << 3 | 1)
        writer.string("text")
        writer.byte(0)
        foreign(OperationID(actor: last.actor, counter: 0), &writer)
        writer.raw(Array("!".utf8))
        try all.take(writer.bytes)
        #expect(noted().isDisjoint(with: before))
        all.checkInvariants()
    }

    private func foreign(_ operation: OperationID, _ writer: inout ByteWriter) {
        writer.varint(2 * UInt64(operation.counter) + 2)
        writer.raw(operation.actor.bytes)
    }
}
