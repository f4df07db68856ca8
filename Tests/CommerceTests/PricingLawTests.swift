import Bytes
import Commerce
import CRDT
import Testing

/// What holds for any books, any cart and any moment.
struct PricingLawTests {
    private static let seeds = Array(UInt64(0)..<40)

    /// Some random shops of a seed.
    private func each(_ seed: UInt64, count: Int = 10, _ check: (inout PriceWorlds, PriceCase, Totals) throws -> Void) throws {
        var worlds = PriceWorlds(seed: seed)
        for _ in 0..<count {
            let question = worlds.make()
            try check(&worlds, question, question.totals)
        }
    }

    @Test(arguments: seeds)
    func `no order that anything is given in changes a byte, and books read back give the same`(seed: UInt64) throws {
        try each(seed) { worlds, question, totals in
            #expect(try worlds.shuffled(question).totals.value.bytes == totals.value.bytes)
            var again = question
            again.prices = try question.prices.map { try PriceBook($0).value }
            again.promotions = try question.promotions.map { try PromotionBook($0).value }
            #expect(try again.totals == totals)
        }
    }

    @Test(arguments: seeds)
    func `nothing is negative or above its list price, and all sums agree`(seed: UInt64) throws {
        try each(seed) { _, _, totals in
            for line in totals.lines {
                let (list, unit, total) = (try #require(line.list), try #require(line.unit), try #require(line.total))
                #expect(0 <= unit && unit <= list && 0 <= total && total <= unit * line.quantity)
                #expect(line.discounts.allSatisfy { $0.amount > 0 })
                #expect(list * line.quantity - line.discounts.map(\.amount).reduce(0, +) == total)
                #expect(list - line.discounts.compactMap(\.perUnit).reduce(0, +) == unit)
            }
            #expect(totals.total == totals.lines.compactMap(\.total).reduce(0, +))
            #expect(Set(totals.vouchers) == Set(totals.lines.flatMap(\.discounts).compactMap(\.voucher)))
        }
    }

    @Test(arguments: seeds)
    func `today's quotes change nothing today, and no valid quote is exceeded on another day`(seed: UInt64) throws {
        try each(seed) { worlds, question, totals in
            guard case .int? = question.context["now"] else { return }
            let quotes = totals.lines.compactMap { Quote($0.line, of: totals, validUntil: 1_000) }
            var context = try question.pricingContext
            context.quotes = quotes
            let (lines, books) = (try question.pricedLines, try question.books)
            let quoted = try Pricing.totals(lines, context, books)
            #expect(quoted.total == totals.total && quoted.lines.map(\.discounts) == totals.lines.map(\.discounts) && quoted.lines.allSatisfy { $0.quote == .now })
            for quote in quotes { #expect(try Quote(quote.value) == quote) }
            // Other promotions, same lines.
            let other = try PreparedBooks(prices: question.prices.map { try PriceBook($0) }, promotions: worlds.make().promotions.map { try PromotionBook($0) })
            let later = try Pricing.totals(lines, context, other)
            for (line, quote) in zip(later.lines, quotes) { #expect(try #require(line.total) <= quote.unit * line.quantity) }
            context.quotes = quotes.compactMap { Quote($0.line, of: totals, validUntil: 0) }
            let expired = try Pricing.totals(lines, context, other)
            var none = context
            none.quotes = []
            #expect(try Pricing.totals(lines, none, other).total == expired.total)
            for (line, quote) in zip(expired.lines, quotes) {
                #expect((line.quote == .ask(quoted: quote.unit)) == (try #require(line.total) > quote.unit * line.quantity))
            }
        }
    }

    @Test(arguments: seeds)
    func `an uncertain time costs no more than any moment within`(seed: UInt64) throws {
        try each(seed, count: 1) { _, question, _ in
            var (all, context) = (question, try question.pricingContext)
            all.context = .map([("now", .list([.int(5), .int(75)])), ("channel", .string(context.channel))])
            let best = try #require(try all.totals.total)
            context = try all.pricingContext
            var seen: Set<Int64> = []
            for now in 5...75 {
                context.now = Int64(now)...Int64(now)
                if let total = try Pricing.totals(question.pricedLines, context, question.books).total { seen.insert(total) }
            }
            #expect(seen.min() == best)
            #expect(try seen.count == 1 || all.totals.isUncertain)
        }
    }

    @Test(arguments: seeds)
    func `a unit's price is the exact one, rounded half up once`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let unit = chance.chance(50) ? Int64(chance.below(3_000)) : Int64(chance.below(Int(CommerceLimits.unitMax) + 1))
            let steps = (0..<chance.below(6)).map { _ in chance.chance(70) ? PriceReference.Step.percent([1_000, 2_500, 333, 1, 9_999, 5_000][chance.below(6)]) : .off(Int64(chance.below(200) + 1)) }
            let items = steps.enumerated().map { index, step in
                switch step {
                case .percent(let points): #"{"id":"\#(index)","kind":"percentage","basisPoints":\#(points)}"#
                case .off(let minor): #"{"id":"\#(index)","kind":"amount-off","amount":{"minor":\#(minor),"currency":"EUR"}}"#
                }
            }
            let question = PriceCase(prices: [Shop.prices([("A", unit, [])])], promotions: [try Shop.promotions(items)], lines: Shop.cart([("A", 1)]))
            #expect(try question.totals.total == PriceReference.price(unit, steps.prefix(5)), "\(unit) \(steps)")
        }
    }

    @Test(arguments: seeds)
    func `groups come to what counting unit by unit comes to`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let skus = ["A", "B", "C", "D"].map { (sku: $0, unit: Int64(chance.below(400)), tags: [String]()) }
            let cart = skus.map { ($0.sku, Int64(1 + chance.below(5))) }
            let units = zip(skus, cart).map { ($0.unit, $1.1) }
            let (buy, free) = (1 + chance.below(3), 1 + chance.below(2))
            let bought = PriceCase(prices: [Shop.prices(skus)], promotions: [try Shop.promotions([#"{"kind":"buy-get","buy":\#(buy),"free":\#(free)}"#])], lines: Shop.cart(cart))
            #expect(try bought.totals.lines.map(\.total) == PriceReference.buyGet(units, buy, free))
            let off = Int64(1 + chance.below(2_000))
            let threshold = #"{"kind":"threshold","from":{"minor":1,"currency":"EUR"},"amount":{"minor":\#(off),"currency":"EUR"}}"#
            let spread = PriceCase(prices: [Shop.prices(skus)], promotions: [try Shop.promotions([threshold])], lines: Shop.cart(cart))
            #expect(try spread.totals.lines.map(\.total) == PriceReference.spread(units, off))
        }
    }
}
