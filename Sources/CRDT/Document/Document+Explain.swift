// Who wrote what, when, and what it replaced: found in the history, at the cost of walking it.

extension Document {
    /// One operation that set, stepped or offered a value.
    package struct Write {
        package let id: OperationID
        package let lamport: UInt64
        /// Milliseconds since 1970, by the author's clock.
        package let time: UInt64
        /// nil where it removed, or where the operation is a step.
        package let value: Value?
        /// Whether it still shows, alone or beside concurrent ones.
        package let isLive: Bool
    }

    /// What was written to a key of a map, or to a flag, max register, quantity or text (key nil), in the
    /// order of last writers.
    /// - Complexity: O(history).
    package func writes(to container: ContainerID, key: String?) -> [Write] {
        if let file { return file.document.writes(to: container, key: key) }
        let keyNumber = key.flatMap { keyIndex[$0] }
        if key != nil, keyNumber == nil { return [] }
        let live = liveDots(container, keyNumber ?? 0)
        var writes: [Write] = []
        for (actor, lane) in lanes.enumerated() {
            for row in lane.operations where row.container == container.index {
                if key != nil, row.key != keyNumber || (row.kind != .set && row.kind != .remove) { continue }
                let counter = row.end - 1
                guard let span = lane.spanIndex(of: counter) else { continue }
                let value: Value? = row.kind == .set || row.kind == .max ? values[Int(row.content)] : nil
                writes.append(Write(id: OperationID(actor: actors[actor], counter: counter), lamport: lane.lamport(of: counter),
                                    time: lane.spans[span].time, value: value, isLive: live.contains(Dot(actor: UInt32(actor), counter: counter))))
            }
        }
        return writes.sorted { ($0.lamport, $0.id.actor) < ($1.lamport, $1.id.actor) }
    }

    private func liveDots(_ id: ContainerID, _ key: UInt32) -> Set<Dot> {
        let container = containers[Int(id.index)]
        switch container.kind {
        case .map, .flag, .max: return Set((maps[container.slot].registers[key] ?? []).map(\.dot))
        case .quantity: return Set(quantities[container.slot].bases.map(\.dot))
        case .text, .list: return []
        }
    }

    /// Whether one operation's change was made without knowing of another's, and the other way round.
    package func areConcurrent(_ left: OperationID, _ right: OperationID) -> Bool {
        !hasSeen(left, right) && !hasSeen(right, left)
    }

    /// Whether `later`'s change, or one that it builds on, is `earlier`'s.
    private func hasSeen(_ earlier: OperationID, _ later: OperationID) -> Bool {
        guard let target = actorIndex[earlier.actor], let start = actorIndex[later.actor] else { return false }
        if earlier.actor == later.actor { return earlier.counter <= later.counter }
        var known = Array(repeating: UInt32(0), count: actors.count)
        var stack = [Dot(actor: start, counter: later.counter)]
        while let dot = stack.popLast() {
            let lane = lanes[Int(dot.actor)]
            guard dot.counter >= known[Int(dot.actor)], let last = lane.spanIndex(of: dot.counter) else { continue }
            let before = known[Int(dot.actor)]
            known[Int(dot.actor)] = dot.counter + 1
            for span in lane.spans[...last].reversed() {
                stack.append(contentsOf: span.dependencies.filter { $0.actor != dot.actor })
                if span.start <= before { break }
            }
        }
        return earlier.counter < known[Int(target)]
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
            var start: UInt32 = 0
            for end in changeEnds(of: actors[index], after: 0) {
                defer { start = end }
                guard let span = lane.spanIndex(of: start) else { continue }
                result.append(ChangeSummary(id: OperationID(actor: actors[index], counter: end - 1), lamport: lane.lamport(of: start),
                                            time: lane.spans[span].time, summary: summary(lane, from: start, to: end)))
            }
        }
        return result.sorted { ($0.lamport, $0.id.actor) < ($1.lamport, $1.id.actor) }
    }

    private func summary(_ lane: Lane, from: UInt32, to end: UInt32) -> String {
        guard let first = lane.operationIndex(of: from) else { return "" }
        var parts: [String] = []
        for row in lane.operations[first...] {
            guard row.counter < end else { break }
            let count = min(row.end, end) - max(row.counter, from)
            let place = path(of: row.container)
            switch row.kind {
            case .insert: parts.append("\(place) +\(count)")
            case .delete: parts.append("\(place) -\(count)")
            case .mark: parts.append("\(values[Int(row.content)] == .null ? "unmarked" : "marked") \(keys[Int(row.key)]) in \(place)")
            case .move: parts.append("moved in \(place)")
            case .set: parts.append(containers[Int(row.container)].kind == .map ? "set \(place.isEmpty ? "" : place + "/")\(keys[Int(row.key)])" : "set \(place)")
            case .remove: parts.append("removed \(place.isEmpty ? "" : place + "/")\(keys[Int(row.key)])")
            case .quantity: parts.append(describe(steps[Int(row.content)], place))
            case .max: parts.append("raised \(place)")
            }
        }
        return parts.joined(separator: ", ")
    }

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
