// The small form of a change: it means what the batch means, whichever way it is taken in, and no bytes break it.
import Bytes
import CRDT
import Foundation
import Support
import Testing

@Suite struct SmallChangeTests {
    /// Edits of three replicas, each as the bytes that were handed out for it, in an order in which they can be taken in.
    private func updates(seed: UInt64) throws -> (updates: [[UInt8]], document: Document) {
        var random = SeededGenerator(seed: seed)
        var replicas = (0..<UInt8(3)).map { TestReplica($0) }
        var updates: [[UInt8]] = []
        var known = [0, 0, 0]
        for _ in 0..<60 {
            let index = random.below(3)
            // A replica takes in all, or some, of what was done before it goes on.
            let upTo = random.chance(70) ? updates.count : known[index] + random.below(updates.count - known[index] + 1)
            for update in updates[known[index]..<upTo] { try replicas[index].document.take(update) }
            known[index] = upTo
            let before = replicas[index].document.operationCount(of: replicas[index].actor)
            if random.chance(60) {
                try replicas[index].edit { document in
                    let text = document.container(.text, "text")
                    let count = document.count(text)
                    if count > 3, random.chance(30) { try document.delete(at: random.below(count - 2), count: 1 + random.below(2), in: text) }
                    else { try document.insert(["a", "bc", "é", "🧦"][random.below(4)], at: random.chance(60) ? count : random.below(count + 1), in: text) }
                }
            } else {
                try replicas[index].editRandomly(&random)
            }
            if replicas[index].document.operationCount(of: replicas[index].actor) > before {
                updates.append(replicas[index].document.encode(of: replicas[index].actor, from: before))
            }
        }
        for update in updates[known[0]...] { try replicas[0].document.take(update) }
        return (updates, replicas[0].document)
    }

    @Test(arguments: 0..<500 as Range<UInt64>)
    func `taken in one by one, as change sets, or twice, it is the same document`(seed: UInt64) throws {
        let (updates, document) = try updates(seed: seed)
        #expect(updates.contains { $0.first == 2 } && updates.contains { $0.first == 1 })
        var (quick, slow, twice) = (Document(), Document(), Document())
        for update in updates {
            try quick.take(update)
            try slow.apply(ChangeSet(decoding: update))
            for _ in 0..<2 { try twice.take(update) }
        }
        for other in [quick, slow, twice] {
            other.checkInvariants()
            let isSameToTheByte = other.encodeBody() == document.encodeBody()
            #expect(isSameToTheByte)
        }
    }

    @Test func `what begins with another container's names is not in that container`() throws {
        var (author, reader) = (TestReplica(1), Document())
        var random = SeededGenerator(seed: 1)
        for round in 0..<40 {
            let before = author.document.operationCount(of: author.actor)
            try author.edit { document in
                let maps = [ContainerID.root, document.container(.map, "t"), document.container(.map, "tt")]
                let parent = maps[random.below(3)], name = ["t", "tt", "tet"][random.below(3)]
                let kind = [ContainerKind.text, .text, .list][random.below(3)]
                if kind == .list { try document.insert(.int(1), at: 0, in: document.container(.list, name, in: parent)) }
                else { try document.insert("\(round)", at: 0, in: document.container(.text, name, in: parent)) }
            }
            let update = author.document.encode(of: author.actor, from: before)
            #expect(update.first == 2)
            try reader.take(update)
        }
        reader.checkInvariants()
        #expect(reader.encodeBody() == author.document.encodeBody())
    }

    @Test func `no bytes break it, and what is refused changes nothing`() throws {
        var (refused, taken) = (0, 0)
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let (updates, _) = try updates(seed: seed)
            var document = Document()
            for update in updates {
                if update.first == 2 {
                    for _ in 0..<12 {
                        var bytes = update
                        switch random.below(3) {
                        case 0: bytes[1 + random.below(bytes.count - 1)] = UInt8(random.below(256))
                        case 1: bytes.removeLast(1 + random.below(bytes.count - 1))
                        default: bytes.insert(UInt8(random.below(256)), at: 1 + random.below(bytes.count))
                        }
                        var copy = document
                        do {
                            try copy.take(bytes)
                            copy.checkInvariants()
                            taken += 1
                        } catch {
                            #expect(error is DecodeError || error is ApplyError)
                            let isUnchanged = copy.encodeBody() == document.encodeBody()
                            #expect(isUnchanged)
                            refused += 1
                        }
                    }
                }
                try document.take(update)
            }
        }
        #expect(refused > 1_000 && taken > 100)
    }

    @Test func `text that is no UTF-8 is refused, wherever it stands`() throws {
        var replica = TestReplica(1)
        try replica.edit { try $0.insert("ab", at: 0, in: $0.container(.text, "text")) }
        let good = replica.document.encode(of: replica.actor, from: 0)
        #expect(good.first == 2 && good.suffix(2) == [0x61, 0x62])
        for bad: [UInt8] in [[0x80], [0x61, 0x80], [0x61, 0xC3], [0xC3], [0xC3, 0x61], [0xED, 0xA0, 0x80], [0xC3, 0xA9, 0x80]] {
            var document = Document()
            #expect(throws: DecodeError.self, "\(bad)") { try document.take(good.dropLast(2) + bad) }
        }
    }

    // MARK: Vectors

    struct Case: Codable, Equatable {
        let name: String
        let small: String
        /// The batch with the same change: its body.
        let body: String
    }

    @Test func `every vector is made again to the byte, and means its batch`() throws {
        try VectorFile.check("small", format: 2, made: cases(), named: \.name)
    }

    private func cases() throws -> [Case] {
        var (one, other) = (TestReplica(1), TestReplica(2))
        var cases: [Case] = []
        func add(_ name: String, _ body: (inout Document) throws -> Void) throws {
            let before = one.document.operationCount(of: one.actor)
            try one.edit(body)
            let small = one.document.encode(of: one.actor, from: before)
            #expect(small.first == 2, "\(name)")
            cases.append(Case(name: name, small: Hex.encode(small), body: Hex.encode(one.document.encodeBody(of: one.actor, from: before))))
        }
        try add("a first word") { try $0.insert("Baton", at: 0, in: $0.container(.text, "text")) }
        try add("a letter typed on") { try $0.insert("s", at: 5, in: $0.container(.text, "text")) }
        try add("a letter in the middle") { try $0.insert("é", at: 2, in: $0.container(.text, "text")) }
        try add("a letter erased") { try $0.delete(at: 0, count: 1, in: $0.container(.text, "text")) }
        try add("two letters erased") { try $0.delete(at: 3, count: 2, in: $0.container(.text, "text")) }
        try add("an element of a list") { try $0.insert(.int(7), at: 0, in: $0.container(.list, "list")) }
        try add("a key set") { $0.set("size", to: .string("42")) }
        try add("a key removed") { $0.remove("size") }
        try add("a flag") { $0.setFlag(false, in: $0.container(.flag, "mail")) }
        try add("a larger number") { $0.raise(to: 9, in: $0.container(.max, "read")) }
        try add("one more of a line") { document in
            let line = document.container(.map, "SHOE-42", in: document.container(.map, "lines"))
            try document.edit(.more(1), in: document.container(.quantity, "quantity", in: line))
        }
        try one.exchange(with: &other)
        try other.edit { try $0.insert("!", at: 0, in: $0.container(.text, "text")) }
        try one.exchange(with: &other)
        try add("a letter beside another's") { try $0.insert("?", at: 1, in: $0.container(.text, "text")) }
        try add("another's letter erased") { try $0.delete(at: 0, count: 1, in: $0.container(.text, "text")) }
        return cases
    }
}
