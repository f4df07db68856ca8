// Taking in changes from elsewhere: checked whole, then applied whole.
//
// What is known already is skipped, so any change may come twice, or in any order of batches. A piece
// whose dependencies are missing waits for other pieces of the same set; if they don't come, the
// first one missing is named and the pieces that could be applied stay.
internal import Bytes

extension Document {
    /// - Returns: how many operations were new.
    /// - Complexity: O(operations x log n), and what concurrency costs: see `SequenceTree+Remote`.
    @discardableResult
    package mutating func apply(_ set: consuming ChangeSet) throws(ApplyError) -> Int {
        precondition(open == nil, "changes are not taken in inside of `change`")
        wake()
        defer { checkWhereAsked() }
        try haveRoom(for: set.actors)
        let incoming = Incoming(set, into: &self)
        var applied = 0
        if incoming.set.work.count == 1 {
            var next = incoming.set.work[0].pieces.lowerBound
            if let lack = try apply(from: &next, of: 0, incoming, &applied) { throw lack.error }
            return applied
        }
        var next = incoming.set.work.map(\.pieces.lowerBound)
        var waiting = Waiting()
        var ready = Array(next.indices.reversed())
        while let work = ready.popLast() {
            if let lack = try apply(from: &next[work], of: work, incoming, &applied), let missing = lack.missing { waiting.add(work, for: missing) }
            let actor = incoming.actors[Int(incoming.set.work[work].actor)]
            ready += waiting.take(actor, opened.lanes[Int(actor)].end)
        }
        // What still waits is named as it stands now: the first of it.
        for work in next.indices {
            if let lack = try apply(from: &next[work], of: work, incoming, &applied) { throw lack.error }
        }
        return applied
    }

    /// Each set has few enough actors, which doesn't say that all of them together are.
    private func haveRoom(for others: [ActorID]) throws(ApplyError) {
        guard actors.count + others.count > Limits.actorsMax else { return }
        let new = others.filter { actorIndex[$0] == nil }
        guard let first = new.first, actors.count + new.count > Limits.actorsMax else { return }
        throw .invalid(actor: first, counter: 0, rule: "a document has \(Limits.actorsMax) actors at most")
    }

    /// Why a piece can't be taken in yet.
    private struct Lack {
        let error: ApplyError
        /// The operation that it waits for, where others may bring that.
        var missing: Dot?
    }

    /// Whose pieces wait for whom, so that each is looked at again only when what it waited for is there.
    private struct Waiting {
        /// By the actor that is waited for, those that need most of it first.
        private var works: [UInt32: [(counter: UInt32, work: Int)]] = [:]

        mutating func add(_ work: Int, for dot: Dot) {
            let at = Lane.lastIndex(of: works[dot.actor]?.count ?? 0) { works[dot.actor]?[$0].counter ?? 0 >= dot.counter }.map { $0 + 1 } ?? 0
            works[dot.actor, default: []].insert((dot.counter, work), at: at)
        }

        /// Those that waited for an operation that is there now.
        mutating func take(_ actor: UInt32, _ end: UInt32) -> [Int] {
            if works.isEmpty { return [] }
            var taken: [Int] = []
            while let last = works[actor]?.last, last.counter < end {
                taken.append(last.work)
                works[actor]?.removeLast()
            }
            if works[actor]?.isEmpty == true { works[actor] = nil }
            return taken
        }
    }

    /// Takes in an actor's pieces, up to the first that lacks something.
    /// - Returns: what that lacks.
    private mutating func apply(from next: inout Int, of work: Int, _ incoming: Incoming, _ applied: inout Int) throws(ApplyError) -> Lack? {
        let (actor, end) = (incoming.actors[Int(incoming.set.work[work].actor)], incoming.set.work[work].pieces.upperBound)
        while next < end {
            let piece = IncomingPiece(next, of: work, by: actor, incoming)
            if let lack = lack(of: piece) { return lack }
            applied += try apply(piece, incoming)
            next += 1
        }
        return nil
    }

