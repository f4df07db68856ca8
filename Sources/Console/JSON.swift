// JSON (RFC 8259) that keeps the order of its keys: what `--json` prints and `conversation import` reads.
// Small and strict, because a command that starts in milliseconds can't load a large library for it.

package enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSON])
    case object([(key: String, value: JSON)])

    package static func == (left: JSON, right: JSON) -> Bool { left.encoded() == right.encoded() }

    package subscript(key: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields.last { $0.key == key }?.value
    }

    package var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    package var number: Int64? {
        switch self {
        case .int(let number): number
        case .double(let number): number.rounded() == number && abs(number) < 9e15 ? Int64(number) : nil
        default: nil
        }
    }

    package var items: [JSON]? {
        if case .array(let items) = self { return items }
        return nil
    }

    /// On one line.
    package func encoded() -> String {
        var out = ""
        write(to: &out)
        return out
    }

    private func write(to out: inout String) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .int(let value): out += String(value)
        case .double(let value): out += value.isFinite ? String(value) : "null"
        case .string(let value): JSON.quote(value, into: &out)
        case .array(let items):
            out += "["
            for (index, item) in items.enumerated() {
                if index > 0 { out += "," }
                item.write(to: &out)
            }
            out += "]"
        case .object(let fields):
            out += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { out += "," }
                JSON.quote(field.key, into: &out)
                out += ":"
                field.value.write(to: &out)
            }
            out += "}"
        }
    }

    private static func quote(_ text: String, into out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}

extension JSON: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }

    /// Fields in the order given; without those whose value is nil.
    package static func fields(_ fields: KeyValuePairs<String, JSON?>) -> JSON {
        .object(fields.compactMap { field in field.value.map { (key: field.key, value: $0) } })
    }

    /// The fields of both, of two objects.
    package func with(_ other: JSON) -> JSON {
        guard case .object(let fields) = self, case .object(let more) = other else { return self }
        return .object(fields + more)
    }

    package static func map(_ fields: [String: String]) -> JSON {
        .object(fields.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) })
    }
}
