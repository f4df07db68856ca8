// What a cart comes to, line by line, and with which books: equal bytes on every replica for equal input. Protocol/prices.md 7.
package import CRDT

package struct Discount: Hashable, Sendable {
    package let promotion, text: String
    /// Off the line, in minor units, above 0.
    package let amount: Int64
    /// Off each unit; nil where several units together were reduced.
    package let perUnit: Int64?
    /// The code that it was granted by.
    package let voucher: String?

    init(_ promotion: Promotion, _ amount: Int64, perUnit: Int64?) {
        self.init(promotion.id, promotion.text, amount, perUnit: perUnit, voucher: promotion.voucher?.code)
    }

    private init(_ promotion: String, _ text: String, _ amount: Int64, perUnit: Int64?, voucher: String?) {
        (self.promotion, self.text, self.amount, self.perUnit, self.voucher) = (promotion, text, amount, perUnit, voucher)
    }

    /// One unit's, of so many.
    func times(_ quantity: Int64) -> Discount {
        Discount(promotion, text, (perUnit ?? 0) * quantity, perUnit: perUnit, voucher: voucher)
    }

    package var value: Value {
        .map(Value.canonical([("promotion", .string(promotion)), ("text", .string(text)), ("amount", .int(amount)), ("unit", perUnit.map(Value.int)),
                              ("voucher", voucher.map(Value.string))]))
    }

    /// Of a quote: one unit's.
    init(_ value: Value) throws(CommerceError) {
        try value.checkKeys("a discount", ["promotion", "text", "amount", "unit", "voucher"])
        let unit = try value.integer("unit", in: 1...CommerceLimits.unitMax)
        self.init(try value.text("promotion"), try value.text("text"), try value.integer("amount", in: unit...unit), perUnit: unit,
                  voucher: value.isThere("voucher") ? try value.text("voucher") : nil)
    }
}

package struct Totals: Hashable, Sendable {
    package struct Line: Hashable, Sendable {
        /// What became of the line's quote.
        package enum QuoteOutcome: Hashable, Sendable {
            /// It is cheaper than today, and counts.
            case honoured
            /// Today is as cheap, or cheaper, and counts.
            case now
            /// Today is dearer, and the quote has expired: nobody may be charged before being asked.
            case ask(quoted: Int64)
        }

        package let line, sku: String
        package let quantity: Int64
        package let store: String?
        /// Of one unit: before anything is taken off, and with what is taken off each unit. Nil while no book has prices.
        package let list, unit: Int64?
        /// `unit` x quantity, less what several units together are reduced by.
        package let total: Int64?
        package let discounts: [Discount]
        package let quote: QuoteOutcome?
        /// Whose price it is.
        package let book: BookRef?
    }

    /// Of all amounts; nil while nothing has a price.
    package let currency: String?
    /// By line, in byte order.
    package let lines: [Line]
    /// Nil where a line has no price.
    package let total: Int64?
    /// What was in effect for the cart's stores, by scope.
    package let prices, promotions: [BookRef]
    /// Codes that took something off: one use of each is spent with the order.
    package let vouchers: [String]
    /// The time wasn't known well enough to tell which version counts: this is the best for the customer of what is possible.
    package let isUncertain: Bool

    package func line(_ id: String) -> Line? { lines.place(of: id, \.line).map { lines[$0] } }

    package func money(_ minor: Int64?) -> Money? { currency.flatMap { currency in minor.map { Money($0, currency) } } }

    /// `price-changed` for the first line whose customer has to be asked.
    package var priceChange: CommerceError? {
        for line in lines {
            if case .ask(let quoted)? = line.quote, let total = line.total, let currency {
                return .priceChanged(line.sku, from: Money(quoted * line.quantity, currency), to: Money(total, currency))
            }
        }
        return nil
    }

    func marked(uncertain: Bool) -> Totals {
        Totals(currency: currency, lines: lines, total: total, prices: prices, promotions: promotions, vouchers: vouchers, isUncertain: uncertain)
    }

    package var value: Value {
        .map([("currency", currency.map(Value.string) ?? .null), ("lines", .list(lines.map(\.value))), ("total", total.map(Value.int) ?? .null),
              ("prices", .list(prices.map(\.value))), ("promotions", .list(promotions.map(\.value))), ("vouchers", .texts(vouchers)),
              ("uncertain", .bool(isUncertain))])
    }
}

extension Totals.Line {
    package var value: Value {
        func number(_ number: Int64?) -> Value { number.map(Value.int) ?? .null }
        var fields: [(String, Value)] = [
            ("line", .string(line)), ("sku", .string(sku)), ("quantity", .int(quantity)), ("list", number(list)), ("unit", number(unit)),
            ("total", number(total)), ("discounts", .list(discounts.map(\.value))),
        ]
        if let store { fields.append(("store", .string(store))) }
        switch quote {
        case .honoured?: fields.append(("quote", .string("honoured")))
        case .now?: fields.append(("quote", .string("now")))
        case .ask(let quoted)?: fields.append(("quote", .map([("ask", .int(quoted))])))
        case nil: break
        }
        return .map(fields)
    }
}
