// What a register or a list holds: a scalar, or a small structure that is replaced whole.

public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case string(String)
    case bytes([UInt8])
    case list([Value])
    /// Keys in ascending order of their UTF-8, each once: `Value.map(_:)` brings any into that form.
    case fields([Field])
    /// Of a newer version: carried along byte for byte.
    case unknown(Unknown)

    public struct Field: Hashable, Sendable {
        public let key: String
        public let value: Value

        public init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// A value of a kind that this version doesn't know. In one array, so that it makes no other value larger.
    public struct Unknown: Hashable, Sendable {
        /// Its tag, and then its bytes.
        let tagged: [UInt8]

        /// - Parameter tag: 64 or above; what is below is known, or has to be.
        init(tag: UInt8, _ bytes: [UInt8]) { tagged = [tag] + bytes }

        public var tag: UInt8 { tagged[0] }
        public var bytes: ArraySlice<UInt8> { tagged.dropFirst() }
    }

    /// - Returns: nil for a tag below 64, or more bytes than a value may have.
    package static func unknown(tag: UInt8, _ bytes: [UInt8]) -> Value? {
        tag >= Limits.extensionMin && bytes.count <= Limits.extensionBytesMax ? .unknown(Unknown(tag: tag, bytes)) : nil
    }

    /// Fields in their canonical order; of two with one key the later stands.
    public static func map(_ fields: [(String, Value)]) -> Value {
        var last: [String: Value] = [:]
        for (key, value) in fields { last[key] = value }
        return .fields(last.keys.sorted(by: utf8Precedes).map { Field($0, last[$0] ?? .null) })
    }

    public subscript(key: String) -> Value? {
        guard case .fields(let fields) = self else { return nil }
        return fields.first { $0.key == key }?.value
    }
}

package func utf8Equals(_ left: String, _ right: String) -> Bool {
    let found = left.utf8.withContiguousStorageIfAvailable { one in
        right.utf8.withContiguousStorageIfAvailable { other in
            guard one.count == other.count else { return false }
            var index = 0
            while index < one.count, one[index] == other[index] { index += 1 }
            return index == one.count
        }
    }
    return (found ?? nil) ?? left.utf8.elementsEqual(right.utf8)
}

package func hashUTF8(of text: String, into hasher: inout Hasher) {
    if text.utf8.withContiguousStorageIfAvailable({ hasher.combine(bytes: UnsafeRawBufferPointer($0)) }) == nil { for byte in text.utf8 { hasher.combine(byte) } }
    hasher.combine(0xFF as UInt8)
}

/// The order of every key in every encoding: by UTF-8 bytes, whatever the language's own order says.
package func utf8Precedes(_ left: String, _ right: String) -> Bool {
    let found = left.utf8.withContiguousStorageIfAvailable { one in
        right.utf8.withContiguousStorageIfAvailable { other in
            let count = min(one.count, other.count)
            var index = 0
            while index < count, one[index] == other[index] { index += 1 }
            return index < count ? one[index] < other[index] : one.count < other.count
        }
    }
    // A string that isn't stored as UTF-8 is compared byte by byte.
    return (found ?? nil) ?? left.utf8.lexicographicallyPrecedes(right.utf8)
}
