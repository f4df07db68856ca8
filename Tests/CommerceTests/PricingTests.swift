import Commerce
import CRDT
import Testing

/// The engine's values: the journeys', and each rule's by itself.
struct PricingTests {
    static let saturday: Int64 = 1_795_824_000_000
    static let tenPercent = #"{"id":"P10","text":"10 % on shoes","kind":"percentage","basisPoints":1000,"tags":["shoes"]}"#
    static let fifteenPercent = #"{"id":"P15","text":"15 % on shoes","kind":"percentage","basisPoints":1500,"tags":["shoes"]}"#

    /// Thursday's two books: 10 % from the start, 15 % from Saturday on.
    static func weekend(now: Value, _ others: [(String, Value)] = []) throws -> PriceCase {
        PriceCase(prices: [Shop.prices()], promotions: [try Shop.promotions(version: 7, [tenPercent]), try Shop.promotions(version: 8, from: saturday, [fifteenPercent])],
                  lines: Shop.cart([("SHOE-42", 1)]), context: .map([("now", now), ("channel", .string("web"))] + others))
    }

    @Test(arguments: [
        ([("SHOE-42", 1)], [tenPercent], Int64(8_091)), ([("SHOE-42", 1)], [fifteenPercent], 7_642), ([("SHOE-42", 2)], [fifteenPercent], 15_284),
        ([("PASTA", 2), ("MILK", 3), ("COFFEE", 1)], [], 2_235), ([("PASTA", 2), ("MILK", 2), ("COFFEE", 1)], [], 2_106),
        ([("SHOE-42", 1), ("SOCK-3P", 1)], [], 9_980), ([("SOCK-3P", 1), ("COFFEE", 1)], [], 2_440), ([], [], 0),
    ] as [([(String, Int64)], [String], Int64)])
    func `journeys come to what they should`(cart: [(String, Int64)], promotions: [String], total: Int64) throws {
        let totals = try Shop.priced(cart.map { ($0.0, $0.1) }, promotions).totals
        #expect(totals.total == total && totals.currency == "EUR")
    }

