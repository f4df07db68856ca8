// Reading JSON that may come from anyone: bounded depth, and errors that say where.

package struct JSONError: Error, Equatable {
    /// Bytes from the start.
    package let offset: Int
    package let rule: String
}

extension JSON {
    private static let depthMax = 64

    /// - Throws: `JSONError` with the offset of what isn't JSON.
    package init(parsing text: some StringProtocol) throws(JSONError) {
        var parser = Parser(bytes: Array(text.utf8))
        self = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.at == parser.bytes.count else { throw parser.error("the value ends before this") }
    }

    private struct Parser {
        let bytes: [UInt8]
        var at = 0

        func error(_ rule: String) -> JSONError { JSONError(offset: at, rule: rule) }

        mutating func skipSpace() {
            while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
        }

        mutating func take(_ literal: String) -> Bool {
            let expected = Array(literal.utf8)
            guard bytes[at...].starts(with: expected) else { return false }
            at += expected.count
            return true
        }

        mutating func value(depth: Int) throws(JSONError) -> JSON {
            guard depth < depthMax else { throw error("values nest at most \(depthMax) deep") }
            skipSpace()
            guard at < bytes.count else { throw error("a value is missing") }
            switch bytes[at] {
            case UInt8(ascii: "{"):
                at += 1
                var fields: [(key: String, value: JSON)] = []
                if end("}") { return .object([]) }
                repeat {
                    skipSpace()
                    let key = try string()
                    skipSpace()
                    guard take(":") else { throw error("a key is followed by a colon") }
                    fields.append((key, try value(depth: depth + 1)))
                } while comma()
                guard end("}") else { throw error("an object ends with a brace") }
                return .object(fields)
            case UInt8(ascii: "["):
                at += 1
                var items: [JSON] = []
                if end("]") { return .array([]) }
                repeat { items.append(try value(depth: depth + 1)) } while comma()
                guard end("]") else { throw error("an array ends with a bracket") }
                return .array(items)
            case UInt8(ascii: "\""): return .string(try string())
            default:
                if take("true") { return .bool(true) }
                if take("false") { return .bool(false) }
                if take("null") { return .null }
                return try number()
            }
        }

        private mutating func comma() -> Bool {
            skipSpace()
            return take(",")
        }

        private mutating func end(_ mark: String) -> Bool {
            skipSpace()
            return take(mark)
        }

        private mutating func number() throws(JSONError) -> JSON {
            let start = at
            while at < bytes.count, "+-.eE0123456789".utf8.contains(bytes[at]) { at += 1 }
            let text = String(decoding: bytes[start..<at], as: UTF8.self)
            let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
            guard digits.count < 2 || digits.first != UInt8(ascii: "0") || !(48...57).contains(digits[digits.index(after: digits.startIndex)]) else {
                at = start
                throw error("a number has no leading zeros")
            }
            if let number = Int64(text), !text.hasPrefix("+") { return .int(number) }
            guard let number = Double(text), number.isFinite, let first = text.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "+") else {
                at = start
                throw error("this is no value")
            }
            return .double(number)
        }

        private mutating func string() throws(JSONError) -> String {
            guard take("\"") else { throw error("a string begins with a quote") }
            var utf8: [UInt8] = []
            while true {
                guard at < bytes.count else { throw error("a string ends with a quote") }
                let byte = bytes[at]
                at += 1
                switch byte {
                case UInt8(ascii: "\""):
                    guard let text = String(validating: utf8, as: UTF8.self) else { throw error("a string is UTF-8") }
                    return text
                case UInt8(ascii: "\\"): utf8 += try escape()
                case 0..<0x20: throw error("control characters are escaped")
                default: utf8.append(byte)
                }
            }
        }

        private mutating func escape() throws(JSONError) -> [UInt8] {
            guard at < bytes.count else { throw error("an escape is cut off") }
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "n"): return [0x0A]
            case UInt8(ascii: "r"): return [0x0D]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "b"): return [0x08]
            case UInt8(ascii: "f"): return [0x0C]
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
            case UInt8(ascii: "u"):
                var code = try hex()
                if (0xD800..<0xDC00).contains(code), take("\\u") {
                    let low = try hex()
                    guard (0xDC00..<0xE000).contains(low) else { throw error("a surrogate comes in a pair") }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                }
                // A lone surrogate is no character: what others write for it is the replacement.
                return Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
            default: throw error("this escape isn't known")
            }
        }

        private mutating func hex() throws(JSONError) -> UInt32 {
            guard at + 4 <= bytes.count, let code = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16) else {
                throw error("\\u is followed by four hexadecimal digits")
            }
            at += 4
            return code
        }
    }
}
