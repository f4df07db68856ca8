// What a change had seen: decides which values it replaced and which it met concurrently.
//
// Found by walking the history back from the change's dependencies, once for each piece that needs
// it, and kept for the actor's next one, which has seen at least as much.

extension Document {
    /// How much of each actor a change on `dependencies` had seen.
    /// - Complexity: O(spans between), once for each piece that needs it.
    mutating func known(to actor: UInt32, on dependencies: [Dot]) -> [UInt32] {
        // A newcomer on its own has seen nothing, and of that nothing is kept.
        if dependencies.isEmpty, opened.lanes[Int(actor)].spans.isEmpty, opened.baseline == nil { return [] }
        var known = knownByActor[actor] ?? []
        var stack = dependencies
        if known.isEmpty, lanes[Int(actor)].end > 0 {
            stack.append(Dot(actor: actor, counter: lanes[Int(actor)].end - 1))
        }
        // What was cut away every change after it has seen.
        while known.count < actors.count { known.append(lanes[known.count].start) }
        follow(stack, &known)
        knownByActor[actor] = known
        return known
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
