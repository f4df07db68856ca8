// What never enters a session: card numbers and passwords, by what a field is called and what it holds; and card numbers in a route.

enum Secrets {
    private static let names: Set<String> = ["password", "passwd", "passphrase", "secret", "pin", "cvv", "cvc", "cvv2", "cvc2", "cardnumber",
                                             "cardno", "card", "ccnumber", "cc", "pan", "creditcard", "securitycode", "otp", "iban"]

    static func isSecret(name: String, value: String) -> Bool {
        let plain = String(name.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) })
        return names.contains(plain) || plain.contains("password") || isCardNumber(value)
    }

    /// Whether a route is a card number, or has one among its parts. A part of 13 digits is an article's number (EAN), of which every
    /// tenth has a card's check digit; no card of today is as short.
    static func holdsCardNumber(_ route: String) -> Bool {
        let parts = route.split { !($0.isASCII && $0.isNumber || $0 == " " || $0 == "-") }
        return isCardNumber(route) || parts.contains { part in part.count { $0.isNumber } > 13 && isCardNumber(String(part)) }
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
