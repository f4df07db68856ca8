// A cart and its shortlist: lines with a quantity that merges by what people mean.
//
//     lines / LINE / quantity   settable counter: rows a to i of Protocol/merge.md section 4
//                  / note       register
//                  / saved      register: true where the line is on the shortlist
//
// A line whose quantity is 0 isn't shown, and what is left of it shows nothing when it comes back.
package import CRDT

public struct CartLine: Equatable, Sendable {
    /// The line's id: what tells it apart from the others of its sku.
    public let id: String
    public let key: LineKey
    public let quantity: Int
    public let note: String?
    /// The concurrent quantities, ascending, where they differ; else empty.
    public let conflict: [Int]
}

public enum Cart {
    // MARK: What shows

    /// The lines of the cart, or of its shortlist, by sku and then id.
    package static func lines(_ document: Document, saved: Bool = false) -> [CartLine] {
        guard let lines = document.existingContainer(.map, "lines") else { return [] }
        return document.containers(of: .map, in: lines)
            .compactMap { line($0, document) }
            .filter { isSaved($0.id, document) == saved }
            .sorted { ($0.key.sku, $0.id) < ($1.key.sku, $1.id) }
    }

    /// A line that has a quantity.
    package static func line(_ id: String, _ document: Document) -> CartLine? {
        guard let lines = document.existingContainer(.map, "lines"), let line = document.existingContainer(.map, id, in: lines),
              let quantity = document.existingContainer(.quantity, "quantity", in: line) else { return nil }
        let count = document.quantity(quantity)
        guard count > 0 else { return nil }
        var note: String?
        if case .string(let text)? = document.value("note", in: line) { note = text }
        return CartLine(id: id, key: LineKey(line: id), quantity: Int(clamping: count), note: note,
                        conflict: document.quantityConflict(quantity).map { Int(clamping: $0) })
    }

    private static func isSaved(_ id: String, _ document: Document) -> Bool {
        guard let lines = document.existingContainer(.map, "lines"), let line = document.existingContainer(.map, id, in: lines) else { return false }
        return document.value("saved", in: line) == .bool(true)
    }

    /// The one line that a SKU or a line's id names.
    /// - Throws: `unknown-line`, `ambiguous`.
    package static func resolve(_ reference: String, _ document: Document) throws(DocumentError) -> String {
        if line(reference, document) != nil { return reference }
        let all = lines(document) + lines(document, saved: true)
        let named = all.filter { $0.key.sku == reference }.map(\.id)
        if named.count > 1 { throw .ambiguous(reference, named) }
        guard let id = named.first else { throw .unknownLine(reference, among: all.map(\.id)) }
        return id
    }

    // MARK: What a person does

    package static func add(_ key: LineKey, _ count: Int = 1, note: String? = nil, _ document: inout Document) throws(DocumentError) -> CartLine? {
        try check(count, 1)
        if let note { try checkText("The note", note) }
        // What somebody else called a line may be longer once it is escaped as it should have been.
        guard key.id.utf8.count <= DocumentLimits.lineBytesMax else { throw .tooLarge("A line's options", DocumentLimits.lineBytesMax) }
        let place = begin(key.id, &document)
        try edit(.more(UInt64(count)), place.quantity, &document)
        if let note { document.set("note", to: .string(note), in: place.line) }
        return line(key.id, document)
    }

    /// Makes the line where a SKU names none.
    package static func set(_ reference: String, _ count: Int, _ document: inout Document) throws(DocumentError) -> CartLine? {
        try check(count, 0)
        let id = try existingOrNew(reference, document)
        if count == 0 {
            if line(id, document) == nil { throw .unknownLine(reference, among: lines(document).map(\.id)) }
            return try remove(id, &document)
        }
        try edit(.set(UInt64(count)), begin(id, &document).quantity, &document)
        return line(id, document)
    }

    package static func more(_ reference: String, _ count: Int, _ document: inout Document) throws(DocumentError) -> CartLine? {
        try check(count, 1)
        let id = try resolve(reference, document)
        try edit(.more(UInt64(count)), begin(id, &document).quantity, &document)
        return line(id, document)
    }

    package static func less(_ reference: String, _ count: Int, _ document: inout Document) throws(DocumentError) -> CartLine? {
        try check(count, 1)
        let id = try resolve(reference, document)
        try edit(.less(UInt64(count)), begin(id, &document).quantity, &document)
        return line(id, document)
    }

    @discardableResult
    package static func remove(_ reference: String, _ document: inout Document) throws(DocumentError) -> CartLine? {
        let id = try resolve(reference, document)
        try edit(.remove, begin(id, &document).quantity, &document)
        return line(id, document)
    }

    /// Moves a line to the shortlist, or back: it stays the same line.
    package static func save(_ reference: String, _ isSaved: Bool, _ document: inout Document) throws(DocumentError) -> CartLine? {
        let id = try resolve(reference, document)
        let place = begin(id, &document)
        if isSaved { document.set("saved", to: .bool(true), in: place.line) } else { document.remove("saved", in: place.line) }
        return line(id, document)
    }

    package static func note(_ reference: String, _ text: String, _ document: inout Document) throws(DocumentError) -> CartLine? {
        try checkText("The note", text)
        let id = try resolve(reference, document)
        let place = begin(id, &document)
        if text.isEmpty { document.remove("note", in: place.line) } else { document.set("note", to: .string(text), in: place.line) }
        return line(id, document)
    }

    // MARK: Places

    private static func existingOrNew(_ reference: String, _ document: Document) throws(DocumentError) -> String {
        do {
            return try resolve(reference, document)
        } catch {
            guard error.code == "unknown-line" else { throw error }
            return try LineKey(sku: reference).id
        }
    }

    /// The line's containers. What is left of a line that was removed is cleared first.
    private static func begin(_ id: String, _ document: inout Document) -> (line: ContainerID, quantity: ContainerID) {
        let line = document.container(.map, id, in: document.container(.map, "lines"))
        let quantity = document.container(.quantity, "quantity", in: line)
        if document.quantity(quantity) == 0 {
            document.remove("note", in: line)
            document.remove("saved", in: line)
        }
        return (line, quantity)
    }

    private static func check(_ count: Int, _ lowest: Int) throws(DocumentError) {
        let range = lowest...DocumentLimits.quantityMax
        guard range.contains(count) else { throw .invalidQuantity(count, range) }
    }

    private static func edit(_ edit: Document.QuantityEdit, _ quantity: ContainerID, _ document: inout Document) throws(DocumentError) {
        do { try document.edit(edit, in: quantity) } catch { throw .invalidQuantity(DocumentLimits.quantityMax + 1, 0...DocumentLimits.quantityMax) }
    }
}
