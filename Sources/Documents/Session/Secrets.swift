// What never enters a session: card numbers and passwords, by what a field is called and what it holds.

enum Secrets {
    private static let names: Set<String> = ["password", "passwd", "passphrase", "secret", "pin", "cvv", "cvc", "cvv2", "cvc2", "cardnumber",
                                             "cardno", "card", "ccnumber", "cc", "pan", "creditcard", "securitycode", "otp", "iban"]

    static func isSecret(name: String, value: String) -> Bool {
        let plain = String(name.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) })
        return names.contains(plain) || plain.contains("password") || isCardNumber(value)
    }

    /// 13 to 19 digits with a right check digit (Luhn, ISO/IEC 7812-1), also in groups.
    static func isCardNumber(_ text: String) -> Bool {
        let digits = text.unicodeScalars.filter { $0 != " " && $0 != "-" }.map { Int($0.value) - 48 }
        guard (13...19).contains(digits.count), digits.allSatisfy({ (0...9).contains($0) }) else { return false }
        var sum = 0
        for (index, digit) in digits.reversed().enumerated() {
            let doubled = index.isMultiple(of: 2) ? digit : digit * 2
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum.isMultiple(of: 10)
    }
}
