// Sealing what an actor did, and holding it against what came back from elsewhere.

extension Document {
    /// The changes of one actor from counter `first` to `end`, as the payload of a block.
    /// - Parameter end: the end of a change; nil for all.
    package func encode(of actor: ActorID, from first: UInt32, to end: UInt32? = nil, level: Int32 = 1) -> [UInt8] {
        if let file { return file.document.encode(of: actor, from: first, to: end, level: level) }
        if let index = actorIndex[actor], end == nil || end == lanes[Int(index)].end, let small = smallForm(of: index, from: first) { return small }
        return ChangeFormat.store(encodeBody(of: actor, from: first, to: end), level: level)
    }

    /// The same in canonical form: equal bytes if and only if these are the same changes.
    package func encodeBody(of actor: ActorID, from first: UInt32, to end: UInt32? = nil) -> [UInt8] {
        if let file { return file.document.encodeBody(of: actor, from: first, to: end) }
        guard let index = actorIndex[actor] else { return Document().encodeBody() }
        let version = VersionVector(actors.indices.map { other in
            VersionVector.Entry(actor: actors[other], count: other == Int(index) ? first : lanes[other].end)
        })
        guard let end, end < lanes[Int(index)].end else { return encodeBody(since: version) }
        var copy = self
        copy.lanes[Int(index)] = lanes[Int(index)].prefix(end, contentOffset: contentOffset)
        return copy.encodeBody(since: version)
    }

    /// How many operations of an actor are here.
    /// - Complexity: O(1).
    package func operationCount(of actor: ActorID) -> UInt32 {
        actorIndex[actor].map { file?.counts[Int($0)] ?? lanes[Int($0)].end } ?? 0
    }

    /// The place of an operation in the order of last writers.
    package func lamport(of actor: ActorID, at counter: UInt32) -> UInt64 {
        actorIndex[actor].map { lanes[Int($0)].lamport(of: counter) } ?? 0
    }

    /// How many changes of an actor are here.
    package func changeCount(of actor: ActorID) -> Int {
        actorIndex[actor].map { lanes[Int($0)].changeCount } ?? 0
    }

    /// How many changes of an actor end between two counters, the second included.
    package func changeCount(of actor: ActorID, from first: UInt32, to end: UInt32) -> Int {
        guard let index = actorIndex[actor] else { return 0 }
        var (count, counter) = (0, lanes[Int(index)].start)
        for stride in lanes[Int(index)].strides {
            let next = counter + stride.length * stride.count
            let low = max(first, counter), high = min(end, next)
            if high > low { count += Int((high - counter) / stride.length - (low - counter) / stride.length) }
            counter = next
        }
        return count
    }

    /// Whether a change of an actor ends, or its first begins, at a counter.
    /// - Complexity: O(stretches of equal changes since then).
    package func isBoundary(_ counter: UInt32, of actor: ActorID) -> Bool {
        guard counter > 0, let index = actorIndex[actor] else { return counter == 0 }
        return lanes[Int(index)].isBoundary(counter)
    }

    /// The ends of an actor's changes after `first`, ascending.
    package func changeEnds(of actor: ActorID, after first: UInt32) -> [UInt32] {
        guard let index = actorIndex[actor] else { return [] }
        var ends: [UInt32] = []
        var counter = lanes[Int(index)].start
        for stride in lanes[Int(index)].strides {
            let end = counter + stride.length * stride.count
            defer { counter = end }
            guard end > first else { continue }
            let skipped = first > counter ? (first - counter) / stride.length : 0
            for number in skipped..<stride.count { ends.append(counter + (number + 1) * stride.length) }
        }
        return ends
    }
}

extension Lane {
    func isBoundary(_ counter: UInt32) -> Bool {
        guard counter <= end, counter >= start else { return false }
        var (index, first) = (strides.count, end)
        while index > 0, first > counter {
            index -= 1
            first -= strides[index].length * strides[index].count
        }
        return first == counter || (counter - first) % strides[index].length == 0
    }

    /// The lane as it was when it ended at `end`, which is the end of a change.
    func prefix(_ end: UInt32, contentOffset: (Operation, UInt32) -> UInt32) -> Lane {
        var part = Lane()
        (part.start, part.lamportStart, part.timeStart, part.end) = (start, lamportStart, timeStart, end)
        part.lamportEnd = end > start ? lamport(of: end - 1) + 1 : lamportStart
        part.spans = spans.filter { $0.start < end }
        for operation in operations where operation.counter < end {
            part.operations.append(operation.end > end ? operation.prefix(end - operation.counter, contentOffset: contentOffset) : operation)
        }
        var counter = start
        for stride in strides where counter < end {
            let count = min(stride.count, (end - counter) / stride.length)
            precondition(count > 0, "a lane is cut between changes")
            part.strides.append(Strides(length: stride.length, count: count))
            counter += stride.length * stride.count
        }
        return part
    }
}

extension Operation {
    /// The first `count` operations of the row.
    func prefix(_ count: UInt32, contentOffset: (Operation, UInt32) -> UInt32) -> Operation {
        var part = self
        part.length = count
        switch kind {
        case .insert: part.contentLength = contentOffset(self, count) - content
        // The lowest dot of the part: a backward row deletes its highest first.
        case .delete:
            if isBackward { part.first = first.advanced(by: Int(length - count)) }
            if count == 1 { part.isBackward = false }
        default: break
        }
        return part
    }
}
