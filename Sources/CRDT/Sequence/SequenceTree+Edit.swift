// Changing the tree: putting in a run at a place, and deleting part of a run.
//
// Both keep runs long: what is typed on extends its run, what is erased backwards joins the tombstone
// beside it. Positions and counts of all ancestors are right when a method returns.

extension SequenceTree {
    /// Puts a run right after a place, or at the very front where `place` is nil.
    mutating func insert(_ new: Run, after place: Place?) {
        guard var place else {
            insertAtFront(new)
            return
        }
        if extend(with: new, after: place) { return }
        let isInside = place.offset + 1 < Int(run(at: place).length)
        if leaves[place.leaf].count + (isInside ? 2 : 1) > SequenceTree.fanout {
            let kept = leaves[place.leaf].count / 2
            let full = place.leaf
            splitLeaf(full)
            if place.slot >= kept { place = Place(leaf: leaves[full].next, slot: place.slot - kept, offset: place.offset) }
        }
        if isInside { splitRun(place.leaf, place.slot, at: place.offset + 1) }
        open(slot: place.slot + 1, in: place.leaf)
        runs[place.leaf * SequenceTree.fanout + place.slot + 1] = new
        assign(new, to: place.leaf)
        add(totals(of: new), toLeaf: place.leaf)
    }

    private mutating func insertAtFront(_ new: Run) {
        if leaves[0].count == SequenceTree.fanout { splitLeaf(0) }
        open(slot: 0, in: 0)
        runs[0] = new
        assign(new, to: 0)
        add(totals(of: new), toLeaf: 0)
    }

    /// Typing on: the new run continues the one it stands after.
    private mutating func extend(with new: Run, after place: Place) -> Bool {
        let at = place.leaf * SequenceTree.fanout + place.slot
        let run = runs[at]
        guard run.actor == new.actor, run.counter + run.length == new.counter, run.flags == new.flags,
              place.offset + 1 == Int(run.length), contentEnd(of: run) == new.content,
              run.length + new.length <= (run.isWide ? UInt32(Limits.wideRunMax) : Run.lengthMax) else { return false }
        runs[at].length += new.length
        assign(new, to: place.leaf)
        add(totals(of: new), toLeaf: place.leaf)
        return true
    }

    /// Deletes the visible elements `from..<to` of one run.
    /// - Returns: where the run that follows the deleted elements is found again is the caller's to ask:
    ///   slots of this leaf, or its split, may have moved.
    mutating func markDeleted(leaf: Int, slot: Int, from: Int, to: Int) {
        var leaf = leaf
        var slot = slot
        let base = leaf * SequenceTree.fanout
        let run = runs[base + slot]
        precondition(!run.isDeleted && from < to && to <= Int(run.length), "only what is visible is deleted")
        let length = Int(run.length)
        add(Totals() - totals(of: piece(of: run, from: from, to: to)), toLeaf: leaf)
        if from == 0, to == length {
            runs[base + slot].isDeleted = true
            joinDeleted(leaf, slot)
            return
        }
        if to == length, slot + 1 < leaves[leaf].count {
            let next = runs[base + slot + 1]
            let tail = piece(of: run, from: from, to: to)
            if next.isDeleted, continues(tail, next) {
                runs[base + slot].length = UInt32(from)
                runs[base + slot + 1].counter = tail.counter
                runs[base + slot + 1].content = tail.content
                runs[base + slot + 1].length += tail.length
                return
            }
        }
        let pieces = (from > 0 ? 1 : 0) + (to < length ? 1 : 0)
        if leaves[leaf].count + pieces > SequenceTree.fanout {
            // Splitting recounts, so the leaf must be whole again meanwhile.
            add(totals(of: piece(of: run, from: from, to: to)), toLeaf: leaf)
            let kept = leaves[leaf].count / 2
            splitLeaf(leaf)
            if slot >= kept { (leaf, slot) = (leaves[leaf].next, slot - kept) }
            add(Totals() - totals(of: piece(of: run, from: from, to: to)), toLeaf: leaf)
        }
        if to < length { splitRun(leaf, slot, at: to) }
        if from > 0 {
            splitRun(leaf, slot, at: from)
            slot += 1
        }
        runs[leaf * SequenceTree.fanout + slot].isDeleted = true
        joinDeleted(leaf, slot)
    }

    /// Joins a tombstone with the ones beside it in its leaf, where they are one row of dots.
    private mutating func joinDeleted(_ leaf: Int, _ slot: Int) {
        let base = leaf * SequenceTree.fanout
        if slot + 1 < leaves[leaf].count, runs[base + slot + 1].isDeleted,
           continues(runs[base + slot], runs[base + slot + 1]) {
            runs[base + slot].length += runs[base + slot + 1].length
            close(slot: slot + 1, in: leaf)
        }
        if slot > 0, runs[base + slot - 1].isDeleted, continues(runs[base + slot - 1], runs[base + slot]) {
            runs[base + slot - 1].length += runs[base + slot].length
            close(slot: slot, in: leaf)
        }
    }

    private func continues(_ left: Run, _ right: Run) -> Bool {
        left.actor == right.actor && left.counter + left.length == right.counter
            && left.flags | Run.deletedFlag == right.flags | Run.deletedFlag && contentEnd(of: left) == right.content
            && left.length + right.length <= (left.isWide ? UInt32(Limits.wideRunMax) : Run.lengthMax)
    }

    private mutating func splitRun(_ leaf: Int, _ slot: Int, at offset: Int) {
        let run = runs[leaf * SequenceTree.fanout + slot]
        open(slot: slot + 1, in: leaf)
        runs[leaf * SequenceTree.fanout + slot] = piece(of: run, from: 0, to: offset)
        runs[leaf * SequenceTree.fanout + slot + 1] = piece(of: run, from: offset, to: Int(run.length))
    }

    private mutating func open(slot: Int, in leaf: Int) {
        let base = leaf * SequenceTree.fanout
        var index = leaves[leaf].count
        precondition(index < SequenceTree.fanout, "a leaf is split before it overflows")
        if base + index == runs.count { runs.append(SequenceTree.noRun) }
        while index > slot {
            runs[base + index] = runs[base + index - 1]
            index -= 1
        }
        leaves[leaf].count += 1
    }

    private mutating func close(slot: Int, in leaf: Int) {
        let base = leaf * SequenceTree.fanout
        for index in slot..<leaves[leaf].count - 1 { runs[base + index] = runs[base + index + 1] }
        leaves[leaf].count -= 1
    }

    func piece(of run: Run, from: Int, to: Int) -> Run {
        var piece = run
        piece.counter += UInt32(from)
        piece.length = UInt32(to - from)
        piece.content = contentOffset(of: run, at: from)
        return piece
    }
}
