// What a unit was promised to cost, and until when. It travels with the line, and any node honours it, offline too.
// Protocol/prices.md 8.
package import CRDT

package struct Quote: Hashable, Sendable {
    package let line, sku: String
    package let currency: String
    /// Of one unit: before anything is taken off, and after. Discounts of several units together are worked out anew each time.
    package let list, unit: Int64
    package let discounts: [Discount]
    /// Of the books that it was worked out with.
    package let prices: BookRef
    package let promotions: [BookRef]
    /// In the hub's time, without that millisecond.
    package let validUntil: Int64

    /// - Returns: nil for a line that isn't among them, or has no price.
    package init?(_ line: String, of totals: Totals, validUntil: Int64) {
        guard let found = totals.line(line), let list = found.list, let unit = found.unit, let book = found.book, let currency = totals.currency else { return nil }
        (self.line, sku, self.currency, self.list, self.unit) = (found.line, found.sku, currency, list, unit)
        discounts = found.discounts.filter { $0.perUnit != nil }.map { $0.times(1) }
        prices = book
        promotions = totals.promotions.filter { book in book.scope == BookRef.tenant || found.store.map { "store:\($0)".isSame(as: book.scope) } ?? false }
        self.validUntil = validUntil
    }

    package var value: Value {
        .map([("line", .string(line)), ("sku", .string(sku)), ("currency", .string(currency)), ("list", .int(list)), ("unit", .int(unit)),
              ("discounts", .list(discounts.map(\.value))),
              ("prices", prices.value), ("promotions", .list(promotions.map(\.value))), ("validUntil", .int(validUntil))])
    }

    /// - Throws: `invalid-value`, also where its discounts aren't what lies between its two prices.
    package init(_ value: Value) throws(CommerceError) {
        try value.checkKeys("a quote", ["line", "sku", "currency", "list", "unit", "discounts", "prices", "promotions", "validUntil"])
        (line, sku, currency) = (try value.text("line"), try value.text("sku"), try value.text("currency"))
        guard Money.isCurrency(currency) else { throw .invalid("The currency", currency, "it has three capital letters") }
        list = try value.integer("list", in: 0...CommerceLimits.unitMax)
        unit = try value.integer("unit", in: 0...list)
        var discounts: [Discount] = []
        var off: Int64 = 0
        let items = try value.items("discounts")
        guard items.count <= CommerceLimits.stackedMax + 1 else { throw .tooMany("discounts", items.count, CommerceLimits.stackedMax + 1) }
        for item in items {
            let discount = try Discount(item)
            discounts.append(discount)
            off += discount.amount
        }
        guard off == list - unit else { throw .invalid("The quote of", sku, "its discounts come to \(off), and its prices differ by \(list - unit)") }
        self.discounts = discounts
        prices = try BookRef(value["prices"] ?? .null)
        var promotions: [BookRef] = []
        for item in try value.items("promotions") { promotions.append(try BookRef(item)) }
        guard promotions.count <= 2 else { throw .tooMany("promotion books", promotions.count, 2) }
        self.promotions = promotions
        validUntil = try BookHead.time("validUntil", value.integer("validUntil"))
    }
}
