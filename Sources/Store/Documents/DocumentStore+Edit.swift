// What is done here: staged raw, change by change, and sealed when it is about to leave.
package import CRDT

extension DocumentStore {
    /// Makes one change and stages it.
    /// - Throws: what `body` throws, and then nothing is changed; `.tooLarge`.
    package func edit<Result>(_ id: DocumentID, by actor: ActorID, at time: UInt64,
                              _ body: (inout Document) throws -> Result) throws -> Result {
        let open = try openWhole(id)
        let before = open.document.operationCount(of: actor)
        let result: Result
        do {
            result = try open.document.change(by: actor, at: time) { document throws in try body(&document) }
        } catch {
            // What was done before the refusal is taken back.
            if open.document.operationCount(of: actor) > before { try reload(id) }
            throw error
        }
        let end = open.document.operationCount(of: actor)
        guard end > before else { return result }
        let bytes = open.document.encode(of: actor, from: before)
        let inflated = ChangeFormat.inflatedCount(of: bytes)
        guard bytes.count <= Limits.changeBytesMax, inflated <= Limits.changeInflatedBytesMax else {
            try reload(id)
            throw StoreError(.tooLarge, "One change of \(inflated) bytes to \(id), \(bytes.count) deflated, is above the limit of \(Limits.changeInflatedBytesMax), and \(Limits.changeBytesMax) deflated. Make it in smaller parts.")
        }
        open.record[actor].count = end
        stageRow(of: open, RowTag.raw, bytes)
        open.raw.append(open.record.arrivals)
        stageSnapshotIfDue(of: open)
        return result
    }

    func stageRow(of open: Open, _ tag: UInt8, _ bytes: [UInt8]) {
        open.record.arrivals += 1
        stage(.put(.changes, key: DocumentKeys.row(open.id, open.record.arrivals), value: [tag] + bytes))
        touched.insert(open.id)
    }

    /// The more a document has, the rarer it is written whole: else saving would cost what exists, not what changed.
    func stageSnapshotIfDue(of open: Open) {
        let rows = open.record.arrivals - open.record.snapshot
        if rows > max(StoreLimits.rowsBeforeSnapshot, open.record.snapshot / StoreLimits.snapshotGrowth) { stageSnapshot(of: open) }
    }

    /// The whole document in one row, so that opening it doesn't go through every change again.
    func stageSnapshot(of open: Open) {
        let bytes = open.document.save()
        guard bytes.count < StoreLimits.valueBytesMax else { return }
        open.record.snapshot = open.record.arrivals
        for number in open.raw { stage(.delete(.changes, key: DocumentKeys.row(open.id, number))) }
        open.raw = []
        stage(.put(.changes, key: DocumentKeys.row(open.id, 0), value: [RowTag.snapshot] + bytes))
        touched.insert(open.id)
    }

    /// Seals what these actors did in a document and what no block holds yet.
    /// - Parameter isOwn: whether this device may sign for an actor.
    /// - Returns: the new blocks, in an order in which a hub can take them.
    @discardableResult
    package func seal(_ id: DocumentID, with key: DeviceKey, isOwn: (ActorID) -> Bool) throws(StoreError) -> [Block] {
        let open = try open(id)
        var blocks: [Block] = []
        // A device writes under one actor after the other: an earlier one's block is what a later one's builds on.
        let lanes = open.record.lanes.filter { $0.sealed < $0.count && isOwn($0.actor) }
            .sorted { open.document.lamport(of: $0.actor, at: $0.sealed) < open.document.lamport(of: $1.actor, at: $1.sealed) }
        for lane in lanes {
            for part in DocumentStore.parts(of: lane, open.document) {
                let block = Block(document: id, actor: lane.actor, first: open.record[lane.actor].sealed, count: part.end - open.record[lane.actor].sealed,
                                  previous: open.record[lane.actor].hash, payload: part.payload, key: key)
                open.record[lane.actor].sealed = part.end
                open.record[lane.actor].hash = block.hash
                stageRow(of: open, RowTag.block, block.bytes)
                blocks.append(block)
            }
        }
        guard !lanes.isEmpty else { return [] }
        for number in open.raw { stage(.delete(.changes, key: DocumentKeys.row(id, number))) }
        open.raw = []
        return blocks
    }

