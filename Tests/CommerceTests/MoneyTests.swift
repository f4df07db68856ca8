import Commerce
import Testing

struct MoneyTests {
    @Test("An amount is read and written with its currency's decimals", arguments: [("89.90 EUR", Int64(8_990)), ("0.05 EUR", 5), ("1500 JPY", 1_500), ("1.234 KWD", 1_234), ("89.00 EUR", 8_900)])
    func readAndWritten(text: String, minor: Int64) throws {
        let money = try Money(text)
        #expect(money.minor == minor)
        #expect(money.description == text)
        #expect(try Money(money.value) == money)
    }

    @Test("What isn't an amount is refused", arguments: ["", "EUR", "89,90 EUR", "8.9 EUR", "-1.00 EUR", "1.00 eur", "1.00  EUR", "1.00 EURO", ".50 EUR", "99999999999999999999.00 EUR", "1e3 EUR"])
    func refused(text: String) {
        #expect(throws: CommerceError.self) { try Money(text) }
    }

    @Test("Currencies aren't mixed, and sums don't overflow")
    func sums() throws {
        #expect(try Money(5, "EUR") + Money(6, "EUR") == Money(11, "EUR"))
        #expect(throws: CommerceError.currencyMismatch) { try Money(5, "EUR") + Money(6, "USD") }
        #expect(throws: CommerceError.self) { try Money(.max, "EUR") + Money(1, "EUR") }
        #expect(throws: CommerceError.self) { try Money(.max / 2, "EUR") * 3 }
    }
}

extension CommerceError {
    fileprivate static let currencyMismatch = CommerceError("currency-mismatch", "EUR and USD can't be added up: use one currency in an order.")
}
