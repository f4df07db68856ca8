// What a cart comes to on this device, by the books that it has: the same as on every other one that has them.
package import Commerce
package import Documents
internal import Sync

extension Replica {
    /// What is published, as far as this device knows; nil where there is no price book.
    package func books() throws -> PreparedBooks? {
        if let known = preparedBooks { return known }
        let books = try BookNames.prepared(prices: facts(BookNames.space, BookNames.prices).map(\.value), promotions: facts(BookNames.space, BookNames.promotions).map(\.value))
        preparedBooks = .some(books)
        return books
    }

    /// - Parameter store: of lines that name none.
    /// - Returns: nil where there is no price book.
    /// - Throws: `unknown-sku`, `currency-mismatch`, `too-large`.
    package func totals(of lines: [Pricing.Line], at store: String?) throws -> Totals? {
        guard let books = try books() else { return nil }
        return try Pricing.totals(lines, Pricing.Context(now: possibleTime, channel: profile.kind, store: store), books)
    }

    /// Of a cart's lines, where this device stands.
    package func totals(of lines: [CartLine]) throws -> Totals? {
        try totals(of: lines.map { Pricing.Line($0.id, sku: $0.key.sku, quantity: Int64($0.quantity), store: $0.key.store) }, at: ownStore)
    }

    /// Where this device stands; nil for nowhere.
    package var ownStore: String? { profile.store.isEmpty ? nil : profile.store }

    /// - Throws: `unknown-sku` where there are prices, and none of that.
    package func checkSKU(_ sku: String, store: String?) throws { _ = try totals(of: [Pricing.Line(sku, sku: sku, quantity: 1, store: store)], at: nil) }
}
