// Writes the primitive shapes of every Baton format: bytes, varints, length-prefixed strings.
//
// Written by every encoder, read by `ByteReader`; Protocol/encoding.md section 1 says the shapes.
// Promise: equal calls give equal bytes, and every integer takes its shortest form.

package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package var count: Int { bytes.count }

    package mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

    package mutating func byte(_ value: UInt8) { bytes.append(value) }

    package mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    package mutating func raw(_ value: ArraySlice<UInt8>) { bytes.append(contentsOf: value) }

    package mutating func bigEndian(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Unsigned LEB128, in its shortest form.
    /// - Complexity: O(1); at most ten bytes.
    package mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    package mutating func varint(_ value: Int) {
        precondition(value >= 0, "a negative count can't be written as a varint")
        varint(UInt64(value))
    }

    /// A signed integer as a zigzag varint: 0, -1, 1, -2 become 0, 1, 2, 3.
    package mutating func signed(_ value: Int64) { varint(zigzag(value)) }

    /// A count, then that many bytes.
    package mutating func blob(_ value: [UInt8]) {
        varint(value.count)
        raw(value)
    }

    /// A string as the blob of its UTF-8.
    package mutating func string(_ value: String) {
        var copy = value
        copy.withUTF8 { utf8 in
            varint(utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }
}

/// Maps signed to unsigned so that small magnitudes stay short.
@inlinable
package func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)) }

/// The inverse of `zigzag`.
@inlinable
package func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1) }
