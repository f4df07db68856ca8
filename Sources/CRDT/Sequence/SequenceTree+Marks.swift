// Where the anchors of marks are, and on which side of them typed text falls.

extension SequenceTree {
    /// How many visible elements stand before an anchor.
    /// - Complexity: O(log n).
    func position(of anchor: Anchor, isEnd: Bool) -> Int {
        guard let place = anchor.element.isNone ? nil : place(of: anchor.element) else { return isEnd ? count : 0 }
        return position(of: place) + (anchor.isBehind && !run(at: place).isDeleted ? 1 : 0)
    }

    /// Where deleted elements lie between what shows, the last of those right behind a place that a mark ends behind:
    /// text typed there goes behind it, or the end of a link whose last letter was deleted would grow.
    /// - Parameter place: nil for the beginning.
    /// - Complexity: O(runs of deleted elements there x log marks); O(1) in a text without marks.
    func lastAnchor(behind place: Place?) -> Place? {
        guard !marks.isEmpty else { return nil }
        var found: Place?
        var next: Place?
        if let place { next = self.place(after: place) } else if leaves[0].count > 0 { next = Place(leaf: 0, slot: 0, offset: 0) }
        while let here = next, run(at: here).isDeleted {
            let run = run(at: here)
            if let counter = marks.lastAnchor(behind: run.actor, from: run.counter + UInt32(here.offset), to: run.counter + run.length) {
                found = Place(leaf: here.leaf, slot: here.slot, offset: Int(counter - run.counter))
            }
            next = self.place(after: Place(leaf: here.leaf, slot: here.slot, offset: Int(run.length) - 1))
        }
        return found
    }

    /// For each leaf, how many elements stand before it, deleted ones included.
    /// - Complexity: O(runs).
    func ordinals() -> [Int] {
        var starts = Array(repeating: 0, count: leaves.count)
        var leaf = 0
        var sum = 0
        while leaf >= 0 {
            starts[leaf] = sum
            for slot in 0..<leaves[leaf].count { sum += Int(runs[leaf * SequenceTree.fanout + slot].length) }
            leaf = leaves[leaf].next
        }
        return starts + [sum]
    }

    func ordinal(of dot: Dot, _ ordinals: [Int]) -> Int? {
        guard let place = place(of: dot) else { return nil }
        let base = place.leaf * SequenceTree.fanout
        return ordinals[place.leaf] + (0..<place.slot).reduce(place.offset) { $0 + Int(runs[base + $1].length) }
    }
}
