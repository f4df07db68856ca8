// What of a document shows, by the operation that made it: for a checker that holds two moments of one replica
// against each other, and must find that nothing removed came back.

extension Document {
    /// Names only: what a document shows is `Document+Read`'s.
    package struct Remains: Sendable {
        /// Values of registers, elements of texts and lists, settings of quantities.
        package var live: Set<OperationID> = []
        /// Of each quantity and actor, how much of what was added is taken away: it only grows.
        package var consumed: [Share: UInt64] = [:]

        package struct Share: Hashable, Sendable {
            package let quantity: String
            package let actor: ActorID
        }
    }

    /// - Complexity: O(what shows).
    package func remains() -> Remains {
        if let file { return file.document.remains() }
        var remains = Remains()
        func name(_ dot: Dot) -> OperationID { OperationID(actor: actors[Int(dot.actor)], counter: dot.counter) }
        for (index, container) in containers.enumerated() {
            switch container.kind {
            case .map, .flag:
                for (_, entries) in maps[container.slot].registers.all { remains.live.formUnion(entries.map { name($0.dot) }) }
            case .text, .list:
                let sequence = sequences[container.slot]
                sequence.forEachVisibleRun { run in
                    for offset in 0..<run.length { remains.live.insert(name(sequence.moves.element(inSlot: run.first.advanced(by: Int(offset))))) }
                }
            case .quantity:
                let quantity = quantities[container.slot]
                remains.live.formUnion(quantity.bases.map { name($0.dot) })
                let path = path(of: UInt32(index))
                for share in quantity.shares where share.consumed > 0 { remains.consumed[Remains.Share(quantity: path, actor: actors[Int(share.actor)])] = share.consumed }
            // A smaller offer gives way to a larger one, and nothing is removed.
            case .max, .unknown: break
            }
        }
        return remains
    }
}
