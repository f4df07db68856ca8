// Changes that no honest program makes: what they name must be there and in its order, they can't claim a place in the
// order of writers, and they cost no more than their bytes.
import Bytes
import CRDT
import Support
import Testing

@Suite struct ValidityTests {
    private let ana = actor(1)
    private let bob = actor(2)

    /// A small change (Protocol/encoding.md section 6).
    private func small(_ flags: UInt8, by actor: ActorID, from: UInt32, after dependencies: [OperationID]? = nil, _ rest: (inout ByteWriter) -> Void) -> [UInt8] {
        var writer = ByteWriter()
        writer.raw([2, flags])
        writer.raw(actor.bytes)
        writer.varint(UInt64(from))
        if let dependencies {
            writer.raw([0, UInt8(dependencies.count)])
            for dependency in dependencies { foreign(dependency, &writer) }
        }
        rest(&writer)
        return writer.bytes
    }

    private func foreign(_ operation: OperationID, _ writer: inout ByteWriter) {
        writer.varint(2 * UInt64(operation.counter) + 2)
        writer.raw(operation.actor.bytes)
    }

    private func document(_ text: String) throws -> Document {
        var replica = TestReplica(1)
        try replica.edit { try $0.insert(text, at: 0, in: $0.container(.text, "text")) }
        return replica.document
    }

    @Test func `a change that names only others still comes after its actor's last one`() throws {
        var (first, other, third) = (TestReplica(1), TestReplica(2), TestReplica(3))
        first.edit { $0.set("start", to: .bool(true)) }
        for number in 0..<5 { other.edit { $0.set("count", to: .int(Int64(number))) } }
        // Says that its author, who had made five changes, had seen one of another and nothing else.
        let late = small(2, by: bob, from: 5, after: [OperationID(actor: ana, counter: 0)]) {
            $0.byte(0)
            $0.string("key")
            $0.value(.string("bob's"))
        }
        // Concurrent, and the third change in its line: without its own five, bob's would be the second.
        try third.receive(from: first)
        third.edit { $0.set("other", to: .bool(true)) }
        third.edit { $0.set("key", to: .string("eve's")) }
        let parts = [first.document.encode(), other.document.encode(), third.document.encode(of: third.actor, from: 0)]
        for order in [[0, 1, 2], [2, 0, 1], [1, 0, 2]] {
            var document = Document()
            try deliver(order.map { parts[$0] } + [late], to: &document)
            document.checkInvariants()
            #expect(document.values("key") == [.string("eve's"), .string("bob's")])
            #expect(document.value("key") == .string("bob's"))
        }
        var early = Document()
        try deliver([late] + parts, to: &early)
        #expect(early.value("key") == .string("bob's"))
    }

