// Reads what `ByteWriter` wrote, from bytes that may come from anyone.
//
// Promise: no input stops the program or makes it allocate more than the input's own size; every
// failure is a `DecodeError` with the offset, and a value that isn't in its shortest form is refused,
// so that two different byte strings never mean the same thing.

package enum DecodeError: Error, Equatable {
    /// The bytes end before the value does.
    case truncated(at: Int)
    /// A varint of more than 64 bits.
    case varintTooLong(at: Int)
    /// A value that has a shorter form than the one found.
    case notCanonical(at: Int)
    /// A count or length above its bound.
    case overLimit(at: Int, found: UInt64, limit: UInt64)
    /// Text that is not valid UTF-8.
    case notUTF8(at: Int)
    /// A tag that this version doesn't know.
    case unknownTag(at: Int, tag: UInt64)
    /// A number whose meaning has to be known, and that this version doesn't know: a newer one is needed.
    case newer(at: Int, what: StaticString, number: UInt64)
    /// Bytes are left after the last value.
    case trailing(at: Int)
    /// Values that contradict each other; `what` names the rule.
    case inconsistent(at: Int, what: StaticString)
    /// A compressed section that does not inflate to what it says.
    case badDeflate(at: Int)

    package static func == (left: DecodeError, right: DecodeError) -> Bool {
        "\(left)" == "\(right)"
    }
}

package struct ByteReader: Sendable {
    package let bytes: [UInt8]
    package private(set) var offset: Int
    package private(set) var end: Int

    /// A part of the bytes: from where it is read next, to its end. Many parts of the same bytes are many of these and
    /// one reader, which is told which of them it reads.
    package struct Window: Sendable {
        package fileprivate(set) var offset = 0
        fileprivate var end = 0

        package init() {}

        /// - Throws: `.trailing` unless every byte of it has been read.
        package func finish() throws(DecodeError) { if offset != end { throw .trailing(at: offset) } }
    }

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        end = bytes.count
    }

    package var window: Window {
        get {
            var window = Window()
            (window.offset, window.end) = (offset, end)
            return window
        }
        set { (offset, end) = (newValue.offset, newValue.end) }
    }

    package var remaining: Int { end - offset }
    package var isAtEnd: Bool { offset == end }

    package mutating func byte() throws(DecodeError) -> UInt8 {
        guard offset < end else { throw .truncated(at: offset) }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// - Throws: `.truncated`, `.varintTooLong` past 64 bits, `.notCanonical` for a padded form.
    /// - Complexity: O(1); at most ten steps.
    package mutating func varint() throws(DecodeError) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < end else { throw .truncated(at: offset) }
            let next = bytes[offset]
            offset += 1
            if shift == 63, next > 1 { throw .varintTooLong(at: start) }
            value |= UInt64(next & 0x7F) &<< shift
            if next < 0x80 {
                if next == 0, shift > 0 { throw .notCanonical(at: start) }
                return value
            }
            shift += 7
            if shift > 63 { throw .varintTooLong(at: start) }
        }
    }

    /// A varint that must not exceed `limit`.
    package mutating func count(limit: Int) throws(DecodeError) -> Int {
        let start = offset
        let value = try varint()
        guard value <= UInt64(limit) else { throw .overLimit(at: start, found: value, limit: UInt64(limit)) }
        return Int(value)
    }

    package mutating func signed() throws(DecodeError) -> Int64 { unzigzag(try varint()) }

    package mutating func raw(_ count: Int) throws(DecodeError) -> [UInt8] {
        guard count >= 0, count <= remaining else { throw .truncated(at: offset) }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    package mutating func skip(_ count: Int) throws(DecodeError) {
        guard count >= 0, count <= remaining else { throw .truncated(at: offset) }
        offset += count
    }

    package mutating func bigEndian64() throws(DecodeError) -> UInt64 {
        guard remaining >= 8 else { throw .truncated(at: offset) }
        var value: UInt64 = 0
        for index in offset..<offset + 8 { value = value << 8 | UInt64(bytes[index]) }
        offset += 8
        return value
    }

    /// A length-prefixed byte string of at most `limit` bytes.
    package mutating func blob(limit: Int = .max) throws(DecodeError) -> [UInt8] {
        let length = try count(limit: min(limit, Int.max))
        return try raw(length)
    }

    /// Goes past a length-prefixed part.
    /// - Returns: where it lies. Offsets in it stay those of the whole.
    package mutating func part() throws(DecodeError) -> Window {
        let length = try count(limit: .max)
        guard length <= remaining else { throw .truncated(at: offset) }
        var part = window
        part.end = offset + length
        offset += length
        return part
    }

    package mutating func string(limit: Int = .max) throws(DecodeError) -> String {
        let start = offset
        let length = try count(limit: limit)
        guard length <= remaining else { throw .truncated(at: offset) }
        let text = bytes.withUnsafeBufferPointer { bytes in
            let part = UnsafeBufferPointer(rebasing: bytes[offset..<offset + length])
            var all: UInt8 = 0
            for byte in part { all |= byte }
            // ASCII, as most names are, needs no second look.
            return all < 0x80 ? String(unsafeUninitializedCapacity: length) { $0.initialize(fromContentsOf: part) } : String(validating: part, as: UTF8.self)
        }
        guard let text else { throw .notUTF8(at: start) }
        offset += length
        return text
    }

    /// - Throws: `.trailing` unless every byte has been read.
    package func finish() throws(DecodeError) {
        if offset != end { throw .trailing(at: offset) }
    }
}
