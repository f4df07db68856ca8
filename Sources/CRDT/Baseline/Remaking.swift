// Edits made again on another state, by the names of what stayed.
//
//     text, list   goes behind the nearest element to its left that is still there
//     deletion     of what still shows
//     move, mark   of what still shows
//     register     unless somebody set it unseen: then theirs stands and this one is lost, and said to be;
//                  of a flag, withdrawing wins as ever
//     quantity     the same step: it names what its author had seen
//     max          offered again
//     what only a newer version knows is done again as it is
//
// The books of undo are not made again: what was made again counts as done now.

struct Remaking {
    private let old: Document
    private let own: [(actor: UInt32, from: UInt32)]
    private let fresh: ActorID
    /// What was made again, by its old name.
    private var names: [Dot: Dot] = [:]
    /// By an actor's share of a quantity: how much of it is taken away already, of what the fresh actor has of it.
    private var consumed: [Share: UInt64] = [:]
    /// Sequences of the old document in their order, for who looks for neighbours.
    private var orders: [Int: (elements: [Dot], ordinals: [Int])] = [:]
    private(set) var lost: [LostEdit] = []

    private struct Share: Hashable {
        let container: UInt32
        let actor: UInt32
    }

    init(_ old: Document, _ own: [(actor: UInt32, from: UInt32)], by fresh: ActorID) { (self.old, self.own, self.fresh) = (old, own, fresh) }

    /// - Throws: `CutError` where what is to be made again was cut away here.
    mutating func run(on document: inout Document) throws {
        var changes: [(actor: UInt32, range: Range<UInt32>, lamport: UInt64)] = []
        for (actor, from) in own {
            guard from >= old.lanes[Int(actor)].start else { throw CutError.isCut }
            var start = from
            for end in old.changeEnds(of: old.actors[Int(actor)], after: from) {
                changes.append((actor, start..<end, old.lanes[Int(actor)].lamport(of: start)))
                start = end
            }
        }
        changes.sort { $0.lamport == $1.lamport ? old.precedes($0.actor, $1.actor) : $0.lamport < $1.lamport }
        for change in changes {
            let seen = old.clock(of: [Dot(actor: change.actor, counter: change.range.lowerBound)])
            let rows = old.rows(of: change.actor, change.range)
            document.change(by: fresh, at: old.lanes[Int(change.actor)].time(of: change.range.lowerBound)) { document in
                for row in rows {
                    // What is above a bound now is lost, and said to be.
                    do { try make(row, by: change.actor, seen, &document) } catch { lose(row, by: change.actor) }
                }
            }
        }
    }

    private mutating func make(_ row: Operation, by actor: UInt32, _ seen: [UInt32], _ document: inout Document) throws(EditError) {
        let root = old.rootName(of: row)
        guard root != "steps" else { return }
        if row.kind == .extended { return makeExtension(row, &document) }
        let container = place(row.container, in: &document)
        switch row.kind {
        case .insert, .delete, .move, .mark: try makeInSequence(row, by: actor, container, &document)
        case .set, .remove:
            if root == "authors", old.keys[Int(row.key)] == old.actors[Int(actor)].description {
                document.set(fresh.description, to: old.values[Int(row.content)], in: container)
            } else {
                makeRegister(row, by: actor, container, seen, &document)
            }
        case .max:
            if case .int(let number) = old.values[Int(row.content)] { document.raise(to: number, in: container) }
        case .quantity: makeStep(row, by: actor, container, &document)
        case .extended: break
        }
    }

    private func makeExtension(_ row: Operation, _ document: inout Document) {
        guard case .bytes(let payload) = old.values[Int(row.content)] else { preconditionFailure("what an operation says is there") }
        document.extend(UInt16(row.code), payload, at: old.names(of: row.container), old.containers[Int(row.container)].kind)
    }

    private mutating func lose(_ row: Operation, by actor: UInt32) {
        let isMap = old.containers[Int(row.container)].kind == .map
        let path = old.path(of: row.container)
        let value: Value? = switch row.kind {
        case .set, .max, .mark: old.values[Int(row.content)]
        case .insert where old.containers[Int(row.container)].kind == .text: .string(old.content(of: row))
        case .insert: .list(Array(old.values[Int(row.content)..<Int(row.contentEnd)]))
        default: nil
        }
        lost.append(LostEdit(path: isMap ? (path.isEmpty ? "" : path + "/") + old.keys[Int(row.key)] : path, value: value,
                             by: OperationID(actor: old.actors[Int(actor)], counter: row.counter), time: old.lanes[Int(actor)].time(of: row.counter)))
    }

