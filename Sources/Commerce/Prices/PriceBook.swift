// What each sku costs, in one currency, at a store or everywhere: a version that is published before it takes effect.
// Protocol/prices.md 2.
package import CRDT

package struct PriceBook: Hashable, Sendable {
    package struct Price: Hashable, Sendable {
        package let sku: String
        /// Of one unit, in minor units, before anything is taken off.
        package let unit: Int64
        /// What promotions may select by; in byte order.
        package let tags: [String]
    }

    package let head: BookHead
    package let currency: String
    /// By sku, in byte order.
    package let prices: [Price]

    /// - Throws: `invalid-value`, or `too-large`.
    package init(_ value: Value) throws(CommerceError) {
        try value.checkKeys("a price book", BookHead.keys + ["currency", "prices"])
        head = try BookHead(value)
        currency = try value.text("currency")
        guard Money.isCurrency(currency) else { throw .invalid("The currency", currency, "it has three capital letters") }
        guard value.isThere("prices") else { throw .lacks("prices", "a structure of skus") }
        let entries = try value.entries("prices")
        guard entries.count <= CommerceLimits.pricesMax else { throw .tooMany("prices", entries.count, CommerceLimits.pricesMax) }
        var prices: [Price] = []
        prices.reserveCapacity(entries.count)
        for entry in entries {
            try StockNames.check("The sku", entry.key)
            if let before = prices.last?.sku, !utf8Precedes(before, entry.key) { throw .twice("sku", entry.key) }
            try entry.value.checkKeys("the price of \(entry.key)", ["unit", "tags"])
            prices.append(Price(sku: entry.key, unit: try entry.value.integer("unit", in: 0...CommerceLimits.unitMax),
                                tags: try entry.value.names("tags", max: CommerceLimits.tagsMax)))
        }
        self.prices = prices
    }

    /// {scope, version, validFrom, currency, prices: {SKU: {unit, tags}}}
    package var value: Value {
        .map(head.fields + [("currency", .string(currency)), ("prices", .fields(prices.map { price in
            Value.Field(price.sku, .map(Value.canonical([("unit", .int(price.unit)), ("tags", .texts(price.tags))])))
        }))])
    }

    package func price(of sku: String) -> Price? { prices.place(of: sku, \.sku).map { prices[$0] } }
}
