// Marks as if only those that count had been set.
//
// A scalar should have of each name the last mark that counts and covers it, or what it is a copy of. Where it shows
// another, it is marked anew, in the longest stretches, growing at its edges as what it covers up, or gives way to.

extension Document {
    /// - Parameters:
    ///   - marks: what is taken back, or done again.
    ///   - copies: text that was just brought back.
    mutating func restoreMarks(of marks: Set<Dot>, on copies: [Dot], in text: ContainerID, _ ledger: UndoLedger) throws(EditError) {
        let slot = slot(text, .text)
        let tree = sequences[slot]
        guard !tree.marks.isEmpty else { return }
        let kin = kin(in: text, ledger)
        let ordinals = tree.ordinals()
        let spans = tree.marks.spans
        let ranges = markRanges(tree, ordinals)
        let concerned = spans.indices.filter { marks.contains(spans[$0].dot) }.map { ranges[$0] }
        let brought = Set(copies)
        // The visible scalars that this is about: those that the marks cover, what these are copies of, and what came back.
        var scalars: [(position: Int, ordinal: Int, kin: [Kin])] = []
        var (position, ordinal) = (0, 0)
        tree.forEachRun { run in
            for offset in 0..<run.length where !run.isDeleted {
                let dot = run.first.advanced(by: Int(offset))
                let members = kin.members(kin.root(dot)).compactMap { member in
                    tree.ordinal(of: member, ordinals).map { Kin(ordinal: $0, lamport: arrival(of: member)) }
                }
                if brought.contains(dot) || members.contains(where: { member in concerned.contains { $0.contains(member.ordinal) } }) {
                    scalars.append((position + Int(offset), ordinal + Int(offset), members))
                }
            }
            position += Int(run.visible)
            ordinal += Int(run.length)
        }
        for name in Set(spans.map(\.name)).sorted(by: { utf8Precedes(keys[Int($0)], keys[Int($1)]) }) {
            let order = lastFirst(spans.indices.filter { spans[$0].name == name }, of: tree.marks)
            let all = MarkCover(order, ranges)
            let lapses = order.map { ledger.lapse(of: spans[$0].dot) }
            var stretch: (range: Range<Int>, wanted: Value, expand: Expand)?
            for scalar in scalars {
                let shown = all.mark(at: scalar.ordinal)
                // A mark was set on what showed then: the last copy that is older than the mark. A mark that no longer counted when
                // a scalar was typed goes on covering what is typed there: the scalar was typed into it, and keeps it.
                let wanted = zip(order.indices, order).first { rank, index in
                    guard let root = scalar.kin.first, lapses[rank].map({ max($0, spans[index].lamport) < root.lamport }) ?? true else { return false }
                    return ranges[index].contains((scalar.kin.last { $0.lamport < spans[index].lamport } ?? root).ordinal)
                }?.1
                let (`is`, should) = (shown.map { values[Int(spans[$0].value)] } ?? .null, wanted.map { values[Int(spans[$0].value)] } ?? .null)
                guard `is` != should, let model = shown ?? wanted else { continue }
                let expand = expand(of: spans[model])
                if let open = stretch, open.range.upperBound == scalar.position, open.wanted == should, open.expand == expand {
                    stretch?.range = open.range.lowerBound..<scalar.position + 1
                } else {
                    if let open = stretch { try mark(open.range, keys[Int(name)], open.wanted, expand: open.expand, in: text) }
                    stretch = (scalar.position..<scalar.position + 1, should, expand)
                }
            }
            if let open = stretch { try mark(open.range, keys[Int(name)], open.wanted, expand: open.expand, in: text) }
        }
    }

    /// An element of the line that a mark may cover, with those that it is a copy of.
    private struct Kin {
        let ordinal: Int
        let lamport: UInt64
    }

    /// For each name of a mark, by UTF-8, which marks cover what.
    func markCovers(_ tree: SequenceTree) -> [MarkCover] {
        guard !tree.marks.isEmpty else { return [] }
        let spans = tree.marks.spans
        let ranges = markRanges(tree, tree.ordinals())
        return Set(spans.map(\.name)).sorted { utf8Precedes(keys[Int($0)], keys[Int($1)]) }.map { name in
            MarkCover(lastFirst(spans.indices.filter { spans[$0].name == name }, of: tree.marks), ranges)
        }
    }

    /// Of each mark, the elements that it covers, counted with the deleted ones.
    private func markRanges(_ tree: SequenceTree, _ ordinals: [Int]) -> [Range<Int>] {
        func place(_ anchor: Anchor, _ end: Int) -> Int {
            anchor.element.isNone ? end : (tree.ordinal(of: anchor.element, ordinals) ?? end) + (anchor.isBehind ? 1 : 0)
        }
        return tree.marks.spans.map { MarkStretch.range((place($0.start, 0), place($0.end, ordinals.last ?? 0))) }
    }

    /// How a mark grows, by what it is anchored to.
    func expand(of mark: MarkSpan) -> Expand {
        let growsBefore = mark.start.isBehind || mark.start.element.isNone
        let growsAfter = !mark.end.isBehind
        return growsBefore ? (growsAfter ? .both : .before) : (growsAfter ? .after : .none)
    }
}

/// Which of some marks has the last word where.
struct MarkCover {
    /// Marks, the last first.
    let order: [Int]
    private let stretches: [MarkStretch]

    init(_ order: [Int], _ ranges: [Range<Int>]) {
        self.order = order
        stretches = MarkStretch.painted(order.map { ranges[$0] })
    }

    /// The last mark that covers an ordinal.
    func mark(at ordinal: Int) -> Int? {
        guard let last = Lane.lastIndex(of: stretches.count, where: { stretches[$0].range.lowerBound <= ordinal }),
              stretches[last].range.contains(ordinal) else { return nil }
        return order[stretches[last].owner]
    }
}
