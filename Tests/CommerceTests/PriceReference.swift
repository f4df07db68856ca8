// Prices worked out slowly, and by other means than the engine's: decimal digits on paper, one unit at a time.

enum PriceReference {
    enum Step { case percent(Int), off(Int64) }

    /// In digits, the last first: each percentage adds four decimals, and nothing is divided.
    static func price(_ unit: Int64, _ steps: some Sequence<Step>) -> Int64 {
        var digits = String(unit).reversed().compactMap(\.wholeNumberValue), decimals = 0
        for step in steps {
            switch step {
            case .percent(let points):
                digits = times(digits, 10_000 - points)
                decimals += 4
            case .off(let minor): digits = minus(digits, Array(repeating: 0, count: decimals) + String(minor).reversed().compactMap(\.wholeNumberValue))
            }
        }
        while digits.count <= decimals { digits.append(0) }
        let whole = digits[decimals...].reversed().reduce(Int64(0)) { $0 * 10 + Int64($1) }
        return whole + (decimals > 0 && digits[decimals - 1] >= 5 ? 1 : 0)
    }

    private static func times(_ digits: [Int], _ factor: Int) -> [Int] {
        var result: [Int] = [], carry = 0
        for digit in digits {
            carry += digit * factor
            result.append(carry % 10)
            carry /= 10
        }
        while carry > 0 {
            result.append(carry % 10)
            carry /= 10
        }
        return result
    }

    /// Never below 0.
    private static func minus(_ left: [Int], _ right: [Int]) -> [Int] {
        var result: [Int] = [], borrow = 0
        for place in 0..<max(left.count, right.count) {
            var digit = (place < left.count ? left[place] : 0) - (place < right.count ? right[place] : 0) - borrow
            borrow = digit < 0 ? 1 : 0
            if digit < 0 { digit += 10 }
            result.append(digit)
        }
        return borrow > 0 ? [0] : result
    }

    /// Every unit on the table, the cheapest first.
    static func buyGet(_ lines: [(unit: Int64, quantity: Int64)], _ buy: Int, _ free: Int) -> [Int64] {
        let table = lines.enumerated().flatMap { index, line in Array(repeating: (line.unit, index), count: Int(line.quantity)) }.sorted { $0 < $1 }
        var totals = lines.map { $0.unit * $0.quantity }
        for (unit, line) in table.prefix(table.count / (buy + free) * free) { totals[line] -= unit }
        return totals
    }

    /// Cent by cent to who is furthest below the exact share: as many as are whole first, so that nobody overtakes.
    static func spread(_ lines: [(unit: Int64, quantity: Int64)], _ amount: Int64) -> [Int64] {
        let totals = lines.map { $0.unit * $0.quantity }
        let sum = totals.reduce(0, +)
        var given = totals.map { _ in Int64(0) }
        for _ in 0..<min(amount, sum) {
            // What is owed, less what was given, in parts of 1 / sum.
            let owed = zip(totals, given).map { min(amount, sum) * $0 - $1 * sum }
            if let most = owed.max(), let line = owed.firstIndex(of: most) { given[line] += 1 }
        }
        return zip(totals, given).map { $0 - $1 }
    }
}
