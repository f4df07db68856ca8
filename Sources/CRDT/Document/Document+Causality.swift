// What a change had seen: decides which values it replaced and which it met concurrently.
//
// Found by walking the history back from the change's dependencies, once for each piece that needs
// it, and kept for the actor's next one, which has seen at least as much.

extension Document {
    /// How much of each actor a change on `dependencies` had seen.
    /// - Complexity: O(spans between), once for each piece that needs it.
    mutating func known(to actor: UInt32, on dependencies: [Dot]) -> [UInt32] {
        let known = seen(by: actor, on: dependencies)
        keep(known, of: actor)
        return known
    }

    /// Keeps what an actor had seen for its next change. Of many actors only the last: all that each has seen of each other
    /// would be far more than what it was read from.
    mutating func keep(_ known: [UInt32], of actor: UInt32) {
        guard !known.isEmpty else { return }
        if knownByActor.count * known.count >= Document.knownMax { knownByActor = [:] }
        knownByActor[actor] = known
    }

    /// Numbers that are kept: half a mebibyte, and all of 360 actors.
    private static let knownMax = 1 << 17

    /// The same, and nothing is kept: the change may be refused.
    func seen(by actor: UInt32, on dependencies: [Dot]) -> [UInt32] {
        // A newcomer on its own has seen nothing, and of that nothing is kept.
        if dependencies.isEmpty, opened.lanes[Int(actor)].spans.isEmpty, opened.baseline == nil { return [] }
        var known = knownByActor[actor] ?? []
        var stack = dependencies
        if known.isEmpty, lanes[Int(actor)].end > 0 {
            stack.append(Dot(actor: actor, counter: lanes[Int(actor)].end - 1))
        }
        // It has seen all that who made the change before it had.
        if known.isEmpty, let last = stack.first(where: { opened.lanes[Int($0.actor)].end == $0.counter + 1 && knownByActor[$0.actor] != nil }) {
            known = knownByActor[last.actor] ?? []
        }
        // What was cut away every change after it has seen.
        if known.isEmpty { known.reserveCapacity(actors.count) }
        while known.count < actors.count { known.append(opened.lanes[known.count].start) }
        follow(stack, &known)
        return known
    }

    /// Whether a change on these dependencies had seen everything that is here.
    func isAllSeen(by actor: UInt32, on dependencies: [Dot]) -> Bool {
        heads.allSatisfy { $0.actor == actor || dependencies.contains($0) }
    }

    /// What an operation names of others must be what its author had seen: else who gets it without that can't take it in.
    /// - Parameter seen: by actor; nil where it is everything.
    func hasSeenNames(_ row: Operation, by actor: UInt32, _ step: Quantity.Step?, _ seen: [UInt32]?) -> Bool {
        guard let seen else { return true }
        func isSeen(_ dot: Dot, _ length: UInt32 = 1) -> Bool {
            dot.isNone || dot.actor == actor || dot.actor < seen.count && UInt64(dot.counter) + UInt64(length) <= UInt64(seen[Int(dot.actor)])
        }
        return switch row.kind {
        case .insert, .mark: isSeen(row.first) && isSeen(row.second)
        case .move: isSeen(row.first) && isSeen(row.second) && isSeen(row.element)
        case .delete: isSeen(row.first, row.length)
        case .quantity: step.map { $0.dropped.allSatisfy { isSeen($0) } && $0.lowered.allSatisfy { isSeen($0.dot) } } ?? true
        case .set, .remove, .max, .extended: true
        }
    }

    /// Adds to what is known of each actor these operations and all that they had seen.
    /// - Complexity: O(spans between).
    func follow(_ dots: [Dot], _ known: inout [UInt32]) {
        var stack = dots
        while let dot = stack.popLast() {
            let lane = lanes[Int(dot.actor)]
            let before = known[Int(dot.actor)]
            guard dot.counter >= before, var span = lane.spanIndex(of: dot.counter) else { continue }
            known[Int(dot.actor)] = dot.counter + 1
            while true {
                stack.append(contentsOf: lane.spans[span].dependencies.filter { $0.actor != dot.actor })
                if span == 0 || lane.spans[span].start <= before { break }
                span -= 1
            }
        }
    }
}
