// The same changes under another actor: what a lost branch did is done again.

internal import Bytes

extension ChangeSet {
    /// These changes with each cut actor's as its fresh one would have made them, from 0 on. What they
    /// build on before the cut stays as it was.
    /// - Parameter base: the document without these changes: it says what was an actor's before.
    package func reissued(_ cuts: [Document.Cut], on base: Document) -> ChangeSet {
        var set = self
        /// By this set's index of an actor: from where on it is another's, and whose.
        var renaming: [UInt32: (from: UInt32, to: UInt32)] = [:]
        for cut in cuts {
            guard let old = actors.firstIndex(of: cut.actor) else { continue }
            set.actors.append(cut.fresh)
            renaming[UInt32(old)] = (cut.from, UInt32(set.actors.count - 1))
        }
        func renamed(_ dot: Dot) -> Dot {
            guard let (from, to) = renaming[dot.actor], dot.counter >= from else { return dot }
            return Dot(actor: to, counter: dot.counter - from)
        }
        set.dependencies = []
        var writer = ByteWriter()
        writer.raw(bytes)
        for (index, one) in work.enumerated() {
            let (from, to) = renaming[one.actor] ?? (0, one.actor)
            (set.work[index].actor, set.work[index].end) = (to, one.end - from)
            for piece in one.pieces {
                set.pieces[piece].start -= from
                set.pieces[piece].dependency = UInt32(set.dependencies.count)
                if pieces[piece].followsOwn, set.pieces[piece].start == 0 {
                    // What it follows stays the lost actor's.
                    set.dependencies.append(Dot(actor: one.actor, counter: from - 1))
                } else {
                    set.pieces[piece].followsOwn = pieces[piece].followsOwn
                    set.dependencies += dependencies[dependencies(of: piece)].map(renamed)
                }
            }
            set.work[index].rows = ChangeRows(reserving: one.rows.count, isPacked: one.rows.isPacked)
            for var row in one.rows {
                row.counter -= from
                row.first = renamed(row.first)
                row.second = renamed(row.second)
                if row.kind == .move { row.element = renamed(row.element) }
                if row.kind == .quantity {
                    var step = self.step(at: row.content)
                    step.dropped = step.dropped.map(renamed)
                    step.lowered = step.lowered.map { (renamed($0.dot), $0.cap) }
                    for (old, (_, to)) in renaming.sorted(by: { $0.key < $1.key }) {
                        step.split(old, upTo: base.added(by: actors[Int(old)], in: path(of: Int(row.container))), rest: to)
                    }
                    row.content = UInt32(writer.count)
                    writer.step(step) { $0 }
                }
                set.work[index].rows.append(row)
            }
        }
        set.bytes = writer.bytes
        return set
    }

    private func path(of container: Int) -> [Place] {
        let place = containers[container]
        return place.parent < 0 ? [place] : path(of: Int(place.parent)) + [place]
    }
}

extension Quantity.Step {
    /// Increments that an actor made before its branch stay its own; what was consumed beyond them was
    /// made after, and is another's now.
    fileprivate mutating func split(_ actor: UInt32, upTo before: UInt64, rest other: UInt32) {
        guard let index = consumed.firstIndex(where: { $0.actor == actor && $0.upTo > before }) else { return }
        consumed.append((other, consumed[index].upTo - before))
        if before > 0 { consumed[index].upTo = before } else { consumed.remove(at: index) }
    }
}

extension Document {
    /// What an actor added to a quantity, in all.
    func added(by actor: ActorID, in path: [ChangeSet.Place]) -> UInt64 {
        guard let actor = actorIndex[actor] else { return 0 }
        var id = ContainerID.root
        for place in path {
            guard let next = existingContainer(place.kind, place.name, in: id) else { return 0 }
            id = next
        }
        return quantities[slot(id, .quantity)].shares.first { $0.actor == actor }?.added ?? 0
    }
}
