// A document's file: what it shows without its history is what its history adds up to, whatever is done to it, and a
// damaged file is refused.
import Bytes
@testable import CRDT
import Foundation
import Support
import Testing

@Suite struct FileTests {
    /// Three replicas that edit and meet now and then.
    private func world(_ seed: UInt64, edits: Int) throws -> [TestReplica] {
        var random = SeededGenerator(seed: seed)
        var replicas = (1...3).map { TestReplica($0) }
        for _ in 0..<edits {
            try replicas[random.below(3)].editRandomly(&random)
            if random.chance(30) {
                let (one, other) = (random.below(3), random.below(3))
                if one != other { try replicas[one].receive(from: replicas[other]) }
            }
        }
        for other in 1..<3 { try replicas[0].receive(from: replicas[other]) }
        return replicas
    }

    /// All that can be read of the documents that `editRandomly` makes.
    private func reads(_ document: Document) throws -> [String] {
        var lines = ["\(document.version)", "\(document.frontier)", "\(document.changeCount)"]
        for key in document.keys() { lines.append("\(key): \(String(describing: document.value(key))) \(document.values(key))") }
        lines.append("no such key: \(document.values("none")) \(String(describing: document.value("none")))")
        if let text = document.existingContainer(.text, "text") {
            lines.append("\(document.text(text)) \(document.count(text)) \(document.utf16Count(text))")
            for position in [0, document.count(text) / 2, document.count(text)] {
                lines.append("\(document.utf16Offset(of: position, in: text)) \(try document.cursor(at: position, in: text))")
            }
        }
        if let list = document.existingContainer(.list, "list") { lines.append("\(document.list(list)) \(document.count(list))") }
        if let lines0 = document.existingContainer(.map, "lines") {
            for name in document.containers(of: .map, in: lines0) {
                guard let line = document.existingContainer(.map, name, in: lines0),
                      let quantity = document.existingContainer(.quantity, "quantity", in: line) else { continue }
                lines.append("\(name) \(document.quantity(quantity)) \(document.quantityConflict(quantity))")
            }
        }
        if let text = document.existingContainer(.text, "text") {
            lines.append("\(document.spans(text))")
        }
        lines += ["\(document.changeSummaries())", "\(document.remains().live.map { "\($0)" }.sorted())", "\(document.encode())", "\(document.encode(since: document.version))"]
        for key in (0..<4).map({ "key\($0)" }) { lines.append("\(document.writes(to: .root, key: key))") }
        for entry in document.version.entries {
            let ends = document.changeEnds(of: entry.actor, after: 0)
            lines.append("\(document.operationCount(of: entry.actor)) \(ends) \(document.changeCount(of: entry.actor))")
            let middle = ends[ends.count / 2]
            lines.append("\(document.encode(of: entry.actor, from: 0, to: middle)) \(document.encode(of: entry.actor, from: middle))")
            lines.append("\(try document.without(document.dependents(of: entry.actor, from: middle)).encodeBody())")
        }
        if let flag = document.existingContainer(.flag, "consent") { lines.append("\(document.flag(flag))") }
        if let maximum = document.existingContainer(.max, "read") { lines.append("\(String(describing: document.maximum(maximum)))") }
        return lines
    }

    @Test(arguments: 0..<60) func `a file shows what its history adds up to`(_ seed: UInt64) throws {
        let replicas = try world(seed, edits: 30)
        let document = replicas[0].document
        let bytes = document.save(shownFrom: 0)
        #expect(try reads(Document(opening: bytes, isTrusted: true)) == reads(document))
        #expect(try reads(Document(opening: bytes, isTrusted: false)) == reads(document))
        #expect(try Document(opening: bytes, isTrusted: true).save(shownFrom: 0) == bytes)
        #expect(try reads(Document(opening: document.save(shownFrom: .max), isTrusted: true)) == reads(document))
    }

