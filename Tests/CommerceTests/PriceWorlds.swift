// Random shops for the laws of prices: a few skus, stores and versions, and promotions of every kind, so that they meet often.
import Bytes
import CRDT

struct PriceWorlds {
    private var chance: SeededGenerator

    init(seed: UInt64) { chance = SeededGenerator(seed: seed) }

    private static let skus = ["A", "B", "C", "D", "E"], tags = ["t", "u"], stores = ["S1", "S2"], channels = ["web", "till"], codes = ["V1", "V2"]

    mutating func make() -> PriceCase {
        var made = PriceCase()
        for version in 1...1 + chance.below(2) { made.prices.append(prices("tenant", version, PriceWorlds.skus)) }
        for store in PriceWorlds.stores where chance.chance(40) { made.prices.append(prices("store:\(store)", 1, some(PriceWorlds.skus, 50))) }
        for version in 1...1 + chance.below(2) { made.promotions.append(promotions("tenant", version)) }
        for store in PriceWorlds.stores where chance.chance(40) { made.promotions.append(promotions("store:\(store)", 1)) }
        made.lines = (0..<chance.below(8)).map { index in
            let store: [(String, Value)] = chance.chance(50) ? [("store", .string(pick(PriceWorlds.stores)))] : []
            return .map([("line", .string("L\(index)")), ("sku", .string(pick(PriceWorlds.skus))), ("quantity", .int(number(1, chance.chance(80) ? 4 : 2_000)))] + store)
        }
        let now = number(10, 40)
        made.context = .map([("now", chance.chance(80) ? .int(now) : .list([.int(now), .int(now + number(0, 30))])), ("channel", .string(pick(PriceWorlds.channels))),
                             ("vouchers", .list(some(PriceWorlds.codes, 50).map(Value.string)))] + (chance.chance(30) ? [("store", .string(pick(PriceWorlds.stores)))] : []))
        return made
    }

    mutating func shuffled(_ question: PriceCase) -> PriceCase {
        var result = question
        result.prices.shuffle(using: &chance)
        result.promotions = question.promotions.map { book in
            guard case .fields(let fields) = book else { return book }
            return .map(fields.map { field in
                guard case .list(let items) = field.value else { return (field.key, field.value) }
                return (field.key, .list(items.shuffled(using: &chance)))
            })
        }.shuffled(using: &chance)
        result.lines.shuffle(using: &chance)
        return result
    }

    private mutating func prices(_ scope: String, _ version: Int, _ skus: [String]) -> Value {
        let entries = skus.map { sku -> (String, Value) in
            let tags = some(PriceWorlds.tags, 50)
            return (sku, .map([("unit", .int(price()))] + (tags.isEmpty ? [] : [("tags", .list(tags.map(Value.string)))])))
        }
        return .map([("scope", .string(scope)), ("version", .int(Int64(version))), ("validFrom", .int(version == 1 ? 0 : number(10, 50))), ("currency", .string("EUR")), ("prices", .map(entries))])
    }

    private mutating func promotions(_ scope: String, _ version: Int) -> Value {
        let items = (0..<chance.below(8)).map { promotion("p\($0)") }
        return .map([("scope", .string(scope)), ("version", .int(Int64(version))), ("validFrom", .int(version == 1 ? 0 : number(10, 50))), ("promotions", .list(items))])
    }

    private mutating func promotion(_ id: String) -> Value {
        var fields: [(String, Value)] = [("id", .string(id)), ("text", .string("Text of \(id)")), ("stacking", .string(chance.chance(50) ? "exclusive" : "stackable"))]
        func names(_ key: String, _ names: [String]) -> [(String, Value)] { names.isEmpty ? [] : [(key, .list(names.map(Value.string)))] }
        switch chance.below(6) {
        case 0: fields += [("kind", .string("percentage")), ("basisPoints", .int(number(1, 10_000)))]
        case 1: fields += [("kind", .string("amount-off")), ("amount", amount(number(1, 900)))]
        case 2: fields += [("kind", .string("buy-get")), ("buy", .int(number(1, 3))), ("free", .int(number(1, 2)))]
        case 3: fields += [("kind", .string("threshold")), ("from", amount(number(1, 9_000), "EUR")), ("basisPoints", .int(number(1, 10_000)))]
        case 4: fields += [("kind", .string("threshold")), ("from", amount(number(1, 9_000), "EUR")), ("amount", amount(number(1, 9_000), "EUR"))]
        default: fields += [("kind", .string("bundle")), ("items", .map(some(PriceWorlds.skus, 40).map { ($0, .int(number(1, 2))) } + [("A", .int(1))])), ("price", amount(number(0, 900)))]
        }
        if case .string("bundle")? = Value.map(fields)["kind"] {} else if chance.chance(60) { fields += names("skus", some(PriceWorlds.skus, 40)) + names("tags", some(PriceWorlds.tags, 40)) }
        if chance.chance(20) { fields += names("stores", some(PriceWorlds.stores, 60)) }
        if chance.chance(20) { fields += names("channels", some(PriceWorlds.channels, 60)) }
        if chance.chance(20) { fields.append(("validFrom", .int(number(0, 40)))) }
        if chance.chance(20) { fields.append(("validUntil", .int(number(41, 70)))) }
        if chance.chance(30) { fields.append(("priority", .int(number(0, 3)))) }
        if chance.chance(20) { fields.append(("voucher", .map([("code", .string(pick(PriceWorlds.codes)))]))) }
        return .map(fields)
    }

    private mutating func amount(_ minor: Int64, _ currency: String? = nil) -> Value {
        .map([("minor", .int(minor)), ("currency", .string(currency ?? (chance.chance(90) ? "EUR" : "USD")))])
    }

    private mutating func price() -> Int64 { chance.chance(10) ? 0 : chance.chance(80) ? number(1, 2_000) : number(1, 9_999_999) }
    private mutating func number(_ low: Int64, _ high: Int64) -> Int64 { Int64.random(in: low...high, using: &chance) }
    private mutating func pick(_ names: [String]) -> String { names[chance.below(names.count)] }
    private mutating func some(_ names: [String], _ percent: Int) -> [String] { names.filter { _ in chance.chance(percent) } }
}
