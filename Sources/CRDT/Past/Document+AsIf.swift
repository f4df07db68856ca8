// Registers and quantities as if only some changes had been made: those that count.
//
// Of a register's writes that count, those show that no other of them had seen. A quantity is worked out anew from what
// each author meant (one more, less, make it five, remove) in the order of history: an author who took the last away
// removed all that they saw, so what others removed never comes back with an undo.

extension Document {
    /// Brings a key to what counts.
    /// - Returns: whether it had to change.
    mutating func restore(_ name: String, in map: ContainerID, _ ledger: UndoLedger) -> Bool {
        guard let key = keyIndex[name] else { return false }
        let wanted = lastOf(entries(of: map.index, key: key, ledger))
        guard wanted != value(name, in: map) else { return false }
        if let wanted { set(name, to: wanted, in: map) } else { remove(name, in: map) }
        return true
    }

    mutating func restoreFlag(_ flag: ContainerID, _ ledger: UndoLedger) -> Bool {
        let live = entries(of: flag.index, key: 0, ledger)
        let wanted = !live.isEmpty && live.allSatisfy { $0.value == .bool(true) }
        guard wanted != self.flag(flag) else { return false }
        setFlag(wanted, in: flag)
        return true
    }

    /// The live values of a register, of the writes that count.
    private func entries(of container: UInt32, key: UInt32, _ ledger: UndoLedger) -> [(dot: Dot, value: Value)] {
        let isMap = containers[Int(container)].kind == .map
        let writes = operations(in: container).filter { ($0.row.kind == .set || $0.row.kind == .remove) && (!isMap || $0.row.key == key) && ledger.counts($0.dot) }
        var live = beginning.map { entries(of: container, key: key, before: $0) } ?? []
        for write in writes {
            let known = live.isEmpty ? [] : clock(of: [write.dot])
            live.removeAll { $0.dot.counter < known[Int($0.dot.actor)] }
            if write.row.kind == .set { live.append((write.dot, values[Int(write.row.content)])) }
        }
        return live
    }

    private func lastOf(_ entries: [(dot: Dot, value: Value)]) -> Value? {
        entries.max { one, other in
            let (first, second) = (lamport(of: one.dot), lamport(of: other.dot))
            return first == second ? precedes(one.dot.actor, other.dot.actor) : first < second
        }?.value
    }

    // MARK: What was before a cut

    /// The live values of a register in what the document began with.
    private func entries(of container: UInt32, key: UInt32, before beginning: Document) -> [(dot: Dot, value: Value)] {
        guard let there = beginning.container(like: container, of: self),
              let key = containers[Int(container)].kind == .map ? beginning.keyIndex[keys[Int(key)]] : key else { return [] }
        return (beginning.maps[beginning.slot(of: there.index)].registers[key] ?? []).compactMap { entry in
            dot(entry.dot, of: beginning).map { ($0, beginning.values[Int(entry.value)]) }
        }
    }

    /// A quantity in what the document began with, by this document's names.
    private func quantity(like container: UInt32, before beginning: Document) -> Quantity {
        guard let there = beginning.container(like: container, of: self) else { return Quantity() }
        var quantity = beginning.quantities[beginning.slot(there, .quantity)]
        quantity.shares = quantity.shares.compactMap { share in
            actorIndex[beginning.actors[Int(share.actor)]].map { Quantity.Share(actor: $0, added: share.added, consumed: share.consumed) }
        }
        quantity.bases = quantity.bases.compactMap { base in dot(base.dot, of: beginning).map { Quantity.Base(dot: $0, cap: base.cap) } }
        return quantity
    }

    /// The operations of a container that holds no sequence, in the order of last writers.
    private func operations(in container: UInt32) -> [(dot: Dot, row: Operation)] {
        var found: [(dot: Dot, row: Operation, lamport: UInt64)] = []
        for (actor, lane) in lanes.enumerated() {
            for row in lane.operations where row.container == container && !(open?.actor == UInt32(actor) && row.counter >= open?.start ?? 0) {
                found.append((Dot(actor: UInt32(actor), counter: row.counter), row, lane.lamport(of: row.counter)))
            }
        }
        found.sort { $0.lamport == $1.lamport ? precedes($0.dot.actor, $1.dot.actor) : $0.lamport < $1.lamport }
        return found.map { ($0.dot, $0.row) }
    }

    /// - Parameter actor: whose units are taken first.
    mutating func restoreQuantity(_ quantity: ContainerID, _ ledger: UndoLedger, preferring actor: UInt32) throws(EditError) -> Bool {
        let slot = ownSlot(quantity, .quantity)
        let (wanted, actors) = (asIf(quantity, ledger).value, actors)
        let step = quantities[slot].step(to: wanted, preferring: actor) { actors[Int($0)] < actors[Int($1)] }
        guard step != Quantity.Step() else { return false }
        guard step.base ?? 0 <= Limits.quantityMax else { throw .tooLarge(what: "quantity", limit: Int(Limits.quantityMax)) }
        let dot = nextDot
        quantities[slot].apply(step, dot: dot)
        steps.append(step)
        record(Operation(kind: .quantity, container: quantity.index, counter: dot.counter, content: UInt32(steps.count - 1)))
        return true
    }

    /// The quantity that the steps that count come to.
    private func asIf(_ quantity: ContainerID, _ ledger: UndoLedger) -> Quantity {
        let all = operations(in: quantity.index).filter { $0.row.kind == .quantity }
        // Whoever stepped since a cut had seen what was before it.
        let first = beginning.map { self.quantity(like: quantity.index, before: $0) } ?? Quantity()
        let actors = actors
        var anew: [(dot: Dot, step: Quantity.Step)] = []
        for (dot, row) in all where ledger.counts(dot) {
            let known = clock(of: [dot])
            func hasSeen(_ other: Dot) -> Bool { other != dot && other.counter < known[Int(other.actor)] }
            var saw = first, seen = first
            for (other, row) in all where hasSeen(other) { saw.apply(steps[Int(row.content)], dot: other) }
            for (other, step) in anew where hasSeen(other) { seen.apply(step, dot: other) }
            anew.append((dot, seen.step(meaning: steps[Int(row.content)], of: dot, by: saw) { actors[Int($0)] < actors[Int($1)] }))
        }
        var result = first
        for (dot, step) in anew { result.apply(step, dot: dot) }
        return result
    }
}

extension Quantity {
    /// A step that means here what another step meant to an author who saw `saw`.
    fileprivate func step(meaning step: Step, of dot: Dot, by saw: Quantity, precedes: (UInt32, UInt32) -> Bool) -> Step {
        if step.added > 0 { return more(step.added) }
        if let base = step.base { return set(base) }
        var after = saw
        after.apply(step, dot: dot)
        // Whoever takes the last away removes, and what was seen is gone: not only as many.
        return after.value == 0 ? remove() : less(saw.value - min(saw.value, after.value), precedes: precedes)
    }

    /// What takes this to a value. Less is taken from an actor's units first; more comes as a setting, so that two who do
    /// it at the same time don't add up.
    fileprivate func step(to wanted: UInt64, preferring actor: UInt32, precedes: (UInt32, UInt32) -> Bool) -> Step {
        let now = value
        guard wanted != now else { return Step() }
        if wanted > now { return Step(dropped: bases.map(\.dot), base: (bases.map(\.cap).max() ?? 0) + (wanted - now)) }
        return less(now - wanted) {
            if ($0.actor == actor) != ($1.actor == actor) { return $0.actor == actor }
            return $0.rest == $1.rest ? precedes($0.actor, $1.actor) : $0.rest > $1.rest
        }
    }
}
