// The edits that lead from one moment's text or list to another's, found by the identity of elements.
//
// Both moments are parts of one history, so their elements stand in the order of the whole: walking the whole once tells
// for each element whether it showed before, and whether it shows after. Nothing is guessed from equal characters.

extension Document {
    func textEdits(_ index: UInt32, _ before: Document, _ one: ContainerID?, _ after: Document, _ other: ContainerID?)
        -> (edits: [Difference.TextEdit], marks: [Difference.MarkEdit]) {
        let (shownBefore, shownAfter) = (Elements(one, of: before, in: self), Elements(other, of: after, in: self))
        let (marksBefore, marksAfter) = (one.map(before.marksByScalar) ?? [], other.map(after.marksByScalar) ?? [])
        let hasMarks = !(marksBefore.allSatisfy(\.isEmpty) && marksAfter.allSatisfy(\.isEmpty))
        let tree = sequences[slot(of: index)]
        var edits: [Difference.TextEdit] = [], marks: [Difference.MarkEdit] = []
        var (old, new) = (0, 0)
        /// The stretch that is being put in or taken out.
        var open: (isInsertion: Bool, at: Int, utf8: [UInt8])?
        func close() {
            if let (isInsertion, at, utf8) = open {
                let text = String(decoding: utf8, as: UTF8.self)
                edits.append(isInsertion ? .insert(text, at: at) : .delete(text, at: at))
            }
            open = nil
        }
        tree.forEachRun { run in
            var content = Int(run.content)
            for offset in 0..<run.length {
                let end = run.isWide ? tree.scalarEnd(content) : content + 1
                defer { content = end }
                let dot = Dot(actor: run.actor, counter: run.counter + offset)
                let (was, `is`) = (shownBefore.contains(dot), shownAfter.contains(dot))
                guard was || `is` else { continue }
                if was != `is` {
                    if open?.isInsertion != `is` {
                        close()
                        open = (`is`, new, [])
                    }
                    open?.utf8 += tree.utf8[content..<end]
                } else { close() }
                if hasMarks, `is` { Document.compare(was ? marksBefore[old] : [], marksAfter[new], at: new, &marks) }
                if was { old += 1 }
                if `is` { new += 1 }
            }
        }
        close()
        return (edits, marks)
    }

    /// Adds what is different in the marks of one scalar, as part of the stretch before it where that goes on.
    private static func compare(_ before: [Mark], _ after: [Mark], at position: Int, _ edits: inout [Difference.MarkEdit]) {
        guard before != after else { return }
        for name in Set((before + after).map(\.name)).sorted(by: utf8Precedes) {
            let (old, new) = (before.first { $0.name == name }?.value, after.first { $0.name == name }?.value)
            guard old != new else { continue }
            if let last = edits.lastIndex(where: { $0.name == name }), edits[last].range.upperBound == position, edits[last].before == old, edits[last].after == new {
                edits[last].range = edits[last].range.lowerBound..<position + 1
            } else {
                edits.append(Difference.MarkEdit(range: position..<position + 1, name: name, before: old, after: new))
            }
        }
    }

    private func marksByScalar(_ text: ContainerID) -> [[Mark]] {
        spans(text).flatMap { span in Array(repeating: span.marks, count: span.text.unicodeScalars.count) }
    }

    func listEdits(_ before: Document, _ one: ContainerID?, _ after: Document, _ other: ContainerID?) -> [Difference.ListEdit] {
        let (old, new) = (one.map(before.standings) ?? [], other.map(after.standings) ?? [])
        let (oldSlots, newSlots) = (Dictionary(uniqueKeysWithValues: old.map { ($0.element, $0.slot) }), Dictionary(uniqueKeysWithValues: new.map { ($0.element, $0.slot) }))
        var edits: [Difference.ListEdit] = []
        var current = old.map(\.element)
        for (position, item) in old.enumerated().reversed() where newSlots[item.element] == nil {
            edits.append(.delete(item.value, at: position))
            current.remove(at: position)
        }
        // Whoever wasn't moved keeps its order; a moved one goes right behind the one that it stands behind at last.
        var last: OperationID?
        for item in new {
            guard let slot = oldSlots[item.element] else { continue }
            defer { last = item.element }
            guard slot != item.slot, let from = current.firstIndex(of: item.element) else { continue }
            current.remove(at: from)
            let to = last.flatMap { current.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
            current.insert(item.element, at: to)
            if from != to { edits.append(.move(item.value, from: from, to: to)) }
        }
        for (position, item) in new.enumerated() where oldSlots[item.element] == nil { edits.append(.insert(item.value, at: position)) }
        return edits
    }

    private func standings(_ list: ContainerID) -> [(element: OperationID, slot: OperationID, value: Value)] {
        let tree = sequences[slot(list, .list)]
        var items: [(element: OperationID, slot: OperationID, value: Value)] = []
        func name(_ dot: Dot) -> OperationID { OperationID(actor: actors[Int(dot.actor)], counter: dot.counter) }
        tree.forEachVisibleRun { run in
            for offset in 0..<run.length {
                let slot = run.first.advanced(by: Int(offset))
                items.append((name(tree.moves.element(inSlot: slot)), name(slot), values[Int(run.content + offset)]))
            }
        }
        return items
    }
}

/// The elements that a text shows, by the actors of another document.
private struct Elements {
    private var shown: [[Bool]]

    init(_ text: ContainerID?, of part: Document, in whole: Document) {
        shown = whole.lanes.map { _ in [] }
        guard let text else { return }
        let actors = part.actors.map { whole.actorIndex[$0] }
        var found = shown
        part.sequences[part.slot(text, .text)].forEachVisibleRun { run in
            guard let actor = actors[Int(run.actor)].map(Int.init) else { return }
            if found[actor].isEmpty { found[actor] = Array(repeating: false, count: Int(whole.lanes[actor].end)) }
            for counter in run.counter..<run.counter + run.length { found[actor][Int(counter)] = true }
        }
        shown = found
    }

    func contains(_ dot: Dot) -> Bool {
        let row = shown[Int(dot.actor)]
        return Int(dot.counter) < row.count && row[Int(dot.counter)]
    }
}

extension SequenceTree {
    /// Where the bytes of the scalar that begins at an offset end.
    func scalarEnd(_ offset: Int) -> Int {
        let lead = utf8[offset]
        return offset + (lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4)
    }
}
