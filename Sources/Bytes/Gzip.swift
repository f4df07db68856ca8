// The content of a gzip file (RFC 1952): one member, as published data sets come.

package enum Gzip {
    /// - Returns: nil where the file is damaged: its own checksum is held against what comes out.
    package static func content(of file: [UInt8]) -> [UInt8]? {
        guard file.count >= 18, file[0] == 0x1F, file[1] == 0x8B, file[2] == 8 else { return nil }
        let flags = file[3]
        var start = 10
        if flags & 4 != 0 {
            guard start + 2 <= file.count else { return nil }
            start += 2 + Int(file[start]) + Int(file[start + 1]) << 8
        }
        // A name, then a comment, each ended by a zero.
        for flag: UInt8 in [8, 16] where flags & flag != 0 {
            while start < file.count, file[start] != 0 { start += 1 }
            start += 1
        }
        if flags & 2 != 0 { start += 2 }
        guard start <= file.count - 8 else { return nil }
        func number(at offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(file[offset + $1]) << UInt32(8 * $1) }
        }
        let size = Int(number(at: file.count - 4))
        guard let content = try? Deflate.decompress(Array(file[start..<file.count - 8]), count: size),
              Checksum.crc32(content) == number(at: file.count - 8) else { return nil }
        return content
    }
}
