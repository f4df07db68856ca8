// Why something about money, stock or an order isn't possible: a code of Protocol/README.md's list, and a sentence.
// All sentences of this ring stand here.

package struct CommerceError: Error, Equatable, Sendable {
    package let code: String
    package let message: String
    /// Of `no-rights`: what is missing, which another authority may have.
    package let lack: Lack?

    package struct Lack: Equatable, Sendable {
        package let sku: String
        package let store: String
        package let quantity: Int64
        /// What other authorities hold for whom it is for.
        package let held: [Held]
    }

    package struct Held: Equatable, Sendable {
        package let id: String
        package let store: String
        package let quantity: Int64

        package init(id: String, store: String, quantity: Int64) { (self.id, self.store, self.quantity) = (id, store, quantity) }
    }

    package init(_ code: String, _ message: String, lack: Lack? = nil) {
        self.code = code
        self.message = message
        self.lack = lack
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

    static func notStructure(_ what: String) -> CommerceError { CommerceError("invalid-value", "Where \(what) is expected, there is no structure of keys and values.") }

    static func eitherReduction() -> CommerceError { CommerceError("invalid-value", "A threshold takes off either \"basisPoints\" or an \"amount\": give one of them.") }

    static func twice(_ what: String, _ name: String) -> CommerceError {
        CommerceError("invalid-value", "The \(what) \"\(name.prefix(60))\" is there twice: each stands once.")
    }

    static func tooMany(_ what: String, _ count: Int, _ max: Int) -> CommerceError {
        CommerceError("too-large", "\(count) \(what) are too many: up to \(max) are possible.")
    }

    static func unknownSku(_ sku: String) -> CommerceError {
        CommerceError("unknown-sku", "\"\(sku.prefix(60))\" is in no price book: check the sku, or publish its price.")
    }

    static func publishedTwice(_ book: BookRef) -> CommerceError {
        CommerceError("payload-conflict", "Version \(book.version) of \(book.scope) has two contents: publish the later one under a higher version.")
    }

    /// What is paid has risen since it was quoted: both amounts are said, and nothing is decided.
    package static func priceChanged(_ sku: String, from quoted: Money, to now: Money) -> CommerceError {
        CommerceError("price-changed", "\(sku) was quoted at \(quoted) and is \(now) now: ask whether that is accepted.")
    }

    package static func quantity(_ found: Int64, _ range: ClosedRange<Int64>) -> CommerceError {
        CommerceError("invalid-quantity", "A quantity of \(found) isn't possible: use \(range.lowerBound) to \(range.upperBound).")
    }

    static func tooManyUnits() -> CommerceError { CommerceError("too-large", "A shelf holds no more than \(CommerceLimits.cellMax) units of a sku in all its life.") }

    package static func noRights(_ sku: String, _ store: String, wanted: Int64, has: Int64, held: [Held] = []) -> CommerceError {
        CommerceError("no-rights", "\(wanted) of \(sku) can't be promised at \(store): \(has == 0 ? "none is" : "\(has) are") free.",
                      lack: Lack(sku: sku, store: store, quantity: wanted - has, held: held))
    }
}