    @Test(arguments: 0..<40) func `a document from a file goes on as the one that was saved`(_ seed: UInt64) throws {
        var replicas = try world(seed, edits: 20)
        let opened = try Document(opening: replicas[0].document.save(shownFrom: 0), isTrusted: true)
        var random = SeededGenerator(seed: seed)
        var again = random
        var copy = replicas[0]
        copy.document = opened
        let before = try reads(opened)
        for _ in 0..<5 {
            try replicas[0].editRandomly(&random)
            try copy.editRandomly(&again)
        }
        try replicas[1].editRandomly(&random)
        try replicas[0].receive(from: replicas[1])
        try copy.receive(from: replicas[1])
        #expect(try reads(copy.document) == reads(replicas[0].document))
        #expect(copy.document.encodeBody() == replicas[0].document.encodeBody())
        #expect(try reads(opened) == before, "a copy that was edited leaves the first alone")
        copy.document.checkInvariants()
    }

    @Test func `a container named before its history is read is the same after`() throws {
        var replicas = try world(7, edits: 40)
        var document = try Document(opening: replicas[0].document.save(shownFrom: 0), isTrusted: true)
        let text = document.container(.text, "text")
        let shown = document.text(text)
        try document.change(by: actor(9), at: 1) { (document) throws in try document.insert("!", at: 0, in: text) }
        #expect(document.text(text) == "!" + shown)
        try replicas[1].receive(from: replicas[0])
        #expect(document.encodeBody(since: replicas[0].document.version).count > 0)
    }

    @Test func `a file with any byte changed or cut is refused`() throws {
        let bytes = try world(3, edits: 25)[0].document.save(shownFrom: 0)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            #expect(throws: (any Error).self, "byte \(index)") { try Document(opening: damaged, isTrusted: true) }
        }
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self, "\(count) bytes") { try Document(opening: Array(bytes.prefix(count)), isTrusted: true) }
        }
    }

    @Test func `a stranger's file that shows what never was is refused`() throws {
        let replicas = try world(5, edits: 25)
        var other = replicas[0]
        try other.edit { try $0.insert("forged ", at: 0, in: $0.container(.text, "text")) }
        let forged = try FileSections.spliced(shownOf: other.document.save(shownFrom: 0), historyOf: replicas[0].document.save(shownFrom: 0))
        #expect(throws: (any Error).self) { try Document(opening: forged, isTrusted: false) }
    }
}

// MARK: Vectors

extension FileTests {
    struct Case: Codable, Equatable {
        let name: String
        let file: String
        /// The sections' bodies by number.
        let sections: [String: String]
        /// The visible texts, one after the other.
        let texts: String
    }

