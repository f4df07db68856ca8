// Codes as pictures: what a scanner looks for is there, and the PNG says the same as the squares.
import Bytes
import QR
import Testing

@Suite struct QRCodeTests {
    private static let token = "9f86d081884c7d659a2feaa0c55ad015.S1"

    /// The square that a scanner finds a code by: dark, light, dark.
    private func isFinder(_ code: QRCode, _ left: Int, _ top: Int) -> Bool {
        (0..<7).allSatisfy { y in (0..<7).allSatisfy { x in code.isDark(left + x, top + y) == ([0, 6].contains(x) || [0, 6].contains(y) || ((2...4).contains(x) && (2...4).contains(y))) } }
    }

    @Test(arguments: [1, 10, 35, 100, QRCode.bytesMax]) func `a code has its three corners and its quiet zone`(count: Int) throws {
        let code = try #require(QRCode(String(repeating: "a", count: count)))
        #expect(code.width % 4 == 1 && code.width >= 21)
        #expect(isFinder(code, 0, 0) && isFinder(code, code.width - 7, 0) && isFinder(code, 0, code.width - 7))
        #expect(!code.isDark(-1, 0) && !code.isDark(0, code.width))
    }

    @Test(arguments: [0, QRCode.bytesMax + 1]) func `what fits no code is none`(count: Int) { #expect(QRCode(String(repeating: "a", count: count)) == nil) }

    @Test func `another text is another code`() { #expect(QRCode(QRCodeTests.token) != QRCode(QRCodeTests.token + "1")) }

    @Test func `the terminal shows every square`() throws {
        let code = try #require(QRCode(QRCodeTests.token))
        let lines = code.text.split(separator: "\n").map(Array.init)
        #expect(lines.count == (code.width + 2 * QRCode.quiet + 1) / 2)
        for y in 0..<code.width {
            for x in 0..<code.width {
                let (row, half) = (y + QRCode.quiet).quotientAndRemainder(dividingBy: 2)
                let isLight = (half == 0 ? "█▀" : "█▄").contains(lines[row][x + QRCode.quiet])
                #expect(isLight != code.isDark(x, y))
            }
        }
    }

    @Test(arguments: [1, 3, 8]) func `the picture says the same as the squares`(scale: Int) throws {
        let code = try #require(QRCode(QRCodeTests.token))
        let png = code.png(scale: scale)
        #expect(png.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        var chunks: [String: [UInt8]] = [:]
        var at = 8
        func number(_ start: Int) -> Int { png[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
        while at < png.count {
            let count = number(at)
            let body = Array(png[at + 4..<at + 8 + count])
            #expect(number(at + 8 + count) == Int(Checksum.crc32(body)))
            chunks[String(decoding: body.prefix(4), as: UTF8.self)] = Array(body.dropFirst(4))
            at += 12 + count
        }
        let side = (code.width + 2 * QRCode.quiet) * scale
        let header = try #require(chunks["IHDR"])
        #expect(header == [0, 0, UInt8(side >> 8), UInt8(side & 255), 0, 0, UInt8(side >> 8), UInt8(side & 255), 1, 0, 0, 0, 0])
        #expect(chunks["IEND"] == [])
        let data = try #require(chunks["IDAT"])
        let (rows, rowBytes) = (try Deflate.decompress(Array(data[2..<data.count - 4]), count: side * (1 + (side + 7) / 8)), 1 + (side + 7) / 8)
        for y in 0..<side {
            #expect(rows[y * rowBytes] == 0)
            for x in 0..<side {
                let isLight = rows[y * rowBytes + 1 + x / 8] & (0x80 >> UInt8(x % 8)) != 0
                if isLight == code.isDark(x / scale - QRCode.quiet, y / scale - QRCode.quiet) { Issue.record("pixel \(x), \(y)") }
            }
        }
    }
}
