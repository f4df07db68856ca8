// A document as it was: at a frontier (some changes, and all that they build on), or at a version (how much of each actor).
//
// A frontier names changes by their last operation, as `history` prints them. Any set of known changes is one, for what
// they build on belongs to it; a version is taken at its word, and refused where it lacks what its own changes build on.
// What comes back is a document like any other: the same bytes as a replica that had only that much.

/// Why there is no document at a place in the past.
public enum PastError: Error, Equatable {
    /// This operation isn't here.
    case unknown(OperationID)
    /// It is in the middle of a change, which is there whole or not at all: its last operation is `end`.
    case insideChange(OperationID, end: OperationID)
    /// The version has a change of `actor`'s that builds on `needs`, and not that.
    case notClosed(actor: ActorID, needs: OperationID)
    /// Its history up to there, and beyond, was cut away.
    case cutAway
    /// What this document writes of it, it doesn't read: a bound that isn't held everywhere, or a mistake.
    case unreadable(String)
}

extension Document {
    /// The version of some changes and of all that they build on; no changes are the empty document.
    /// - Complexity: O(spans of history).
    public func version(of frontier: [OperationID]) throws(PastError) -> VersionVector {
        if let file { return try file.document.version(of: frontier) }
        var dots: [Dot] = []
        for id in frontier {
            guard let actor = actorIndex[id.actor], let change = lanes[Int(actor)].change(holding: id.counter) else { throw .unknown(id) }
            guard change.upperBound == id.counter + 1 else { throw .insideChange(id, end: OperationID(actor: id.actor, counter: change.upperBound - 1)) }
            dots.append(Dot(actor: actor, counter: id.counter))
        }
        return version(clock(of: dots))
    }

    /// What the author of a change had before it made it.
    public func version(before change: OperationID) throws(PastError) -> VersionVector {
        if let file { return try file.document.version(before: change) }
        guard let actor = actorIndex[change.actor], let range = lanes[Int(actor)].change(holding: change.counter) else { throw .unknown(change) }
        var known = clock(of: [Dot(actor: actor, counter: change.counter)])
        known[Int(actor)] = range.lowerBound
        return version(known)
    }

    /// The document as it was at a frontier.
    /// - Complexity: O(history up to there).
    public func at(_ frontier: [OperationID]) throws(PastError) -> Document { try at(version(of: frontier)) }

    /// The document as it was at a version.
    /// - Complexity: O(history).
    public func at(_ version: VersionVector) throws(PastError) -> Document {
        if let file { return try file.document.at(version) }
        for (actor, lane) in zip(actors, lanes) where version.count(of: actor) < lane.start { throw .cutAway }
        try check(version)
        if version == self.version { return self }
        do { return try replayed(to: version) } catch { throw .unreadable("\(error)") }
    }

    private func check(_ version: VersionVector) throws(PastError) {
        for entry in version.entries {
            let last = OperationID(actor: entry.actor, counter: entry.count - 1)
            guard let index = actorIndex[entry.actor] else { throw .unknown(last) }
            // Its history begins here: what this builds on stands in the baseline.
            if opened.baseline != nil, lanes[Int(index)].start == entry.count { continue }
            guard let change = lanes[Int(index)].change(holding: last.counter) else { throw .unknown(last) }
            guard change.upperBound == entry.count else { throw .insideChange(last, end: OperationID(actor: entry.actor, counter: change.upperBound - 1)) }
            for span in lanes[Int(index)].spans where span.start < entry.count {
                for needed in span.dependencies where version.count(of: actors[Int(needed.actor)]) <= needed.counter {
                    throw .notClosed(actor: entry.actor, needs: OperationID(actor: actors[Int(needed.actor)], counter: needed.counter))
                }
            }
        }
    }

    private func version(_ known: [UInt32]) -> VersionVector {
        VersionVector(zip(actors, known).map { VersionVector.Entry(actor: $0, count: $1) })
    }

    /// By actor, how many operations these have seen, themselves included. Within a change an operation has seen those before it.
    /// - Complexity: O(spans of history).
    func clock(of dots: [Dot]) -> [UInt32] {
        // What was cut away every change after it has seen.
        var known = lanes.map(\.start)
        follow(dots, &known)
        return known
    }

    /// The change that an operation is of, by its last operation: how `history` names it.
    func changeID(of dot: Dot) -> OperationID {
        let end = lanes[Int(dot.actor)].change(holding: dot.counter)?.upperBound ?? dot.counter + 1
        return OperationID(actor: actors[Int(dot.actor)], counter: end - 1)
    }
}

extension Lane {
    /// The operations of the change that an operation is of.
    /// - Complexity: O(stretches of changes of one length).
    func change(holding counter: UInt32) -> Range<UInt32>? {
        guard counter >= self.start else { return nil }
        var start = self.start
        for stride in strides {
            let end = start + stride.length * stride.count
            if counter < end {
                let first = start + (counter - start) / stride.length * stride.length
                return first..<first + stride.length
            }
            start = end
        }
        return nil
    }
}