    private func lack(of piece: IncomingPiece) -> Lack? {
        let end = opened.lanes[Int(piece.actor)].end
        if piece.end <= end { return nil }
        if piece.start > end { return Lack(error: .missing(actor: actors[Int(piece.actor)], from: end)) }
        for dot in piece.dependencies where opened.lanes[Int(dot.actor)].end <= dot.counter {
            return Lack(error: .missing(actor: actors[Int(dot.actor)], from: opened.lanes[Int(dot.actor)].end), missing: dot)
        }
        return hasSeenCut(piece) ? nil : Lack(error: .stale(actor: actors[Int(piece.actor)], counter: max(piece.start, end)))
    }

    /// Whether a change builds on a change since the cut, or on all of the last ones before it.
    private func hasSeenCut(_ piece: IncomingPiece) -> Bool {
        guard let baseline = opened.baseline else { return true }
        let (start, end) = (opened.lanes[Int(piece.actor)].start, opened.lanes[Int(piece.actor)].end)
        if piece.start < end { return end > start || baseline.heads.allSatisfy { $0.actor == piece.actor } }
        return piece.dependencies.contains { !isCut($0) } || baseline.heads.allSatisfy(piece.dependencies.contains)
    }

    private mutating func apply(_ piece: IncomingPiece, _ incoming: Incoming) throws(ApplyError) -> Int {
        let (actor, known) = (piece.actor, opened.lanes[Int(piece.actor)].end)
        guard piece.end > known else { return 0 }
        func invalid(_ rule: String, at counter: UInt32) -> ApplyError {
            .invalid(actor: actors[Int(actor)], counter: counter, rule: rule)
        }
        guard let strides = Document.strides(of: piece, from: known, incoming.set) else {
            throw invalid("a change is known whole or not at all", at: known)
        }
        let dependencies = known > piece.start ? [Dot(actor: actor, counter: known - 1)] : piece.dependencies
        let goesOn = incoming.set.goesOn
        guard !goesOn || (known > 0 && dependencies.count == 1) else { throw invalid("a change that goes on follows one", at: known) }
        // An actor has always seen its own last change; writing it again would be another form of the same.
        guard known == 0 || !dependencies.isEmpty, dependencies.allSatisfy({ $0.actor != actor || $0.counter == known - 1 }) else {
            throw invalid("a change follows its actor's last one", at: known)
        }
        let isOwnNext = known > 0 && dependencies.count == 1 && dependencies[0] == Dot(actor: actor, counter: known - 1)
        let isContinued = isOwnNext && (goesOn || opened.lanes[Int(actor)].lastTime == piece.time)
        let checked = Piece(piece, known: known, spanStart: isContinued ? opened.lanes[Int(actor)].spans.last?.start ?? known : known, incoming)
        var seen = try check(checked, on: dependencies, incoming)
        // What names others only, who had not seen its own last change, still comes after that.
        let lamport = max(isOwnNext ? 0 : lamport(after: dependencies), opened.lanes[Int(actor)].lamportEnd)
        if let seen { keep(seen, of: actor) }
        var deleted = Stretches()
        for index in checked.rows {
            let row = checked.row(index, self, incoming)
            apply(row, by: actor, on: dependencies, lamport + UInt64(row.counter - known), &seen, &deleted, incoming)
        }
        var current = Span(start: known, dependencies: dependencies, lamport: lamport, time: piece.time)
        for (index, stride) in strides.all.enumerated() {
            let count = index == 0 ? stride.count - strides.skipped : stride.count
            opened.lanes[Int(actor)].close(current, by: actor, isContinued: isContinued || index > 0, count: count, length: stride.length)
            current.start += stride.length * count
            current.lamport += UInt64(stride.length) * UInt64(count)
        }
        if !isOwnNext { for dependency in dependencies where dependency.actor != actor { removeHead(dependency) } }
        setHead(Dot(actor: actor, counter: piece.end - 1))
        return Int(piece.end - known)
    }

