// Marks on a text: bold, a link, a comment. Each names what it is, its value, and where it begins and ends.
//
// An end is an anchor on one side of an element, deleted or not, or the end of the text: what is typed at an edge falls
// on one side of the anchor or the other, and so takes the mark or not. On each element the last mark of a name by
// (lamport, actor) has the word; one without a value takes the name away. (G. Litt, S. Lim, M. Kleppmann, P. van
// Hardenberg: "Peritext", CSCW 2022.)
//
//     The |fox| jumped       before f, behind x: typed at either edge stays plain
//     The |fox |jumped       before f, before j: typed behind x takes the mark
internal import Bytes

struct Anchor: Equatable {
    /// None: the beginning of the text, or its end.
    var element: Dot
    var isBehind = false
}

struct MarkSpan {
    var dot: Dot
    var lamport: UInt64
    /// The key that is its name.
    var name: UInt32
    /// An index into the document's values: null takes the name away.
    var value: UInt32
    var start: Anchor
    var end: Anchor
}

struct Marks {
    /// In the order in which they arrived.
    private(set) var spans: [MarkSpan] = []
    /// By actor: the counters of its elements that a mark begins or ends behind.
    private var behind: [UInt32: Counters] = [:]

    /// Numbers that are found by their order: most of them sorted, and few that came last, so that none moves them all.
    private struct Counters {
        private var sorted: [UInt32] = []
        private var recent: [UInt32] = []
        private static let recentMax = 512

        mutating func insert(_ counter: UInt32) {
            guard last(below: counter + 1) != counter else { return }
            if let last = sorted.last, last > counter {
                recent.insert(counter, at: Lane.lastIndex(of: recent.count) { recent[$0] < counter }.map { $0 + 1 } ?? 0)
            } else {
                sorted.append(counter)
            }
            guard recent.count > Counters.recentMax else { return }
            var all: [UInt32] = []
            all.reserveCapacity(sorted.count + recent.count)
            var next = recent[...]
            for counter in sorted {
                while let first = next.first, first < counter { all.append(next.removeFirst()) }
                all.append(counter)
            }
            (sorted, recent) = (all + next, [])
        }

        func last(below end: UInt32) -> UInt32? {
            let found = [sorted, recent].compactMap { counters in Lane.lastIndex(of: counters.count) { counters[$0] < end }.map { counters[$0] } }
            return found.max()
        }
    }

    var isEmpty: Bool { spans.isEmpty }

    mutating func add(_ span: MarkSpan) {
        spans.appendThriftily(span)
        for anchor in [span.start, span.end] where anchor.isBehind {
            behind[anchor.element.actor, default: Counters()].insert(anchor.element.counter)
        }
    }

    /// The last of an actor's elements `from..<end` that a mark begins or ends behind.
    func lastAnchor(behind actor: UInt32, from: UInt32, to end: UInt32) -> UInt32? {
        guard let last = behind[actor]?.last(below: end), last >= from else { return nil }
        return last
    }
}

/// A stretch of a line of numbers, and which of several spans has the last word on it.
struct MarkStretch {
    var range: Range<Int>
    /// An index into the spans that were given.
    var owner: Int

    /// - Parameter ranges: of the spans, the one with the last word first.
    /// - Returns: stretches that don't overlap, ascending.
    /// - Complexity: O(m log m).
    static func painted(_ ranges: [Range<Int>]) -> [MarkStretch] {
        var ends: [Int] = []
        for range in ranges where !range.isEmpty { ends += [range.lowerBound, range.upperBound] }
        ends.sort()
        var points: [Int] = []
        for end in ends where points.last != end { points.append(end) }
        // Between two neighbouring points one span has the word: the first that covers them. What is painted is skipped from then on.
        var owners = Array(repeating: -1, count: points.count)
        var unpainted = Array(0...points.count)
        func next(_ cell: Int) -> Int {
            var root = cell
            while unpainted[root] != root { root = unpainted[root] }
            var cell = cell
            while unpainted[cell] != root { (cell, unpainted[cell]) = (unpainted[cell], root) }
            return root
        }
        for (index, range) in ranges.enumerated() where !range.isEmpty {
            var cell = next(Lane.lastIndex(of: points.count) { points[$0] <= range.lowerBound } ?? 0)
            while cell < points.count, points[cell] < range.upperBound {
                owners[cell] = index
                unpainted[cell] = cell + 1
                cell = next(cell + 1)
            }
        }
        var stretches: [MarkStretch] = []
        for cell in owners.indices where owners[cell] >= 0 {
            stretches.append(MarkStretch(range: points[cell]..<points[cell + 1], owner: owners[cell]))
        }
        return stretches
    }
}