    /// The same container there.
    private func place(_ index: UInt32, in document: inout Document) -> ContainerID {
        let container = old.containers[Int(index)]
        guard container.parent != .max else { return .root }
        return document.container(container.kind, old.keys[Int(container.key)], in: place(container.parent, in: &document))
    }

    /// What an operation is called there; nil where it isn't there.
    private func name(_ dot: Dot, in document: Document) -> Dot? {
        if let made = names[dot] { return made }
        guard !dot.isNone, !own.contains(where: { $0.actor == dot.actor && dot.counter >= $0.from }) else { return nil }
        return document.actorIndex[old.actors[Int(dot.actor)]].map { Dot(actor: $0, counter: dot.counter) }
    }

    // MARK: Registers and quantities

    private mutating func makeRegister(_ row: Operation, by actor: UInt32, _ container: ContainerID, _ seen: [UInt32], _ document: inout Document) {
        let kind = old.containers[Int(row.container)].kind
        let name = kind == .map ? old.keys[Int(row.key)] : ""
        let key = kind == .map ? document.index(ofKey: name) : 0
        let isUnseen = (document.maps[document.containers[Int(container.index)].slot].registers[key] ?? []).contains { entry in
            if document.actors[Int(entry.dot.actor)] == fresh { return false }
            guard let index = old.actorIndex[document.actors[Int(entry.dot.actor)]] else { return true }
            return entry.dot.counter >= seen[Int(index)]
        }
        guard row.kind == .set else {
            // Whoever sets it meanwhile keeps it.
            if !isUnseen { document.remove(name, in: container) }
            return
        }
        let value = old.values[Int(row.content)]
        if kind == .flag {
            if !isUnseen || value == .bool(false) { document.setFlag(value == .bool(true), in: container) } else { lose(row, by: actor) }
        } else if isUnseen {
            lose(row, by: actor)
        } else {
            document.set(name, to: value, in: container)
        }
    }

    private mutating func makeStep(_ row: Operation, by actor: UInt32, _ container: ContainerID, _ document: inout Document) {
        var step = old.steps[Int(row.content)]
        step.dropped = step.dropped.compactMap { name($0, in: document) }
        step.lowered = step.lowered.compactMap { lowered in name(lowered.dot, in: document).map { ($0, lowered.cap) } }
        let slot = document.ownSlot(container.index)
        let dot = document.nextDot
        func share(_ actor: UInt32) -> Quantity.Share? { document.quantities[slot].shares.first { $0.actor == actor } }
        var taken: UInt64 = 0
        var steps: [(actor: UInt32, upTo: UInt64)] = []
        for (other, upTo) in step.consumed {
            let there = document.actorIndex[old.actors[Int(other)]]
            // What an actor added before the cut is its own; what it added since is the fresh one's now.
            let kept = own.contains { $0.actor == other } ? there.flatMap(share)?.added ?? 0 : .max
            if let there, kept > 0 { steps.append((there, min(upTo, kept))) }
            guard upTo > kept else { continue }
            let before = consumed[Share(container: row.container, actor: other)] ?? 0
            consumed[Share(container: row.container, actor: other)] = max(before, upTo - kept)
            taken += max(before, upTo - kept) - before
        }
        if taken > 0 { steps.append((dot.actor, (share(dot.actor)?.consumed ?? 0) + taken)) }
        step.consumed = steps
        guard !step.isEmpty else { return }
        names[Dot(actor: actor, counter: row.counter)] = dot
        document.quantities[slot].apply(step, dot: dot)
        document.steps.append(step)
        document.record(Operation(kind: .quantity, container: container.index, counter: dot.counter, content: UInt32(document.steps.count - 1)))
    }

    // MARK: Sequences

