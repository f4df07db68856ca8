// An order's number for people, who read it out and type it: `S1-000417-K7X`. The store, a count, two letters or digits of the
// hub that counted, and a check character by ISO/IEC 7064 MOD 37-2. Identity is the id; a number is a label.
package enum OrderNumber {
    private static let symbols = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    /// Without those that are taken for one another.
    private static let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789".utf8)

    /// - Parameter tag: some bytes of the hub that counts.
    package static func text(store: String, sequence: UInt64, tag: [UInt8]) -> String {
        let digits = String(sequence)
        let count = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
        let first = Int(tag.first ?? 0)
        // One in 37 would need a check character that nobody can type: then the next letter.
        for step in 0... {
            let second = Int(tag.dropFirst().first ?? 0) + step
            let body = "\(store)-\(count)-" + String(decoding: [letters[first % letters.count], letters[second % letters.count]], as: UTF8.self)
            if let check = check(body) { return body + check }
        }
        preconditionFailure("two letters in a row never need the same check")
    }

    /// Whether what somebody typed can be a number: one character wrong, or two neighbours swapped, and it can't.
    package static func isValid(_ text: String) -> Bool { text.utf8.count > 4 && check(String(text.dropLast())) == text.suffix(1).uppercased() }

    /// - Returns: nil where it would be the 37th symbol.
    private static func check(_ text: String) -> String? {
        let sum = text.uppercased().utf8.reduce(0) { (($0 + value($1)) * 2) % 37 }
        let check = (38 - sum) % 37
        return check < symbols.count ? String(decoding: [symbols[check]], as: UTF8.self) : nil
    }

    private static func value(_ byte: UInt8) -> Int { symbols.firstIndex(of: byte) ?? (byte == 45 ? 36 : Int(byte) % 37) }
}
