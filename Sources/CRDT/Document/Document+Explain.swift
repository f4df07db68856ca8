// Who wrote what, when, and what it replaced: found in the history, at the cost of walking it.

extension Document {
    /// One operation that set, stepped or offered a value; of a text or a list, one change.
    package struct Write {
        package let id: OperationID
        /// The change that it is of, by its last operation: how `changeSummaries` names it.
        package let change: OperationID
        package let lamport: UInt64
        /// Milliseconds since 1970, by the author's clock; 0 where `isCut`.
        package let time: UInt64
        /// Whether it stands in the baseline: by whom it was is known, and not when, nor what was before.
        package var isCut = false
        /// What it set or offered; nil where it removed, or did anything else.
        package let value: Value?
        /// Whether it still shows, alone or beside concurrent ones.
        package let isLive: Bool
        /// `set`, `removed`, `+2`, `less`, `= 5`, `raised`, or what it did to a text or list.
        package let what: String
    }

    /// What was written to a key of a map, or to a flag, max register, quantity, text or list (key nil), in the
    /// order of last writers.
    /// - Complexity: O(history).
    package func writes(to container: ContainerID, key: String?) -> [Write] {
        if let file {
            let whole = file.document
            return whole.place(names: names(of: container.index), kind: containers[Int(container.index)].kind).map { whole.writes(to: $0, key: key) } ?? []
        }
        let keyNumber = key.flatMap { keyIndex[$0] }
        if key != nil, keyNumber == nil { return [] }
        let kind = containers[Int(container.index)].kind
        let live = liveDots(container, keyNumber ?? 0)
        var writes = writesBeforeCut(container, keyNumber ?? 0, live)
        var names = ChangeNames(self)
        for (actor, lane) in lanes.enumerated() {
            var last: OperationID?
            for row in lane.operations where row.container == container.index {
                if key != nil, row.key != keyNumber || (row.kind != .set && row.kind != .remove) { continue }
                // A row may be of several changes, and a change have several rows: where rows end is chance.
                var counter = row.counter
                while counter < row.end {
                    let change = names.name(Dot(actor: UInt32(actor), counter: counter))
                    let isSequence = kind == .text || kind == .list
                    defer { counter = isSequence ? change.counter + 1 : counter + 1 }
                    if isSequence, change == last { continue }
                    last = change
                    let dot = Dot(actor: UInt32(actor), counter: counter)
                    let range = lane.change(holding: counter) ?? counter..<counter + 1
                    writes.append(Write(id: isSequence ? change : OperationID(actor: actors[actor], counter: counter), change: change,
                                        lamport: lane.lamport(of: isSequence ? change.counter : counter), time: lane.time(of: counter), value: value(of: row),
                                        isLive: live.contains(dot), what: isSequence ? summary(lane, from: range.lowerBound, to: range.upperBound, in: container.index) : what(row)))
                }
            }
        }
        return writes.sorted { ($0.lamport, $0.id.actor) < ($1.lamport, $1.id.actor) }
    }

    /// What a baseline still says of a place: whose values show, whose units are left, who typed.
    private func writesBeforeCut(_ id: ContainerID, _ key: UInt32, _ live: Set<Dot>) -> [Write] {
        guard let beginning, let there = beginning.container(like: id.index, of: self) else { return [] }
        let container = beginning.containers[Int(there.index)]
        var found: [(dot: Dot, value: Value?)] = []
        switch container.kind {
        case .map, .flag, .max:
            let key = container.kind == .map ? beginning.keyIndex[keys[Int(key)]] : 0
            for entry in beginning.ordered(key.flatMap { beginning.maps[container.slot].registers[$0] } ?? []) { found.append((entry.dot, beginning.values[Int(entry.value)])) }
        case .quantity:
            let quantity = beginning.quantities[container.slot]
            for share in quantity.shares where share.rest > 0 { found.append((Dot(actor: share.actor, counter: beginning.lanes[Int(share.actor)].end - 1), nil)) }
            for base in quantity.bases { found.append((base.dot, .int(Int64(clamping: base.cap)))) }
        case .text, .list:
            var seen: Set<UInt32> = []
            beginning.sequences[container.slot].forEachVisibleRun { run in
                if seen.insert(run.actor).inserted { found.append((Dot(actor: run.actor, counter: beginning.lanes[Int(run.actor)].end - 1), nil)) }
            }
        case .unknown: break
        }
        return found.enumerated().compactMap { place, item in
            guard let dot = dot(item.dot, of: beginning) else { return nil }
            let name = OperationID(actor: actors[Int(dot.actor)], counter: dot.counter)
            return Write(id: name, change: name, lamport: UInt64(place), time: 0, isCut: true, value: item.value, isLive: live.contains(dot), what: "before the history was cut")
        }
    }

    private func value(of row: Operation) -> Value? {
        switch row.kind {
        case .set, .max: values[Int(row.content)]
        case .quantity: steps[Int(row.content)].base.map { .int(Int64(clamping: $0)) }
        case .insert, .delete, .move, .mark, .remove, .extended: nil
        }
    }

