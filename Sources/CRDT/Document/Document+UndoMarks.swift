// Taking marks back, and giving text that comes back the marks that it had.
//
// Both are marks like any other, set only where something would else show differently.

extension Document {
    /// Where one of `undone` has the last word, the one that had it without them gets it back.
    mutating func undoMarks(_ undone: Set<Dot>, in text: ContainerID) throws(EditError) {
        guard !undone.isEmpty else { return }
        let marks = sequences[slot(text, .text)].marks
        for name in Set(marks.spans.filter { undone.contains($0.dot) }.map(\.name)).sorted(by: { utf8Precedes(keys[Int($0)], keys[Int($1)]) }) {
            let tree = sequences[slot(text, .text)]
            let positions = marks.spans.map { (tree.position(of: $0.start, isEnd: false), tree.position(of: $0.end, isEnd: true)) }
            let order = lastFirst(marks.spans.indices.filter { marks.spans[$0].name == name }, of: marks)
            let before = stretches(order.filter { !undone.contains(marks.spans[$0].dot) }, of: marks, positions)
            for stretch in MarkStretch.painted(order.map { MarkStretch.range(positions[$0]) }) {
                let mark = marks.spans[order[stretch.owner]]
                guard undone.contains(mark.dot) else { continue }
                // What the undone mark covers, by what it covered up.
                var at = stretch.range.lowerBound
                while at < stretch.range.upperBound {
                    let next = before.first { $0.range.upperBound > at }
                    let isCovered = next.map { $0.range.lowerBound <= at } ?? false
                    let end = min(stretch.range.upperBound, next.map { isCovered ? $0.range.upperBound : $0.range.lowerBound } ?? .max)
                    try self.mark(at..<end, keys[Int(name)], isCovered ? next?.value ?? .null : .null, expand: expand(of: mark), in: text)
                    at = end
                }
            }
        }
    }

    /// How a mark grows, by what it is anchored to.
    private func expand(of mark: MarkSpan) -> Expand {
        let growsBefore = mark.start.isBehind || mark.start.element.isNone
        let growsAfter = !mark.end.isBehind
        return growsBefore ? (growsAfter ? .both : .before) : (growsAfter ? .after : .none)
    }

    /// The marks of elements, deleted or not, by name; without those of `undone`.
    /// - Complexity: O(runs + (m + elements) x log m).
    func marks(of dots: [Dot], without undone: Set<Dot>, in text: ContainerID) -> [[UInt32: Value]] {
        let tree = sequences[slot(text, .text)]
        var found = Array(repeating: [UInt32: Value](), count: dots.count)
        guard !tree.marks.isEmpty else { return found }
        let ordinals = tree.ordinals()
        func place(_ anchor: Anchor, _ end: Int) -> Int {
            anchor.element.isNone ? end : (tree.ordinal(of: anchor.element, ordinals) ?? end) + (anchor.isBehind ? 1 : 0)
        }
        let positions = tree.marks.spans.map { (place($0.start, 0), place($0.end, ordinals.last ?? 0)) }
        let live = tree.marks.spans.indices.filter { !undone.contains(tree.marks.spans[$0].dot) }
        for (name, spans) in Dictionary(grouping: live, by: { tree.marks.spans[$0].name }) {
            let stretches = stretches(spans, of: tree.marks, positions)
            for (index, dot) in dots.enumerated() {
                guard let at = tree.ordinal(of: dot, ordinals),
                      let last = Lane.lastIndex(of: stretches.count, where: { stretches[$0].range.lowerBound <= at }),
                      stretches[last].range.contains(at), stretches[last].value != .null else { continue }
                found[index][name] = stretches[last].value
            }
        }
        return found
    }

    /// Gives the scalars from `position` on these marks, and takes others away.
    mutating func remark(_ wanted: [[UInt32: Value]], at position: Int, in text: ContainerID) throws(EditError) {
        let tree = sequences[slot(text, .text)]
        guard !tree.marks.isEmpty else { return }
        let dots = (0..<wanted.count).map { offset in
            let place = tree.place(at: position + offset).place
            return tree.run(at: place).first.advanced(by: place.offset)
        }
        let shown = marks(of: dots, without: [], in: text)
        let names = Set((wanted + shown).flatMap(\.keys)).sorted { utf8Precedes(keys[Int($0)], keys[Int($1)]) }
        for name in names {
            var start = 0
            while start < wanted.count {
                var end = start + 1
                while end < wanted.count, wanted[end][name] == wanted[start][name], (shown[end][name] == wanted[end][name]) == (shown[start][name] == wanted[start][name]) { end += 1 }
                if shown[start][name] != wanted[start][name] {
                    try mark(position + start..<position + end, keys[Int(name)], wanted[start][name] ?? .null, expand: .none, in: text)
                }
                start = end
            }
        }
    }
}
