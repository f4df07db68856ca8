// The vectors of prices in Protocol/vectors/prices.json: made again, and worked out again from what is kept.
import Bytes
import Commerce
import CRDT
import Support
import Testing

struct PriceVectorTests {
    struct Case: Codable, Equatable {
        let name: String
        var prices: [JSON], promotions: [JSON], lines: [JSON]
        var context: JSON
        /// And their bytes; or a code.
        var totals: JSON?
        var bytes: String?
        var error: String?

        /// Asks the engine.
        init(_ name: String, _ question: PriceCase) throws {
            self.name = name
            (prices, promotions, lines) = (question.prices.map(JSON.init), question.promotions.map(JSON.init), question.lines.map(JSON.init))
            context = JSON(question.context)
            do {
                let found = try question.totals.value
                (totals, bytes) = (JSON(found), Hex.encode(found.bytes))
            } catch let refusal as CommerceError { error = refusal.code }
        }

        var question: PriceCase { PriceCase(prices: prices.map(\.value), promotions: promotions.map(\.value), lines: lines.map(\.value), context: context.value) }
    }

    @Test func `every vector of prices is made again, and comes to the same from what is kept`() throws {
        for kept in try VectorFile.check("prices", made: cases(), named: \.name) {
            #expect(try Case(kept.name, kept.question) == kept)
        }
    }

    private func cases() throws -> [Case] {
        let saturday = PricingTests.saturday
        let (ten, fifteen) = (PricingTests.tenPercent, PricingTests.fifteenPercent)
        let groceries: [(String, Int64)] = [("PASTA", 3), ("MILK", 2)]
        func weekend(_ name: String, _ now: Value, _ others: [(String, Value)] = []) throws -> Case { try Case(name, PricingTests.weekend(now: now, others)) }
        func priced(_ name: String, _ lines: [(String, Int64)], _ promotions: [String] = []) throws -> Case { try Case(name, Shop.priced(lines.map { ($0.0, $0.1) }, promotions)) }
        func quote(until: Int64) throws -> [(String, Value)] {
            let quote = try #require(try Quote("SHOE-42", of: PricingTests.weekend(now: .int(saturday - 120_000)).totals, validUntil: until))
            return [("quotes", .list([quote.value]))]
        }
        var dearer = try PricingTests.weekend(now: .int(saturday), quote(until: saturday + 1))
        dearer.promotions.append(try Shop.promotions(version: 9, from: saturday, []))
        var expired = dearer
        expired.context = .map([("now", .int(saturday)), ("channel", .string("web"))] + (try quote(until: saturday)))
        var stores = try Shop.priced([("MILK", 1), ("PASTA", 1)], [#"{"id":"a","kind":"percentage","basisPoints":1000}"#, #"{"id":"b","kind":"amount-off","amount":{"minor":9,"currency":"EUR"}}"#])
        stores.prices.append(Shop.prices(scope: "store:S1", version: 4, [("MILK", 100, [])]))
        stores.promotions.append(try Shop.promotions(scope: "store:S1", version: 2, [#"{"id":"a","kind":"percentage","basisPoints":5000}"#]))
        stores.context = Shop.context(0, [("store", .string("S1"))])
        var francs = try Shop.priced([("MILK", 1)])
        francs.prices.append(Shop.prices(scope: "store:CH", currency: "CHF"))
        francs.lines.append(.map([("line", .string("x")), ("sku", .string("MILK")), ("quantity", .int(1)), ("store", .string("CH"))]))
        var unpublished = try Shop.priced([("NEW", 1)])
        unpublished.prices = []
        var welcome = try Shop.priced([("SOCK-3P", 1)], [#"{"id":"W","text":"Welcome","kind":"amount-off","amount":{"minor":500,"currency":"EUR"},"voucher":{"code":"WELCOME5","uses":1000,"perPerson":1}}"#])
        let without = try Case("a voucher that isn't granted", welcome)
        welcome.context = Shop.context(0, [("vouchers", .list([.string("WELCOME5")]))])
        var worlds = PriceWorlds(seed: 12)
        let mixed = try (1...4).map { try Case("a random shop \($0)", worlds.make()) }
        return [
            try priced("no promotion", [("PASTA", 2), ("MILK", 3), ("COFFEE", 1)]), try priced("10 % of 89.90", [("SHOE-42", 1)], [ten]),
            try priced("15 % of 89.90, half up", [("SHOE-42", 2)], [fifteen]), try weekend("the last millisecond of Friday", .int(saturday - 1)),
            try weekend("the first of Saturday", .int(saturday)), try weekend("a time that isn't known", .list([.int(saturday - 1), .int(saturday + 1)])),
            try weekend("cheaper than its quote", .int(saturday), quote(until: saturday + 1)), try Case("a quote is honoured", dearer), try Case("a quote is over", expired),
            try Case("a store's books", stores), try Case("two currencies", francs), try Case("no book", unpublished), try priced("an empty cart", []),
            try priced("an unknown sku", [("NEW", 1)]), try priced("no quantity", [("MILK", 0)]), without, try Case("a voucher", welcome),
            try priced("stacked, rounded once", groceries, [#"{"id":"a","kind":"percentage","basisPoints":1000}"#, #"{"id":"b","kind":"percentage","basisPoints":1000}"#]),
            try priced("the best of exclusive ones", groceries, [#"{"id":"a","kind":"percentage","basisPoints":3000,"stacking":"exclusive"}"#,
                                                                 #"{"id":"b","kind":"amount-off","amount":{"minor":50,"currency":"EUR"},"stacking":"exclusive"}"#]),
            try priced("buy 2, get 1", groceries, [#"{"kind":"buy-get","buy":2,"free":1}"#]),
            try priced("from 8.55 on", groceries, [#"{"kind":"threshold","from":{"minor":855,"currency":"EUR"},"amount":{"minor":100,"currency":"EUR"}}"#]),
            try priced("just under a threshold", groceries, [#"{"kind":"threshold","from":{"minor":856,"currency":"EUR"},"basisPoints":5000}"#]),
            try priced("a bundle", groceries, [#"{"kind":"bundle","items":{"MILK":2,"PASTA":1},"price":{"minor":300,"currency":"EUR"}}"#]),
            try priced("an exclusive group against exclusive units", groceries, [#"{"id":"a","kind":"percentage","basisPoints":2000,"stacking":"exclusive"}"#,
                                                                                 #"{"id":"g","kind":"buy-get","buy":1,"free":1,"skus":["PASTA"],"stacking":"exclusive"}"#]),
        ] + mixed
    }
}
