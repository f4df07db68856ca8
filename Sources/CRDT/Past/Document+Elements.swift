// Elements of texts and lists as if only the changes that count had been made.
//
// An element should show where the change that put it in counts, and no deletion that counts took out it or a copy of it.
// What should show and doesn't comes back as a copy; what shows and shouldn't is deleted, with all its copies.

extension Document {
    /// - Parameter rows: what the change did to this sequence.
    /// - Returns: whether anything had to change.
    mutating func restoreElements(_ rows: [Operation], by actor: UInt32, in sequence: ContainerID, _ ledger: UndoLedger) throws(EditError) -> Bool {
        let kin = kin(in: sequence, ledger)
        var roots: [Dot] = []
        var seen: Set<Dot> = []
        func touch(_ element: Dot) {
            let root = kin.root(element)
            if seen.insert(root).inserted { roots.append(root) }
        }
        for row in rows {
            switch row.kind {
            case .insert: for offset in 0..<row.length { touch(Dot(actor: actor, counter: row.counter + offset)) }
            case .delete: for offset in 0..<row.length { touch(row.first.advanced(by: Int(offset))) }
            case .set, .remove, .quantity, .max, .move, .mark, .extended: break
            }
        }
        let deleted = deleted(seen, in: sequence, kin, ledger)
        var unwanted: [Dot] = [], lacking: [Dot] = []
        for root in roots {
            let visible = kin.members(root).filter { isVisible($0, in: sequence) }
            if !ledger.counts(root) || deleted.contains(root) {
                unwanted += visible
            } else if visible.isEmpty, let last = kin.members(root).last {
                lacking.append(last)
            }
        }
        let end = nextDot
        try deleteElements(unwanted, in: sequence)
        let isText = containers[Int(sequence.index)].kind == .text
        let copies = isText ? try copyText(lacking, in: sequence) : copyElements(lacking, in: sequence)
        if isText {
            let marks = Set(rows.filter { $0.kind == .mark }.map { Dot(actor: actor, counter: $0.counter) })
            if !marks.isEmpty || !copies.isEmpty { try restoreMarks(of: marks, on: copies, in: sequence, ledger) }
        } else {
            for row in rows where row.kind == .move { restoreMove(kin.root(row.element), in: sequence, kin, ledger) }
        }
        return nextDot != end
    }

    func isVisible(_ element: Dot, in sequence: ContainerID) -> Bool {
        let slot = slot(of: sequence.index)
        guard let place = sequences[slot].place(of: sequences[slot].moves.slot(of: element)) else { return false }
        return !sequences[slot].run(at: place).isDeleted
    }

    /// Those of some elements that a deletion that counts took out.
    private func deleted(_ roots: Set<Dot>, in sequence: ContainerID, _ kin: SequenceKin, _ ledger: UndoLedger) -> Set<Dot> {
        var found: Set<Dot> = []
        for (actor, lane) in lanes.enumerated() {
            for row in lane.operations where row.kind == .delete && row.container == sequence.index {
                for offset in 0..<row.length {
                    let root = kin.root(row.first.advanced(by: Int(offset)))
                    guard roots.contains(root) else { continue }
                    let counter = row.counter + (row.isBackward ? row.length - 1 - offset : offset)
                    if ledger.counts(Dot(actor: UInt32(actor), counter: counter)) { found.insert(root) }
                }
            }
        }
        return found
    }

    /// Deletes visible elements, in stretches that stand side by side.
    mutating func deleteElements(_ elements: [Dot], in sequence: ContainerID) throws(EditError) {
        let slot = slot(of: sequence.index)
        let positions = elements.compactMap { sequences[slot].place(of: sequences[slot].moves.slot(of: $0)) }.map { sequences[slot].position(of: $0) }.sorted()
        var end = positions.count
        while end > 0 {
            var start = end - 1
            while start > 0, positions[start - 1] == positions[start] - 1 { start -= 1 }
            try delete(at: positions[start], count: end - start, in: sequence)
            end = start
        }
    }

