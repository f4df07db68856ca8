// Taking in bytes from elsewhere: any form of changes, and the usual one in one go.
//
// A keystroke that follows its actor's last one needs no change set: its actor and its container are mostly those of
// the change before, and what it names is looked up once. Whatever else it may be takes the way of any batch, which is
// also who says what is wrong with it.
internal import Bytes

extension Document {
    /// The actor and the container of the last small change, so that the next needs no look-up by name.
    struct Recent {
        var actor: UInt32 = 0
        var container: UInt32 = 0
        /// The container's names as they stand in small changes.
        var path: [UInt8] = []
    }

    /// - Returns: how many operations were new.
    /// - Throws: `DecodeError`, `ApplyError`.
    @discardableResult
    package mutating func take(_ bytes: [UInt8]) throws -> Int {
        wake()
        guard bytes.first == ChangeFormat.small else { return try apply(ChangeSet(decoding: bytes)) }
        let small = try SmallChange(decoding: bytes, knownPath: recent.path)
        if small.goesOn, small.kind == .insert || small.kind == .delete, let count = takeQuickly(small, bytes) { return count }
        let count = try apply(ChangeSet(small, in: bytes))
        remember(small, bytes)
        return count
    }

    private mutating func remember(_ small: borrowing SmallChange, _ bytes: [UInt8]) {
        guard let actor = actorIndex[small.actor], let names = try? small.names(in: bytes) else { return }
        var container: UInt32 = 0
        for (depth, name) in names.enumerated() {
            let kind = depth == names.count - 1 ? small.containerKind : .map
            guard let key = keyIndex[name], let found = containerIndex[ContainerKey(parent: container, key: key, kind: kind)] else { return }
            container = found
        }
        recent = Recent(actor: actor, container: container, path: Array(bytes[small.path]))
    }

    /// - Returns: nil where it isn't the next of the recent actor in the recent container, or names what isn't there.
    private mutating func takeQuickly(_ small: borrowing SmallChange, _ bytes: [UInt8]) -> Int? {
        let actor = Int(recent.actor)
        guard small.isPathKnown, actor < actors.count, actors[actor] == small.actor, opened.lanes[actor].end == small.from else { return nil }
        let slot = containers[Int(recent.container)].slot
        guard containers[Int(recent.container)].kind == .text, let first = dot(small.left), let second = dot(small.right) else { return nil }
        // What it names of others its author must have seen: where there is more here than that, it is looked into.
        let namesOthers = !first.isNone && first.actor != recent.actor || !second.isNone && second.actor != recent.actor
        guard !namesOthers || heads.count == 1 && heads[0].actor == recent.actor else { return nil }
        precondition(open == nil, "changes are not taken in inside of `change`")
        var row = Operation(kind: small.kind, isBackward: small.isBackward, isWide: small.isWide, container: recent.container, counter: small.from,
                            length: small.length, first: first, second: second)
        if small.kind == .delete {
            if small.isBackward { row.first.counter -= small.length - 1 }
            guard opened.sequences[slot].holds(row.first, length: Int(row.length)) else { return nil }
            opened.sequences[slot].delete(row.first, length: Int(row.length))
        } else {
            guard opened.sequences[slot].utf8.count + small.text.count <= Limits.contentBytesMax else { return nil }
            let place = first.isNone ? nil : opened.sequences[slot].place(of: first)
            guard first.isNone || place != nil else { return nil }
            let isNext = (opened.sequences[slot].element(behind: place) ?? .none) == second
            guard isNext || second.isNone || opened.sequences[slot].place(of: second) != nil else { return nil }
            let spanStart = opened.lanes[actor].spans.last?.start ?? 0
            func isOwn(_ dot: Dot) -> Bool { dot.actor == recent.actor && dot.counter >= spanStart }
            guard isNext && !isOwn(first) && !isOwn(second) || areInOrder(first, second, slot: slot, by: recent.actor, from: spanStart) else { return nil }
            row.content = UInt32(opened.sequences[slot].utf8.count)
            row.contentLength = UInt32(small.text.count)
            opened.sequences[slot].utf8.append(contentsOf: bytes[small.text])
            if isNext, !row.isWide, row.length <= Run.lengthMax {
                opened.sequences[slot].put(Run(first: Dot(actor: recent.actor, counter: row.counter), length: row.length, content: row.content, flags: 0), behind: place)
            } else {
                integrate(row, by: recent.actor, slot: slot)
            }
        }
        let content = row.content
        opened.lanes[actor].append(row, by: recent.actor) { $0.contentEnd == content }
        opened.lanes[actor].close(Span(start: small.from, dependencies: [], lamport: opened.lanes[actor].lamportEnd, time: 0), by: recent.actor, isContinued: true, length: small.length)
        setHead(Dot(actor: recent.actor, counter: small.end - 1))
        checkWhereAsked()
        return Int(small.length)
    }

    /// - Returns: nil where it is of an actor who isn't here.
    private func dot(_ reference: SmallChange.Reference) -> Dot? {
        switch reference {
        case .none: Dot.none
        case .own(let counter): Dot(actor: recent.actor, counter: counter)
        case .foreign(let actor, let counter): actorIndex[actor].map { Dot(actor: $0, counter: counter) }
        }
    }
}

extension SequenceTree {
    /// Whether all these elements were put in here.
    func holds(_ first: Dot, length: Int) -> Bool {
        var done = 0
        while done < length {
            guard let place = place(of: first.advanced(by: done)) else { return false }
            done += Int(run(at: place).length) - place.offset
        }
        return true
    }
}
