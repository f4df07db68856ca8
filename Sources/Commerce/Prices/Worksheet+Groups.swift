// Which promotions of several units together act, and on which lines: exclusive ones win lines by what the customer gains,
// stackable ones then act in their order. Protocol/prices.md 6.

extension Worksheet {
    private struct Candidate {
        let offer: Int
        /// Nil where nothing is gained, for now: a line that cost it more may be held by another.
        var result: GroupResult?
        var gain: Int64 = 0
    }

    /// The one with the largest gain first: what it takes off, less what exclusive promotions of its lines' units took off
    /// until then. It holds its lines; what held lines change for the others is worked out again; until nobody gains.
    mutating func takeExclusiveGroups() {
        var candidates: [Candidate] = []
        for (number, offer) in offers.enumerated() where !offer.promotion.isOfUnits && offer.promotion.stacking == .exclusive {
            candidates.append(weighed(number))
        }
        while let place = candidates.indices.max(by: { candidates[$0].gain != candidates[$1].gain ? candidates[$0].gain < candidates[$1].gain : $0 > $1 }),
              let result = candidates[place].result {
            var isTaken = rows.map { _ in false }
            for part in result.parts {
                isTaken[part.row] = true
                rows[part.row]?.isHeld = true
                if let base = rows[part.row]?.base { rows[part.row]?.unit = base }
            }
            record(result, of: candidates[place].offer)
            candidates.remove(at: place)
            for (place, candidate) in candidates.enumerated() where offers[candidate.offer].rows.contains(where: { isTaken[$0] }) {
                candidates[place] = weighed(candidate.offer)
            }
        }
    }

    private func weighed(_ number: Int) -> Candidate {
        let lines = offers[number].rows.compactMap { place -> GroupLine? in
            guard let row = rows[place], !row.isHeld else { return nil }
            return GroupLine(row: place, unit: row.base.amount, free: row.line.quantity, due: row.base.amount * row.line.quantity)
        }
        guard let result = result(of: number, lines) else { return Candidate(offer: number) }
        var gain = result.amount
        for part in result.parts {
            if let row = rows[part.row] { gain -= (row.base.amount - row.best.amount) * row.line.quantity }
        }
        return gain > 0 ? Candidate(offer: number, result: result, gain: gain) : Candidate(offer: number)
    }

    /// First those that count units, each unit once and no held line's; then those that look at sums.
    mutating func takeStackableGroups() {
        for isThreshold in [false, true] {
            for (number, offer) in offers.enumerated() where offer.promotion.stacking == .stackable && !offer.promotion.isOfUnits {
                guard offer.promotion.isThreshold == isThreshold else { continue }
                let lines = offer.rows.compactMap { place -> GroupLine? in
                    guard let row = rows[place], isThreshold || row.free > 0 && !row.isHeld else { return nil }
                    return GroupLine(row: place, unit: row.unit.amount, free: row.free, due: row.due)
                }
                if let result = self.result(of: number, lines) { record(result, of: number) }
            }
        }
    }

    private func result(of number: Int, _ lines: [GroupLine]) -> GroupResult? {
        GroupResult(offers[number].promotion.kind, lines) { cart.lines[$0].sku }
    }

    private mutating func record(_ result: GroupResult, of number: Int) {
        for part in result.parts {
            rows[part.row]?.free -= part.counted
            rows[part.row]?.off += part.amount
            if part.amount > 0 { rows[part.row]?.groups.append((number, part.amount)) }
        }
    }
}
