// A promotion as a value: read with everything that is wrong named, and written in one form only. Protocol/prices.md 3.
package import CRDT

extension Promotion {
    private static let keys = ["id", "text", "kind", "skus", "tags", "stores", "channels", "validFrom", "validUntil", "stacking", "priority", "voucher"]
    private static let points: ClosedRange<Int64> = 1...10_000

    /// - Throws: `invalid-value`, `currency-mismatch`, or `too-large`.
    package init(_ value: Value) throws(CommerceError) {
        guard case .fields = value else { throw .notStructure("a promotion") }
        id = try value.text("id")
        try StockNames.check("The promotion's id", id)
        text = try value.text("text")
        let limit = CommerceLimits.promotionTextBytesMax
        guard !text.isEmpty, text.utf8.count <= limit else { throw .invalid("The text of \(id)", text, "it has 1 to \(limit) bytes") }
        let own: [String]
        (kind, own) = try Promotion.kind(value)
        try value.checkKeys("this kind of promotion", Promotion.keys + own)
        guard let stacking = Stacking(rawValue: try value.text("stacking")) else { throw .lacks("stacking", "exclusive or stackable") }
        self.stacking = stacking
        priority = value.isThere("priority") ? try value.integer("priority", in: 0...CommerceLimits.priorityMax) : 0
        (skus, tags) = (try value.names("skus"), try value.names("tags"))
        if case .bundle = kind, !skus.isEmpty || !tags.isEmpty { throw .invalid("The promotion", id, "a bundle selects by its items alone") }
        (stores, channels) = (try value.names("stores"), try value.names("channels"))
        for store in stores { _ = try StockNames.space(store) }
        validFrom = value.isThere("validFrom") ? try BookHead.time("validFrom", value.integer("validFrom")) : nil
        validUntil = value.isThere("validUntil") ? try BookHead.time("validUntil", value.integer("validUntil")) : nil
        if let validUntil, validUntil <= validFrom ?? -1 { throw .invalid("The promotion", id, "it ends before it begins") }
        voucher = value.isThere("voucher") ? try Voucher(value["voucher"] ?? .null) : nil
    }

    /// And the keys that this kind has of its own.
    private static func kind(_ value: Value) throws(CommerceError) -> (Kind, [String]) {
        let group = 1...CommerceLimits.groupMax
        switch try value.text("kind") {
        case "percentage": return (.percentage(basisPoints: try value.integer("basisPoints", in: points)), ["basisPoints"])
        case "amount-off": return (.amountOff(try value.amount("amount", from: 1)), ["amount"])
        case "buy-get": return (.buyGet(buy: try value.integer("buy", in: group), free: try value.integer("free", in: group)), ["buy", "free"])
        case "threshold": return (.threshold(from: try value.amount("from", from: 1), try reduction(value)), ["from", "basisPoints", "amount"])
        case "bundle": return (.bundle(items: try items(value, counts: group), price: try value.amount("price", from: 0)), ["items", "price"])
        case let other: throw .invalid("The kind", other, "it is percentage, amount-off, buy-get, threshold or bundle")
        }
    }

    private static func reduction(_ value: Value) throws(CommerceError) -> Reduction {
        guard value.isThere("basisPoints") != value.isThere("amount") else { throw .eitherReduction() }
        guard value.isThere("amount") else { return .percentage(basisPoints: try value.integer("basisPoints", in: points)) }
        let (from, off) = (try value.amount("from", from: 1), try value.amount("amount", from: 1))
        guard off.currency == from.currency else { throw .currencies(from.currency, off.currency) }
        return .amount(off)
    }

    private static func items(_ value: Value, counts: ClosedRange<Int64>) throws(CommerceError) -> [Item] {
        var items: [Item] = []
        for entry in try value.entries("items") {
            try StockNames.check("The sku", entry.key)
            guard case .int(let count) = entry.value, counts.contains(count) else {
                throw .invalid("The count of", entry.key, "it is a whole number from \(counts.lowerBound) to \(counts.upperBound)")
            }
            if let before = items.last?.sku, !utf8Precedes(before, entry.key) { throw .twice("sku", entry.key) }
            items.append(Item(sku: entry.key, count: count))
        }
        guard !items.isEmpty else { throw .lacks("items", "a structure of skus and counts") }
        guard items.count <= CommerceLimits.bundleMax else { throw .tooMany("items", items.count, CommerceLimits.bundleMax) }
        return items
    }

    package var value: Value {
        .map(Value.canonical([
            ("id", .string(id)), ("text", .string(text)), ("stacking", .string(stacking.rawValue)), ("priority", priority == 0 ? nil : .int(priority)),
            ("skus", .texts(skus)), ("tags", .texts(tags)), ("stores", .texts(stores)), ("channels", .texts(channels)),
            ("validFrom", validFrom.map(Value.int)), ("validUntil", validUntil.map(Value.int)), ("voucher", voucher?.value),
        ]) + kindFields)
    }

    private var kindFields: [(String, Value)] {
        switch kind {
        case .percentage(let points): [("kind", .string("percentage")), ("basisPoints", .int(points))]
        case .amountOff(let amount): [("kind", .string("amount-off")), ("amount", amount.value)]
        case .buyGet(let buy, let free): [("kind", .string("buy-get")), ("buy", .int(buy)), ("free", .int(free))]
        case .threshold(let from, .percentage(let points)): [("kind", .string("threshold")), ("from", from.value), ("basisPoints", .int(points))]
        case .threshold(let from, .amount(let amount)): [("kind", .string("threshold")), ("from", from.value), ("amount", amount.value)]
        case .bundle(let items, let price):
            [("kind", .string("bundle")), ("items", .fields(items.map { Value.Field($0.sku, .int($0.count)) })), ("price", price.value)]
        }
    }
}

extension Promotion.Voucher {
    init(_ value: Value) throws(CommerceError) {
        try value.checkKeys("a voucher", ["code", "uses", "perPerson"])
        code = try value.text("code")
        try StockNames.check("The voucher's code", code)
        uses = value.isThere("uses") ? try value.integer("uses", in: 1...CommerceLimits.usesMax) : nil
        perPerson = value.isThere("perPerson") ? try value.integer("perPerson", in: 1...CommerceLimits.usesMax) : nil
    }

    package var value: Value { .map(Value.canonical([("code", .string(code)), ("uses", uses.map(Value.int)), ("perPerson", perPerson.map(Value.int))])) }
}
