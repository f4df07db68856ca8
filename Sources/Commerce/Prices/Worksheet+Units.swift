// Promotions of each unit: of the exclusive ones the best, then the stackable ones on what it left, and one rounding.
// Protocol/prices.md 5.

extension Worksheet {
    mutating func priceUnits() {
        // Per row: the least that one unit costs with an exclusive promotion alone, and which it is.
        var best: [(price: Int64, offer: Int)?] = rows.map { _ in nil }
        for (number, offer) in offers.enumerated() where offer.promotion.isOfUnits {
            for place in offer.rows {
                guard let list = rows[place]?.list else { continue }
                switch offer.promotion.stacking {
                case .stackable:
                    if rows[place]?.stacked.count ?? 0 < CommerceLimits.stackedMax { rows[place]?.stacked.append(number) }
                case .exclusive:
                    let price = ExactPrice.tenThousandths(list, with: offer.promotion.kind)
                    if price < best[place]?.price ?? list * 10_000 { best[place] = (price, number) }
                }
            }
        }
        for (place, found) in rows.enumerated() {
            guard let row = found else { continue }
            let base = unit(of: row, exclusive: nil)
            var best = best[place].map { unit(of: row, exclusive: $0.offer) } ?? base
            if row.quoteHolds, let quote = row.quote, quote.unit < best.amount { best = Unit(amount: quote.unit, isQuoted: true) }
            rows[place]?.base = base
            rows[place]?.best = best
            rows[place]?.unit = best
        }
    }

    /// What a unit costs with one exclusive promotion, or none, and then all that stack. Without a book's price, its quote.
    private func unit(of row: Row, exclusive: Int?) -> Unit {
        if !row.isInBook, let quote = row.quote { return Unit(amount: quote.unit, isQuoted: true) }
        var price = ExactPrice(row.list)
        if let exclusive { price.take(offers[exclusive].promotion.kind) }
        for number in row.stacked { price.take(offers[number].promotion.kind) }
        return Unit(amount: price.rounded, exclusive: exclusive)
    }

    /// A line that an exclusive promotion of several units holds costs no more than its quote either.
    mutating func honourQuotes() {
        for (place, found) in rows.enumerated() {
            guard let row = found, row.isHeld, row.quoteHolds, let quote = row.quote, quote.unit * row.line.quantity < row.due else { continue }
            rows[place]?.unit = Unit(amount: quote.unit, isQuoted: true)
            rows[place]?.groups = []
            rows[place]?.off = 0
        }
    }

    /// What each promotion took off each unit: the difference of the rounded prices before and after it, so that they add up.
    func unitDiscounts(of row: Row) -> [Discount] {
        if row.unit.isQuoted, let quote = row.quote {
            return quote.discounts.map { $0.times(row.line.quantity) }
        }
        var exact = ExactPrice(row.list)
        var before = row.list
        var result: [Discount] = []
        for number in [row.unit.exclusive].compactMap({ $0 }) + row.stacked {
            let promotion = offers[number].promotion
            exact.take(promotion.kind)
            let after = exact.rounded
            if after < before { result.append(Discount(promotion, before - after, perUnit: before - after).times(row.line.quantity)) }
            before = after
        }
        return result
    }
}