    @Test func `an element that says it stands behind its right origin is refused`() throws {
        let before = try document("ab")
        func insert(from: UInt32, after: [OperationID]?, _ left: UInt32, _ right: UInt32) -> [UInt8] {
            small(after == nil ? 8 : 0, by: bob, from: from, after: after) {
                $0.byte(1 << 3 | 1)
                $0.string("text")
                foreign(OperationID(actor: ana, counter: left), &$0)
                foreign(OperationID(actor: ana, counter: right), &$0)
                $0.raw(Array("x".utf8))
            }
        }
        let seen = [OperationID(actor: ana, counter: 1)]
        var document = before
        for (left, right) in [(1, 0), (0, 0), (1, 1)] as [(UInt32, UInt32)] {
            #expect(throws: ApplyError.invalid(actor: bob, counter: 0, rule: "an element stands behind its left origin and before its right one")) {
                try document.take(insert(from: 0, after: seen, left, right))
            }
        }
        #expect(document.encodeBody() == before.encodeBody())
        try document.take(insert(from: 0, after: seen, 0, 1))
        // The next one takes the short way.
        #expect(throws: ApplyError.invalid(actor: bob, counter: 1, rule: "an element stands behind its left origin and before its right one")) {
            try document.take(insert(from: 1, after: nil, 1, 0))
        }
        try document.take(insert(from: 1, after: nil, 0, 1))
        document.checkInvariants()
        #expect(document.existingContainer(.text, "text").map(document.text) == "axxb")
    }

    @Test func `what names an element that its author had not seen is refused, also by who has it`() throws {
        var known = TestReplica(1), eve = TestReplica(3)
        try known.edit { try $0.insert("ab", at: 0, in: $0.container(.text, "text")) }
        eve.edit { $0.set("key", to: .int(1)) }
        try known.receive(from: eve)
        let before = known.document.encodeBody()
        // Says that bob had seen eve's change and nothing of ana's, and stands beside what ana typed.
        let change = small(0, by: bob, from: 0, after: [OperationID(actor: eve.actor, counter: 0)]) {
            $0.byte(1 << 3 | 1)
            $0.string("text")
            foreign(OperationID(actor: ana, counter: 0), &$0)
            foreign(OperationID(actor: ana, counter: 1), &$0)
            $0.raw(Array("x".utf8))
        }
        #expect(throws: ApplyError.invalid(actor: bob, counter: 0, rule: "an operation names only what its author had seen")) { try known.document.take(change) }
        #expect(known.document.encodeBody() == before)
        // As one who had seen both it is taken.
        let heads = [OperationID(actor: ana, counter: 1), OperationID(actor: eve.actor, counter: 0)].sorted { $0.actor < $1.actor }
        try known.document.take(small(0, by: bob, from: 0, after: heads) {
            $0.byte(1 << 3 | 1)
            $0.string("text")
            foreign(OperationID(actor: ana, counter: 0), &$0)
            foreign(OperationID(actor: ana, counter: 1), &$0)
            $0.raw(Array("x".utf8))
        })
        #expect(known.document.existingContainer(.text, "text").map(known.document.text) == "axb")
    }

    @Test func `a map in the root without a name is no container`() throws {
        // A list in four maps without names, and a key of one: a batch would say them as the root.
        for (head, names) in [(4 << 3 | 2, 4), (2 << 3 | 2, 2), (1 << 3, 1)] as [(UInt8, Int)] {
            let bytes = small(head & 7 == 2 ? 0x20 : 2, by: bob, from: 0, after: []) {
                $0.raw([head] + Array(repeating: 0, count: names))
                if head & 7 == 2 { $0.byte(0) } else { $0.string("key") }
                $0.value(.null)
            }
            #expect(throws: DecodeError.self) { _ = try ChangeSet(decoding: bytes) }
        }
        // Elsewhere a name may be empty.
        var document = Document()
        try document.take(small(0x20, by: bob, from: 0, after: []) {
            $0.raw([2 << 3 | 2, 1, UInt8(ascii: "a"), 0, 0])
            $0.value(.null)
        })
        var loaded = Document()
        try loaded.take(document.encode())
        try loaded.apply(ChangeSet(body: document.encodeBody()))
        #expect(loaded.encodeBody() == document.encodeBody() && loaded.frontier == document.frontier)
    }

    /// The body of a batch by one actor: one change of one span.
    private func batch(actors: [ActorID], by actor: Int, after: (actor: Int, counter: Int64), rows: Int, length: UInt64, _ columns: [Int: [UInt8]]) -> [UInt8] {
        var body = ByteWriter()
        body.varint(actors.count)
        for actor in actors { body.raw(actor.bytes) }
        body.raw([1, 0, 1])
        body.string("text")
        body.raw([0, 1])
        for number in [actor, 0, 1, rows] { body.varint(number) }
        func same(_ value: UInt64) -> [UInt8] {
            var column = ColumnWriter()
            column.append(value, times: UInt64(rows))
            return written { column.finish(into: &$0) }
        }
        let whole = UInt64(rows) * length
        let known: [Int: [UInt8]] = [
            0: written { $0.varint(whole) }, 1: [0], 2: [2], 3: written { $0.varint(after.actor) }, 4: written { $0.signed(after.counter) },
            5: written { $0.varint(whole) }, 6: [1], 7: same(1), 8: same(0), 9: written { for _ in 0..<rows { $0.varint(length) } },
        ]
        for number in 0..<17 { body.blob(columns[number] ?? known[number] ?? []) }
        body.raw([0, 0])
        return body.bytes
    }

    private func written(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
        var writer = ByteWriter()
        write(&writer)
        return writer.bytes
    }

    @Test func `deleting one long range again and again costs one look at it`() throws {
        var writer = TestReplica(1)
        let length = 3_000
        // Typed in front each time: each element is a row, and a run, of its own.
        try writer.edit { for _ in 0..<length { try $0.insert("a", at: 0, in: $0.container(.text, "text")) } }
        let actors = [ana, bob].sorted()
        let (author, target) = (actors.firstIndex(of: bob) ?? 0, actors.firstIndex(of: ana) ?? 0)
        let rows = 20_000
        let body = batch(actors: actors, by: author, after: (target, Int64(length - 1)), rows: rows, length: UInt64(length), [
            14: written { for _ in 0..<rows { $0.varint(target) } },
            15: written { for row in 0..<rows { $0.signed(row == 0 ? 0 : Int64(1 - length)) } },
        ])
        let set = try ChangeSet(body: body)
        var count = 0
        let time = try ContinuousClock().measure { count = try writer.document.apply(set) }
        #expect(count == rows * length && time < .seconds(3))
        #expect(writer.document.existingContainer(.text, "text").map(writer.document.text) == "")
    }

    /// A set that names actors, who did nothing.
    private func idle(_ numbers: Range<Int>) -> [UInt8] {
        let count = numbers.count
        var body = ByteWriter()
        body.varint(count)
        for number in numbers { body.raw((0..<16).map { UInt8(truncatingIfNeeded: $0 < 8 ? 0 : number >> (8 * (15 - $0))) }) }
        body.raw([0, 0])
        body.varint(count)
        for number in 0..<count {
            body.varint(number)
            body.raw([0, 0, 0])
        }
        var nothing = ColumnWriter()
        let empty = written { nothing.finish(into: &$0) }
        for column in 0..<17 { body.blob(column == 7 || column == 8 ? empty : []) }
        body.raw([0, 0])
        return body.bytes
    }

    @Test func `many actors who did nothing cost their names`() throws {
        let bytes = idle(0..<Limits.actorsMax)
        let time = try ContinuousClock().measure { _ = try ChangeSet(body: bytes) }
        #expect(time < .seconds(3))
    }

    @Test func `a document has as many actors as a set may name, however many sets they come in`() throws {
        var document = Document()
        try document.apply(ChangeSet(body: idle(0..<Limits.actorsMax / 2)))
        try document.apply(ChangeSet(body: idle(100..<Limits.actorsMax)))
        #expect { try document.apply(ChangeSet(body: idle(Limits.actorsMax - 1..<Limits.actorsMax + 1))) } throws: { error in
            if case ApplyError.invalid(_, 0, let rule) = error { rule.contains("actors") } else { false }
        }
        try document.apply(ChangeSet(body: idle(0..<1)))
    }
}
