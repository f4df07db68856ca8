// The heads of a space, kept as its documents change: asking for them costs what changed since, not what is there.
//
//     what the disk has, by kind     a sum, made by one look at a space's records, then moved on with each batch
//     what is staged                 taken out as it was and added as it is, whenever somebody asks
package import CRDT

extension DocumentStore {
    /// What counts as being there.
    package enum Counted: Equatable, Sendable {
        /// What is here.
        case held
        /// What the hub of an epoch is known to have.
        case acknowledged(epoch: UInt64)
    }

    struct Sums {
        let counted: Counted
        var byKind: [String: Heads] = [:]
    }

    /// - Parameter sees: whether documents of a kind count.
    /// - Complexity: O(documents of the space) when it's first asked about; then O(what is staged).
    package func heads(of space: SpaceID, _ counted: Counted, sees: (String) -> Bool) throws(StoreError) -> Heads {
        var sums = try sums(of: space, counted)
        for id in touched where id.space == space { move(&sums, opened[id]) }
        return sums.byKind.reduce(into: Heads()) { result, item in if sees(item.key) { result += item.value } }
    }

    private func sums(of space: SpaceID, _ counted: Counted) throws(StoreError) -> Sums {
        if let known = sums[space], known.counted == counted { return known }
        let made = try summed(space, counted)
        if sums.count >= StoreLimits.spacesSummedMax { sums = [:] }
        sums[space] = made
        return made
    }

    private func summed(_ space: SpaceID, _ counted: Counted) throws(StoreError) -> Sums {
        var made = Sums(counted: counted)
        for (id, record) in try records(in: space) {
            // As the disk has it: what is staged is counted by whoever asks.
            made.byKind[id.kind, default: Heads()] += DocumentStore.heads(id, touched.contains(id) ? opened[id]?.settled ?? record : record, counted)
        }
        return made
    }

    /// Spaces whose kept sum isn't what their records come to: none, ever. For checks.
    package func spacesSummedWrong() throws(StoreError) -> [SpaceID] {
        var wrong: [SpaceID] = []
        for (space, kept) in sums {
            let anew = try summed(space, kept.counted).byKind
            // Damage that this look found, and set aside, is no wrong sum.
            if sums[space] != nil, Set(kept.byKind.keys).union(anew.keys).contains(where: { kept.byKind[$0] ?? Heads() != anew[$0] ?? Heads() }) { wrong.append(space) }
        }
        return wrong.sorted()
    }

    /// Behind a batch: what was staged is what the disk has.
    func settle() {
        for id in touched {
            guard let open = opened[id] else { continue }
            if var moved = sums.removeValue(forKey: id.space) {
                move(&moved, open)
                sums[id.space] = moved
            }
            open.settled = open.record
        }
    }

    private func move(_ sums: inout Sums, _ open: Open?) {
        guard let open, open.record != open.settled else { return }
        sums.byKind[open.id.kind, default: Heads()] -= DocumentStore.heads(open.id, open.settled, sums.counted)
        sums.byKind[open.id.kind, default: Heads()] += DocumentStore.heads(open.id, open.record, sums.counted)
    }

    private static func heads(_ id: DocumentID, _ record: DocumentRecord, _ counted: Counted) -> Heads {
        Heads(id, record.lanes.map { lane in
            switch counted {
            case .held: (actor: lane.actor, count: lane.count)
            case .acknowledged(let epoch): (actor: lane.actor, count: record.epoch == epoch ? lane.acknowledged : 0)
            }
        })
    }
}
