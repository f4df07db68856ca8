// `9d`, `1h30m`, `500ms`, `-26h`, `+10y`: times in scenario files, in milliseconds. A year has 365 days.

package enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000), ("y", 31_536_000_000),
    ]

    /// - Returns: nil for a text that is none.
    package static func parse(_ text: String) -> Int64? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        if rest == "0" { return 0 }
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let number = Int64(digits), let unit = units.first(where: { $0.name == letters }) else { return nil }
            let (product, isOver) = number.multipliedReportingOverflow(by: unit.milliseconds)
            let (sum, isOverToo) = total.addingReportingOverflow(product)
            guard !isOver, !isOverToo, sum < 1 << 50 else { return nil }
            total = sum
        }
        return isNegative ? -total : total
    }

    package static func text(_ milliseconds: Int64) -> String {
        if milliseconds == 0 { return "0s" }
        for unit in units.reversed() where milliseconds % unit.milliseconds == 0 { return "\(milliseconds / unit.milliseconds)\(unit.name)" }
        return "\(milliseconds)ms"
    }
}
