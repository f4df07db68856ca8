// Raw deflate (RFC 1951) through zlib, in memory.
//
// Promise: inflating never gives more than `limit` bytes, whatever the input says: the output grows
// with what was really inflated, so a bomb costs its limit and not its claim.
internal import CZlib

package enum Deflate {
    /// - Parameter level: zlib's, 1 (fast) to 9 (small).
    package static func compress(_ input: [UInt8], level: Int32) -> [UInt8] {
        var stream = z_stream()
        let bits = windowBits(of: input.count)
        precondition(baton_deflate_init(&stream, level, -bits, min(8, bits - 6)) == Z_OK, "zlib refused a level of 1 to 9")
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(input.count)))
        var copy = input
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            copy.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(bound)
                let status = deflate(&stream, Z_FINISH)
                precondition(status == Z_STREAM_END, "deflateBound was too small")
                count = bound - Int(stream.avail_out)
            }
        }
    }

    /// A window that holds all of the input, if one can: zlib makes ready a table of the window's size, which for a small
    /// input takes far longer than to deflate it.
    private static func windowBits(of count: Int) -> Int32 {
        var bits: Int32 = 10
        while bits < 15, 1 << bits < count { bits += 1 }
        return bits
    }

    /// - Parameter count: how many bytes come out: said by the sender, and checked.
    /// - Throws: `.badDeflate` unless exactly `count` bytes come out of exactly `input`.
    package static func decompress(_ input: [UInt8], count: Int) throws(DecodeError) -> [UInt8] {
        // Deflate can't expand beyond 1,032 to 1, so a larger claim is a lie: refuse it unallocated.
        guard count <= input.count * 1_032 + 64 else { throw .badDeflate(at: 0) }
        var stream = z_stream()
        precondition(baton_inflate_init(&stream, -15) == Z_OK, "zlib could not start")
        defer { inflateEnd(&stream) }
        var isWhole = false
        var copy = input
        // One spare byte: output past the claim shows as a full buffer.
        let result = [UInt8](unsafeUninitializedCapacity: count + 1) { output, filled in
            copy.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(count + 1)
                let status = inflate(&stream, Z_FINISH)
                filled = count + 1 - Int(stream.avail_out)
                isWhole = status == Z_STREAM_END && stream.avail_in == 0 && filled == count
            }
        }
        guard isWhole else { throw .badDeflate(at: 0) }
        return result
    }
}

package enum Checksum {
    /// CRC-32 as in zlib (RFC 1952): finds rot, proves nothing.
    /// - Parameter before: the checksum of the bytes before these.
    package static func crc32(_ bytes: [UInt8], after before: UInt32 = 0) -> UInt32 {
        UInt32(truncatingIfNeeded: bytes.withUnsafeBufferPointer {
            CZlib.crc32(UInt(before), $0.baseAddress, UInt32($0.count))
        })
    }
}
