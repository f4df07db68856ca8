// Reading what people publish: a key that has no meaning is refused, as is a name that stands twice and a number out of range.
internal import CRDT

extension Value {
    /// - Throws: `invalid-value` for a key that has no meaning here: a misspelt condition must not be no condition.
    func checkKeys(_ what: String, _ keys: [String]) throws(CommerceError) {
        guard case .fields(let fields) = self else { throw .notStructure(what) }
        var before: String?
        for field in fields {
            guard keys.contains(where: field.key.isSame) else { throw .invalid("The key", field.key, "\(what) has \(keys.joined(separator: ", "))") }
            if let before, !utf8Precedes(before, field.key) { throw .twice("key", field.key) }
            before = field.key
        }
    }

    /// A list of names under a key, in byte order; none where it's absent.
    func names(_ key: String, max: Int = CommerceLimits.selectionMax) throws(CommerceError) -> [String] {
        guard isThere(key) else { return [] }
        let found = try items(key)
        guard found.count <= max else { throw .tooMany(key, found.count, max) }
        var names: [String] = []
        for item in found {
            guard case .string(let name) = item else { throw .lacks(key, "a list of texts") }
            try StockNames.check("The name in \(key)", name)
            names.append(name)
        }
        names.sort(by: utf8Precedes)
        for (one, next) in zip(names, names.dropFirst()) where one.isSame(as: next) { throw .twice("name in \(key)", one) }
        return names
    }

    func integer(_ key: String, in range: ClosedRange<Int64>) throws(CommerceError) -> Int64 {
        let number = try integer(key)
        guard range.contains(number) else { throw .invalid("The number \(key)", "\(number)", "it is \(range.lowerBound) to \(range.upperBound)") }
        return number
    }

    /// An amount with its currency, and nothing else.
    func amount(_ key: String, from least: Int64) throws(CommerceError) -> Money {
        guard let found = self[key], case .fields = found else { throw .lacks(key, "an amount with its currency") }
        try found.checkKeys("the amount \(key)", ["minor", "currency"])
        let money = try Money(found)
        guard (least...CommerceLimits.unitMax).contains(money.minor) else {
            throw .invalid("The amount \(key)", "\(money.minor)", "it is \(least) to \(CommerceLimits.unitMax)")
        }
        return money
    }

    /// Only what says something: an empty list and what is absent are left out.
    static func canonical(_ fields: [(String, Value?)]) -> [(String, Value)] {
        fields.compactMap { key, value in value.flatMap { $0 == .list([]) ? nil : (key, $0) } }
    }

    static func texts(_ names: [String]) -> Value { .list(names.map(Value.string)) }
}
