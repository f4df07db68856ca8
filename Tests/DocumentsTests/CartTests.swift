// A cart under two people's edits: the quantity table on lines, and what lines are.
import CRDT
import Documents
import Testing

@Suite struct CartTests {
    typealias Edit = @Sendable (inout Document) throws(DocumentError) -> CartLine?

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let one: Edit
        let other: Edit
        let quantity: Int?
        var conflict: [Int] = []
        var testDescription: String { name }
    }

    static let more: Edit = { document throws(DocumentError) in try Cart.more("A", 1, &document) }
    static let less: Edit = { document throws(DocumentError) in try Cart.less("A", 1, &document) }
    static let remove: Edit = { document throws(DocumentError) in try Cart.remove("A", &document) }
    static func set(_ count: Int) -> Edit { { document throws(DocumentError) in try Cart.set("A", count, &document) } }

    static let rows = [
        Row(name: "a", one: more, other: more, quantity: 4), Row(name: "b", one: set(5), other: more, quantity: 6),
        Row(name: "c", one: set(5), other: set(3), quantity: 5, conflict: [3, 5]), Row(name: "d", one: remove, other: more, quantity: 1),
        Row(name: "e", one: remove, other: set(4), quantity: 4), Row(name: "f", one: less, other: less, quantity: 1),
        Row(name: "g", one: less, other: more, quantity: 2), Row(name: "h", one: remove, other: remove, quantity: nil),
        Row(name: "i", one: remove, other: less, quantity: nil),
    ]

    @Test(arguments: rows, [false, true])
    func `two devices' edits of one line of 2 come to what both meant`(row: Row, isSwapped: Bool) throws {
        var (phone, laptop) = (Device(1), Device(2))
        try phone.edit { document throws(DocumentError) in _ = try Cart.add(LineKey(sku: "A"), 2, &document) }
        try meet(&phone, &laptop)
        let (one, other) = isSwapped ? (row.other, row.one) : (row.one, row.other)
        try phone.edit { document throws(DocumentError) in _ = try one(&document) }
        try laptop.edit { document throws(DocumentError) in _ = try other(&document) }
        try meet(&phone, &laptop)
        for device in [phone, laptop] {
            let line = Cart.line("A", device.document)
            #expect(line?.quantity == row.quantity)
            #expect(line?.conflict ?? [] == row.conflict)
            #expect(Cart.lines(device.document).count == (row.quantity == nil ? 0 : 1))
        }
    }

    @Test func `a line whose name grows beyond its bound when it's escaped is refused`() throws {
        var document = Document()
        #expect(throws: DocumentError.self) { try Cart.add(LineKey(line: String(repeating: "%", count: 1_000)), 1, &document) }
        #expect(document.changeCount == 0 && Cart.lines(document).isEmpty)
    }

    @Test func `the same sku with other options is another line, and its name alone is ambiguous`() throws {
        var phone = Device(1)
        try phone.edit { document throws(DocumentError) in
            _ = try Cart.add(LineKey(sku: "SHOE", options: ["size": "42"]), 1, &document)
            _ = try Cart.add(LineKey(sku: "SHOE", options: ["size": "43"]), 2, &document)
            _ = try Cart.add(LineKey(sku: "SHOE", options: ["size": "42"]), 1, &document)
        }
        #expect(Cart.lines(phone.document).map(\.quantity) == [2, 2])
        #expect(throws: DocumentError.self) { try phone.edit { document throws(DocumentError) in _ = try Cart.more("SHOE", 1, &document) } }
        #expect(throws: DocumentError.self) { try phone.edit { document throws(DocumentError) in _ = try Cart.more("NOPE", 1, &document) } }
        #expect(throws: DocumentError.self) { try phone.edit { document throws(DocumentError) in _ = try Cart.add(LineKey(sku: "HAT"), -1, &document) } }
        #expect(throws: DocumentError.self) { try phone.edit { document throws(DocumentError) in _ = try Cart.add(LineKey(sku: "HAT"), 2_000_000_000, &document) } }
    }

    @Test func `a line saved on one device while another adds to it keeps both`() throws {
        var (phone, laptop) = (Device(1), Device(2))
        try phone.edit { document throws(DocumentError) in _ = try Cart.add(LineKey(sku: "A"), 2, &document) }
        try meet(&phone, &laptop)
        try phone.edit { document throws(DocumentError) in _ = try Cart.save("A", true, &document) }
        try laptop.edit { document throws(DocumentError) in _ = try Cart.more("A", 3, &document) }
        try meet(&phone, &laptop)
        for device in [phone, laptop] {
            #expect(Cart.lines(device.document).isEmpty)
            #expect(Cart.lines(device.document, saved: true).map(\.quantity) == [5])
        }
    }
}
