// Reading what a payload or a fact says, field by field: whatever is missing or of another kind is refused by its name.
package import CRDT

extension Value {
    package func text(_ key: String) throws(CommerceError) -> String {
        guard case .string(let text)? = self[key] else { throw .lacks(key, "a text") }
        return text
    }

    package func integer(_ key: String) throws(CommerceError) -> Int64 {
        guard case .int(let number)? = self[key] else { throw .lacks(key, "a whole number") }
        return number
    }

    package func flag(_ key: String) throws(CommerceError) -> Bool {
        guard case .bool(let flag)? = self[key] else { throw .lacks(key, "true or false") }
        return flag
    }

    package func items(_ key: String) throws(CommerceError) -> [Value] {
        guard case .list(let items)? = self[key] else { throw .lacks(key, "a list") }
        return items
    }

    /// A list of texts; what isn't one is passed over.
    package func texts(_ key: String) throws(CommerceError) -> [String] { try items(key).compactMap { if case .string(let text) = $0 { text } else { nil } } }

    /// Fields of a structure within, in order; none where it's absent.
    package func entries(_ key: String) throws(CommerceError) -> [Value.Field] {
        switch self[key] {
        case .fields(let fields)?: return fields
        case nil, .null?: return []
        default: throw .lacks(key, "a structure")
        }
    }

    package func isThere(_ key: String) -> Bool { self[key].map { $0 != .null } ?? false }
}
