// Moving elements of a list: an element is in one place, the last one it was moved to, whoever moved it, in whatever
// order that arrives; and what was deleted stays deleted. Protocol/merge.md section 3.1.
import Bytes
import CRDT
import Support
import Testing

@Suite struct MoveTests {
    /// One edit of a list by position.
    enum Edit: CustomStringConvertible {
        case move(Int, Int), delete(Int), insert(Int)
        var description: String {
            switch self {
            case .move(let from, let to): "move \(from) to \(to)"
            case .delete(let at): "delete \(at)"
            case .insert(let at): "insert at \(at)"
            }
        }
    }

    private func list(_ document: Document) -> [String] {
        guard let list = document.existingContainer(.list, "list") else { return [] }
        return document.list(list).map { if case .string(let text) = $0 { text } else { "\($0)" } }
    }

    private func start(_ elements: String...) throws -> TestReplica {
        var replica = TestReplica(9)
        try replica.edit { document in
            let list = document.container(.list, "list")
            for (index, element) in elements.enumerated() { try document.insert(.string(element), at: index, in: list) }
        }
        return replica
    }

    private func replica(_ number: UInt8, of start: TestReplica) -> TestReplica {
        var replica = TestReplica(number)
        replica.document = start.document
        return replica
    }

    private func apply(_ edit: Edit, named name: String, to replica: inout TestReplica) throws {
        try replica.edit { document in
            let list = document.container(.list, "list")
            switch edit {
            case .move(let from, let to): try document.move(at: from, to: to, in: list)
            case .delete(let at): try document.delete(at: at, count: 1, in: list)
            case .insert(let at): try document.insert(.string(name), at: at, in: list)
            }
        }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `edits by one replica do what they do to an array, and come back from the disk`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (replica, model, next) = (TestReplica(1), [String](), 0)
        for _ in 0..<40 {
            // Several in one change, so that what was moved is moved again in it.
            try replica.edit { document in
                let list = document.container(.list, "list")
                for _ in 0...random.below(3) {
                    let count = model.count
                    switch random.below(5) {
                    case 0 where count > 0:
                        let at = random.below(count)
                        let length = 1 + random.below(min(3, count - at))
                        try document.delete(at: at, count: length, in: list)
                        model.removeSubrange(at..<at + length)
                    case 1...2 where count > 0:
                        let (from, to) = (random.below(count), random.below(count))
                        try document.move(at: from, to: to, in: list)
                        model.insert(model.remove(at: from), at: to)
                    default:
                        let at = random.below(count + 1)
                        try document.insert(.string("\(next)"), at: at, in: list)
                        model.insert("\(next)", at: at)
                        next += 1
                    }
                }
            }
        }
        replica.document.checkInvariants()
        #expect(list(replica.document) == model)
        var loaded = Document()
        try loaded.apply(ChangeSet(decoding: replica.document.encode()))
        loaded.checkInvariants()
        #expect(list(loaded) == model)
        #expect(loaded.encodeBody() == replica.document.encodeBody())
    }

    @Test func `of concurrent moves of an element the last by lamport and then by actor stands`() throws {
        let start = try start("milk", "eggs", "bread", "joe")
        for isSwapped in [false, true] {
            var (one, other) = (replica(isSwapped ? 2 : 1, of: start), replica(isSwapped ? 1 : 2, of: start))
            try apply(.move(3, 0), named: "", to: &one)
            try apply(.move(3, 1), named: "", to: &other)
            try one.exchange(with: &other)
            let isOneLast = other.actor < one.actor
            #expect(list(one.document) == (isOneLast ? ["joe", "milk", "eggs", "bread"] : ["milk", "joe", "eggs", "bread"]))
            #expect(list(other.document) == list(one.document))
            // A second move of it, made with a larger lamport number, is last whatever the actors are.
            let lesser = isOneLast ? 1 : 0
            var replicas = [replica(isSwapped ? 2 : 1, of: start), replica(isSwapped ? 1 : 2, of: start)]
            try apply(.move(3, 2), named: "", to: &replicas[lesser])
            try apply(.move(2, 1), named: "", to: &replicas[lesser])
            try apply(.move(3, 0), named: "", to: &replicas[1 - lesser])
            try replicas[0].receive(from: replicas[1])
            #expect(list(replicas[0].document) == ["milk", "joe", "eggs", "bread"])
        }
    }

    @Test func `what was deleted stays deleted, whether it was moved before, after or meanwhile`() throws {
        let start = try start("a", "b", "c")
        var (mover, deleter) = (replica(1, of: start), replica(2, of: start))
        try apply(.move(2, 0), named: "", to: &mover)
        try apply(.delete(2), named: "", to: &deleter)
        try mover.exchange(with: &deleter)
        #expect(list(mover.document) == ["a", "b"] && list(deleter.document) == ["a", "b"])
        // A third device that knows neither moves it again, later in every order.
        var third = replica(3, of: start)
        for _ in 0..<5 { try apply(.move(2, 0), named: "", to: &third) }
        try third.exchange(with: &mover)
        try deleter.receive(from: third)
        for replica in [mover, deleter, third] {
            replica.document.checkInvariants()
            #expect(list(replica.document).sorted() == ["a", "b"] && list(replica.document) == list(third.document))
        }
    }

