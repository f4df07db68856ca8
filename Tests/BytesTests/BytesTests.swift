// The primitive shapes: every value comes back, and no bytes stop the reader.
import Bytes
import Testing

@Suite struct BytesTests {
    @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, UInt64(UInt32.max), .max - 1, .max])
    func `a varint comes back as it was`(value: UInt64) throws {
        var writer = ByteWriter()
        writer.varint(value)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.varint() == value)
        #expect(reader.isAtEnd)
    }

    @Test(arguments: [0, -1, 1, .min, .max] as [Int64])
    func `a signed number comes back as it was`(value: Int64) throws {
        var writer = ByteWriter()
        writer.signed(value)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.signed() == value)
    }

    @Test func `a padded varint is refused, for it has a shorter form`() {
        var reader = ByteReader([0x80, 0x00])
        #expect(throws: DecodeError.notCanonical(at: 0)) { try reader.varint() }
    }

    @Test func `a varint past 64 bits is refused`() {
        var reader = ByteReader(Array(repeating: 0xFF, count: 11))
        #expect(throws: DecodeError.varintTooLong(at: 0)) { try reader.varint() }
        var edge = ByteReader(Array(repeating: 0xFF, count: 9) + [0x02])
        #expect(throws: DecodeError.varintTooLong(at: 0)) { try edge.varint() }
    }

    @Test func `a length beyond the bytes is refused before anything is made`() {
        var writer = ByteWriter()
        writer.varint(UInt64(1) << 40)
        var reader = ByteReader(writer.bytes)
        #expect(throws: DecodeError.self) { try reader.blob() }
    }

    @Test func `text that is not UTF-8 is refused`() {
        var reader = ByteReader([2, 0xC3, 0x28])
        #expect(throws: DecodeError.notUTF8(at: 0)) { try reader.string() }
    }

    @Test func `a column of runs comes back number by number`() throws {
        let numbers: [UInt64] = [7, 7, 7, 0, 0, 9, 7, 7]
        var column = ColumnWriter()
        for number in numbers { column.append(number) }
        var writer = ByteWriter()
        column.finish(into: &writer)
        var reader = try ColumnReader(writer.bytes)
        for number in numbers { #expect(try reader.next() == number) }
        try reader.finish()
        #expect(throws: DecodeError.self) { try reader.next() }
    }

    @Test func `a column whose runs could be longer is refused`() throws {
        var reader = try ColumnReader([2, 1, 7, 1, 7])
        _ = try reader.next()
        #expect(throws: DecodeError.self) { try reader.next() }
    }

    @Test(arguments: [0, 1, 1_000, 1_024, 1_025, 4_097, 32_768, 32_769, 300_000])
    func `what was deflated inflates to itself`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 3 &* 7) }
        let small = Deflate.compress(bytes, level: 6)
        #expect(try Deflate.decompress(small, count: count) == bytes)
        #expect(throws: DecodeError.badDeflate(at: 0)) { try Deflate.decompress(small, count: count + 1) }
        if count > 0 {
            #expect(throws: DecodeError.badDeflate(at: 0)) { try Deflate.decompress(small, count: count - 1) }
        }
    }

    @Test func `a bomb costs what it claims and no more`() {
        let bomb = Deflate.compress(Array(repeating: 0, count: 10 << 20), level: 9)
        #expect(throws: DecodeError.badDeflate(at: 0)) { try Deflate.decompress(bomb, count: 1_000) }
        #expect(throws: DecodeError.badDeflate(at: 0)) { try Deflate.decompress([0], count: 1 << 40) }
    }

    @Test func `the checksum is zlib's`() {
        #expect(Checksum.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
    }

    @Test func `hexadecimal text comes back, and what is none is refused`() {
        #expect(Hex.decode(Hex.encode([0, 1, 0xAB, 0xFF])) == [0, 1, 0xAB, 0xFF])
        #expect(Hex.decode("abc") == nil)
        #expect(Hex.decode("zz") == nil)
    }
}
