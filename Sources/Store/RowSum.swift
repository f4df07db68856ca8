// The checksum that every row carries, on every disk: over its table, its key and its value, so that a
// row in the wrong place is found as well as one with a flipped bit. Protocol/documents.md section 5.
internal import Bytes

package enum RowSum {
    package static func of(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) -> UInt32 {
        var writer = ByteWriter()
        writer.byte(table.rawValue)
        writer.blob(key)
        writer.raw(value)
        return Checksum.crc32(writer.bytes)
    }

    package static func holds(_ sum: UInt32, _ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) -> Bool {
        sum == of(table, key, value) || Plant.noHashCheckOnRead.isPlanted
    }
}