    /// Puts text in again where it stood.
    /// - Returns: the copies.
    private mutating func copyText(_ elements: [Dot], in text: ContainerID) throws(EditError) -> [Dot] {
        let slot = slot(text, .text)
        var stretches: [(last: Dot, utf8: [UInt8], length: Int)] = []
        for dot in sequences[slot].inOrder(elements) {
            guard let place = sequences[slot].place(of: dot) else { continue }
            let start = Int(sequences[slot].contentOffset(of: sequences[slot].run(at: place), at: place.offset))
            let bytes = sequences[slot].utf8[start..<sequences[slot].scalarEnd(start)]
            if let last = stretches.last?.last, last.advanced(by: 1) == dot, let before = sequences[slot].place(of: last), sequences[slot].place(after: before) == place {
                stretches[stretches.count - 1].last = dot
                stretches[stretches.count - 1].utf8 += bytes
                stretches[stretches.count - 1].length += 1
            } else {
                stretches.append((dot, Array(bytes), 1))
            }
        }
        var copies: [Dot] = []
        for stretch in stretches {
            let first = nextDot
            try insert(String(decoding: stretch.utf8, as: UTF8.self), behind: stretch.last, in: text)
            copies += (0..<stretch.length).map { first.advanced(by: $0) }
        }
        return copies
    }

    private mutating func copyElements(_ elements: [Dot], in list: ContainerID) -> [Dot] {
        let slot = slot(list, .list)
        return elements.compactMap { element in
            guard let place = sequences[slot].place(of: sequences[slot].moves.slot(of: element)) else { return nil }
            let value = values[Int(sequences[slot].contentOffset(of: sequences[slot].run(at: place), at: place.offset))]
            let dot = nextDot
            insert(value, behind: place, in: list)
            return dot
        }
    }

    /// Puts an element where the last move that counts put it, or where it was put in.
    private mutating func restoreMove(_ root: Dot, in list: ContainerID, _ kin: SequenceKin, _ ledger: UndoLedger) {
        let members = kin.members(root)
        guard let element = members.first(where: { isVisible($0, in: list) }) else { return }
        var wanted = (slot: root, lamport: UInt64(0))
        if let beginning, let sequence = beginning.container(like: list.index, of: self).map({ beginning.sequences[beginning.slot($0, .list)] }) {
            // Moved before a cut, it began there.
            for member in members {
                guard let there = beginning.dot(member, of: self), let standing = sequence.moves.standings[there], standing.lamport > wanted.lamport,
                      let slot = dot(standing.slot, of: beginning) else { continue }
                wanted = (slot, standing.lamport)
            }
        }
        for (index, lane) in lanes.enumerated() {
            let actor = UInt32(index)
            for row in lane.operations where row.kind == .move && row.container == list.index && members.contains(row.element) {
                let (dot, lamport) = (Dot(actor: actor, counter: row.counter), lane.lamport(of: row.counter))
                guard ledger.counts(dot), lamport > wanted.lamport || lamport == wanted.lamport && precedes(wanted.slot.actor, actor) else { continue }
                wanted = (dot, lamport)
            }
        }
        let slot = slot(list, .list)
        // A slot that an undo made stands for the one that it was made behind.
        var current = sequences[slot].moves.slot(of: element)
        while ledger.isDerived(current) { current = Document.origins(of: current, in: lanes).left }
        guard current != wanted.slot, let place = sequences[slot].place(of: wanted.slot) else { return }
        move(element, behind: place, in: list)
    }
}

extension SequenceTree {
    /// Elements in the order in which they stand.
    func inOrder(_ elements: [Dot]) -> [Dot] {
        elements.compactMap { dot in place(of: dot).map { (dot, $0) } }.sorted { isBefore($0.1, $1.1) }.map(\.0)
    }
}