    @Test func `a cursor goes with the element that was moved`() throws {
        var replica = try start("a", "b", "c")
        let list = try #require(replica.document.existingContainer(.list, "list"))
        let cursor = try replica.document.cursor(at: 0, in: list)
        try apply(.move(0, 2), named: "", to: &replica)
        #expect(replica.document.position(of: cursor, in: list) == 2)
        let again = try replica.document.cursor(at: 2, in: list)
        #expect(again == cursor)
    }

    @Test func `a move past the end is refused, and one to where it stands is none`() throws {
        var replica = try start("a", "b")
        #expect(throws: EditError.outOfRange(position: 2, count: 2)) { try apply(.move(0, 2), named: "", to: &replica) }
        #expect(throws: EditError.outOfRange(position: -1, count: 2)) { try apply(.move(-1, 0), named: "", to: &replica) }
        let before = replica.document.version
        try apply(.move(1, 1), named: "", to: &replica)
        #expect(replica.document.version == before)
    }

    @Test func `every three edits of a list made apart come to one list, in every order of delivery`() throws {
        let start = try start("a", "b", "c")
        let edits: [Edit] = [.move(0, 1), .move(0, 2), .move(1, 0), .move(1, 2), .move(2, 0), .move(2, 1), .delete(0), .delete(1), .delete(2), .insert(0), .insert(2)]
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        // The changes of one replica are the same whatever the others do.
        var updates: [[(edit: Edit, bytes: [UInt8])]] = []
        for number in 1...3 as ClosedRange<UInt8> {
            updates.append(try edits.map { edit in
                var author = replica(number, of: start)
                try apply(edit, named: "new \(number)", to: &author)
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
                        let (shown, body) = (list(document), document.encodeBody())
                        if let first {
                            #expect(first.shown == shown && first.body == body, "\(made.map(\.edit)) in the order \(order)")
                        } else {
                            first = (shown, body)
                            document.checkInvariants()
                            var expected = ["a", "b", "c"]
                            for (index, item) in made.enumerated() {
                                if case .delete(let at) = item.edit { expected.removeAll { $0 == ["a", "b", "c"][at] } }
                                if case .insert = item.edit { expected.append("new \(index + 1)") }
                            }
                            #expect(shown.sorted() == expected.sorted(), "\(made.map(\.edit))")
                        }
                        count += 1
                    }
                }
            }
        }
        #expect(count == 11 * 11 * 11 * 6)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `three replicas that move, insert and delete agree in every delivery, once, twice and in batches`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let start = try start("a", "b", "c", "d", "e")
        var replicas = (1...3 as ClosedRange<UInt8>).map { replica($0, of: start) }
        var updates = [start.document.encode()]
        var made: Set<String> = ["a", "b", "c", "d", "e"]
        for step in 0..<30 {
            let index = random.below(3)
            if random.chance(30) {
                try replicas[index].receive(from: replicas[random.below(3)])
                continue
            }
            let before = replicas[index].document.version
            for part in 0...random.below(2) {
                let count = list(replicas[index].document).count
                let edit: Edit = switch random.below(6) {
                case 0 where count > 0: .delete(random.below(count))
                case 1: .insert(random.below(count + 1))
                default: count > 1 ? .move(random.below(count), random.below(count)) : .insert(0)
                }
                try apply(edit, named: "\(step).\(part)", to: &replicas[index])
                made.insert("\(step).\(part)")
            }
            if replicas[index].document.version != before { updates.append(replicas[index].document.encode(since: before)) }
        }
        var whole = Document()
        for replica in replicas { try whole.apply(ChangeSet(decoding: replica.document.encode(since: whole.version))) }
        whole.checkInvariants()
        let shown = list(whole)
        #expect(Set(shown).count == shown.count && Set(shown).isSubset(of: made))
        for _ in 0..<4 {
            var document = Document()
            try deliver(updates.shuffled(using: &random) + updates.prefix(random.below(4)), to: &document)
            document.checkInvariants()
            #expect(list(document) == shown)
            let isSameToTheByte = document.encodeBody() == whole.encodeBody()
            #expect(isSameToTheByte)
        }
    }
}

/// Applies updates in the order in which they come; what lacks something waits, and is tried again.
func deliver(_ updates: [[UInt8]], to document: inout Document) throws {
    var waiting = updates
    while !waiting.isEmpty {
        var rest: [[UInt8]] = []
        for update in waiting {
            do { try document.take(update) } catch ApplyError.missing { rest.append(update) }
        }
        guard rest.count < waiting.count else { throw ApplyError.invalid(actor: actor(0), counter: 0, rule: "updates that nothing completes") }
        waiting = rest
    }
}
