// Finds the leaf that holds an element, by its dot.
//
// A map from ranges of counters to leaves, for each actor: pages of 256 counters, in each page the
// starts of the ranges in ascending order. A dot costs one page and a short search; a range that
// moves costs the pages it covers. Every page that holds anything has an entry at its first counter
// in use, so a look-up never leaves its page.

struct DotIndex {
    private struct Entry {
        var start: UInt32
        var leaf: UInt32
    }

    private static let pageBits: UInt32 = 8
    private var pages: [[[Entry]]] = []
    /// The first counter of each actor that was never assigned.
    private var ends: [UInt32] = []

    var pageCount: Int { pages.reduce(0) { $0 + $1.count } }

    /// - Complexity: O(log 256).
    func leaf(of dot: Dot) -> Int? {
        guard dot.actor < pages.count else { return nil }
        let page = Int(dot.counter >> DotIndex.pageBits)
        guard page < pages[Int(dot.actor)].count else { return nil }
        let position = DotIndex.position(in: pages[Int(dot.actor)][page], of: dot.counter)
        return position < 0 ? nil : Int(pages[Int(dot.actor)][page][position].leaf)
    }

    /// Whether a leaf that may hold some of these elements says that it does.
    func holdsAny(_ first: Dot, length: Int, _ isIn: (_ leaf: Int, _ counters: Range<UInt32>) -> Bool) -> Bool {
        guard first.actor < pages.count else { return false }
        let pages = pages[Int(first.actor)]
        let range = first.counter..<first.counter + UInt32(length)
        for page in Int(range.lowerBound >> DotIndex.pageBits)...Int((range.upperBound - 1) >> DotIndex.pageBits) where page < pages.count {
            for entry in pages[page][max(0, DotIndex.position(in: pages[page], of: range.lowerBound))...] where entry.start < range.upperBound {
                if isIn(Int(entry.leaf), range) { return true }
            }
        }
        return false
    }

    /// Says that these elements are in `leaf` now.
    mutating func assign(actor: UInt32, counter: UInt32, length: UInt32, leaf: Int) {
        let actor = Int(actor)
        while pages.count <= actor {
            pages.append([])
            ends.append(0)
        }
        let end = counter + length
        while pages[actor].count <= (end - 1) >> DotIndex.pageBits { pages[actor].append([]) }
        var start = counter
        while start < end {
            let page = start >> DotIndex.pageBits
            let pageEnd = min(end, (page + 1) << DotIndex.pageBits)
            // Only what was assigned before has a leaf to keep.
            let keeps = pageEnd < min((page + 1) << DotIndex.pageBits, ends[actor])
            DotIndex.assign(&pages[actor][Int(page)], from: start, to: pageEnd, keepsRest: keeps, leaf: UInt32(leaf))
            start = pageEnd
        }
        ends[actor] = max(ends[actor], end)
    }

    /// The last entry that starts at or before `counter`, or -1.
    private static func position(in page: [Entry], of counter: UInt32) -> Int {
        if let last = page.last, last.start <= counter { return page.count - 1 }
        var low = 0
        var high = page.count
        while low < high {
            let middle = (low + high) >> 1
            if page[middle].start <= counter { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    private static func assign(_ page: inout [Entry], from start: UInt32, to end: UInt32,
                               keepsRest: Bool, leaf: UInt32) {
        let before = position(in: page, of: start)
        if before == page.count - 1 {
            if before >= 0, page[before].leaf == leaf { return }
            if !keepsRest, before < 0 || page[before].start < start {
                page.append(Entry(start: start, leaf: leaf))
                return
            }
        }
        // A range that stands as it stood, in another leaf: what a leaf's split does to all that it moves.
        if before >= 0, page[before].start == start, before + 1 < page.count ? page[before + 1].start == end : !keepsRest {
            page[before].leaf = leaf
            return
        }
        let last = position(in: page, of: end - 1)
        let hasEntryAtEnd = last + 1 < page.count && page[last + 1].start == end
        let rest = keepsRest && !hasEntryAtEnd && last >= 0 && page[last].leaf != leaf ? page[last].leaf : nil
        let first = before >= 0 && page[before].start == start ? before : before + 1
        page.replaceSubrange(first..<max(first, last + 1), with: CollectionOfOne(Entry(start: start, leaf: leaf)))
        if let rest { page.insert(Entry(start: end, leaf: rest), at: first + 1) }
    }
}