    private mutating func makeInSequence(_ row: Operation, by actor: UInt32, _ container: ContainerID, _ document: inout Document) throws(EditError) {
        let slot = document.ownSlot(container.index)
        switch row.kind {
        case .insert:
            let place = survivor(left: row.first, of: row.container, in: document, slot)
            let first = document.nextDot
            if old.containers[Int(row.container)].kind == .text {
                let text = old.content(of: row)
                if let place { try document.insert(text, behind: document.sequences[slot].dot(at: place), in: container) } else { try document.insert(text, at: 0, in: container) }
            } else {
                var place = place
                for value in old.values[Int(row.content)..<Int(row.contentEnd)] {
                    let dot = document.nextDot
                    document.insert(value, behind: place, in: container)
                    place = document.sequences[slot].place(of: dot)
                }
            }
            for offset in 0..<row.length { names[Dot(actor: actor, counter: row.counter + offset)] = first.advanced(by: Int(offset)) }
        case .delete:
            let elements = (0..<row.length).compactMap { name(row.first.advanced(by: Int($0)), in: document) }.filter { document.isVisible($0, in: container) }
            try document.deleteElements(elements, in: container)
        case .move:
            guard let element = name(row.element, in: document), document.isVisible(element, in: container) else { return }
            names[Dot(actor: actor, counter: row.counter)] = document.move(element, behind: survivor(left: row.first, of: row.container, in: document, slot), in: container)
        case .mark:
            let span = MarkSpan(dot: .none, lamport: 0, name: row.key, value: row.content, start: row.startAnchor, end: row.endAnchor)
            guard let range = covered(span, of: row.container, in: document, container) else { return }
            try document.mark(range, old.keys[Int(row.key)], old.values[Int(row.content)], expand: old.expand(of: span), in: container)
        case .set, .remove, .quantity, .max, .extended: break
        }
    }

    /// The nearest place there that an element or slot was right of, here.
    private mutating func survivor(left dot: Dot, of container: UInt32, in document: Document, _ slot: Int) -> Place? {
        let sequence = document.sequences[slot]
        func found(_ dot: Dot) -> Place? {
            guard let place = name(dot, in: document).flatMap({ sequence.place(of: $0) }), !sequence.run(at: place).isFading else { return nil }
            return place
        }
        if dot.isNone { return nil }
        // Mostly it is there itself.
        if let place = found(dot) { return place }
        let from = old.containers[Int(container)].slot
        let (elements, ordinals) = order(from)
        guard var index = old.sequences[from].ordinal(of: dot, ordinals) else { return nil }
        while index > 0 {
            index -= 1
            if let place = found(elements[index]) { return place }
        }
        return nil
    }

    private mutating func order(_ slot: Int) -> (elements: [Dot], ordinals: [Int]) {
        if let known = orders[slot] { return known }
        var elements: [Dot] = []
        old.sequences[slot].forEachRun { run in for offset in 0..<run.length { elements.append(run.first.advanced(by: Int(offset))) } }
        let order = (elements, old.sequences[slot].ordinals())
        orders[slot] = order
        return order
    }

    /// The positions there of what a mark covers here, from the first that still shows to the last.
    private mutating func covered(_ span: MarkSpan, of container: UInt32, in document: Document, _ text: ContainerID) -> Range<Int>? {
        let from = old.containers[Int(container)].slot
        let (elements, ordinals) = order(from)
        func ordinal(_ anchor: Anchor) -> Int? { old.sequences[from].ordinal(of: anchor.element, ordinals).map { $0 + (anchor.isBehind ? 1 : 0) } }
        let start = span.start.element.isNone ? 0 : ordinal(span.start) ?? 0
        let end = span.end.element.isNone ? elements.count : ordinal(span.end) ?? elements.count
        guard start < end else { return nil }
        let shown = elements[start..<end].compactMap { name($0, in: document) }.filter { document.isVisible($0, in: text) }
        let sequence = document.sequences[document.slot(text, .text)]
        let positions = [shown.first, shown.last].compactMap { $0 }.compactMap { sequence.place(of: $0) }.map { sequence.position(of: $0) }
        guard let low = positions.min(), let high = positions.max() else { return nil }
        return low..<high + 1
    }
}

extension Document {
    /// The text that a row put in.
    fileprivate func content(of row: Operation) -> String {
        String(decoding: sequences[containers[Int(row.container)].slot].utf8[Int(row.content)..<Int(row.contentEnd)], as: UTF8.self)
    }
}

extension SequenceTree {
    fileprivate func dot(at place: Place) -> Dot { run(at: place).first.advanced(by: place.offset) }
}
