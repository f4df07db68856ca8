// Money is a whole number of a currency's smallest unit. No floating point, and no sum that can overflow unseen.
package import CRDT

package struct Money: Hashable, Sendable, CustomStringConvertible {
    /// In the smallest unit: cents.
    package let minor: Int64
    /// Three letters of ISO 4217.
    package let currency: String

    package init(_ minor: Int64, _ currency: String) {
        self.minor = minor
        self.currency = currency
    }

    /// - Parameter text: `89.90 EUR`: as many decimals as the currency has, or none.
    /// - Throws: `invalid-value`.
    package init(_ text: String) throws(CommerceError) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, Money.isCurrency(parts[1]), let minor = Money.minor(parts[0], decimals: Money.decimals(of: String(parts[1]))) else {
            throw .invalid("The amount", text, "write it as 89.90 EUR")
        }
        self.init(minor, String(parts[1]))
    }

    package static func isCurrency(_ text: some StringProtocol) -> Bool { text.utf8.count == 3 && text.utf8.allSatisfy { (65...90).contains($0) } }

    /// Decimals of a currency, by ISO 4217; two unless it is one of the few others.
    package static func decimals(of currency: String) -> Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF": 0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

    private static func minor(_ text: Substring, decimals: Int) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : String(repeating: "0", count: decimals)
        guard fraction.utf8.count == decimals else { return nil }
        return Int64(String(parts[0]) + fraction)
    }

    /// `89.90 EUR`
    package var description: String { "\(amount) \(currency)" }

    /// `89.90`
    package var amount: String {
        let decimals = Money.decimals(of: currency)
        let digits = String(minor.magnitude)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = minor < 0 ? "-" : ""
        return decimals == 0 ? sign + padded : "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    /// {currency, minor}
    package var value: Value { .map([("minor", .int(minor)), ("currency", .string(currency))]) }

    package init(_ value: Value) throws(CommerceError) {
        let currency = try value.text("currency")
        guard Money.isCurrency(currency) else { throw .invalid("The currency", currency, "it has three capital letters") }
        self.init(try value.integer("minor"), currency)
    }

    /// - Throws: `currency-mismatch`, or `too-large` for a sum that no register can hold.
    package static func + (left: Money, right: Money) throws(CommerceError) -> Money {
        guard left.currency == right.currency else { throw .currencies(left.currency, right.currency) }
        let (sum, overflow) = left.minor.addingReportingOverflow(right.minor)
        guard !overflow else { throw .tooMuchMoney() }
        return Money(sum, left.currency)
    }

    package static func * (left: Money, count: Int64) throws(CommerceError) -> Money {
        let (product, overflow) = left.minor.multipliedReportingOverflow(by: count)
        guard !overflow else { throw .tooMuchMoney() }
        return Money(product, left.currency)
    }
}
