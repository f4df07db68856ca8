// When one of this device's actors went on in two places: the hub's branch stands, and what only this
// device has is made again under a fresh actor. Nothing is lost, and nothing is done twice.
package import CRDT
internal import Bytes

extension DocumentStore {
    /// Takes a block that contradicts what is here of its actor. What is here from where they part, and
    /// what builds on that, is taken out, the block is taken in, and what was taken out is made again.
    /// - Parameter fresh: this device's actor with a nonce. The nonce is told by what is reissued, so that
    ///   two copies of one device, each finding the fork by itself, make the same changes again.
    package func reissue(from block: Block, fresh: (_ nonce: [UInt8]) -> ActorID) throws(StoreError) -> Outcome {
        // First: behind it, a document that was open may be forgotten.
        try flush()
        let open = try openWhole(block.document)
        do {
            let changes = try block.open()
            let part = try parting(open.document, block, changes)
            var cuts = open.document.dependents(of: block.actor, from: part)
            for index in cuts.indices { cuts[index].fresh = fresh(nonce(open, cuts[index])) }
            let base = try open.document.without(cuts)
            var document = base
            try document.apply(changes)
            try document.apply(ChangeSet(body: open.document.encodeBody(since: base.version)).reissued(cuts, on: base))
            try rewind(open, cuts)
            open.document = document
            open.record[block.actor].count = document.operationCount(of: block.actor)
            open.record[block.actor].sealed = block.end
            open.record[block.actor].hash = block.hash
            for cut in cuts { open.record[cut.fresh].count = document.operationCount(of: cut.fresh) }
            stageRow(of: open, RowTag.block, block.bytes)
            stageSnapshot(of: open)
            return .applied(arrival: open.record.arrivals, changes: document.changeCount - base.changeCount)
        } catch let error as StoreError {
            throw error
        } catch {
            try reload(block.document)
            return .invalid(rule: "the branches of \(block.actor) can't be told apart: \(error)")
        }
    }

    private func nonce(_ open: Open, _ cut: Document.Cut) -> [UInt8] {
        let end = open.document.changeEnds(of: cut.actor, after: cut.from).first
        let change = open.document.encodeBody(of: cut.actor, from: cut.from, to: end)
        let name = Array("baton fork \(open.id) \(cut.actor) \(cut.from) ".utf8)
        return Array(Digest.sha256(name, change).prefix(16))
    }

    /// The hub has the same changes in other blocks: its chain is the one to go on from.
    func adopt(_ block: Block, _ open: Open) throws(StoreError) {
        try flush()
        var isSameChain = false
        var later: [[UInt8]] = []
        for (key, own) in try blockRows(of: open) where own.actor == block.actor {
            if own.hash == block.hash { isSameChain = true }
            if own.end > block.end { later.append(key) }
        }
        guard !isSameChain else { return }
        for key in later { stage(.delete(.changes, key: key)) }
        open.record[block.actor].sealed = block.end
        open.record[block.actor].hash = block.hash
        stageRow(of: open, RowTag.block, block.bytes)
        stageSnapshot(of: open)
    }

    /// Takes the rows of what was cut out of the store, and the records back to before it.
    func rewind(_ open: Open, _ cuts: [Document.Cut]) throws(StoreError) {
        for (key, block) in try blockRows(of: open) {
            guard let cut = cuts.first(where: { $0.actor == block.actor }), block.end > cut.from else { continue }
            stage(.delete(.changes, key: key))
            if block.first < open.record[cut.actor].sealed {
                open.record[cut.actor].sealed = block.first
                open.record[cut.actor].hash = block.previous
            }
        }
        for cut in cuts {
            open.record[cut.actor].count = cut.from
            open.record[cut.actor].acknowledged = min(open.record[cut.actor].acknowledged, cut.from)
        }
    }

    func blockRows(of open: Open) throws(StoreError) -> [(key: [UInt8], block: Block)] {
        try store.scan(.changes, prefix: DocumentKeys.document(open.id)).rows.compactMap { row in
            guard row.value.first == RowTag.block, let block = try? Block(decoding: Array(row.value.dropFirst())) else { return nil }
            return (row.key, block)
        }
    }

    /// The last end of a change up to which both branches are the same.
    private func parting(_ document: Document, _ block: Block, _ changes: ChangeSet) throws -> UInt32 {
        let actor = block.actor
        guard document.isBoundary(block.first, of: actor) else {
            throw DecodeError.inconsistent(at: 0, what: "a block begins where a change ended")
        }
        var other = try document.without(document.dependents(of: actor, from: block.first))
        try other.apply(changes)
        let ends = Set(other.changeEnds(of: actor, after: block.first))
        let common = document.changeEnds(of: actor, after: block.first).filter(ends.contains)
        return common.last { end in
            document.encodeBody(of: actor, from: block.first, to: end) == other.encodeBody(of: actor, from: block.first, to: end)
        } ?? block.first
    }
}
