// What is said of a cart once everything is taken off. Protocol/prices.md 7 and 8.

extension Worksheet {
    func totals() throws(CommerceError) -> Totals {
        var lines: [Totals.Line] = []
        var sum: Int64? = cart.lines.isEmpty && currency == nil ? nil : 0
        var vouchers: [String] = []
        for (place, line) in cart.lines.enumerated() {
            guard let row = rows[place] else {
                sum = nil
                lines.append(Totals.Line(line: line.id, sku: line.sku, quantity: line.quantity, store: line.store, list: nil, unit: nil, total: nil,
                                         discounts: [], quote: nil, book: nil))
                continue
            }
            let quoted = row.unit.isQuoted ? row.quote : nil
            let discounts = unitDiscounts(of: row) + row.groups.map { Discount(offers[$0.offer].promotion, $0.amount, perUnit: nil) }
            sum = sum.map { $0 + row.due }
            vouchers += discounts.compactMap(\.voucher)
            lines.append(Totals.Line(line: line.id, sku: line.sku, quantity: line.quantity, store: line.store, list: quoted?.list ?? row.list, unit: row.unit.amount,
                                     total: row.due, discounts: discounts, quote: outcome(row), book: quoted?.prices ?? row.book))
        }
        return Totals(currency: currency, lines: lines, total: sum, prices: prices, promotions: promotions, vouchers: vouchers.inByteOrder, isUncertain: false)
    }

    private func outcome(_ row: Row) -> Totals.Line.QuoteOutcome? {
        guard let quote = row.quote else { return nil }
        if row.unit.isQuoted { return .honoured }
        return row.due > quote.unit * row.line.quantity ? .ask(quoted: quote.unit) : .now
    }
}