    /// Holds every row of a piece against what must be of it.
    /// - Returns: what its author had seen; nil where that is everything, or no row asks.
    private func check(_ piece: Piece, on dependencies: [Dot], _ incoming: Incoming) throws(ApplyError) -> [UInt32]? {
        func invalid(_ rule: String, at counter: UInt32) -> ApplyError {
            .invalid(actor: actors[Int(piece.actor)], counter: counter, rule: rule)
        }
        var found = Stretches()
        var seen: [UInt32]?
        // Whether it is known if there is anything that the author had not seen.
        var isAsked = false
        // Mostly there is room for all of it in any text.
        var (added, most) = (0, 0)
        for index in piece.rows {
            let row = piece.row(index, self, incoming)
            if !isAsked, Document.namesOthers(row, by: piece.actor) {
                isAsked = true
                if !isAllSeen(by: piece.actor, on: dependencies) { seen = self.seen(by: piece.actor, on: dependencies) }
            }
            if let seen {
                let step = row.kind == .quantity ? incoming.step(of: row) : nil
                guard hasSeenNames(row, by: piece.actor, step, seen) else { throw invalid("an operation names only what its author had seen", at: row.counter) }
            }
            if let rule = violation(of: row, in: piece, incoming, &found) { throw invalid(rule, at: row.counter) }
            if row.kind == .insert, containers[Int(row.container)].kind == .text {
                added += Int(row.contentLength)
                most = max(most, opened.sequences[containers[Int(row.container)].slot].utf8.count)
            }
        }
        guard most + added <= Limits.contentBytesMax || haveRoom(for: piece, incoming) else { throw invalid("a text is no longer than it may be", at: piece.known) }
        return seen
    }

    /// Whether a row may name operations of other actors.
    private static func namesOthers(_ row: Operation, by actor: UInt32) -> Bool {
        switch row.kind {
        case .insert, .mark: !row.first.isNone && row.first.actor != actor || !row.second.isNone && row.second.actor != actor
        case .delete: row.first.actor != actor
        case .move, .quantity: true
        case .set, .remove, .max, .extended: false
        }
    }

    /// The strides of a piece from a counter on, and how many changes of the first of them are left out.
    /// - Returns: nil where that is in the middle of a change.
    private static func strides(of piece: IncomingPiece, from known: UInt32, _ set: ChangeSet) -> (all: ArraySlice<Strides>, skipped: UInt32)? {
        var all = set.strides[set.strides(of: piece.index)]
        var left = known > piece.start ? known - piece.start : 0
        while left > 0, let first = all.first {
            let whole = min(first.count, left / first.length)
            guard whole > 0 else { return nil }
            left -= whole * first.length
            if whole < first.count { return left == 0 ? (all, whole) : nil }
            all.removeFirst()
        }
        return left == 0 ? (all, 0) : nil
    }

    /// Whether each text stays within its bound.
    private func haveRoom(for piece: Piece, _ incoming: Incoming) -> Bool {
        var bytes: [UInt32: Int] = [:]
        for index in piece.rows {
            let row = piece.row(index, self, incoming)
            if row.kind == .insert, containers[Int(row.container)].kind == .text { bytes[row.container, default: 0] += Int(row.contentLength) }
        }
        return bytes.allSatisfy { opened.sequences[containers[Int($0)].slot].utf8.count + $1 <= Limits.contentBytesMax }
    }

