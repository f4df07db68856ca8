// Who put in each stretch of a text, or each element of a list; who moved it last, who brought it back, and who marked it.
//
// Told by change, the same on every replica: how rows are joined in memory doesn't show. Text that an undo brought back is
// still whose it was before it was deleted, and the undo is named beside it.

/// Elements that show side by side and came in with one change.
package struct Blame: Equatable, Sendable {
    /// Positions as they show now.
    package var range: Range<Int>
    /// Of a text.
    package var text = ""
    /// Of a list: its one value.
    package var value: Value?
    /// The change that put it in, by its last operation.
    package let change: OperationID
    /// Milliseconds since 1970, by the author's clock.
    package let time: UInt64
    /// The undo or redo that brought it back.
    package let restored: OperationID?
    /// Of a list: the change that moved it last.
    package let moved: OperationID?
    /// Of a text: its marks, and the changes that set them.
    package let marks: [MarkedBy]

    package struct MarkedBy: Equatable, Sendable {
        package let mark: Mark
        package let change: OperationID
    }
}

extension Document {
    /// - Parameter range: of positions; nil for all.
    /// - Complexity: O(history).
    package func blame(_ sequence: ContainerID, _ range: Range<Int>? = nil) -> [Blame] {
        if let file {
            let container = containers[Int(sequence.index)]
            let whole = file.document
            guard let same = whole.place(names: names(of: sequence.index), kind: container.kind) else { return [] }
            return whole.blame(same, range)
        }
        let tree = sequences[slot(sequence, .text, .list)]
        let isText = containers[Int(sequence.index)].kind == .text
        let kin = kin(in: sequence, undoLedger())
        let covers = isText ? markCovers(tree) : []
        let ordinals = tree.ordinals()
        var result: [Blame] = []
        var position = 0
        var changes = ChangeNames(self)
        tree.forEachVisibleRun { run in
            var content = Int(run.content)
            for offset in 0..<run.length {
                let end = isText ? (run.isWide ? tree.scalarEnd(content) : content + 1) : content + 1
                defer { (content, position) = (end, position + 1) }
                guard range?.contains(position) ?? true else { continue }
                let slot = run.first.advanced(by: Int(offset))
                let element = tree.moves.element(inSlot: slot)
                let root = kin.root(element)
                var marks: [Blame.MarkedBy] = []
                if !covers.isEmpty, let ordinal = tree.ordinal(of: element, ordinals) {
                    for cover in covers {
                        guard let index = cover.mark(at: ordinal) else { continue }
                        let span = tree.marks.spans[index]
                        if values[Int(span.value)] == .null { continue }
                        marks.append(Blame.MarkedBy(mark: Mark(keys[Int(span.name)], values[Int(span.value)]), change: changes.name(span.dot)))
                    }
                }
                let item = Blame(range: position..<position + 1, text: isText ? String(decoding: tree.utf8[content..<end], as: UTF8.self) : "",
                                 value: isText ? nil : values[content], change: changes.name(root), time: lanes[Int(root.actor)].time(of: root.counter),
                                 restored: root == element ? nil : changes.name(element), moved: slot == element ? nil : changes.name(slot), marks: marks)
                if isText, let last = result.last, last.range.upperBound == position, last.change == item.change, last.restored == item.restored, last.marks == item.marks {
                    result[result.count - 1].range = last.range.lowerBound..<position + 1
                    result[result.count - 1].text += item.text
                } else { result.append(item) }
            }
        }
        return result
    }

    /// The container of that kind at some names.
    package func place(names: [String], kind: ContainerKind) -> ContainerID? {
        guard let last = names.last else { return kind == .map ? .root : nil }
        var map = ContainerID.root
        for name in names.dropLast() {
            guard let next = existingContainer(.map, name, in: map) else { return nil }
            map = next
        }
        return existingContainer(kind, last, in: map)
    }
}

/// Changes by their last operations, each actor's looked up once.
struct ChangeNames {
    private let document: Document
    private var ends: [UInt32: [UInt32]] = [:]

    init(_ document: Document) { self.document = document }

    mutating func name(_ dot: Dot) -> OperationID {
        let actor = document.actors[Int(dot.actor)]
        // Of what was cut away only operations have names.
        if document.isCut(dot) { return OperationID(actor: actor, counter: dot.counter) }
        if ends[dot.actor] == nil { ends[dot.actor] = document.changeEnds(of: actor, after: 0) }
        let own = ends[dot.actor] ?? []
        let before = Lane.lastIndex(of: own.count) { own[$0] <= dot.counter }.map { $0 + 1 } ?? 0
        return OperationID(actor: actor, counter: (before < own.count ? own[before] : dot.counter + 1) - 1)
    }
}