    /// A line's total after one or several promotions: three of 1.99 and two of 1.29 first.
    @Test(arguments: [
        // The third of three is free; with both skus the cheapest of five.
        ([#"{"kind":"buy-get","buy":2,"free":1,"skus":["PASTA"]}"#], [Int64(258), 398]), ([#"{"kind":"buy-get","buy":2,"free":1}"#], [129, 597]),
        ([#"{"kind":"buy-get","buy":1,"free":1}"#], [0, 597]), ([#"{"kind":"buy-get","buy":5,"free":1}"#], [258, 597]),
        // 8.55: under and at a threshold, a percentage of it, and an amount spread 258 : 597.
        ([#"{"kind":"threshold","from":{"minor":856,"currency":"EUR"},"basisPoints":5000}"#], [258, 597]),
        ([#"{"kind":"threshold","from":{"minor":855,"currency":"EUR"},"basisPoints":1000}"#], [232, 538]),
        ([#"{"kind":"threshold","from":{"minor":855,"currency":"EUR"},"amount":{"minor":100,"currency":"EUR"}}"#], [228, 527]),
        ([#"{"kind":"threshold","from":{"minor":1,"currency":"EUR"},"amount":{"minor":9999,"currency":"EUR"}}"#], [0, 0]),
        // One pasta and two milk for 3.00 instead of 4.57: once. 1.57 spread 258 : 199.
        ([#"{"kind":"bundle","items":{"MILK":2,"PASTA":1},"price":{"minor":300,"currency":"EUR"}}"#], [169, 529]),
        ([#"{"kind":"bundle","items":{"MILK":2,"PASTA":1},"price":{"minor":457,"currency":"EUR"}}"#], [258, 597]),
        // Stackable ones on what the one before left, in their order, and rounded once: 1.99 x 0.9 x 0.9 = 1.6119.
        ([tenOff, tenOff2], [208, 483]), ([halfEuro0, tenOff], [142, 402]), ([halfEuro9, tenOff], [132, 387]),
        // Of exclusive ones the best, by line.
        ([exclusiveTen, exclusiveHalfEuro], [158, 447]), ([exclusiveTen, exclusiveTwenty], [206, 477]), ([exclusiveTen, tenOff], [208, 483]),
        // An exclusive group against exclusive units: the whole gain counts, and its lines are its own.
        ([exclusiveTwenty, #"{"id":"g","kind":"buy-get","buy":1,"free":1,"skus":["PASTA"],"stacking":"exclusive"}"#], [206, 398]),
        ([exclusiveHalfEuro, #"{"id":"g","kind":"buy-get","buy":2,"free":1,"stacking":"exclusive"}"#], [158, 447]),
        // A group that gains nothing at first, as its pasta is cheaper alone, gains once another group holds that pasta.
        ([#"{"id":"x","kind":"percentage","basisPoints":9000,"skus":["PASTA"],"stacking":"exclusive"}"#, #"{"id":"g","kind":"percentage","basisPoints":1,"skus":["TOM-CAN"]}"#,
          #"{"id":"h","kind":"threshold","from":{"minor":1,"currency":"EUR"},"amount":{"minor":590,"currency":"EUR"},"skus":["PASTA"],"stacking":"exclusive"}"#,
          #"{"id":"i","kind":"threshold","from":{"minor":1,"currency":"EUR"},"amount":{"minor":58,"currency":"EUR"},"stacking":"exclusive"}"#], [200, 7]),
        // Each unit is counted by one group.
        ([#"{"id":"a","kind":"buy-get","buy":1,"free":1,"skus":["PASTA"]}"#, #"{"id":"b","kind":"buy-get","buy":1,"free":1}"#], [129, 398]),
    ] as [([String], [Int64])])
    func `each kind takes off what it says`(promotions: [String], totals expected: [Int64]) throws {
        let totals = try Shop.priced([("PASTA", 3), ("MILK", 2)], promotions).totals
        #expect(totals.lines.map(\.total) == expected)
        #expect(totals.total == expected.reduce(0, +))
    }

    private static let tenOff = #"{"id":"b1","kind":"percentage","basisPoints":1000}"#
    private static let tenOff2 = #"{"id":"b2","kind":"percentage","basisPoints":1000}"#
    private static let halfEuro0 = #"{"id":"a","kind":"amount-off","amount":{"minor":50,"currency":"EUR"}}"#
    private static let halfEuro9 = #"{"id":"a","priority":9,"kind":"amount-off","amount":{"minor":50,"currency":"EUR"}}"#
    private static let exclusiveTen = #"{"id":"x1","kind":"percentage","basisPoints":1000,"stacking":"exclusive"}"#
    private static let exclusiveTwenty = #"{"id":"x2","kind":"percentage","basisPoints":2000,"stacking":"exclusive"}"#
    private static let exclusiveHalfEuro = #"{"id":"x3","kind":"amount-off","amount":{"minor":50,"currency":"EUR"},"stacking":"exclusive"}"#

    /// What a promotion of 10 % off pasta asks for, and whether it is met: at S1, over the web, at 5.
    @Test(arguments: [
        (#""skus":["PASTA"]"#, true), (#""skus":["MILK"]"#, false), (#""skus":["MILK"],"tags":["food"]"#, true), (#""tags":["shoes"]"#, false), (#""channels":["app","web"]"#, true),
        (#""channels":["app"]"#, false), (#""stores":["S1","S2"]"#, true), (#""stores":["S2"]"#, false), (#""validFrom":5"#, true), (#""validFrom":6"#, false), (#""validUntil":6"#, true),
        (#""validUntil":5"#, false), (#""voucher":{"code":"A"}"#, true), (#""voucher":{"code":"B"}"#, false),
    ])
    func `a promotion holds where, when and for what it says`(condition: String, holds: Bool) throws {
        var question = try Shop.priced([("PASTA", 1)], [#"{"kind":"percentage","basisPoints":1000,\#(condition)}"#])
        question.context = Shop.context(5, [("store", .string("S1")), ("vouchers", .list([.string("A")]))])
        let totals = try question.totals
        #expect(totals.total == (holds ? 179 : 199))
        #expect(totals.vouchers == (holds && condition.contains("voucher") ? ["A"] : []))
        if condition.contains("\"B\"") { #expect(try Pricing.vouchers(question.pricedLines, question.pricingContext, question.books).map(\.code) == ["B"]) }
    }

    @Test(arguments: [(saturday - 1, Int64(8_091), "10 % on shoes", Int64(7)), (saturday, 7_642, "15 % on shoes", 8), (saturday + 300_000, 7_642, "15 % on shoes", 8)] as [(Int64, Int64, String, Int64)])
    func `the hub's time alone says which version counts`(now: Int64, total: Int64, text: String, version: Int64) throws {
        let totals = try PricingTests.weekend(now: .int(now)).totals
        #expect(totals.total == total && totals.lines.first?.discounts.map(\.text) == [text] && totals.promotions.map(\.version) == [version] && !totals.isUncertain)
    }

    /// A till that can't tell the time: the best of what is possible, and it says so where there is a choice.
    @Test(arguments: [(saturday - 10, saturday + 10, Int64(7_642), true), (saturday - 10, saturday - 1, 8_091, false), (saturday, saturday + 10, 7_642, false), (Int64.min, Int64.max, 7_642, true)] as [(Int64, Int64, Int64, Bool)])
    func `an uncertain time gives the customer the better version`(earliest: Int64, latest: Int64, total: Int64, isUncertain: Bool) throws {
        let totals = try PricingTests.weekend(now: .list([.int(earliest), .int(latest)])).totals
        #expect(totals.total == total && totals.isUncertain == isUncertain)
    }

    /// 10 % while 89.90, then 15 %, or nothing.
    @Test(arguments: [(8, Int64(1), Int64(7_642), Totals.Line.QuoteOutcome.now), (9, 1, 8_091, .honoured), (9, 0, 8_990, .ask(quoted: 8_091)), (7, 0, 8_091, .now)] as [(Int, Int64, Int64, Totals.Line.QuoteOutcome)])
    func `the cheaper of quote and today counts, and dearer is asked for once the quote is over`(version: Int, left: Int64, total: Int64, outcome: Totals.Line.QuoteOutcome) throws {
        let (friday, now) = (PricingTests.saturday - 120_000, version == 7 ? PricingTests.saturday - 1 : PricingTests.saturday + 60_000)
        let quote = try #require(try Quote("SHOE-42", of: PricingTests.weekend(now: .int(friday)).totals, validUntil: now + left))
        #expect(quote.unit == 8_091 && quote.promotions.map(\.version) == [7])
        var question = try PricingTests.weekend(now: .int(now), [("quotes", .list([quote.value]))])
        if version == 9 { question.promotions.append(try Shop.promotions(version: 9, from: PricingTests.saturday, [])) }
        let totals = try question.totals
        #expect(totals.total == total && totals.lines.first?.quote == outcome)
        #expect(totals.priceChange == (outcome == .ask(quoted: 8_091) ? CommerceError("price-changed", "SHOE-42 was quoted at 80.91 EUR and is 89.90 EUR now: ask whether that is accepted.") : nil))
    }

    @Test func `a quote holds where no book has its price`() throws {
        let quote = try #require(try Quote("SHOE-42", of: PricingTests.weekend(now: .int(0)).totals, validUntil: 10))
        var question = try PricingTests.weekend(now: .int(9), [("quotes", .list([quote.value]))])
        (question.prices, question.promotions) = ([], [])
        #expect(try question.totals.total == 8_091)
        question.prices = [Shop.prices([("MILK", 129, [])])]
        #expect(try question.totals.total == 8_091)
        question.context = Shop.context(10, [("quotes", .list([quote.value]))])
        #expect(throws: CommerceError.unknown("SHOE-42")) { try question.totals }
    }

    @Test(arguments: [(#""unit":8091"#, #""unit":8000"#), (#""list":8990"#, #""list":8000"#), (#""validUntil":10"#, #""validUntil":-1"#), (#""EUR""#, #""eur""#), (#""text""#, #""texts""#)])
    func `a quote that doesn't add up is refused`(good: String, bad: String) throws {
        let text = #"{"line":"L","sku":"S","currency":"EUR","list":8990,"unit":8091,"discounts":[{"promotion":"p","text":"t","amount":899,"unit":899}],"prices":{"scope":"tenant","version":1},"promotions":[],"validUntil":10}"#
        #expect(try Quote(Value(json: text)).value == Value(json: text))
        let error = #expect(throws: CommerceError.self) { try Quote(Value(json: text.replacing(good, with: bad))) }
        #expect(error?.code == "invalid-value")
    }

    @Test func `a store's books come before the tenant's, sku by sku and promotion by promotion`() throws {
        var question = try Shop.priced([("MILK", 1), ("PASTA", 1)], [#"{"id":"a","kind":"percentage","basisPoints":1000}"#, #"{"id":"b","kind":"amount-off","amount":{"minor":9,"currency":"EUR"}}"#])
        question.prices.append(Shop.prices(scope: "store:S1", version: 4, [("MILK", 100, [])]))
        question.promotions.append(try Shop.promotions(scope: "store:S1", version: 2, [#"{"id":"a","kind":"percentage","basisPoints":5000}"#]))
        #expect(try question.totals.lines.map(\.total) == [107, 170])
        question.context = Shop.context(0, [("store", .string("S1"))])
        let totals = try question.totals
        #expect(totals.lines.map(\.total) == [41, 91])
        #expect(totals.prices.map(\.version) == [4, 1] && totals.promotions.map(\.version) == [2, 1])
    }

    @Test func `without a book nothing has a price, and any sku is accepted`() throws {
        var question = try Shop.priced([("NEW", 1)])
        question.prices = []
        let totals = try question.totals
        #expect(totals.total == nil && totals.currency == nil && totals.lines.map(\.unit) == [nil])
        // A book that hasn't begun is none yet.
        question.prices = [Shop.prices(from: 1)]
        #expect(try question.totals.total == nil)
        question.context = Shop.context(1)
        #expect(throws: CommerceError.unknown("NEW")) { try question.totals }
    }

    @Test(arguments: [0, -1, 1_000_001, .max, .min] as [Int64])
    func `a quantity has bounds`(quantity: Int64) throws {
        let question = try Shop.priced([("MILK", quantity)])
        #expect(throws: CommerceError("invalid-quantity", "A quantity of \(quantity) isn't possible: use 1 to 1000000.")) { try question.totals }
    }

    @Test func `one cart has one currency, and a sum that can be written`() throws {
        var question = try Shop.priced([("MILK", 1), ("PASTA", 1)])
        question.prices.append(Shop.prices(scope: "store:CH", currency: "CHF"))
        question.lines[0] = .map([("line", .string("MILK")), ("sku", .string("MILK")), ("quantity", .int(1)), ("store", .string("CH"))])
        #expect(throws: CommerceError.self) { try question.totals }
        // A promotion in another currency is for other carts.
        let dollars = try Shop.priced([("MILK", 1)], [#"{"kind":"amount-off","amount":{"minor":50,"currency":"USD"}}"#])
        #expect(try dollars.totals.total == 129)
        var large = PriceCase(prices: [Shop.prices([("A", CommerceLimits.unitMax, [])])])
        large.lines = (0..<93).map { .map([("line", .string("L\($0)")), ("sku", .string("A")), ("quantity", .int(1_000_000))]) }
        #expect(throws: CommerceError("too-large", "The sum is larger than can be written: check prices and quantities.")) { try large.totals }
        large.lines.removeLast()
        #expect(try large.totals.total == 9_200_000_000_000_000_000)
        large.lines.append(large.lines[0])
        #expect(throws: CommerceError("invalid-value", "The line \"L0\" is there twice: each stands once.")) { try large.totals }
    }

    @Test func `the largest price with as many promotions as can stack is exact`() throws {
        let items = (0..<7).map { #"{"id":"s\#($0)","kind":"percentage","basisPoints":1}"# } + [#"{"id":"x","kind":"percentage","basisPoints":3333,"stacking":"exclusive"}"#]
        var question = PriceCase(prices: [Shop.prices([("A", CommerceLimits.unitMax, [])])], promotions: [try Shop.promotions(items)], lines: Shop.cart([("A", 1)]))
        // 10^11 x 0.6667 x 0.9999^5: five of the seven act.
        #expect(try question.totals.total == 66_636_671_666)
        question.promotions = []
        #expect(try question.totals.total == CommerceLimits.unitMax)
    }
}

extension CommerceError {
    fileprivate static func unknown(_ sku: String) -> CommerceError { CommerceError("unknown-sku", "\"\(sku)\" is in no price book: check the sku, or publish its price.") }
}
