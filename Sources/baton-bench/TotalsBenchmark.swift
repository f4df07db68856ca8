// What a cart comes to: 100 lines, 50 promotions of every kind, as a device works it out with each keystroke, and a hub with each
// order.
internal import Commerce
internal import CRDT

enum TotalsBenchmark {
    /// - Returns: milliseconds, of the median of many.
    static func run() throws -> Double {
        let names = (0..<100).map { index in "SKU-\(index < 10 ? "0" : "")\(index)" }
        let head: [(String, Value)] = [("scope", .string("tenant")), ("version", .int(1)), ("validFrom", .int(0))]
        let prices = try PriceBook(.map(head + [("currency", .string("EUR")), ("prices", .map(names.enumerated().map { index, name in
            (name, .map([("unit", .int(Int64(199 + index * 37))), ("tags", .list([.string("tag\(index % 10)")]))]))
        }))]))
        let promotions = try PromotionBook(.map(head + [("promotions", .list((0..<50).map { promotion($0, names) }))]))
        let books = try PreparedBooks(prices: [prices], promotions: [promotions])
        let lines = names.enumerated().map { index, name in Pricing.Line(name, sku: name, quantity: Int64(1 + index % 4)) }
        let context = Pricing.Context(now: 1_000, channel: "web")
        var times: [Double] = []
        for _ in 0..<500 { times.append(try milliseconds { _ = try Pricing.totals(lines, context, books) }) }
        return times.sorted()[times.count / 2]
    }

    /// Ten of each kind; half may be stacked.
    private static func promotion(_ index: Int, _ names: [String]) -> Value {
        func money(_ minor: Int64) -> Value { .map([("minor", .int(minor)), ("currency", .string("EUR"))]) }
        let tags: (String, Value) = ("tags", .list([.string("tag\(index / 5)")]))
        let kind: [(String, Value)] = switch index % 5 {
        case 0: [("kind", .string("percentage")), ("basisPoints", .int(1_000)), tags]
        case 1: [("kind", .string("amount-off")), ("amount", money(50)), tags]
        case 2: [("kind", .string("buy-get")), ("buy", .int(2)), ("free", .int(1)), tags]
        case 3: [("kind", .string("threshold")), ("from", money(2_000)), ("basisPoints", .int(500)), tags]
        default: [("kind", .string("bundle")), ("items", .map([(names[index], .int(1)), (names[index + 20], .int(1))])), ("price", money(300))]
        }
        return .map([("id", .string("P\(index)")), ("text", .string("Promotion \(index)")), ("stacking", .string(index % 2 == 0 ? "stackable" : "exclusive"))] + kind)
    }
}
