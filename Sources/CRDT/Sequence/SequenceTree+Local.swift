// Editing by position, as the person at this replica does.

extension SequenceTree {
    /// What a new element remembers of where it was put: the elements that stood beside it.
    struct Origins: Hashable {
        var left: Dot
        var right: Dot
    }

    /// Puts a run before the visible element at `position`.
    /// - Returns: the elements it was put between; deleted ones count as neighbours on the right.
    /// - Complexity: O(log n); O(1) where it continues the last edit; in a text with marks see `lastAnchor`.
    mutating func insertLocally(_ run: Run, at position: Int) -> Origins {
        precondition(position >= 0 && position <= count, "a position is within the sequence")
        guard position > 0 else {
            recentLeaf = -1
            return insertLocally(run, behind: lastAnchor(behind: nil))
        }
        let (place, start) = place(at: position - 1)
        let anchor = lastAnchor(behind: place)
        let leafCount = leaves.count
        let origins = insertLocally(run, behind: anchor ?? place)
        // Unless the leaf was split, the next edit is likely here.
        if leaves.count == leafCount, anchor == nil { (recentLeaf, recentStart) = (place.leaf, start) } else { recentLeaf = -1 }
        return origins
    }

    /// Puts a run right behind a place, or at the beginning where it is nil.
    mutating func insertLocally(_ run: Run, behind place: Place?) -> Origins {
        recentLeaf = -1
        let left = place.map { self.run(at: $0).first.advanced(by: $0.offset) }
        let right = place.map { element(after: $0) } ?? firstElement
        guard let right, floor.isEmpty || !isFading(right) else {
            return insertBeside(run, left: left ?? .none, place: place)
        }
        insert(run, after: place)
        return Origins(left: left ?? .none, right: right)
    }

    /// The same where fading elements, or none, follow: those are named no more. Where such an insertion stands among
    /// them is what `integrate` would find: behind them all, if it follows an element of the baseline.
    private mutating func insertBeside(_ run: Run, left: Dot, place: Place?) -> Origins {
        var last = place
        var next = place.map { self.place(after: $0) } ?? (firstElement == nil ? nil : Place(leaf: 0, slot: 0, offset: 0))
        while let here = next, self.run(at: here).isFading {
            last = Place(leaf: here.leaf, slot: here.slot, offset: Int(self.run(at: here).length) - 1)
            next = last.flatMap { self.place(after: $0) }
        }
        let right = next.map { self.run(at: $0).first.advanced(by: $0.offset) } ?? .none
        insert(run, after: left.isNone || isOfBaseline(left) ? last : place)
        return Origins(left: left, right: right)
    }

    private func isFading(_ dot: Dot) -> Bool { place(of: dot).map { run(at: $0).isFading } ?? false }

    /// Deletes the visible elements from `position` on, and names them: rows of dots in their order.
    /// - Complexity: O(log n) for each run touched.
    mutating func deleteLocally(at position: Int, count: Int, _ deleted: (_ first: Dot, _ length: Int) -> Void) {
        precondition(position >= 0 && count >= 0 && position + count <= self.count, "only what is there is deleted")
        var left = count
        while left > 0 {
            let (first, length) = deleteRunLocally(at: position, upTo: left)
            deleted(first, length)
            left -= length
        }
    }

    /// Deletes the visible elements from `position` on that stand in one run, `most` at most.
    /// - Complexity: O(log n).
    mutating func deleteRunLocally(at position: Int, upTo most: Int) -> (first: Dot, length: Int) {
        let (place, start) = place(at: position)
        let run = run(at: place)
        let length = min(most, Int(run.length) - place.offset)
        let leafCount = leaves.count
        markDeleted(leaf: place.leaf, slot: place.slot, from: place.offset, to: place.offset + length)
        if leaves.count == leafCount { (recentLeaf, recentStart) = (place.leaf, start) } else { recentLeaf = -1 }
        return (run.first.advanced(by: place.offset), length)
    }
}
