// A QR code as a PNG file (ISO/IEC 15948): one bit a pixel, 0 dark and 1 light, no filter.
internal import Bytes

extension QRCode {
    /// - Parameter scale: pixels of a square's side.
    package func png(scale: Int = 8) -> [UInt8] {
        let side = (width + 2 * QRCode.quiet) * scale
        var rows: [UInt8] = []
        for y in 0..<side {
            // The row's filter: none.
            rows.append(0)
            for start in stride(from: 0, to: side, by: 8) {
                var byte: UInt8 = 0
                for x in start..<min(start + 8, side) where !isDark(x / scale - QRCode.quiet, y / scale - QRCode.quiet) { byte |= 0x80 >> UInt8(x - start) }
                rows.append(byte)
            }
        }
        let header = QRCode.number(UInt32(side)) + QRCode.number(UInt32(side)) + [1, 0, 0, 0, 0]
        // A zlib stream (RFC 1950): its head, raw deflate, and a checksum.
        let data = [0x78, 0xDA] + Deflate.compress(rows, level: 9) + QRCode.number(QRCode.adler32(rows))
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + QRCode.chunk("IHDR", header) + QRCode.chunk("IDAT", data) + QRCode.chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return number(UInt32(data.count)) + body + number(Checksum.crc32(body))
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return b << 16 | a
    }

    /// The highest byte first.
    private static func number(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
}