    /// - Parameters:
    ///   - seen: what its piece had seen of others, once an operation has asked for it.
    ///   - deleted: long stretches that its piece has deleted already.
    private mutating func apply(_ row: Operation, by actor: UInt32, on dependencies: [Dot], _ lamport: UInt64, _ seen: inout [UInt32]?,
                                _ deleted: inout Stretches, _ incoming: Incoming) {
        var row = row
        let slot = row.kind == .extended ? 0 : ownSlot(row.container)
        markUsed(row.container)
        switch row.kind {
        case .insert:
            let isText = containers[Int(row.container)].kind == .text
            let from = row.content
            if isText {
                row.content = UInt32(opened.sequences[slot].utf8.count)
                opened.sequences[slot].utf8.append(contentsOf: incoming.set.bytes[Int(from)..<Int(from) + Int(row.contentLength)])
            } else {
                row.content = UInt32(opened.values.count)
                row.contentLength = row.length
                opened.values.append(Int(row.length), at: from, of: incoming.set.bytes)
            }
            integrate(row, by: actor, slot: slot)
        case .delete:
            if deleted.isUncounted(Int(row.length)) {
                opened.sequences[slot].delete(row.first, length: Int(row.length))
            } else {
                _ = deleted.take(Stretches.Line(container: row.container, actor: row.first.actor), row.first.counter..<row.first.counter + row.length) { gap in
                    opened.sequences[slot].delete(Dot(actor: row.first.actor, counter: gap.lowerBound), length: gap.count)
                    return true
                }
            }
        case .move:
            let (lanes, actors) = (lanes, actors)
            opened.sequences[slot].move(row.element, to: Dot(actor: actor, counter: row.counter), .init(left: row.first, right: row.second), lamport: lamport,
                                 precedes: { actors[Int($0)] < actors[Int($1)] }, originsOf: { Document.origins(of: $0, in: lanes) })
        case .mark:
            take(valueOf: &row, incoming)
            opened.sequences[slot].marks.add(MarkSpan(dot: Dot(actor: actor, counter: row.counter), lamport: lamport, name: row.key, value: row.content,
                                               start: row.startAnchor, end: row.endAnchor))
        case .set, .remove:
            let dot = Dot(actor: actor, counter: row.counter)
            if row.kind == .set {
                take(valueOf: &row, incoming)
            }
            // Who comes new and has seen nothing replaces nothing: of many such none is looked for among the others.
            if opened.lanes[Int(actor)].end == 0, dependencies.isEmpty, opened.baseline == nil {
                if row.kind == .set { opened.maps[slot].registers.add(row.key, Entry(dot: dot, value: row.content)) }
                break
            }
            if seen == nil, opened.maps[slot].registers.first(row.key) != nil { seen = known(to: actor, on: dependencies) }
            let others = seen ?? []
            opened.maps[slot].registers.write(row.key, row.kind == .set ? Entry(dot: dot, value: row.content) : nil) {
                $0.actor == actor || $0.actor < others.count && $0.counter < others[Int($0.actor)]
            }
        case .max:
            take(valueOf: &row, incoming)
            if case .int(let offered) = opened.values[Int(row.content)] {
                let dot = Dot(actor: actor, counter: row.counter)
                let current = opened.maps[slot].registers.first(0)?.entry
                // Of equal offers one is named, the same one on every replica.
                if let current, case .int(let number) = opened.values[Int(current.value)], !Plant.readCursorBack.isPlanted,
                   number > offered || number == offered && (current.dot.actor == actor || precedes(current.dot.actor, actor)) { break }
                opened.maps[slot].registers.set(0, to: Entry(dot: dot, value: row.content))
            }
        case .quantity:
            let step = incoming.step(of: row)
            opened.steps.append(step)
            row.content = UInt32(opened.steps.count - 1)
            opened.quantities[slot].apply(step, dot: Dot(actor: actor, counter: row.counter))
        case .extended:
            take(valueOf: &row, incoming)
            opened.note(row.code)
        }
        let content = row.content
        opened.lanes[Int(actor)].append(row, by: actor) { $0.contentEnd == content }
    }

    /// Puts the value of a row among the document's.
    private mutating func take(valueOf row: inout Operation, _ incoming: Incoming) {
        opened.values.append(1, at: row.content, of: incoming.set.bytes)
        row.content = UInt32(opened.values.count - 1)
    }

    mutating func integrate(_ row: Operation, by actor: UInt32, slot: Int) {
        // A wide row may be longer than a wide run: each piece follows the one before.
        var left = row.first
        var done: UInt32 = 0
        var content = row.content
        let lengthMax = row.isWide ? UInt32(Limits.wideRunMax) : Run.lengthMax
        while done < row.length {
            let length = min(row.length - done, lengthMax)
            let run = Run(actor: actor, counter: row.counter + done, length: length, content: content,
                          flags: row.isWide ? Run.wideFlag : 0)
            // The origins of others are in their lanes; the row itself is not there yet, nor needs to be.
            let (lanes, actors) = (opened.lanes, actors)
            opened.sequences[slot].integrate(run, .init(left: left, right: row.second),
                                      precedes: { actors[Int($0)] < actors[Int($1)] },
                                      originsOf: { Document.origins(of: $0, in: lanes) })
            content = opened.sequences[slot].contentEnd(of: run)
            done += length
            left = Dot(actor: actor, counter: row.counter + done - 1)
        }
    }
}
