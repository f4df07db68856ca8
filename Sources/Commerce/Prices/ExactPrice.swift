// A unit's price as an exact fraction, until it is rounded half up to minor units: once. Protocol/prices.md 5.

struct ExactPrice {
    /// At most `unitMax` x 10,000^(`stackedMax` + 1), and so twice of it is below 2^127.
    private var numerator: Int128
    private var denominator: Int128 = 1

    init(_ unit: Int64) { numerator = Int128(unit) }

    mutating func take(_ kind: Promotion.Kind) {
        switch kind {
        case .percentage(let points): (numerator, denominator) = (numerator * Int128(10_000 - points), denominator * 10_000)
        case .amountOff(let amount): numerator = max(0, numerator - Int128(amount.minor) * denominator)
        case .buyGet, .threshold, .bundle: break
        }
    }

    var rounded: Int64 {
        // Most prices fit a register, where dividing is many times faster.
        if let numerator = Int64(exactly: numerator * 2 + denominator), let denominator = Int64(exactly: denominator * 2) { return numerator / denominator }
        return Int64((numerator * 2 + denominator) / (denominator * 2))
    }

    /// What `unit` costs with one promotion alone, in ten thousandths of a minor unit: what exclusive ones are compared by.
    static func tenThousandths(_ unit: Int64, with kind: Promotion.Kind) -> Int64 {
        switch kind {
        case .percentage(let points): unit * (10_000 - points)
        case .amountOff(let amount): max(0, unit - amount.minor) * 10_000
        case .buyGet, .threshold, .bundle: unit * 10_000
        }
    }
}

/// What is left of a sum after so many hundredths of a percent, rounded half up.
func share(of sum: Int64, lessBasisPoints points: Int64) -> Int64 { Int64((Int128(sum) * Int128(10_000 - points) * 2 + 10_000) / 20_000) }

/// Spreads an amount by weights: each gets the whole part of its share, and what remains goes, one minor unit each, to the
/// largest fractions, the earlier of equal ones. Nobody gets more than a weight that adds up to no less than the amount.
func spread(_ amount: Int64, by weights: [Int64]) -> [Int64] {
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return weights.map { _ in 0 } }
    var shares: [Int64] = []
    var fractions: [(index: Int, fraction: Int128)] = []
    var rest = amount
    for (index, weight) in weights.enumerated() {
        let (whole, fraction) = (Int128(amount) * Int128(weight)).quotientAndRemainder(dividingBy: Int128(sum))
        shares.append(Int64(whole))
        fractions.append((index, fraction))
        rest -= Int64(whole)
    }
    if rest == 0 { return shares }
    fractions.sort { $0.fraction != $1.fraction ? $0.fraction > $1.fraction : $0.index < $1.index }
    for (index, _) in fractions.prefix(Int(rest)) { shares[index] += 1 }
    return shares
}
