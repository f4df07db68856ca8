// Reading plain JSON of a document, from anyone: all of it is checked before anything is edited, and a refusal says which
// part breaks which rule.
internal import Bytes
internal import CRDT
internal import Console

extension PlainDocument {
    /// - Throws: `invalid-value`, `too-large`.
    init(reading bytes: [UInt8]) throws(CommandError) {
        let json: JSON
        do { json = try JSON(parsing: String(decoding: bytes, as: UTF8.self)) } catch {
            throw CommandError("invalid-value", "The file is no JSON: at byte \(error.offset), \(error.rule).")
        }
        guard json["baton"]?.text == PlainDocument.format else {
            throw CommandError("invalid-value", "The file is no document of this form: its \"baton\" must be \"\(PlainDocument.format)\".")
        }
        name = json["document"]?.text ?? ""
        content = try Map(try PlainReader.object(json["content"] ?? .null, "content"), "content", depth: 1)
    }
}

extension PlainDocument.Map {
    private static let parts = ["values", "maps", "texts", "lists", "quantities", "maxima", "flags", "unknown"]

    fileprivate init(_ fields: [(key: String, value: JSON)], _ path: String, depth: Int) throws(CommandError) {
        guard depth <= Limits.depthMax else { throw PlainReader.error(path, "maps nest at most \(Limits.depthMax) deep") }
        for (part, value) in fields {
            guard Self.parts.contains(part) else { throw PlainReader.error("\(path)/\(part)", "a map has \(Self.parts.joined(separator: ", "))") }
            let items = try PlainReader.object(value, "\(path)/\(part)")
            for (name, item) in items {
                let place = "\(path)/\(part)/\(name)"
                guard name.utf8.count <= Limits.keyBytesMax else { throw CommandError("too-large", "A name in \(path)/\(part) is above the limit of \(Limits.keyBytesMax) bytes.") }
                switch part {
                case "values": values[name] = try PlainReader.value(item, place)
                case "maps":
                    guard depth > 1 || !PlainDocument.left.contains(name) else { throw PlainReader.error(place, "this name is kept for undo") }
                    maps[name] = try Self(PlainReader.object(item, place), place, depth: depth + 1)
                case "texts": texts[name] = try PlainReader.text(item, place)
                case "lists":
                    guard let values = item.items else { throw PlainReader.error(place, "a list is an array") }
                    lists[name] = try values.enumerated().map { index, value throws(CommandError) in try PlainReader.value(value, "\(place)/\(index)") }
                case "quantities":
                    guard case .int(let number) = item, (0...Int64(Limits.quantityMax)).contains(number) else {
                        throw PlainReader.error(place, "a quantity is a whole number from 0 to \(Limits.quantityMax)")
                    }
                    quantities[name] = UInt64(number)
                case "maxima":
                    guard case .int(let number) = item else { throw PlainReader.error(place, "a maximum is a whole number") }
                    maxima[name] = number
                case "flags":
                    guard case .bool(let isGranted) = item else { throw PlainReader.error(place, "a flag is true or false") }
                    flags[name] = isGranted
                case "unknown":
                    let kinds = item.items?.compactMap { if case .int(let kind) = $0, kind >= Int64(Limits.extensionMin) { UInt8(exactly: kind) } else { nil } }
                    guard let kinds, kinds.count == item.items?.count else { throw PlainReader.error(place, "containers of a newer version have their numbers here") }
                    unknown[name] = kinds.sorted()
                default: break
                }
            }
        }
    }
}

enum PlainReader {
    static func error(_ path: String, _ rule: String) -> CommandError {
        CommandError("invalid-value", "\(path.prefix(200)) in the file isn't possible: \(rule).")
    }

    /// Fields, each once.
    static func object(_ json: JSON, _ path: String) throws(CommandError) -> [(key: String, value: JSON)] {
        guard case .object(let fields) = json else { throw error(path, "it is an object") }
        var seen: Set<String> = []
        for field in fields where !seen.insert(field.key).inserted { throw error("\(path)/\(field.key)", "it is given twice") }
        return fields
    }

    static func value(_ json: JSON, _ path: String, depth: Int = 1) throws(CommandError) -> Value {
        guard depth < Limits.valueDepthMax else { throw error(path, "values nest at most \(Limits.valueDepthMax) deep") }
        switch json {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .double: throw error(path, "numbers are whole, and at most 64 bits")
        case .string(let text): return .string(text)
        case .array(let items):
            var values: [Value] = []
            for (index, item) in items.enumerated() { values.append(try value(item, "\(path)/\(index)", depth: depth + 1)) }
            return .list(values)
        case .object:
            var fields = try object(json, path)
            if fields.count == 1, fields[0].key == "$bytes" {
                guard let bytes = fields[0].value.text.flatMap(Base64.decode) else { throw error(path, "$bytes is padded base64") }
                return .bytes(bytes)
            }
            if fields.count == 1, fields[0].key == "$unknown" {
                guard case .int(let kind)? = fields[0].value["kind"], let tag = UInt8(exactly: kind), let bytes = fields[0].value["bytes"]?.text.flatMap(Base64.decode),
                      let value = Value.unknown(tag: tag, bytes) else { throw error(path, "$unknown is {kind, bytes}, a kind from \(Limits.extensionMin) on and padded base64") }
                return value
            }
            if fields.count == 1, fields[0].key == "$fields" { fields = try object(fields[0].value, path) }
            var read: [(String, Value)] = []
            for field in fields { read.append((field.key, try value(field.value, "\(path)/\(field.key)", depth: depth + 1))) }
            return .map(read)
        }
    }

    static func text(_ json: JSON, _ path: String) throws(CommandError) -> [MarkedText] {
        if let text = json.text { return text.isEmpty ? [] : [MarkedText(text)] }
        guard let items = json.items else { throw error(path, "a text is a string, or an array of stretches") }
        var spans: [MarkedText] = []
        for (index, item) in items.enumerated() {
            if let text = item.text { spans.append(MarkedText(text)); continue }
            guard let text = item["text"]?.text, case .object? = item["marks"] else { throw error("\(path)/\(index)", "a stretch is a string, or {text, marks}") }
            var marks: [Mark] = []
            for (name, mark) in try object(item["marks"] ?? .null, "\(path)/\(index)/marks") {
                guard name.utf8.count <= Limits.keyBytesMax else { throw CommandError("too-large", "A mark's name in \(path) is above the limit of \(Limits.keyBytesMax) bytes.") }
                let value = try value(mark, "\(path)/\(index)/marks/\(name)")
                guard value != .null else { throw error("\(path)/\(index)/marks/\(name)", "a mark has a value that isn't null") }
                marks.append(Mark(name, value))
            }
            spans.append(MarkedText(text, marks.sorted { utf8Precedes($0.name, $1.name) }))
        }
        return spans.filter { !$0.text.isEmpty }
    }
}
