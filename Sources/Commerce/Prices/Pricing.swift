// The one engine: what a cart comes to, with these books, at this moment. No clock, no order of arrival, no floating point.
// Protocol/prices.md 4 to 9.
internal import CRDT

package enum Pricing {
    package struct Line: Hashable, Sendable {
        package let id, sku: String
        package let quantity: Int64
        /// Whose prices and promotions count; nil: the context's store, or no store's.
        package let store: String?

        package init(_ id: String, sku: String, quantity: Int64, store: String? = nil) {
            (self.id, self.sku, self.quantity, self.store) = (id, sku, quantity, store)
        }
    }

    package struct Context: Sendable {
        /// The hub's time in milliseconds, as well as it is known: from the earliest to the latest that it can be.
        package var now: ClosedRange<Int64>
        package var channel: String
        package var store: String?
        /// Codes that were granted to this cart.
        package var vouchers: [String]
        package var quotes: [Quote]

        package init(now: ClosedRange<Int64>, channel: String, store: String? = nil, vouchers: [String] = [], quotes: [Quote] = []) {
            (self.now, self.channel, self.store, self.vouchers, self.quotes) = (now, channel, store, vouchers, quotes)
        }

        package init(now: Int64, channel: String, store: String? = nil, vouchers: [String] = [], quotes: [Quote] = []) {
            self.init(now: now...now, channel: channel, store: store, vouchers: vouchers, quotes: quotes)
        }
    }

    /// - Throws: `unknown-sku`, `currency-mismatch`, `invalid-quantity`, `invalid-value` or `too-large`.
    package static func totals(_ lines: [Line], _ context: Context, _ books: PreparedBooks) throws(CommerceError) -> Totals {
        let cart = try Cart(lines, context)
        var found: [Totals] = [], problem: CommerceError?
        for moment in cart.moments(books) {
            do throws(CommerceError) {
                found.append(try cart.totals(at: moment, books))
            } catch {
                problem = error
            }
        }
        if found.isEmpty, let problem { throw problem }
        if found.count == 1, problem == nil { return found[0] }
        // Ascending moments: of equally good ones the latest stands, and with it the newer text.
        var best = found[0]
        for totals in found.dropFirst() where !(best.isBetter(than: totals)) { best = totals }
        return best.marked(uncertain: problem != nil || found.contains { !$0.agrees(with: best) })
    }

    /// Codes that aren't granted yet and would be looked at for this cart, were they: in byte order.
    /// - Throws: as `totals`.
    package static func vouchers(_ lines: [Line], _ context: Context, _ books: PreparedBooks) throws(CommerceError) -> [Promotion.Voucher] {
        let sheet = try Worksheet(Cart(lines, context), at: context.now.upperBound, books, grantsAll: true)
        var result: [Promotion.Voucher] = []
        for offer in sheet.offers where !offer.rows.isEmpty {
            guard let voucher = offer.promotion.voucher, !context.vouchers.contains(where: voucher.code.isSame) else { continue }
            if !result.contains(where: { $0.code.isSame(as: voucher.code) }) { result.append(voucher) }
        }
        return result.sorted { utf8Precedes($0.code, $1.code) }
    }
}

extension Totals {
    /// Whether people are told the same: the versions may differ.
    fileprivate func agrees(with other: Totals) -> Bool { total == other.total && zip(lines, other.lines).allSatisfy { $0.value == $1.value } }

    fileprivate func isBetter(than other: Totals) -> Bool {
        guard let total else { return false }
        return total < other.total ?? .max
    }
}

/// The lines in their order, checked, with their quotes.
struct Cart {
    let lines: [Pricing.Line]
    let context: Pricing.Context
    /// Beside `lines`.
    let quotes: [Quote?]
    let vouchers: [String]
    /// Scopes that count for it: those of its stores, and `tenant`, which is the last in byte order.
    let scopes: [String]
    /// Beside `lines`: a line's scopes as places in `scopes`, the store's first.
    let places: [[Int]]

    init(_ unsorted: [Pricing.Line], _ context: Pricing.Context) throws(CommerceError) {
        guard unsorted.count <= CommerceLimits.pricedLinesMax else { throw .tooMany("lines", unsorted.count, CommerceLimits.pricedLinesMax) }
        let lines = unsorted.map { Pricing.Line($0.id, sku: $0.sku, quantity: $0.quantity, store: $0.store ?? context.store) }.sorted { utf8Precedes($0.id, $1.id) }
        for (one, next) in zip(lines, lines.dropFirst()) where one.id.isSame(as: next.id) { throw .twice("line", one.id) }
        for line in lines where !(1...CommerceLimits.quantityMax).contains(line.quantity) { throw .quantity(line.quantity, 1...CommerceLimits.quantityMax) }
        var quotes: [Quote?] = lines.map { _ in nil }
        for quote in context.quotes {
            guard let place = lines.place(of: quote.line, \.id) else { continue }
            guard quotes[place] == nil else { throw .twice("quote", quote.line) }
            guard quote.sku.isSame(as: lines[place].sku) else { throw .invalid("The quote of", quote.sku, "its line is of \(lines[place].sku)") }
            quotes[place] = quote
        }
        (self.lines, self.context, self.quotes, vouchers) = (lines, context, quotes, context.vouchers.inByteOrder)
        let scopes = ([BookRef.tenant] + (lines.compactMap(\.store) + [context.store].compactMap { $0 }).map { "store:\($0)" }).inByteOrder
        let tenant = scopes.count - 1
        places = lines.map { line in (line.store.flatMap { store in scopes.place(of: "store:\(store)") { $0 } }.map { [$0] } ?? []) + [tenant] }
        self.scopes = scopes
    }

    /// The earliest moment that is possible, and each later one at which something changes.
    func moments(_ books: PreparedBooks) -> [Int64] {
        let (earliest, latest) = (context.now.lowerBound, context.now.upperBound)
        guard earliest < latest else { return [earliest] }
        let range = earliest...latest
        let changes = scopes.compactMap(books.scope).flatMap { $0.changes(within: range) } + quotes.compactMap { $0?.validUntil }.filter(range.contains)
        return Set(changes + [earliest]).sorted()
    }

    func totals(at moment: Int64, _ books: PreparedBooks) throws(CommerceError) -> Totals {
        var sheet = try Worksheet(self, at: moment, books)
        sheet.priceUnits()
        sheet.takeExclusiveGroups()
        sheet.takeStackableGroups()
        sheet.honourQuotes()
        return try sheet.totals()
    }
}