    @Test func `every vector is written again, and opened`() throws {
        let kept = try VectorFile.check("files", format: 3, made: cases(), named: \.name, isSame: { $0.sections == $1.sections && $0.texts == $1.texts })
        for kept in kept {
            let document = try Document(opening: try #require(Hex.decode(kept.file)), isTrusted: false)
            #expect(document.existingContainer(.text, "text").map { document.text($0) } ?? "" == kept.texts)
        }
    }

    private func cases() throws -> [Case] {
        var (one, other) = (TestReplica(1), TestReplica(2))
        try one.edit { document in
            document.set("size", to: .string("42"))
            document.setFlag(true, in: document.container(.flag, "mail"))
            document.raise(to: 9, in: document.container(.max, "read"))
            try document.insert("Grüße, 🧦!", at: 0, in: document.container(.text, "text"))
            try document.insert(.int(-7), at: 0, in: document.container(.list, "list"))
            try document.edit(.set(2), in: document.container(.quantity, "quantity", in: document.container(.map, "SHOE-42", in: document.container(.map, "lines"))))
        }
        try other.receive(from: one)
        try one.edit { $0.set("size", to: .string("43")); try $0.delete(at: 0, count: 6, in: $0.container(.text, "text")) }
        other.edit { $0.set("size", to: .string("41")); $0.setFlag(false, in: $0.container(.flag, "mail")) }
        try one.exchange(with: &other)
        var long = TestReplica(3)
        for _ in 0..<40 { try long.edit { try $0.insert("again and ", at: 0, in: $0.container(.text, "text")) } }
        // Every kind of container, cut: a mark, a moved element, deleted elements, values set concurrently.
        var since = one
        try since.edit { document in
            try document.mark(0..<1, "bold", in: document.container(.text, "text"))
            for value in 0..<3 { try document.insert(.int(Int64(value)), at: 0, in: document.container(.list, "list")) }
            try document.move(at: 3, to: 0, in: document.container(.list, "list"))
            try document.delete(at: 1, count: 1, in: document.container(.list, "list"))
        }
        since.document = try since.document.cut(at: since.document.version)
        try since.edit { try $0.insert("Baton ", at: 0, in: $0.container(.text, "text")) }
        // What only a newer version knows, twice at the same time, and cut with a change of it since.
        var (newer, beside) = (TestReplica(4), TestReplica(5))
        let amount = try #require(Value.unknown(tag: 64, [1, 2]))
        try newer.edit { document in
            try document.insert("known", at: 0, in: document.container(.text, "text"))
            document.set("price", to: amount)
            document.extend(64, [1], at: ["map", "tree"], .unknown(70))
        }
        try beside.receive(from: newer)
        newer.edit { $0.extend(300, [2, 3], at: ["text"], .text) }
        beside.edit { $0.extend(64, [4], at: ["map", "tree"], .unknown(70)) }
        try newer.exchange(with: &beside)
        let uncut = newer
        newer.document = try newer.document.cut(at: newer.document.version)
        newer.edit { $0.extend(64, [5], at: []) }
        return try [
            made("a short one: its history alone", one.document, shownFrom: .max),
            made("one of every kind of container, with values set concurrently", one.document),
            made("a long text, deflated", long.document),
            made("nothing", Document()),
            made("cut, with changes since", since.document),
            made("operations, a container and a value of a newer version", uncut.document),
            made("the same, cut, with a section of its own", newer.document, and: [FileFormat.Part(number: 200, isDeflated: false, count: 3, stored: [7, 8, 9])]),
            made("cut again, with what is deleted dropped", since.document.cut(at: since.document.version)),
        ]
    }

    private func made(_ name: String, _ document: Document, shownFrom: Int = 0, and sections: [FileFormat.Part] = []) throws -> Case {
        var document = document
        document.keptSections = sections
        let bytes = document.save(shownFrom: shownFrom)
        return Case(name: name, file: Hex.encode(bytes), sections: try FileSections.bodies(bytes).mapValues(Hex.encode),
                    texts: document.existingContainer(.text, "text").map { document.text($0) } ?? "")
    }
}

/// Takes files apart by their written format, as a forger would.
enum FileSections {
    static func spliced(shownOf one: [UInt8], historyOf other: [UInt8]) throws -> [UInt8] {
        try [3] + split(one).dropLast().filter { $0[0] < 64 }.flatMap { $0 } + (split(other).last ?? [])
    }

    static func bodies(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
        var bodies: [String: [UInt8]] = [:]
        for part in try split(bytes) {
            var reader = ByteReader(part)
            let (section, form) = (try reader.byte(), try reader.byte())
            let (count, length) = (Int(try reader.varint()), Int(try reader.varint()))
            try reader.skip(4)
            let stored = try reader.raw(length)
            bodies["\(section)"] = form == 1 ? try Deflate.decompress(stored, count: count) : stored
        }
        return bodies
    }

    private static func split(_ bytes: [UInt8]) throws -> [[UInt8]] {
        var reader = ByteReader(bytes)
        try reader.skip(1)
        var parts: [[UInt8]] = []
        while !reader.isAtEnd {
            let start = reader.offset
            try reader.skip(2)
            _ = try reader.varint()
            let length = Int(try reader.varint())
            try reader.skip(4 + length)
            parts.append(Array(bytes[start..<reader.offset]))
        }
        return parts
    }
}