    /// What isn't sealed of an actor's, in as few blocks as halving it makes: one, unless a day without a hub was a long one.
    private static func parts(of lane: DocumentRecord.Lane, _ document: Document) -> [(end: UInt32, payload: [UInt8])] {
        let whole = document.encode(of: lane.actor, from: lane.sealed)
        if Block.mayHold(whole) { return [(lane.count, whole)] }
        func split(_ first: UInt32, _ ends: ArraySlice<UInt32>) -> [(end: UInt32, payload: [UInt8])] {
            guard let end = ends.last else { return [] }
            let payload = document.encode(of: lane.actor, from: first, to: end)
            // One change alone was small enough when it was made.
            if ends.count == 1 || Block.mayHold(payload) { return [(end, payload)] }
            let middle = ends.startIndex + ends.count / 2
            return split(first, ends[..<middle]) + split(ends[middle - 1], ends[middle...])
        }
        return split(lane.sealed, document.changeEnds(of: lane.actor, after: lane.sealed)[...])
    }

    /// The sealed blocks that a hub of that epoch lacks, in an order in which it can take them.
    /// - Complexity: O(rows since the first that it lacks); the first time for an epoch, O(its rows).
    package func blocks(of id: DocumentID, lackingIn epoch: UInt64) throws(StoreError) -> [Block] {
        let open = try open(id)
        try flush()
        let first = open.lacking?.epoch == epoch ? open.lacking?.row ?? 0 : 0
        let scan = try store.scan(.changes, from: DocumentKeys.row(id, first), to: keyAfterAll(with: DocumentKeys.document(id)), limit: .max)
        var blocks: [Block] = []
        var row = open.record.arrivals + 1
        for found in scan.rows {
            guard let block = DocumentStore.block(in: found, lackingIn: epoch, open.record) else { continue }
            if blocks.isEmpty { row = DocumentKeys.number(found.key.suffix(8)) }
            blocks.append(block)
        }
        open.lacking = (epoch, row)
        return blocks
    }

    /// The same with what is staged, and without a write.
    /// - Complexity: O(the document's rows).
    package func blocksWithStaged(of id: DocumentID, lackingIn epoch: UInt64) throws(StoreError) -> [Block] {
        let record = try open(id).record
        return try rows(.changes, prefix: DocumentKeys.document(id)).compactMap { DocumentStore.block(in: $0, lackingIn: epoch, record) }
    }

    /// The block of a row, where it is one and a hub of that epoch lacks it.
    private static func block(in row: StoreRow, lackingIn epoch: UInt64, _ record: DocumentRecord) -> Block? {
        guard row.value.first == RowTag.block, let block = try? Block(decoding: Array(row.value.dropFirst())) else { return nil }
        return block.end > record.acknowledged(block.actor, in: epoch) ? block : nil
    }

    package func acknowledge(_ id: DocumentID, _ actor: ActorID, upTo count: UInt32, in epoch: UInt64) throws(StoreError) {
        let open = try open(id)
        open.record.acknowledge(actor, upTo: min(count, open.record[actor].sealed), in: epoch)
        touched.insert(id)
    }

    /// A hub that misses something is offered everything again.
    package func forgetAcknowledgements(_ id: DocumentID) throws(StoreError) {
        let open = try open(id)
        for index in open.record.lanes.indices {
            open.hubHad[open.record.lanes[index].actor, default: 0] = max(open.hubHad[open.record.lanes[index].actor] ?? 0, open.record.lanes[index].acknowledged)
            open.record.lanes[index].acknowledged = 0
        }
        open.lacking = nil
        touched.insert(id)
    }
}