    private func what(_ row: Operation) -> String {
        switch row.kind {
        case .set: "set"
        case .remove: "removed"
        case .max: "raised"
        case .quantity: describe(steps[Int(row.content)], "").trimmed
        case .extended: Document.describe(extension: row.code)
        case .insert, .delete, .move, .mark: ""
        }
    }

    private func liveDots(_ id: ContainerID, _ key: UInt32) -> Set<Dot> {
        let container = containers[Int(id.index)]
        switch container.kind {
        case .map, .flag, .max: return Set((maps[container.slot].registers[key] ?? []).map(\.dot))
        case .quantity: return Set(quantities[container.slot].bases.map(\.dot))
        case .text, .list, .unknown: return []
        }
    }

    /// Whether one operation's change was made without knowing of another's, and the other way round.
    package func areConcurrent(_ left: OperationID, _ right: OperationID) -> Bool {
        !hasSeen(left, right) && !hasSeen(right, left)
    }

    /// Whether `later`'s change, or one that it builds on, is `earlier`'s.
    private func hasSeen(_ earlier: OperationID, _ later: OperationID) -> Bool {
        if let file { return file.document.hasSeen(earlier, later) }
        guard let target = actorIndex[earlier.actor], let start = actorIndex[later.actor] else { return false }
        return clock(of: [Dot(actor: start, counter: later.counter)])[Int(target)] > earlier.counter
    }

    /// One change, for a list of what happened.
    package struct ChangeSummary {
        package let id: OperationID
        package let lamport: UInt64
        package let time: UInt64
        package let summary: String
    }

    /// Every change, in the order of last writers.
    /// - Complexity: O(history).
    package func changeSummaries() -> [ChangeSummary] {
        if let file { return file.document.changeSummaries() }
        var result: [ChangeSummary] = []
        for (index, lane) in lanes.enumerated() {
            var start = lane.start
            for end in changeEnds(of: actors[index], after: 0) {
                defer { start = end }
                guard let span = lane.spanIndex(of: start) else { continue }
                result.append(ChangeSummary(id: OperationID(actor: actors[index], counter: end - 1), lamport: lane.lamport(of: start),
                                            time: lane.spans[span].time, summary: summary(lane, from: start, to: end)))
            }
        }
        return result.sorted { ($0.lamport, $0.id.actor) < ($1.lamport, $1.id.actor) }
    }

    /// - Parameter container: nil for all.
    private func summary(_ lane: Lane, from: UInt32, to end: UInt32, in container: UInt32? = nil) -> String {
        guard let first = lane.operationIndex(of: from) else { return "" }
        // Where one row ends and the next goes on is chance: what goes on counts as one.
        var rows: [(row: Operation, count: UInt32)] = []
        for row in lane.operations[first...] {
            guard row.counter < end else { break }
            if let container, row.container != container { continue }
            let count = min(row.end, end) - max(row.counter, from)
            if let last = rows.last?.row, row.kind == .insert, last.kind == .insert, row.container == last.container, row.counter == last.end,
               row.first == Dot(actor: row.first.actor, counter: row.counter - 1), row.second == last.second {
                rows[rows.count - 1] = (row, rows[rows.count - 1].count + count)
            } else { rows.append((row, count)) }
        }
        var parts: [String] = []
        for (row, count) in rows {
            let place = path(of: row.container)
            if place == SignedCut.container {
                parts.append("cut the history")
                continue
            }
            switch row.kind {
            case .insert: parts.append("\(place) +\(count)")
            case .delete: parts.append("\(place) -\(count)")
            case .mark: parts.append("\(values[Int(row.content)] == .null ? "unmarked" : "marked") \(keys[Int(row.key)]) in \(place)")
            case .move: parts.append("moved in \(place)")
            case .set: parts.append(containers[Int(row.container)].kind == .map ? "set \(place.isEmpty ? "" : place + "/")\(keys[Int(row.key)])" : "set \(place)")
            case .remove: parts.append("removed \(place.isEmpty ? "" : place + "/")\(keys[Int(row.key)])")
            case .quantity: parts.append(describe(steps[Int(row.content)], place))
            case .max: parts.append("raised \(place)")
            case .extended: parts.append("\(Document.describe(extension: row.code))\(place.isEmpty ? "" : " in \(place)")")
            }
        }
        return parts.joined(separator: ", ")
    }

    private static func describe(extension code: UInt32) -> String { "did what only a newer version knows (\(code))" }

    private func describe(_ step: Quantity.Step, _ place: String) -> String {
        if let base = step.base { return "\(place) = \(base)" }
        if step.added > 0 { return "\(place) +\(step.added)" }
        return "\(place) less"
    }

    func path(of container: UInt32) -> String {
        var parts: [String] = []
        var index = container
        while index != 0 {
            parts.append(keys[Int(containers[Int(index)].key)])
            index = containers[Int(index)].parent
        }
        return parts.reversed().joined(separator: "/")
    }
}

extension String {
    /// Without the space before what stood behind a place's name.
    fileprivate var trimmed: String { hasPrefix(" ") ? String(dropFirst()) : self }
}
