// What the tests of prices share: values from JSON text, and books, carts and moments from those.
import Bytes
import Commerce
import CRDT
import Foundation
import Testing

/// JSON as vectors hold it: whole numbers only.
enum JSON: Codable, Equatable, Sendable {
    case null, bool(Bool), number(Int64), text(String), list([JSON]), fields([String: JSON])

    init(from decoder: any Decoder) throws {
        let one = try decoder.singleValueContainer()
        if one.decodeNil() { self = .null } else if let flag = try? one.decode(Bool.self) { self = .bool(flag) } else if let number = try? one.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? one.decode(String.self) { self = .text(text) } else if let items = try? one.decode([JSON].self) { self = .list(items) } else {
            self = .fields(try one.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var one = encoder.singleValueContainer()
        switch self {
        case .null: try one.encodeNil()
        case .bool(let flag): try one.encode(flag)
        case .number(let number): try one.encode(number)
        case .text(let text): try one.encode(text)
        case .list(let items): try one.encode(items)
        case .fields(let fields): try one.encode(fields)
        }
    }

    init(_ value: Value) {
        switch value {
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .number(number)
        case .string(let text): self = .text(text)
        case .list(let items): self = .list(items.map(JSON.init))
        case .fields(let fields): self = .fields(Dictionary(uniqueKeysWithValues: fields.map { ($0.key, JSON($0.value)) }))
        case .null, .bytes, .unknown: self = .null
        }
    }

    var value: Value {
        switch self {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .number(let number): .int(number)
        case .text(let text): .string(text)
        case .list(let items): .list(items.map(\.value))
        case .fields(let fields): .map(fields.map { ($0.key, $0.value.value) })
        }
    }

    static func read(_ text: String) throws -> JSON { try JSONDecoder().decode(JSON.self, from: Data(text.utf8)) }
}

extension Value {
    init(json: String) throws { self = try JSON.read(json).value }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.value(self)
        return writer.bytes
    }
}

/// A question to the engine: books, a cart and a moment, as values.
struct PriceCase {
    var prices: [Value] = []
    var promotions: [Value] = []
    var lines: [Value] = []
    var context = Value.map([("now", .int(0)), ("channel", .string("web"))])

    var books: PreparedBooks {
        get throws { try PreparedBooks(prices: prices.map { try PriceBook($0) }, promotions: promotions.map { try PromotionBook($0) }) }
    }

    var pricedLines: [Pricing.Line] {
        get throws {
            try lines.map {
                Pricing.Line(try $0.text("line"), sku: try $0.text("sku"), quantity: try $0.integer("quantity"), store: $0.isThere("store") ? try $0.text("store") : nil)
            }
        }
    }

    var pricingContext: Pricing.Context {
        get throws {
            let now: ClosedRange<Int64>
            if case .list(let ends)? = context["now"], case .int(let earliest)? = ends.first, case .int(let latest)? = ends.last { now = earliest...latest } else {
                now = try context.integer("now")...context.integer("now")
            }
            var result = Pricing.Context(now: now, channel: try context.text("channel"), store: context.isThere("store") ? try context.text("store") : nil)
            if context.isThere("vouchers") { result.vouchers = try context.items("vouchers").map { if case .string(let code) = $0 { code } else { "" } } }
            if context.isThere("quotes") { result.quotes = try context.items("quotes").map { try Quote($0) } }
            return result
        }
    }

    var totals: Totals { get throws { try Pricing.totals(pricedLines, pricingContext, books) } }
}

/// The journeys' prices, and what a test adds to them.
enum Shop {
    static let skus: [(sku: String, unit: Int64, tags: [String])] = [
        ("SHOE-42", 8_990, ["shoes"]), ("SHOE-43", 8_990, ["shoes"]), ("SOCK-3P", 990, ["socks"]), ("COFFEE", 1_450, ["food"]), ("MILK", 129, ["food"]),
        ("PASTA", 199, ["food"]), ("TOM-CAN", 99, ["food"]), ("PHONE-X", 69_900, []), ("BOOT-40", 11_900, ["shoes"]),
    ]

    static func prices(scope: String = "tenant", version: Int64 = 1, from: Int64 = 0, currency: String = "EUR", _ skus: [(sku: String, unit: Int64, tags: [String])] = skus) -> Value {
        .map([("scope", .string(scope)), ("version", .int(version)), ("validFrom", .int(from)), ("currency", .string(currency)),
              ("prices", .map(skus.map { ($0.sku, .map([("unit", .int($0.unit))] + ($0.tags.isEmpty ? [] : [("tags", .list($0.tags.map(Value.string)))]))) }))])
    }

    /// - Parameter items: each as JSON; `id`, `text` and `stacking` are added where they are absent.
    static func promotions(scope: String = "tenant", version: Int64 = 1, from: Int64 = 0, _ items: [String]) throws -> Value {
        let list = try items.enumerated().map { index, text -> Value in
            guard case .fields(let fields) = try Value(json: text) else { throw CommerceError("invalid-value", text) }
            let given = Set(fields.map(\.key))
            let added: [(String, Value)] = [("id", .string("P\(index)")), ("text", .string("Promotion \(index)")), ("stacking", .string("stackable"))]
            return .map(fields.map { ($0.key, $0.value) } + added.filter { !given.contains($0.0) })
        }
        return .map([("scope", .string(scope)), ("version", .int(version)), ("validFrom", .int(from)), ("promotions", .list(list))])
    }

    static func cart(_ lines: [(sku: String, quantity: Int64)]) -> [Value] {
        lines.map { .map([("line", .string($0.sku)), ("sku", .string($0.sku)), ("quantity", .int($0.quantity))]) }
    }

    static func context(_ now: Int64 = 0, _ others: [(String, Value)] = []) -> Value { .map([("now", .int(now)), ("channel", .string("web"))] + others) }

    static func priced(_ lines: [(sku: String, quantity: Int64)], _ promotions: [String] = [], now: Int64 = 0) throws -> PriceCase {
        PriceCase(prices: [prices()], promotions: promotions.isEmpty ? [] : [try Shop.promotions(promotions)], lines: cart(lines), context: context(now))
    }
}
