// Taking a change of a text back: what it inserted goes, as far as it is still there; what it deleted
// comes back where it stood, marked as it was; its marks give way to those before. An edit like any other, so it
// merges, and can be taken back itself.

extension Document {
    /// Whether operations `from` to `end` of an actor are in a container.
    package func touches(_ container: ContainerID, _ actor: ActorID, from: UInt32, to end: UInt32) -> Bool {
        !rows(of: actor, from: from, to: end, in: container).isEmpty
    }

    /// Takes back what an actor's operations `from` to `end` did to a text. Call it inside of `change`.
    /// - Complexity: O(elements concerned x log n).
    package mutating func invert(_ actor: ActorID, from: UInt32, to end: UInt32, in text: ContainerID) throws(EditError) {
        guard let index = actorIndex[actor] else { return }
        let rows = rows(of: actor, from: from, to: end, in: text)
        let marks = Set(rows.filter { $0.kind == .mark }.map { Dot(actor: index, counter: $0.counter) })
        try undoMarks(marks, in: text)
        for row in rows.reversed() {
            if row.kind == .insert {
                try deleteVisible((0..<row.length).map { Dot(actor: index, counter: row.counter + $0) }, in: text)
            } else if row.kind == .delete {
                try insertAgain((0..<row.length).map { row.first.advanced(by: Int($0)) }, without: marks, in: text)
            }
        }
    }

    private func rows(of actor: ActorID, from: UInt32, to end: UInt32, in container: ContainerID) -> [Operation] {
        guard let index = actorIndex[actor], let first = lanes[Int(index)].operationIndex(of: from) else { return [] }
        var rows: [Operation] = []
        for row in lanes[Int(index)].operations[first...] {
            guard row.counter < end else { break }
            guard row.container == container.index else { continue }
            var part = row.end > end ? row.prefix(end - row.counter, contentOffset: contentOffset) : row
            if from > part.counter { part = part.dropping(from - part.counter, by: index, contentOffset: contentOffset) }
            rows.append(part)
        }
        return rows
    }

    private mutating func deleteVisible(_ dots: [Dot], in text: ContainerID) throws(EditError) {
        let slot = slot(text, .text)
        // From the last on, in stretches that lie side by side.
        var stretch: (at: Int, count: Int)?
        for dot in dots.reversed() {
            guard let place = sequences[slot].place(of: dot), !sequences[slot].run(at: place).isDeleted else { continue }
            let position = sequences[slot].position(of: place)
            if let known = stretch, position == known.at - 1 {
                stretch = (position, known.count + 1)
            } else {
                if let known = stretch { try delete(at: known.at, count: known.count, in: text) }
                stretch = (min(position, sequences[slot].count - 1), 1)
            }
        }
        if let known = stretch { try delete(at: known.at, count: known.count, in: text) }
    }

    private mutating func insertAgain(_ dots: [Dot], without undone: Set<Dot>, in text: ContainerID) throws(EditError) {
        let slot = slot(text, .text)
        // What stood side by side comes back at once, right behind its own deleted elements: so it has their order.
        var stretches: [(last: Dot, utf8: [UInt8], marks: [[UInt32: Value]])] = []
        for (dot, marks) in zip(dots, marks(of: dots, without: undone, in: text)) {
            guard let place = sequences[slot].place(of: dot) else { continue }
            let run = sequences[slot].run(at: place)
            let start = sequences[slot].contentOffset(of: run, at: Int(dot.counter - run.counter))
            let end = sequences[slot].contentOffset(of: run, at: Int(dot.counter - run.counter) + 1)
            let bytes = sequences[slot].utf8[Int(start)..<Int(end)]
            if let last = stretches.last?.last, let before = sequences[slot].place(of: last), sequences[slot].place(after: before) == place {
                stretches[stretches.count - 1].last = dot
                stretches[stretches.count - 1].utf8 += bytes
                stretches[stretches.count - 1].marks.append(marks)
            } else {
                stretches.append((dot, Array(bytes), [marks]))
            }
        }
        for stretch in stretches {
            guard let place = sequences[slot].place(of: stretch.last) else { continue }
            let position = sequences[slot].position(of: place)
            try insert(String(decoding: stretch.utf8, as: UTF8.self), behind: stretch.last, in: text)
            try remark(stretch.marks, at: position, in: text)
        }
    }
}
