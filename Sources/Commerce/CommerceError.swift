// Why something about money, stock or an order isn't possible: a code of Protocol/README.md's list, and a sentence.
// All sentences of this ring stand here.

package struct CommerceError: Error, Equatable, Sendable {
    package let code: String
    package let message: String

    package init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }

    static func invalid(_ what: String, _ found: String, _ rule: String) -> CommerceError {
        CommerceError("invalid-value", "\(what) \"\(found.prefix(60))\" isn't possible: \(rule).")
    }

    static func lacks(_ key: String, _ kind: String) -> CommerceError {
        CommerceError("invalid-value", "\"\(key)\" is missing, or isn't \(kind).")
    }

    static func currencies(_ one: String, _ other: String) -> CommerceError {
        CommerceError("currency-mismatch", "\(one) and \(other) can't be added up: use one currency in an order.")
    }

    static func tooMuchMoney() -> CommerceError { CommerceError("too-large", "The sum is larger than can be written: check prices and quantities.") }

    package static func quantity(_ found: Int64, _ range: ClosedRange<Int64>) -> CommerceError {
        CommerceError("invalid-quantity", "A quantity of \(found) isn't possible: use \(range.lowerBound) to \(range.upperBound).")
    }

    static func tooManyUnits() -> CommerceError { CommerceError("too-large", "A shelf holds no more than \(CommerceLimits.cellMax) units of a sku in all its life.") }

    package static func noRights(_ sku: String, _ store: String, wanted: Int64, has: Int64) -> CommerceError {
        CommerceError("no-rights", "\(wanted) of \(sku) can't be promised at \(store): \(has == 0 ? "none is" : "\(has) are") free.")
    }
}
