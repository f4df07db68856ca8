// An order's number for people, who read it out and type it: `S1-000417-K7X`. The store, a count, and three letters and digits
// of the hub that counted, the last of which tells a mistyped number. Identity is the id; a number is a label.
package enum OrderNumber {
    /// Without those that are taken for one another.
    private static let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789".utf8)

    /// - Parameter tag: some bytes of the hub that counts.
    package static func text(store: String, sequence: UInt64, tag: [UInt8]) -> String {
        let digits = String(sequence)
        let count = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
        let letters = String(decoding: tag.prefix(2).map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
        let body = "\(store)-\(count)-\(letters)"
        return body + check(body)
    }

    /// Whether what somebody typed can be a number: one letter wrong, or two swapped, and it can't.
    package static func isValid(_ text: String) -> Bool {
        text.utf8.count > 4 && check(String(text.dropLast())) == String(text.suffix(1))
    }

    /// Weighted by place, modulo a prime: ISO 7064 does the same with another one.
    private static func check(_ text: String) -> String {
        var sum = 0
        for (place, byte) in text.utf8.enumerated() { sum = (sum + (place % 30 + 1) * Int(byte)) % 31 }
        return String(decoding: [alphabet[sum]], as: UTF8.self)
    }
}
