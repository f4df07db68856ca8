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
        private let end: UInt32
        /// All rows of its actor in the set, and which of them have operations of the piece that aren't known.
        private let all: ChangeRows
        let rows: Range<Int>

        init(_ piece: IncomingPiece, known: UInt32, spanStart: UInt32, _ incoming: Incoming) {
            (actor, self.known, self.spanStart, end) = (piece.actor, known, spanStart, piece.end)
            all = incoming.set.work[piece.work].rows
            let first = known > piece.start ? all.index(of: known) ?? 0 : Int(incoming.set.pieces[piece.index].row)
            rows = first..<(all.index(of: piece.end - 1) ?? first) + 1
        }

        func row(_ index: Int, _ document: Document, _ incoming: Incoming) -> Operation {
            let row = all.isPacked ? incoming.row(all[index]) : all.plain[index]
            if row.counter >= known, row.end <= end { return row }
            return incoming.set.part(of: row, by: actor, in: document.containers[Int(row.container)].kind, from: known, to: end)
        }

        /// The row with one of the piece's own operations.
        func row(of counter: UInt32, _ document: Document, _ incoming: Incoming) -> Operation? {
            all.index(of: counter).map { row($0, document, incoming) }
        }
    }

    /// - Parameter found: long stretches of the piece's that exist, so that naming one again and again costs one look.
    /// - Returns: the rule that the row breaks, if it does.
    func violation(of row: Operation, in piece: Piece, _ incoming: Incoming, _ found: inout Stretches) -> String? {
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
        switch row.kind {
        case .insert, .move:
            if row.kind == .move, row.element.isNone || !exists(row.element, before: row, in: piece, incoming) { return Document.isMissing }
            if standSideBySide(row, piece) { return nil }
            guard exists(row.first, before: row, in: piece, incoming, isSlot: true), exists(row.second, before: row, in: piece, incoming, isSlot: true) else { return Document.isMissing }
            return areInOrder(row.first, row.second, slot: containers[Int(row.container)].slot, by: piece.actor, from: piece.spanStart, piece, incoming) ? nil : "an element stands behind its left origin and before its right one"
        case .mark: return exists(row.first, before: row, in: piece, incoming) && exists(row.second, before: row, in: piece, incoming) ? nil : Document.isMissing
        case .delete: return !row.first.isNone && exists(row.first, row.length, before: row, in: piece, incoming, &found) ? nil : Document.isMissing
        case .set, .remove, .quantity, .max, .extended: return nil
        }
    }

    private static let isMissing = "an operation names elements of its own container that exist"

    /// Mostly the two origins are neighbours: then one look says all. Of what its author put in itself since it saw others,
    /// that says nothing: there it matters what was between the two for the author.
    private func standSideBySide(_ row: Operation, _ piece: Piece) -> Bool {
        func isOwn(_ dot: Dot) -> Bool { dot.actor == piece.actor && dot.counter >= piece.spanStart }
        guard !isOwn(row.first), !isOwn(row.second), !row.first.isNone else { return false }
        let slot = containers[Int(row.container)].slot
        guard let place = opened.sequences[slot].place(of: row.first) else { return false }
        return row.second.isNone || opened.sequences[slot].element(after: place) == row.second
    }

    /// - Parameter isSlot: what a move made will do, where it is only a place.
    private func exists(_ dot: Dot, before row: Operation, in piece: Piece, _ incoming: Incoming, isSlot: Bool = false) -> Bool {
        dot.isNone || dot.counter < UInt32.max && areThere(dot, to: dot.counter + 1, before: row, piece, incoming, isSlot)
    }

    private func exists(_ first: Dot, _ length: UInt32, before row: Operation, in piece: Piece, _ incoming: Incoming, _ found: inout Stretches) -> Bool {
        guard length > 1 else { return exists(first, before: row, in: piece, incoming) }
        let end = UInt64(first.counter) + UInt64(length)
        guard end <= UInt64(UInt32.max) else { return false }
        // Without a closure, which would have a copy of the document.
        if found.isUncounted(Int(length)) { return areThere(first, to: UInt32(end), before: row, piece, incoming, false) }
        return found.take(Stretches.Line(container: row.container, actor: first.actor), first.counter..<UInt32(end)) {
            areThere(Dot(actor: first.actor, counter: $0.lowerBound), to: $0.upperBound, before: row, piece, incoming, false)
        }
    }

    /// Whether all these elements are of the row's container.
    private func areThere(_ first: Dot, to end: UInt32, before row: Operation, _ piece: Piece, _ incoming: Incoming, _ isSlot: Bool) -> Bool {
        let slot = containers[Int(row.container)].slot
        var dot = first
        while dot.counter < end {
            if first.actor == piece.actor, dot.counter >= piece.known {
                // Of its own piece, only what comes before it: none of that stands anywhere yet.
                guard dot.counter < row.counter, let found = piece.row(of: dot.counter, self, incoming), found.kind == .insert || isSlot && found.kind == .move,
                      found.container == row.container else { return false }
                dot.counter = found.end
            } else {
                guard let place = opened.sequences[slot].place(of: dot) else { return false }
                if isSlot || opened.sequences[slot].moves.isEmpty || dot.counter < opened.lanes[Int(first.actor)].start {
                    dot.counter += opened.sequences[slot].run(at: place).length - UInt32(place.offset)
                } else {
                    guard opened.sequences[slot].moves.element(inSlot: dot) == dot else { return false }
                    dot.counter += 1
                }
            }
        }
        return true
    }

    /// Whether the left origin stands before the right one. Elements of the same span may stand nowhere yet; but since it
    /// began nothing came between, so what stands side by side did so when the later of the two was put in, and that
    /// has the other as its origin.
    /// - Parameter piece: what of its author isn't here yet.
    func areInOrder(_ left: Dot, _ right: Dot, slot: Int, by actor: UInt32, from spanStart: UInt32, _ piece: Piece? = nil, _ incoming: Incoming? = nil) -> Bool {
        guard !left.isNone, !right.isNone else { return true }
        let isLeftOwn = left.actor == actor && left.counter >= spanStart
        let isRightOwn = right.actor == actor && right.counter >= spanStart
        guard isLeftOwn || isRightOwn else { return opened.sequences[slot].areInOrder(left, right) }
        if isLeftOwn, !isRightOwn || right.counter < left.counter {
            guard let second = ownOrigins(left, piece, incoming)?.right else { return false }
            // Between the two, history was cut: what faded is passed over.
            return second == right || !second.isNone && opened.sequences[slot].isOfBaseline(second) && opened.sequences[slot].areInOrder(second, right)
        }
        return ownOrigins(right, piece, incoming)?.left == left
    }

    /// The origins of an element of the piece's author, which is there; nil of one that was cut away.
    private func ownOrigins(_ dot: Dot, _ piece: Piece?, _ incoming: Incoming?) -> SequenceTree.Origins? {
        if let piece, let incoming, dot.counter >= piece.known {
            return piece.row(of: dot.counter, self, incoming).map {
                SequenceTree.Origins(left: $0.counter == dot.counter ? $0.first : Dot(actor: dot.actor, counter: dot.counter - 1), right: $0.second)
            }
        }
        return opened.lanes.withUnsafeBufferPointer { lanes in
            let lane = Int(dot.actor)
            guard dot.counter < lanes[lane].end, dot.counter >= lanes[lane].start else { return nil }
            return lanes[lane].operations.origins(of: dot.counter, by: dot.actor)
        }
    }
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
