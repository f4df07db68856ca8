// What one promotion of several units together takes off some lines. Whole minor units in, whole minor units out: nothing
// is rounded but a threshold's percentage, once. Protocol/prices.md 6.

/// A line as such a promotion sees it.
struct GroupLine {
    /// Its place in the cart's order.
    let row: Int
    let unit: Int64
    /// Units that no group has counted yet.
    let free: Int64
    /// What is still to be paid for it.
    let due: Int64
}

/// What is taken off which line, and how many of its units were counted. A line that took part without a gain has 0.
struct GroupResult {
    struct Part {
        let row: Int
        let amount: Int64
        let counted: Int64
    }

    var parts: [Part] = []
    var amount: Int64 = 0

    /// - Parameters:
    ///   - lines: ascending by row, which settles whatever else is equal.
    ///   - sku: of a row.
    /// - Returns: nil where it takes nothing off.
    init?(_ kind: Promotion.Kind, _ lines: [GroupLine], sku: (Int) -> String) {
        switch kind {
        case .percentage, .amountOff: return nil
        case .buyGet(let buy, let free): parts = GroupResult.buyGet(buy, free, lines)
        case .threshold(let from, let reduction): parts = GroupResult.threshold(from.minor, reduction, lines)
        case .bundle(let items, let price): parts = GroupResult.bundle(items, price.minor, lines, sku: sku)
        }
        for part in parts { amount += part.amount }
        if amount == 0 { return nil }
    }

    /// Of all free units as many whole groups as there are; their cheapest units are free, and the next cheapest are counted.
    private static func buyGet(_ buy: Int64, _ free: Int64, _ lines: [GroupLine]) -> [Part] {
        var units: Int64 = 0
        for line in lines { units += line.free }
        let groups = units / (buy + free)
        var (toFree, toCount) = (groups * free, groups * buy)
        var parts: [Part] = []
        for line in lines.sorted(by: { $0.unit != $1.unit ? $0.unit < $1.unit : $0.row < $1.row }) {
            let freed = min(line.free, toFree), counted = min(line.free - freed, toCount)
            (toFree, toCount) = (toFree - freed, toCount - counted)
            if freed + counted > 0 { parts.append(Part(row: line.row, amount: line.unit * freed, counted: freed + counted)) }
        }
        return parts
    }

    private static func threshold(_ from: Int64, _ reduction: Promotion.Reduction, _ lines: [GroupLine]) -> [Part] {
        var sum: Int64 = 0
        for line in lines { sum += line.due }
        guard sum >= from else { return [] }
        let off = switch reduction {
        case .percentage(let points): sum - share(of: sum, lessBasisPoints: points)
        case .amount(let amount): min(amount.minor, sum)
        }
        return zip(lines, spread(off, by: lines.map(\.due))).map { Part(row: $0.row, amount: $1, counted: 0) }
    }

    /// As many bundles as there are units for, of each sku the dearest, all or none.
    private static func bundle(_ items: [Promotion.Item], _ price: Int64, _ lines: [GroupLine], sku: (Int) -> String) -> [Part] {
        var count = Int64.max
        var candidates: [(needed: Int64, lines: [GroupLine])] = []
        for item in items {
            let own = lines.filter { sku($0.row).isSame(as: item.sku) }
            var units: Int64 = 0
            for line in own { units += line.free }
            count = min(count, units / item.count)
            candidates.append((item.count, own.sorted { $0.unit != $1.unit ? $0.unit > $1.unit : $0.row < $1.row }))
        }
        guard count > 0 else { return [] }
        var counted: [(row: Int, units: Int64, worth: Int64)] = []
        for (needed, own) in candidates {
            var rest = needed * count
            for line in own where rest > 0 && line.free > 0 {
                let units = min(rest, line.free)
                rest -= units
                counted.append((line.row, units, units * line.unit))
            }
        }
        counted.sort { $0.row < $1.row }
        var worth: Int64 = 0
        for part in counted { worth += part.worth }
        let off = Int128(worth) - Int128(count) * Int128(price)
        guard off > 0 else { return [] }
        return zip(counted, spread(Int64(off), by: counted.map(\.worth))).map { Part(row: $0.row, amount: $1, counted: $0.units) }
    }
}
