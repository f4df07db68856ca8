// One cart at one moment: which price and which promotions each line has. What is then taken off stands beside this file.
// Protocol/prices.md 4.
internal import CRDT

struct Worksheet {
    /// A promotion that holds now for this cart.
    struct Offer {
        let promotion: Promotion
        /// Of its book.
        let scope: String
        /// The lines that it selects, ascending.
        var rows: [Int] = []
    }

    /// A unit's price, and what made it so.
    struct Unit {
        var amount: Int64
        var exclusive: Int?
        var isQuoted = false
    }

    struct Row {
        let line: Pricing.Line
        let list: Int64
        let book: BookRef
        /// And whether it holds still.
        let quote: Quote?
        let quoteHolds: Bool
        /// Whether a book has its price; without one, its quote alone says what it costs.
        let isInBook: Bool
        /// Stackable promotions of its units, in order.
        var stacked: [Int] = []
        /// Without any exclusive promotion; with the best one that acts on each unit, or its quote; and what counts.
        var base = Unit(amount: 0), best = Unit(amount: 0), unit = Unit(amount: 0)
        /// What groups took off the line, and how many of its units no group has counted.
        var groups: [(offer: Int, amount: Int64)] = []
        var off: Int64 = 0
        var free: Int64
        var isHeld = false

        var due: Int64 { unit.amount * line.quantity - off }
    }

    let cart: Cart
    let moment: Int64
    /// By priority, then id, then scope.
    private(set) var offers: [Offer] = []
    /// Beside the cart's lines; nil for one without a price.
    var rows: [Row?]
    private(set) var currency: String?
    private(set) var prices: [BookRef] = []
    private(set) var promotions: [BookRef] = []

    /// - Throws: `unknown-sku`, `currency-mismatch`, or `too-large`.
    init(_ cart: Cart, at moment: Int64, _ books: PreparedBooks, grantsAll: Bool = false) throws(CommerceError) {
        (self.cart, self.moment) = (cart, moment)
        rows = cart.lines.map { _ in nil }
        let scopes = cart.scopes.map(books.scope)
        let priceBooks = scopes.map { $0?.prices(at: moment) }
        prices = priceBooks.compactMap(\.?.head.book)
        currency = cart.lines.isEmpty ? priceBooks.compactMap { $0 }.first?.currency : nil
        let tags = try findPrices(priceBooks)
        let inEffect = scopes.map { $0?.promotions(at: moment) }
        promotions = inEffect.compactMap(\.?.book.head.book)
        match(tags, inEffect, grantsAll: grantsAll)
    }

    /// - Returns: the tags of each line.
    private mutating func findPrices(_ books: [PriceBook?]) throws(CommerceError) -> [[String]] {
        var tags: [[String]] = cart.lines.map { _ in [] }
        var sum: Int64 = 0
        for (place, line) in cart.lines.enumerated() {
            let own = cart.places[place].compactMap { books[$0] }
            let quote = cart.quotes[place], holds = quote.map { moment < $0.validUntil } ?? false
            let found = own.lazy.compactMap { book in book.price(of: line.sku).map { (book, $0) } }.first
            guard found != nil || (holds && quote != nil) else {
                if own.isEmpty { continue }
                throw .unknownSku(line.sku)
            }
            for other in [found?.0.currency, quote?.currency].compactMap({ $0 }) {
                if let currency, currency != other { throw .currencies(currency, other) }
                currency = other
            }
            guard let list = found?.1.unit ?? quote?.list, let book = found?.0.head.book ?? quote?.prices else { continue }
            rows[place] = Row(line: line, list: list, book: book, quote: quote, quoteHolds: holds, isInBook: found != nil, free: line.quantity)
            tags[place] = found?.1.tags ?? []
            // No later sum is larger than this one.
            let (next, overflow) = sum.addingReportingOverflow(max(list, quote?.list ?? 0) * line.quantity)
            guard !overflow else { throw .tooMuchMoney() }
            sum = next
        }
        return tags
    }

    /// Finds what holds now, and which lines each selects. A store's promotion replaces the tenant's of the same id there.
    private mutating func match(_ tags: [[String]], _ books: [PreparedBooks.Promotions?], grantsAll: Bool) {
        var found: [(offer: Offer, book: Int, place: Int)] = []
        for (book, promotions) in books.enumerated() {
            guard let promotions else { continue }
            for (place, promotion) in promotions.book.promotions.enumerated() {
                guard promotion.holds(at: moment, channel: cart.context.channel), promotion.currency ?? currency == currency,
                      grantsAll || promotion.voucher.map({ cart.vouchers.holds($0.code) }) ?? true else { continue }
                found.append((Offer(promotion: promotion, scope: cart.scopes[book]), book, place))
            }
        }
        found.sort { one, other in
            let (left, right) = (one.offer.promotion, other.offer.promotion)
            if left.priority != right.priority { return left.priority < right.priority }
            return left.id.isSame(as: right.id) ? one.book < other.book : utf8Precedes(left.id, right.id)
        }
        offers = found.map(\.offer)
        var numbers = books.map { [Int?](repeating: nil, count: $0?.book.promotions.count ?? 0) }
        for (number, item) in found.enumerated() { numbers[item.book][item.place] = number }
        // Per offer, the last row that it was given to: a line may be selected by its sku and by several tags.
        var last = [Int](repeating: -1, count: offers.count)
        for (row, line) in cart.lines.enumerated() where rows[row] != nil {
            let own = cart.places[row]
            for book in own {
                guard let promotions = books[book] else { continue }
                func select(_ places: [Int]) {
                    for place in places {
                        guard let number = numbers[book][place], last[number] < row, offers[number].promotion.holds(in: line.store) else { continue }
                        if own.count > 1, book != own[0], isReplaced(offers[number].promotion.id, by: books[own[0]]) { continue }
                        last[number] = row
                        offers[number].rows.append(row)
                    }
                }
                select(promotions.ofEverything)
                if let found = promotions.bySku.place(of: line.sku, \.name) { select(promotions.bySku[found].places) }
                for tag in tags[row] {
                    if let found = promotions.byTag.place(of: tag, \.name) { select(promotions.byTag[found].places) }
                }
            }
        }
    }

    private func isReplaced(_ id: String, by store: PreparedBooks.Promotions?) -> Bool {
        store?.book.promotions.place(of: id, \.id) != nil
    }
}
