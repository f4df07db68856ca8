// What must hold of an operation from elsewhere before it is applied: that its container is of its kind, and that the
// elements it names are of that container, exist, and stand in the order in which it says it stands between them.

extension Document {
    /// Where a piece's rows are checked: they may name elements of the rows before them.
    struct Piece {
        let actor: UInt32
        /// How many operations of the actor are here already.
        let known: UInt32
        /// Where the span begins that the rows will be of: from then on its author saw nothing new of others.
        let spanStart: UInt32
        let rows: [Operation]
        /// Long stretches that were found to exist already, so that naming one again and again costs one look.
        var found = Stretches()
    }

    /// - Returns: the rule that the row breaks, if it does.
    func violation(of row: Operation, in piece: inout Piece) -> String? {
        let kind = containers[Int(row.container)].kind
        var isOfItsKind: Bool {
            switch row.kind {
            case .insert, .delete: kind == .text || kind == .list
            case .mark: kind == .text
            case .move: kind == .list
            case .set: kind == .map || kind == .flag
            case .remove: kind == .map
            case .quantity: kind == .quantity
            case .max: kind == .max
            // What it may be in, a newer version knows.
            case .extended: true
            }
        }
        guard isOfItsKind else { return "an operation is one of its container's kind" }
        let isThere: Bool
        switch row.kind {
        case .insert: isThere = exists(row.first, before: row, in: &piece, isSlot: true) && exists(row.second, before: row, in: &piece, isSlot: true)
        case .mark: isThere = exists(row.first, before: row, in: &piece) && exists(row.second, before: row, in: &piece)
        case .move:
            isThere = exists(row.first, before: row, in: &piece, isSlot: true) && exists(row.second, before: row, in: &piece, isSlot: true)
                && !row.element.isNone && exists(row.element, before: row, in: &piece)
        case .delete: isThere = !row.first.isNone && exists(row.first, row.length, before: row, in: &piece)
        case .set, .remove, .quantity, .max, .extended: isThere = true
        }
        guard isThere else { return "an operation names elements of its own container that exist" }
        if row.kind == .insert || row.kind == .move, !areInOrder(row, piece) { return "an element stands behind its left origin and before its right one" }
        return nil
    }

    /// - Parameter isSlot: what a move made will do, where it is only a place.
    private func exists(_ first: Dot, _ length: UInt32 = 1, before row: Operation, in piece: inout Piece, isSlot: Bool = false) -> Bool {
        if first.isNone { return true }
        guard first.actor < opened.lanes.count else { return false }
        let end = UInt64(first.counter) + UInt64(length)
        guard end <= UInt64(UInt32.max) else { return false }
        let (known, rows, actor) = (piece.known, piece.rows, piece.actor)
        let sequence = opened.sequences[containers[Int(row.container)].slot]
        func isFound(_ range: Range<UInt32>) -> Bool {
            var counter = range.lowerBound
            // Of what was cut away, what still has a place.
            while counter < min(range.upperBound, opened.lanes[Int(first.actor)].start) {
                guard let place = sequence.place(of: Dot(actor: first.actor, counter: counter)) else { return false }
                counter = sequence.run(at: place).last.counter + 1
            }
            while counter < range.upperBound {
                let found: Operation?
                if first.actor == actor, counter >= known {
                    // Of its own piece, only what comes before it.
                    guard counter < row.counter else { return false }
                    found = Lane.lastIndex(of: rows.count) { rows[$0].counter <= counter }.map { rows[$0] }
                } else {
                    found = opened.lanes[Int(first.actor)].operation(of: counter)
                }
                guard let found, found.kind == .insert || isSlot && found.kind == .move, found.container == row.container else { return false }
                counter = found.end
            }
            return true
        }
        guard length > 1 else { return isFound(first.counter..<first.counter + 1) }
        return piece.found.take(Stretches.Line(container: row.container, actor: first.actor), first.counter..<UInt32(end), isFound)
    }

    private func areInOrder(_ row: Operation, _ piece: Piece) -> Bool {
        areInOrder(row.first, row.second, slot: containers[Int(row.container)].slot, by: piece.actor, from: piece.spanStart) { counter in
            counter >= piece.known ? piece.row(of: counter) : opened.lanes[Int(piece.actor)].operation(of: counter)
        }
    }

    /// Whether the left origin stands before the right one. Elements of the same span may stand nowhere yet; but since it
    /// began nothing came between, so what stands side by side did so when the later of the two was put in, and that
    /// has the other as its origin.
    /// - Parameter rowOf: the row with one of the author's own operations.
    func areInOrder(_ left: Dot, _ right: Dot, slot: Int, by actor: UInt32, from spanStart: UInt32, rowOf: (UInt32) -> Operation?) -> Bool {
        guard !left.isNone, !right.isNone else { return true }
        let isLeftOwn = left.actor == actor && left.counter >= spanStart
        let isRightOwn = right.actor == actor && right.counter >= spanStart
        guard isLeftOwn || isRightOwn else { return opened.sequences[slot].areInOrder(left, right) }
        if isLeftOwn, !isRightOwn || right.counter < left.counter {
            guard let second = rowOf(left.counter)?.second else { return false }
            // Between the two, history was cut: what faded is passed over.
            return second == right || !second.isNone && opened.sequences[slot].isOfBaseline(second) && opened.sequences[slot].areInOrder(second, right)
        }
        guard let later = rowOf(right.counter) else { return false }
        return left == (later.counter == right.counter ? later.first : Dot(actor: actor, counter: right.counter - 1))
    }
}

extension Document.Piece {
    /// The row with one of the piece's own operations.
    func row(of counter: UInt32) -> Operation? { Lane.lastIndex(of: rows.count) { rows[$0].counter <= counter }.map { rows[$0] } }
}

extension SequenceTree {
    /// Whether one element stands before another. Mostly the other is the next one.
    func areInOrder(_ left: Dot, _ right: Dot) -> Bool {
        guard let one = place(of: left) else { return false }
        if element(after: one) == right { return true }
        guard let other = place(of: right) else { return false }
        return isBefore(one, other)
    }
}

/// Stretches of counters that were looked at already: what lies within them isn't looked at again.
struct Stretches {
    struct Line: Hashable {
        var container: UInt32
        var actor: UInt32
    }

    /// By line: stretches that don't touch, ascending.
    private var known: [Line: [Range<UInt32>]] = [:]

    /// Looks at what of a stretch wasn't looked at yet. Once `look` has said no, nothing more is looked at or kept.
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
