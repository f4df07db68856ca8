// A document as plain JSON, for people and other programs: what it shows, without its history. docs/past.md.
//
//     {"baton": "document/1", "document": "cart/1", "content": MAP}
//     MAP    {"values": {KEY: VALUE}, "maps": {NAME: MAP}, "texts": {NAME: TEXT}, "lists": {NAME: [VALUE]},
//             "quantities": {NAME: N}, "maxima": {NAME: N}, "flags": {NAME: BOOL}, "unknown": {NAME: [KIND]}}, each only where
//             there is something; unknown are the numbers of containers of a newer version
//     TEXT   "…", or where it has marks ["…", {"text": "…", "marks": {NAME: VALUE}}, …]
//     VALUE  null, true, 7, "…", […], {…}; bytes are {"$bytes": base64}; a structure whose only key begins with $ stands in
//            {"$fields": …}; one of a newer version is {"$unknown": {"kind": N, "bytes": base64}}
//
// What undo and cuts keep about the history is left out: the history isn't here.
internal import Bytes
internal import CRDT
internal import Console

struct PlainDocument: Equatable {
    struct Map: Equatable {
        var values: [String: Value] = [:]
        var maps: [String: Map] = [:]
        var texts: [String: [MarkedText]] = [:]
        var lists: [String: [Value]] = [:]
        var quantities: [String: UInt64] = [:]
        var maxima: [String: Int64] = [:]
        var flags: [String: Bool] = [:]
        /// Kinds by name.
        var unknown: [String: [UInt8]] = [:]

        var isEmpty: Bool { self == Map() }
    }

    static let format = "document/1"
    static let left = Document.bookNames

    var name: String
    var content: Map

    init(_ document: Document, name: String) {
        self.name = name
        content = Map(document, .root, isRoot: true)
    }

    var json: JSON { .fields(["baton": .string(PlainDocument.format), "document": .string(name), "content": content.json]) }
}

extension PlainDocument.Map {
    fileprivate init(_ document: Document, _ map: ContainerID, isRoot: Bool) {
        for key in document.keys(in: map) { values[key] = document.value(key, in: map) }
        for kind in ContainerKind.allCases {
            for name in document.containers(of: kind, in: map) {
                guard let id = document.existingContainer(kind, name, in: map) else { continue }
                switch kind {
                case .map:
                    if isRoot, PlainDocument.left.contains(name) { continue }
                    let inner = Self(document, id, isRoot: false)
                    if !inner.isEmpty { maps[name] = inner }
                case .text: if document.count(id) > 0 { texts[name] = document.spans(id) }
                case .list: if document.count(id) > 0 { lists[name] = document.list(id) }
                case .quantity: if document.quantity(id) > 0 { quantities[name] = document.quantity(id) }
                case .max: maxima[name] = document.maximum(id)
                case .flag: flags[name] = document.flag(id)
                case .unknown: break
                }
            }
        }
        for (name, kind) in document.unknownContainers(in: map) { unknown[name, default: []].append(kind.rawValue) }
    }

    fileprivate var json: JSON {
        func object<Item>(_ items: [String: Item], _ body: (Item) -> JSON) -> JSON? {
            items.isEmpty ? nil : .object(items.sorted { utf8Precedes($0.key, $1.key) }.map { (key: $0.key, value: body($0.value)) })
        }
        return .fields([
            "values": object(values, JSON.init(plain:)), "maps": object(maps, \.json),
            "texts": object(texts) { spans in
                if spans.allSatisfy(\.marks.isEmpty) { return .string(spans.map(\.text).joined()) }
                return .array(spans.map { span in
                    span.marks.isEmpty ? .string(span.text)
                        : .fields(["text": .string(span.text), "marks": .object(span.marks.map { (key: $0.name, value: JSON(plain: $0.value)) })])
                })
            },
            "lists": object(lists) { .array($0.map(JSON.init(plain:))) }, "quantities": object(quantities) { .int(Int64(clamping: $0)) },
            "maxima": object(maxima, JSON.int), "flags": object(flags, JSON.bool),
            "unknown": object(unknown) { .array($0.map { .int(Int64($0)) }) },
        ])
    }
}

extension JSON {
    /// A value so that it can be read back.
    init(plain value: Value) {
        self = switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .string(let value): .string(value)
        case .bytes(let value): .fields(["$bytes": .string(Base64.encode(value))])
        case .list(let values): .array(values.map(JSON.init(plain:)))
        case .unknown(let value): .fields(["$unknown": .fields(["kind": .int(Int64(value.tag)), "bytes": .string(Base64.encode(Array(value.bytes)))])])
        case .fields(let fields):
            fields.count == 1 && fields[0].key.hasPrefix("$")
                ? .fields(["$fields": .object(fields.map { (key: $0.key, value: JSON(plain: $0.value)) })])
                : .object(fields.map { (key: $0.key, value: JSON(plain: $0.value)) })
        }
    }
}
