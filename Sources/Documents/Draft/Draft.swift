// A draft: a text that merges, with fields, and with each device's caret.
//
//     text     text
//     fields   map: channel, to, subject, conversation
//     carets   map: device -> {at, anchor}: the element that the caret stands before, or nothing for the end
//     authors  map: actor -> person, so that undo is each person's own: see `Undo`
//     discarded register: the version of the text that was discarded
//
// A draft is its own document: changing who a conversation belongs to, or its name, touches no draft.
// Positions are Unicode scalars.
package import CRDT

public struct DraftView: Equatable, Sendable {
    public let text: String
    /// In Unicode scalars.
    public let length: Int
    public let fields: [(key: String, value: String)]
    /// Where each device's caret is, and where its selection ends if it has one; by device.
    public let carets: [(device: String, at: Int, select: Int?)]

    public static func == (left: DraftView, right: DraftView) -> Bool {
        left.text == right.text && left.fields.elementsEqual(right.fields, by: ==) && left.carets.elementsEqual(right.carets, by: ==)
    }
}

public enum Draft {
    package static func begin(fields: [(key: String, value: String)], by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        let map = document.container(.map, "fields")
        for (key, value) in fields {
            try checkText("The field \(key)", value)
            document.set(key, to: .string(value), in: map)
        }
        Undo.sign(actor, author, &document)
    }

    // MARK: What shows

    package static func view(_ document: Document) -> DraftView {
        let text = document.existingContainer(.text, "text")
        var fields: [(key: String, value: String)] = []
        if let map = document.existingContainer(.map, "fields") {
            for key in document.keys(in: map) {
                if case .string(let value)? = document.value(key, in: map) { fields.append((key, value)) }
            }
        }
        var carets: [(device: String, at: Int, select: Int?)] = []
        if let map = document.existingContainer(.map, "carets") {
            for device in document.keys(in: map) {
                let value = document.value(device, in: map) ?? .null
                carets.append((device, position(value["at"], document), value["anchor"].map { position($0, document) }))
            }
        }
        return DraftView(text: text.map(document.text) ?? "", length: text.map(document.count) ?? 0, fields: fields, carets: carets)
    }

    /// Whether nobody typed since it was discarded: what was typed meanwhile brings it back.
    package static func isDiscarded(_ document: Document) -> Bool {
        guard let text = document.existingContainer(.text, "text") else { return document.value("discarded") != nil }
        return document.value("discarded") != nil && document.count(text) == 0
    }

    // MARK: What a person does

    /// - Parameter at: nil for the device's caret, which moves behind what was typed.
    package static func type(_ string: String, at: Int?, by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        let text = document.container(.text, "text")
        let position = at ?? caret(of: author.device, document)
        guard (0...document.count(text)).contains(position) else { throw .outOfRange("The position", position, document.count(text)) }
        Undo.sign(actor, author, &document)
        do { try document.insert(string, at: position, in: text) } catch { throw .tooLarge("The draft", DocumentLimits.messageBytesMax) }
        setCaret(position + string.unicodeScalars.count, select: nil, of: author.device, &document)
    }

    package static func erase(at: Int, count: Int, by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        let text = document.container(.text, "text")
        guard count > 0 else { throw .invalid("The count", "\(count)", "it is 1 or more") }
        guard at >= 0, at <= document.count(text), count <= document.count(text) - at else { throw .outOfRange("The end", at + count, document.count(text)) }
        Undo.sign(actor, author, &document)
        do { try document.delete(at: at, count: count, in: text) } catch { throw .outOfRange("The position", at, document.count(text)) }
        setCaret(at, select: nil, of: author.device, &document)
    }

    /// Removes the text that shows here; what is typed elsewhere meanwhile stays.
    package static func clear(by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        let text = document.container(.text, "text")
        guard document.count(text) > 0 else { return }
        try erase(at: 0, count: document.count(text), by: actor, author, &document)
    }

    package static func discard(by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        try clear(by: actor, author, &document)
        document.set("discarded", to: .int(author.at))
    }

    package static func moveCaret(to position: Int, select: Int?, _ author: Author, _ document: inout Document) throws(DocumentError) {
        let count = document.existingContainer(.text, "text").map(document.count) ?? 0
        guard (0...count).contains(position) else { throw .outOfRange("The caret", position, count) }
        if let select, !(0...count).contains(select) { throw .outOfRange("The selection", select, count) }
        setCaret(position, select: select, of: author.device, &document)
    }

    /// Takes out what was sent: what shows in an earlier version, and nothing that was typed beside it.
    /// - Complexity: O(what was sent x log of it all).
    package static func take(_ sent: Document, outOf current: inout Document) throws {
        guard let text = current.existingContainer(.text, "text"), let old = sent.existingContainer(.text, "text") else { return }
        var places: [Int] = []
        for index in 0..<sent.count(old) {
            let cursor = try sent.cursor(at: index, in: old)
            guard let place = current.position(of: cursor, in: text), place < current.count(text), try current.cursor(at: place, in: text) == cursor else { continue }
            places.append(place)
        }
        places.sort()
        while let last = places.last {
            var first = places.count - 1
            while first > 0, places[first - 1] == places[first] - 1 { first -= 1 }
            try current.delete(at: places[first], count: last - places[first] + 1, in: text)
            places.removeLast(places.count - first)
        }
    }

    // MARK: Carets

    package static func caret(of device: String, _ document: Document) -> Int {
        guard let map = document.existingContainer(.map, "carets"), let value = document.value(device, in: map) else {
            return document.existingContainer(.text, "text").map(document.count) ?? 0
        }
        return position(value["at"], document)
    }

    private static func setCaret(_ position: Int, select: Int?, of device: String, _ document: inout Document) {
        let text = document.container(.text, "text")
        let map = document.container(.map, "carets")
        func place(_ position: Int) -> Value {
            guard let element = (try? document.cursor(at: position, in: text))?.element else { return .null }
            return .string(element.description)
        }
        var fields: [(String, Value)] = [("at", place(position))]
        if let select { fields.append(("anchor", place(select))) }
        let value = Value.map(fields)
        // Typing on leaves the caret before the same element: nothing to say.
        if document.value(device, in: map) != value { document.set(device, to: value, in: map) }
    }

    private static func position(_ place: Value?, _ document: Document) -> Int {
        guard let text = document.existingContainer(.text, "text") else { return 0 }
        guard case .string(let name)? = place, let element = OperationID(name) else { return document.count(text) }
        return document.position(of: Document.Cursor(element: element), in: text) ?? document.count(text)
    }
}
