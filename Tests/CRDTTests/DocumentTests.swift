// What one document promises: registers, flags, cursors, atomic changes, and bytes that are no changes.
import Bytes
import CRDT
import Support
import Testing

@Suite struct DocumentTests {
    @Test func `concurrent values of a key both stay to be seen, and a later one replaces both`() throws {
        var (ana, bo) = (TestReplica(1), TestReplica(2))
        ana.edit { $0.set("size", to: .string("41")) }
        bo.edit { $0.set("size", to: .string("42")) }
        try ana.exchange(with: &bo)
        #expect(ana.document.values("size").count == 2)
        #expect(ana.document.value("size") == bo.document.value("size"))
        ana.edit { $0.set("size", to: .string("43")) }
        try ana.exchange(with: &bo)
        #expect(bo.document.values("size") == [.string("43")])
    }

    @Test func `removing a key leaves a value that was set concurrently`() throws {
        var (ana, bo) = (TestReplica(1), TestReplica(2))
        ana.edit { $0.set("note", to: .int(1)) }
        try ana.exchange(with: &bo)
        ana.edit { $0.remove("note") }
        bo.edit { $0.set("note", to: .int(2)) }
        try ana.exchange(with: &bo)
        #expect(ana.document.value("note") == .int(2))
        #expect(bo.document.value("note") == .int(2))
    }

    @Test func `of a concurrent grant and withdrawal the withdrawal wins, and can be granted again`() throws {
        var (ana, bo) = (TestReplica(1), TestReplica(2))
        ana.edit { $0.setFlag(false, in: $0.container(.flag, "mail")) }
        bo.edit { $0.setFlag(true, in: $0.container(.flag, "mail")) }
        try ana.exchange(with: &bo)
        let flag = try #require(bo.document.existingContainer(.flag, "mail"))
        #expect(!bo.document.flag(flag))
        bo.edit { $0.setFlag(true, in: $0.container(.flag, "mail")) }
        #expect(bo.document.flag(flag))
    }

    @Test func `a cursor stays with its element under any edit`() throws {
        var ana = TestReplica(1)
        try ana.edit { try $0.insert("hello world", at: 0, in: $0.container(.text, "text")) }
        let text = try #require(ana.document.existingContainer(.text, "text"))
        let cursor = try ana.document.cursor(at: 6, in: text)
        try ana.edit { try $0.insert("oh, ", at: 0, in: text) }
        #expect(ana.document.position(of: cursor, in: text) == 10)
        try ana.edit { try $0.delete(at: 8, count: 4, in: text) }
        #expect(ana.document.position(of: cursor, in: text) == 8)
    }

    @Test func `runs typed at one place by two people do not interleave`() throws {
        var (ana, bo) = (TestReplica(1), TestReplica(2))
        for letter in ["a", "b", "c"] {
            try ana.edit { document in
                let text = document.container(.text, "text")
                try document.insert(letter, at: document.count(text), in: text)
            }
            // Backwards: each before the one typed last.
            try bo.edit { try $0.insert(letter.uppercased(), at: 0, in: $0.container(.text, "text")) }
        }
        try ana.exchange(with: &bo)
        let text = try #require(ana.document.existingContainer(.text, "text"))
        #expect(["abcCBA", "CBAabc"].contains(ana.document.text(text)))
        #expect(ana.document.text(text) == bo.document.text(text))
    }

    @Test func `positions in UTF-16 and in scalars agree on text beyond ASCII`() throws {
        var ana = TestReplica(1)
        let string = "aé🧦b👩‍👟c"
        try ana.edit { try $0.insert(string, at: 0, in: $0.container(.text, "text")) }
        let text = try #require(ana.document.existingContainer(.text, "text"))
        #expect(ana.document.count(text) == string.unicodeScalars.count)
        #expect(ana.document.utf16Count(text) == string.utf16.count)
        var units = 0
        for (position, scalar) in string.unicodeScalars.enumerated() {
            #expect(ana.document.utf16Offset(of: position, in: text) == units)
            units += String(scalar).utf16.count
        }
    }

    @Test func `an edit past the end is refused and nothing changes`() {
        var ana = TestReplica(1)
        #expect(throws: EditError.outOfRange(position: 3, count: 0)) {
            try ana.edit { try $0.insert("x", at: 3, in: $0.container(.text, "text")) }
        }
        #expect(ana.document.changeCount == 0)
    }

    @Test func `changes that build on missing ones name what is missing`() throws {
        var (ana, bo) = (TestReplica(1), TestReplica(2))
        ana.edit { $0.set("a", to: .int(1)) }
        try bo.receive(from: ana)
        let version = bo.document.version
        bo.edit { $0.set("b", to: .int(2)) }
        var cleo = TestReplica(3)
        let bytes = bo.document.encode(since: version)
        #expect(throws: ApplyError.missing(actor: ana.actor, from: 0)) { try cleo.document.apply(ChangeSet(decoding: bytes)) }
        #expect(cleo.document.changeCount == 0)
    }

    @Test(arguments: 0..<500 as Range<UInt64>)
    func `no bytes stop the decoder or break a document`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var author = TestReplica(1)
        var other = TestReplica(2)
        for _ in 0..<12 { try author.editRandomly(&random) }
        for _ in 0..<4 { try other.editRandomly(&random) }
        try author.receive(from: other)
        let own = other.document.encodeBody().count
        var body = author.document.encodeBody()
        for _ in 0..<(1 + random.below(4)) {
            switch random.below(3) {
            case 0: body[random.below(body.count)] = UInt8(truncatingIfNeeded: random.next())
            case 1: body.removeLast(random.below(body.count))
            default: body.insert(UInt8(truncatingIfNeeded: random.next()), at: random.below(body.count + 1))
            }
            if body.isEmpty { break }
        }
        // Decoded and applied, or refused with a typed error: either way the neighbour's document is whole.
        do {
            try other.document.apply(ChangeSet(body: body))
        } catch is ApplyError {
        } catch is DecodeError {}
        other.document.checkInvariants()
        #expect(other.document.encodeBody().count >= own)
        #expect(throws: (any Error).self) { try ChangeSet(decoding: [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 40)) }
    }
}
