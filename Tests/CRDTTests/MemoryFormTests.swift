// How a document keeps its registers, values and rows in memory is nobody's business: it behaves as if it were plain tables.
import Bytes
import CRDT
import Support
import Testing

@Suite struct MemoryFormTests {
    private func opened(_ document: Document) throws -> Document {
        var other = Document()
        try other.apply(ChangeSet(decoding: document.encode()))
        return other
    }

    private func exchange(_ replicas: inout [TestReplica], _ one: Int, _ other: Int) throws {
        var second = replicas[other]
        try replicas[one].exchange(with: &second)
        replicas[other] = second
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `a map is a table of what was set and not removed, few keys or many`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var replica = TestReplica(1)
        let map = replica.document.container(.map, "map")
        var expected: [String: Value] = [:]
        let keys = [3, 8, 9, 40, 1_000][Int(seed % 5)]
        for number in 0..<2_000 {
            let key = "k\(random.below(keys))"
            replica.edit { document in
                if random.chance(30) {
                    document.remove(key, in: map)
                    expected[key] = nil
                } else {
                    document.set(key, to: .int(Int64(number)), in: map)
                    expected[key] = .int(Int64(number))
                }
            }
        }
        for document in [replica.document, try opened(replica.document)] {
            guard let map = document.existingContainer(.map, "map") else { continue }
            #expect(document.keys(in: map) == expected.keys.sorted())
            for number in 0..<keys { #expect(document.value("k\(number)", in: map) == expected["k\(number)"]) }
        }
    }

    @Test func `of three values set apart, a writer who saw two leaves the third`() throws {
        var replicas = (1...3).map { TestReplica(UInt8($0)) }
        for index in replicas.indices { replicas[index].edit { $0.set("key", to: .int(Int64(index + 1))) } }
        try replicas[0].receive(from: replicas[1])
        #expect(replicas[0].document.values("key") == [.int(1), .int(2)] || replicas[0].document.values("key") == [.int(2), .int(1)])
        replicas[0].edit { $0.set("key", to: .int(9)) }
        try replicas[2].receive(from: replicas[0])
        #expect(Set(replicas[2].document.values("key")) == [.int(3), .int(9)])
        // One who removes all that it sees: nothing is left, and the key can come back.
        replicas[2].edit { $0.remove("key") }
        try exchange(&replicas, 0, 2)
        #expect(replicas.map { $0.document.value("key") } == [nil, .int(2), nil])
        try exchange(&replicas, 1, 0)
        #expect(replicas[1].document.values("key").isEmpty)
        replicas[1].edit { $0.set("key", to: .null) }
        #expect(replicas[1].document.values("key") == [.null])
    }

    @Test func `two spellings of a letter are two keys, whichever came first`() throws {
        var replicas = [TestReplica(1), TestReplica(2)]
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        replicas[0].edit { $0.set(composed, to: .int(1)) }
        replicas[1].edit { $0.set(decomposed, to: .int(2)) }
        try exchange(&replicas, 0, 1)
        for replica in replicas {
            #expect(replica.document.value(composed) == .int(1))
            #expect(replica.document.value(decomposed) == .int(2))
        }
        #expect(replicas[0].document.encodeBody() == replicas[1].document.encodeBody())
        #expect(replicas[0].document.keys().map { Array($0.utf8) } == replicas[1].document.keys().map { Array($0.utf8) })
    }

    @Test func `values come back as they were set, those that can't be sent as well`() {
        var deep = Value.int(1)
        for _ in 0..<20 { deep = .list([deep]) }
        let values: [Value] = [.null, .bool(false), .bool(true), .int(.min), .int(.max), .string(""), .string("zażółć 🧵"), .bytes([0, 255]), .list([]),
                               .fields([]), .map([("b", .list([.null])), ("a", .fields([.init("x", .int(-1))]))]), deep, .fields([.init("b", .null), .init("a", .null)])]
        var replica = TestReplica(1)
        for (index, value) in values.enumerated() { replica.edit { $0.set("\(index)", to: value) } }
        for (index, value) in values.enumerated() { #expect(replica.document.value("\(index)") == value) }
    }

    @Test func `rows are what was done, in however many containers`() throws {
        var replica = TestReplica(1)
        // More containers than two bytes can number, each with a row of its own before the last one's are looked at.
        let count = 66_000
        try replica.edit { document in
            for number in 0..<count { try document.edit(.more(1), in: document.container(.quantity, "q\(number)")) }
        }
        let text = replica.document.container(.text, "text")
        try replica.edit { try $0.insert("añb", at: 0, in: text) }
        try replica.edit { try $0.delete(at: 1, count: 2, in: text) }
        let last = replica.document.container(.quantity, "q\(count - 1)")
        try replica.edit { try $0.edit(.set(7), in: last) }
        try replica.edit { try $0.edit(.less(2), in: last) }
        let other = try opened(replica.document)
        for document in [replica.document, other] {
            #expect(document.existingContainer(.text, "text").map(document.text) == "a")
            #expect(document.existingContainer(.quantity, "q\(count - 1)").map(document.quantity) == 5)
            #expect(document.existingContainer(.quantity, "q\(count - 2)").map(document.quantity) == 1)
        }
        #expect(other.encodeBody() == replica.document.encodeBody())
    }

    @Test func `rows are read from the middle of every block`() throws {
        var replica = TestReplica(1)
        // A row each, in more blocks than one, read from the middle of each.
        var growing = TestReplica(2)
        for number in 0..<1_500 {
            if number % 250 == 0 { try growing.receive(from: replica) }
            replica.edit { $0.set("k\(number % 7)", to: .int(Int64(number))) }
        }
        try growing.receive(from: replica)
        #expect(growing.document.encodeBody() == replica.document.encodeBody())
    }
}
