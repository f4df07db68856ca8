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

    /// - Parameter at: the hub's time; nil for now.
    /// - Returns: nil where there is no price book.
    /// - Throws: `unknown-sku`, `currency-mismatch`, `too-large`.
    package func totals(of lines: [CartLine], at time: Int64? = nil) throws -> Totals? {
        guard let books = try books() else { return nil }
        let store = profile.store.isEmpty ? nil : profile.store
        let context = Pricing.Context(now: time ?? Int64(clamping: nowMilliseconds), channel: profile.kind, store: store)
        return try Pricing.totals(lines.map { Pricing.Line($0.id, sku: $0.key.sku, quantity: Int64($0.quantity), store: $0.key.store) }, context, books)
    }

    /// - Throws: `unknown-sku` where there are prices, and none of that.
    package func checkSKU(_ sku: String, store: String?) throws {
        guard let books = try books() else { return }
        _ = try Pricing.totals([Pricing.Line(sku, sku: sku, quantity: 1, store: store)], Pricing.Context(now: Int64(clamping: nowMilliseconds), channel: profile.kind), books)
    }
}
