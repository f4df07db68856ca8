// A document's value as JSON. Bytes are hexadecimal; of a value of a newer version there is its number.
internal import Bytes
package import Console
package import CRDT

extension JSON {
    package init(value: Value) {
        self = switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .string(let value): .string(value)
        case .bytes(let value): .string(Hex.encode(value))
        case .list(let values): .array(values.map(JSON.init(value:)))
        case .unknown(let value): .fields(["unknown": .int(Int64(value.tag))])
        case .fields(let fields): .object(fields.map { (key: $0.key, value: JSON(value: $0.value)) })
        }
    }
}
