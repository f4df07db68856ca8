// Bytes as text: base64 of RFC 4648 section 4, padded, on one line.

package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let group = (0..<3).map { index + $0 < bytes.count ? UInt32(bytes[index + $0]) : 0 }
            let bits = group[0] << 16 | group[1] << 8 | group[2]
            for digit in 0..<4 { text.append(index + digit > bytes.count ? UInt8(ascii: "=") : digits[Int(bits >> (18 - 6 * UInt32(digit)) & 63)]) }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil unless it is what `encode` writes for some bytes.
    package static func decode(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 4) {
            let group = text[start..<start + 4]
            let padding = start + 4 == text.count ? group.reversed().prefix { $0 == UInt8(ascii: "=") }.count : 0
            var bits: UInt32 = 0
            for character in group.dropLast(padding) {
                guard let digit = digits.firstIndex(of: character) else { return nil }
                bits = bits << 6 | UInt32(digit)
            }
            bits <<= 6 * UInt32(padding)
            guard padding <= 2, bits & (padding == 2 ? 0xFFFF : padding == 1 ? 0xFF : 0) == 0 else { return nil }
            bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)].prefix(3 - padding)
        }
        return bytes
    }
}
