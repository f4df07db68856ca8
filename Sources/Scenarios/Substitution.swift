// `$NAME.path` in lines and expectations, and how what is seen differs from what is expected.
internal import Console

enum Substitution {
    /// The text with every `$NAME.path` replaced; one that is unknown stays as it is.
    static func resolve(_ text: String, _ names: [String: JSON]) -> String {
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let path = rest[rest.index(after: dollar)...].prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "." }
            if let value = value(String(path), names) { result += value.text ?? value.encoded() } else { result += "$" + path }
            rest = rest[path.endIndex...]
        }
        return result + rest
    }

    private static func value(_ path: String, _ names: [String: JSON]) -> JSON? {
        let parts = path.split(separator: ".").map(String.init)
        guard let first = parts.first, var value = names[first] else { return nil }
        for part in parts.dropFirst() {
            if let number = Int(part), let items = value.items, items.indices.contains(number) { value = items[number]; continue }
            guard let next = value[part] else { return nil }
            value = next
        }
        return value
    }

    static func resolve(_ json: JSON, _ names: [String: JSON]) -> JSON {
        switch json {
        case .string(let text):
            if text.hasPrefix("$"), let whole = value(String(text.dropFirst()), names) { return whole }
            return .string(resolve(text, names))
        case .array(let items): return .array(items.map { resolve($0, names) })
        case .object(let fields): return .object(fields.map { (key: $0.key, value: resolve($0.value, names)) })
        default: return json
        }
    }

    /// The first difference, in words; nil where every key that is expected matches.
    static func difference(_ seen: JSON?, _ expected: JSON, at path: String) -> String? {
        let place = path.isEmpty ? "the answer" : path
        if case .object(let fields) = expected {
            if fields.count == 1, fields[0].key == "any" { return seen == nil ? "\(place) is missing" : nil }
            guard case .object = seen else { return "\(place) is \(seen?.encoded() ?? "missing"), not a mapping" }
            for field in fields {
                if let found = difference(seen?[field.key], field.value, at: path.isEmpty ? field.key : "\(path).\(field.key)") { return found }
            }
            return nil
        }
        if case .array(let items) = expected {
            guard let others = seen?.items else { return "\(place) is \(seen?.encoded() ?? "missing"), not a list" }
            if others.count != items.count { return "\(place) has \(others.count) elements, not \(items.count)" }
            for (index, item) in items.enumerated() {
                if let found = difference(others[index], item, at: "\(path)[\(index)]") { return found }
            }
            return nil
        }
        guard let seen else { return "\(place) is missing" }
        return seen == expected ? nil : "\(place) is \(seen.encoded()), not \(expected.encoded())"
    }
}
