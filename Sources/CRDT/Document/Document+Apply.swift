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
    package mutating func apply(_ set: ChangeSet) throws(ApplyError) -> Int {
        precondition(open == nil, "changes are not taken in inside of `change`")
        wake()
        defer { checkWhereAsked() }
        var translation = Translation(set, into: &self)
        var waiting = set.work.map { (actor: translation.actors[Int($0.actor)], pieces: $0.pieces[...]) }
        var applied = 0
        var missing: ApplyError?
        repeat {
            missing = nil
            var hasProgress = false
            for index in waiting.indices {
                while let piece = waiting[index].pieces.first {
                    if let lack = lack(of: piece, by: waiting[index].actor, translation) {
                        missing = missing ?? lack
                        break
                    }
                    applied += try apply(piece, by: waiting[index].actor, set, &translation)
                    waiting[index].pieces.removeFirst()
                    hasProgress = true
                }
            }
            if !hasProgress { break }
        } while missing != nil
        if let missing { throw missing }
        return applied
    }

    private func lack(of piece: ChangeSet.Piece, by actor: UInt32, _ translation: Translation) -> ApplyError? {
        let end = opened.lanes[Int(actor)].end
        if piece.end <= end { return nil }
        if piece.span.start > end { return .missing(actor: actors[Int(actor)], from: end) }
        for dependency in piece.span.dependencies {
            let dot = translation.dot(dependency)
            if opened.lanes[Int(dot.actor)].end <= dot.counter {
                return .missing(actor: actors[Int(dot.actor)], from: opened.lanes[Int(dot.actor)].end)
            }
        }
        return hasSeenCut(piece, by: actor, translation) ? nil : .stale(actor: actors[Int(actor)], counter: max(piece.span.start, end))
    }

    /// Whether a change builds on a change since the cut, or on all of the last ones before it.
    private func hasSeenCut(_ piece: ChangeSet.Piece, by actor: UInt32, _ translation: Translation) -> Bool {
        guard let baseline = opened.baseline else { return true }
        let (start, end) = (opened.lanes[Int(actor)].start, opened.lanes[Int(actor)].end)
        if piece.span.start < end { return end > start || baseline.heads.allSatisfy { $0.actor == actor } }
        let dependencies = piece.span.dependencies.map(translation.dot)
        return dependencies.contains { !isCut($0) } || baseline.heads.allSatisfy(dependencies.contains)
    }

    private mutating func apply(_ piece: ChangeSet.Piece, by actor: UInt32, _ set: ChangeSet,
                                _ translation: inout Translation) throws(ApplyError) -> Int {
        let known = opened.lanes[Int(actor)].end
        guard piece.end > known else { return 0 }
        func invalid(_ rule: String, at counter: UInt32) -> ApplyError {
            .invalid(actor: actors[Int(actor)], counter: counter, rule: rule)
        }
        var strides = piece.strides
        guard Document.skip(known - piece.span.start, of: &strides) else {
            throw invalid("a change is known whole or not at all", at: known)
        }
        let dependencies = known > piece.span.start ? [Dot(actor: actor, counter: known - 1)] : piece.span.dependencies.map(translation.dot)
        guard !piece.goesOn || (known > 0 && dependencies.count == 1) else { throw invalid("a change that goes on follows one", at: known) }
        // An actor has always seen its own last change; writing it again would be another form of the same.
        guard known == 0 || !dependencies.isEmpty, dependencies.allSatisfy({ $0.actor != actor || $0.counter == known - 1 }) else {
            throw invalid("a change follows its actor's last one", at: known)
        }
        let rows = translated(piece, by: actor, from: known, translation)
        let isOwnNext = known > 0 && dependencies.count == 1 && dependencies[0] == Dot(actor: actor, counter: known - 1)
        let isContinued = isOwnNext && (piece.goesOn || opened.lanes[Int(actor)].lastTime == piece.span.time)
        let checked = Piece(actor: actor, known: known, spanStart: isContinued ? opened.lanes[Int(actor)].spans.last?.start ?? known : known, rows: rows)
        var found = Stretches()
        var seen = rows.contains(where: { Document.namesOthers($0, by: actor) }) && !isAllSeen(by: actor, on: dependencies) ? seen(by: actor, on: dependencies) : nil
        for row in rows {
            let step = seen != nil && row.kind == .quantity ? translation.step(set.steps[Int(row.content)]) : nil
            guard hasSeenNames(row, by: actor, step, seen) else { throw invalid("an operation names only what its author had seen", at: row.counter) }
            if let rule = violation(of: row, in: checked, &found) { throw invalid(rule, at: row.counter) }
        }
        guard haveRoom(for: rows) else { throw invalid("a text is no longer than it may be", at: known) }
        // What names others only, who had not seen its own last change, still comes after that.
        let lamport = max(lamport(after: dependencies), opened.lanes[Int(actor)].lamportEnd)
        let span = Span(start: known, dependencies: dependencies, lamport: lamport, time: piece.span.time)
        if let seen, !seen.isEmpty { knownByActor[actor] = seen }
        var deleted = Stretches()
        for row in rows { apply(row, by: actor, on: dependencies, span.lamport + UInt64(row.counter - known), &seen, &deleted, set, &translation) }
        var start = known
        var current = span
        for (index, stride) in strides.enumerated() {
            current.start = start
            opened.lanes[Int(actor)].close(current, by: actor, isContinued: isContinued || index > 0, count: stride.count, length: stride.length)
            start += stride.length * stride.count
            current.lamport += UInt64(stride.length) * UInt64(stride.count)
        }
        for dependency in dependencies where dependency.actor != actor { removeHead(dependency) }
        setHead(Dot(actor: actor, counter: piece.end - 1))
        return Int(piece.end - known)
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

    /// Drops the changes of the first `count` operations.
    /// - Returns: false where that is in the middle of a change.
    private static func skip(_ count: UInt32, of strides: inout [Strides]) -> Bool {
        var left = count
        while left > 0, let first = strides.first {
            let whole = min(first.count, left / first.length)
            guard whole > 0 else { return false }
            left -= whole * first.length
            strides[0].count -= whole
            if strides[0].count == 0 { strides.removeFirst() }
        }
        return left == 0
    }

    /// The piece's rows from a counter on, in this document's names; content is still the set's.
    private func translated(_ piece: ChangeSet.Piece, by actor: UInt32, from known: UInt32,
                            _ translation: Translation) -> [Operation] {
        var rows: [Operation] = []
        rows.reserveCapacity(piece.operations.count)
        for operation in piece.operations where operation.end > known {
            var row = operation
            row.container = translation.containers[Int(operation.container)]
            row.first = translation.dot(operation.first)
            row.second = translation.dot(operation.second)
            if row.kind == .move { row.element = translation.dot(operation.element) }
            if row.kind == .mark { row.key = translation.keys[Int(operation.key)] }
            if row.kind == .set || row.kind == .remove {
                row.key = containers[Int(row.container)].kind == .map ? translation.keys[Int(operation.key)] : 0
            }
            rows.append(known > row.counter ? row.dropping(known - row.counter, by: actor, contentOffset: translation.offset) : row)
        }
        return rows
    }

    /// Whether each text stays within its bound.
    private func haveRoom(for rows: [Operation]) -> Bool {
        // Mostly there is room for all of it in any of them.
        var (added, most) = (0, 0)
        for row in rows where row.kind == .insert && containers[Int(row.container)].kind == .text {
            added += Int(row.contentLength)
            most = max(most, opened.sequences[containers[Int(row.container)].slot].utf8.count)
        }
        if most + added <= Limits.contentBytesMax { return true }
        var bytes: [UInt32: Int] = [:]
        for row in rows where row.kind == .insert && containers[Int(row.container)].kind == .text { bytes[row.container, default: 0] += Int(row.contentLength) }
        return bytes.allSatisfy { opened.sequences[containers[Int($0)].slot].utf8.count + $1 <= Limits.contentBytesMax }
    }

    /// - Parameters:
    ///   - seen: what its piece had seen of others, once an operation has asked for it.
    ///   - deleted: long stretches that its piece has deleted already.
    private mutating func apply(_ row: Operation, by actor: UInt32, on dependencies: [Dot], _ lamport: UInt64, _ seen: inout [UInt32]?,
                                _ deleted: inout Stretches, _ set: ChangeSet, _ translation: inout Translation) {
        var row = row
        let slot = containers[Int(row.container)].slot
        markUsed(row.container)
        switch row.kind {
        case .insert:
            let isText = containers[Int(row.container)].kind == .text
            let from = Int(row.content)
            row.content = UInt32(isText ? opened.sequences[slot].utf8.count : opened.values.count)
            if isText {
                opened.sequences[slot].utf8.append(contentsOf: set.utf8[from..<from + Int(row.contentLength)])
            } else {
                opened.values.append(contentsOf: set.values[from..<from + Int(row.contentLength)])
            }
            integrate(row, by: actor, slot: slot)
        case .delete:
            if row.length == 1 {
                opened.sequences[slot].delete(row.first, length: 1)
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
            opened.values.append(set.values[Int(row.content)])
            row.content = UInt32(opened.values.count - 1)
            opened.sequences[slot].marks.add(MarkSpan(dot: Dot(actor: actor, counter: row.counter), lamport: lamport, name: row.key, value: row.content,
                                               start: row.startAnchor, end: row.endAnchor))
        case .set, .remove:
            let dot = Dot(actor: actor, counter: row.counter)
            if row.kind == .set {
                opened.values.append(set.values[Int(row.content)])
                row.content = UInt32(opened.values.count - 1)
            }
            if seen == nil, opened.maps[slot].registers.first(row.key) != nil { seen = known(to: actor, on: dependencies) }
            let others = seen ?? []
            opened.maps[slot].registers.write(row.key, row.kind == .set ? Entry(dot: dot, value: row.content) : nil) {
                $0.actor == actor || $0.actor < others.count && $0.counter < others[Int($0.actor)]
            }
        case .max:
            opened.values.append(set.values[Int(row.content)])
            row.content = UInt32(opened.values.count - 1)
            if case .int(let offered) = opened.values[Int(row.content)] {
                let dot = Dot(actor: actor, counter: row.counter)
                let current = opened.maps[slot].registers.first(0)?.entry
                // Of equal offers one is named, the same one on every replica.
                if let current, case .int(let number) = opened.values[Int(current.value)], !Plant.readCursorBack.isPlanted,
                   number > offered || number == offered && (current.dot.actor == actor || precedes(current.dot.actor, actor)) { break }
                opened.maps[slot].registers.set(0, to: Entry(dot: dot, value: row.content))
            }
        case .quantity:
            let step = translation.step(set.steps[Int(row.content)])
            opened.steps.append(step)
            row.content = UInt32(opened.steps.count - 1)
            opened.quantities[slot].apply(step, dot: Dot(actor: actor, counter: row.counter))
        case .extended:
            opened.values.append(set.values[Int(row.content)])
            row.content = UInt32(opened.values.count - 1)
            opened.note(row.code)
        }
        let content = row.content
        opened.lanes[Int(actor)].append(row, by: actor) { $0.contentEnd == content }
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
            let (lanes, actors) = (lanes, actors)
            opened.sequences[slot].integrate(run, .init(left: left, right: row.second),
                                      precedes: { actors[Int($0)] < actors[Int($1)] },
                                      originsOf: { Document.origins(of: $0, in: lanes) })
            content = opened.sequences[slot].contentEnd(of: run)
            done += length
            left = Dot(actor: actor, counter: row.counter + done - 1)
        }
    }
}
