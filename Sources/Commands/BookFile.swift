// A book as people write it: JSON, with times as ISO 8601 and amounts as `89.90 EUR` beside the form of Protocol/prices.md.
internal import Commerce
internal import Console
internal import CRDT
internal import Replica
internal import Sync

enum BookFile {
    static func prices(_ file: String) throws -> Value {
        var fields = try fields(file)
        var currency = fields["currency"]
        guard case .object(let prices)? = fields["prices"] else { throw wrong("prices", "a structure of skus") }
        var made: [(key: String, value: JSON)] = []
        for (sku, price) in prices {
            var price = price.text.map { JSON.object([(key: "price", value: .string($0))]) } ?? price
            if let text = price["price"]?.text {
                let money = try Money(text)
                if let known = currency?.text, known != money.currency { throw CommandError("currency-mismatch", "\(sku) costs \(money), and the book's currency is \(known): one book has one currency.") }
                currency = .string(money.currency)
                guard case .object(let others) = price else { continue }
                price = .object([(key: "unit", value: .int(money.minor))] + others.filter { $0.key != "price" })
            }
            made.append((key: sku, value: price))
        }
        fields["prices"] = .object(made)
        fields["currency"] = currency
        return try value(fields)
    }

    static func promotions(_ file: String) throws -> Value {
        var fields = try fields(file)
        guard let list = fields["promotions"]?.items else { throw wrong("promotions", "a list") }
        fields["promotions"] = .array(try list.map(promotion))
        return try value(fields)
    }

    /// `percent: 10` is a percentage; without a text it says what it does; exclusive unless it says otherwise.
    private static func promotion(_ json: JSON) throws -> JSON {
        guard case .object(let list) = json else { throw wrong("promotions", "a list of structures") }
        var fields = Dictionary(list.map { ($0.key, $0.value) }) { $1 }
        if let percent = fields.removeValue(forKey: "percent") {
            guard let number = percent.number else { throw wrong("percent", "a whole number") }
            fields["kind"] = "percentage"
            fields["basisPoints"] = .int(number.multipliedReportingOverflow(by: 100).partialValue)
            fields["text"] = fields["text"] ?? .string("\(number) % off")
        }
        for key in ["amount", "from", "price"] { if let text = fields[key]?.text { fields[key] = JSON(value: try Money(text).value) } }
        fields["text"] = fields["text"] ?? fields["id"]
        fields["stacking"] = fields["stacking"] ?? "exclusive"
        return .object(try withTimes(fields).sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
    }

    static func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
        guard let outcome = try replica.outcome(of: intent) else {
            return Output(.fields(["status": "queued", "book": .null, "version": .null, "validFrom": .null])) { $0.yellow("asked; it is published once the hub is reached") }
        }
        guard outcome.isDone else { throw CommandError(outcome.status, outcome.message) }
        let (book, version, from) = (try outcome.value.text("book"), try outcome.value.integer("version"), try outcome.value.integer("validFrom"))
        return Output(.fields(["book": .string(book), "version": .int(version), "validFrom": .string(TimeText.iso(from))])) { _ in "version \(version) of \(book), from \(TimeText.iso(from)) on" }
    }

    // MARK: JSON

    private static func fields(_ file: String) throws -> [String: JSON] {
        guard case .object(let list) = try Files.json(file) else {
            throw CommandError("invalid-value", "\(file) is no book: a JSON object, as Protocol/prices.md has it.")
        }
        var fields = Dictionary(list.map { ($0.key, $0.value) }) { $1 }
        fields["scope"] = fields["scope"] ?? "tenant"
        return try withTimes(fields)
    }

    private static func withTimes(_ fields: [String: JSON]) throws -> [String: JSON] {
        var fields = fields
        for key in ["validFrom", "validUntil"] {
            guard let text = fields[key]?.text else { continue }
            guard let time = TimeText.milliseconds(text) else { throw wrong(key, "a time such as 2026-12-01T00:00:00Z") }
            fields[key] = .int(time)
        }
        return fields
    }

    private static func value(_ fields: [String: JSON]) throws -> Value { try PlainReader.value(.object(fields.map { (key: $0.key, value: $0.value) }), "the book") }

    private static func wrong(_ key: String, _ kind: String) -> CommandError { CommandError("invalid-value", "\"\(key)\" is missing, or isn't \(kind).") }
}
