// Editing by position, as the person at this replica does.

extension SequenceTree {
    /// What a new element remembers of where it was put: the elements that stood beside it.
    struct Origins: Equatable {
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
        insert(run, after: place)
        return Origins(left: left ?? .none, right: right ?? .none)
    }

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
