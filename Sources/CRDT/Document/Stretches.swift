// What of long ranges was looked at already, so that naming one again and again costs one look: a change of few bytes may
// name a million elements a thousand times.

/// Stretches of counters that were looked at already: what lies within them isn't looked at again.
struct Stretches {
    struct Line: Hashable {
        var container: UInt32
        var actor: UInt32
    }

    /// So many elements are looked at without keeping count: in most changes that is all.
    private static let uncounted = 512
    /// So many are looked at in any case: a look at them is no more than was to be read for it.
    private static let short = 16
    private var done = 0
    /// By line: stretches that don't touch, ascending.
    private var known: [Line: [Range<UInt32>]] = [:]

    /// Whether so many elements are to be looked at without keeping count; then they count as looked at.
    mutating func isUncounted(_ count: Int) -> Bool {
        if count <= Stretches.short { return true }
        guard count <= Stretches.uncounted - done else { return false }
        done += count
        return true
    }

    /// Looks at what of a longer stretch wasn't looked at yet. Once `look` has said no, nothing more is looked at or kept.
    /// - Complexity: O(log n + stretches that become one), and what `look` costs, of each counter once.
    mutating func take(_ line: Line, _ range: Range<UInt32>, _ look: (Range<UInt32>) -> Bool) -> Bool {
        let ranges = known[line] ?? []
        // The stretches that it touches.
        let from = Lane.lastIndex(of: ranges.count) { ranges[$0].upperBound < range.lowerBound }.map { $0 + 1 } ?? 0
        var to = from
        var next = range.lowerBound
        while to < ranges.count, ranges[to].lowerBound <= range.upperBound {
            if next < ranges[to].lowerBound, !look(next..<ranges[to].lowerBound) { return false }
            next = max(next, ranges[to].upperBound)
            to += 1
        }
        if next < range.upperBound, !look(next..<range.upperBound) { return false }
        let whole = from < to ? min(range.lowerBound, ranges[from].lowerBound)..<max(next, range.upperBound) : range
        known[line, default: []].replaceSubrange(from..<to, with: CollectionOfOne(whole))
        return true
    }
}
