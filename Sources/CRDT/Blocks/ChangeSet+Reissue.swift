// The same changes under another actor: what a lost branch did is done again.

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
        for index in set.steps.indices {
            set.steps[index].dropped = set.steps[index].dropped.map(renamed)
            set.steps[index].lowered = set.steps[index].lowered.map { (renamed($0.dot), $0.cap) }
        }
        for index in set.work.indices {
            let actor = set.work[index].actor
            if let (_, to) = renaming[actor] { set.work[index].actor = to }
            for piece in set.work[index].pieces.indices {
                set.work[index].pieces[piece].rename(by: renaming[actor]?.from ?? 0, renamed)
                for operation in set.work[index].pieces[piece].operations where operation.kind == .quantity {
                    for (old, (_, to)) in renaming.sorted(by: { $0.key < $1.key }) {
                        let before = base.added(by: actors[Int(old)], in: path(of: Int(operation.container)))
                        set.steps[Int(operation.content)].split(old, upTo: before, rest: to)
                    }
                }
            }
        }
        return set
    }

    private func path(of container: Int) -> [Place] {
        let place = containers[container]
        return place.parent < 0 ? [place] : path(of: place.parent) + [place]
    }
}

extension ChangeSet.Piece {
    fileprivate mutating func rename(by offset: UInt32, _ renamed: (Dot) -> Dot) {
        span.start -= offset
        end -= offset
        span.dependencies = span.dependencies.map(renamed)
        for index in operations.indices {
            operations[index].counter -= offset
            operations[index].first = renamed(operations[index].first)
            operations[index].second = renamed(operations[index].second)
            if operations[index].kind == .move { operations[index].element = renamed(operations[index].element) }
        }
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
