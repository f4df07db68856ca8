// The vectors of a batch of changes: the encoder reproduces their bytes, the decoder reads them.
import Bytes
import CRDT
import Support
import Testing

@Suite struct VectorTests {
    struct Case: Codable, Equatable {
        let name: String
        /// What every insertion of text put in, one after the other in the order of the encoding.
        let inserted: String
        let body: String
        let stored: String
    }

    @Test func `every vector is reproduced to the byte`() throws {
        let kept = try VectorFile.check("changes", made: cases(), named: \.name, isSame: { $0.body == $1.body && $0.inserted == $1.inserted })
        for kept in kept {
            var document = Document()
            try document.apply(ChangeSet(decoding: bytes(kept.stored)))
            #expect(hex(document.encodeBody()) == kept.body, "\(kept.name)")
        }
    }

    private func cases() throws -> [Case] {
        var typed = TestReplica(1)
        for letter in "Baton" {
            try typed.edit { document in
                let text = document.container(.text, "text")
                try document.insert(String(letter), at: document.count(text), in: text)
            }
        }
        try typed.edit { try $0.delete(at: 3, count: 2, in: $0.container(.text, "text")) }
        try typed.edit { try $0.insert("é🧦", at: 1, in: $0.container(.text, "text")) }

        var cart = TestReplica(2)
        var other = TestReplica(3)
        func quantity(_ document: inout Document) -> ContainerID {
            let lines = document.container(.map, "lines")
            return document.container(.quantity, "quantity", in: document.container(.map, "SHOE-42", in: lines))
        }
        try cart.edit { try $0.edit(.set(2), in: quantity(&$0)) }
        try cart.exchange(with: &other)
        try cart.edit { try $0.edit(.set(5), in: quantity(&$0)) }
        try other.edit { try $0.edit(.less(1), in: quantity(&$0)) }
        try cart.exchange(with: &other)

        var registers = TestReplica(4)
        registers.edit { document in
            document.set("size", to: .string("41"))
            document.set("place", to: .map([("route", .string("/cart")), ("step", .int(-2)), ("parts", .list([.null, .bool(true), .bytes([1, 255])]))]))
            document.remove("size")
            document.setFlag(false, in: document.container(.flag, "mail"))
            document.raise(to: 7, in: document.container(.max, "read"))
        }
        try registers.edit { try $0.insert(.string("first"), at: 0, in: $0.container(.list, "list")) }
        var moved = TestReplica(5)
        var mover = TestReplica(6)
        for (index, name) in ["milk", "eggs", "bread", "joe"].enumerated() {
            try moved.edit { try $0.insert(.string(name), at: index, in: $0.container(.list, "list")) }
        }
        try moved.exchange(with: &mover)
        try moved.edit { document in
            let list = document.container(.list, "list")
            try document.move(at: 3, to: 0, in: list)
            try document.insert(.string("tea"), at: 1, in: list)
            try document.move(at: 0, to: 4, in: list)
        }
        try mover.edit { try $0.move(at: 3, to: 1, in: $0.container(.list, "list")) }
        try mover.edit { try $0.delete(at: 2, count: 1, in: $0.container(.list, "list")) }
        try moved.exchange(with: &mover)
        var marked = TestReplica(7)
        var marker = TestReplica(8)
        try marked.edit { try $0.insert("The fox jumped", at: 0, in: $0.container(.text, "text")) }
        try marked.exchange(with: &marker)
        try marked.edit { try $0.mark(4..<7, "bold", in: $0.container(.text, "text")) }
        try marked.edit { try $0.mark(0..<14, "color", .string("red"), expand: .both, in: $0.container(.text, "text")) }
        try marker.edit { try $0.mark(8..<14, "link", .string("https://example.org"), expand: .none, in: $0.container(.text, "text")) }
        try marker.edit { try $0.unmark(5..<14, "bold", expand: .before, in: $0.container(.text, "text")) }
        try marked.exchange(with: &marker)
        var newer = TestReplica(9)
        var older = TestReplica(10)
        try newer.edit { document in
            try document.insert("Baton", at: 0, in: document.container(.text, "text"))
            document.extend(64, [1, 2, 3], at: ["text"], .text)
            document.extend(300, [], at: ["map", "tree"], .unknown(70))
            try document.insert("!", at: 5, in: document.container(.text, "text"))
            document.extend(.max, Array("moves a branch".utf8), at: ["map", "tree"], .unknown(70))
            document.extend(64, [255], at: [])
        }
        let amount = try #require(Value.unknown(tag: 64, [0x12, 0x34]))
        newer.edit { $0.set("price", to: .map([("amount", amount), ("currency", .string("EUR"))])) }
        try older.exchange(with: &newer)
        try older.edit { try $0.insert("Old ", at: 0, in: $0.container(.text, "text")) }
        newer.edit { $0.extend(300, [9], at: ["map", "tree"], .unknown(70)) }
        try newer.exchange(with: &older)
        return [
            made("a document without changes", Document(), ""),
            made("typed, erased and typed in the middle", typed.document, "Batoné🧦"),
            made("a quantity set by one and lowered by another, concurrently", cart.document, ""),
            made("registers, a flag, a max register and a list", registers.document, ""),
            made("elements of a list moved by two, concurrently", moved.document, ""),
            made("text marked by two, concurrently", marked.document, "The fox jumped"),
            made("operations, a container and a value of a newer version", newer.document, "Baton!Old "),
        ]
    }

    private func made(_ name: String, _ document: Document, _ inserted: String) -> Case {
        Case(name: name, inserted: inserted, body: hex(document.encodeBody()), stored: hex(document.encode()))
    }

    private func hex(_ bytes: [UInt8]) -> String { Hex.encode(bytes) }
    private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }
}
