// Cutting a document's history on a store: the hub's decision, and what a device makes of it.
//
//     hub      cut(at:)   the history up to a version goes, and a block of the hub's says so
//     device   follow     has all that was cut: it cuts its own, and holds the outcome against the block
//              adopt      lacks something of it: the baseline takes the place of what it has
//
// Whoever has the block has cut: both come to the disk in one batch. So all that is staged is written before, and nothing
// between the two. In both cases a device goes on from there with what it has more: `Document.rebased`. The rows of what was cut go; the
// signed cut is kept, for whoever lacks the history and for a hub that lost it.
package import CRDT
internal import Bytes

extension DocumentStore {
    /// What became of a document that went on from a baseline.
    package struct Followed {
        /// Rows that went: their numbers.
        package var dropped: Set<UInt64> = []
        /// The row of the signed cut.
        package var arrival: UInt64 = 0
        /// Whether it was there already, and nothing changed.
        package var isKnown = false
        package var rebased: Rebased
        /// What others had made and was not taken along, as it came.
        package var aside: [[UInt8]] = []
    }

    // MARK: The hub

    /// Cuts the history of a document at a version that whoever edits has.
    /// - Parameter record: whom the block is by, with `key`.
    /// - Returns: nil where it can't be cut there, or would be too large; nothing is changed then.
    package func cut(_ id: DocumentID, at version: VersionVector, by record: ActorRecord, _ key: DeviceKey, time: UInt64) throws(StoreError) -> (block: UInt64, followed: Followed)? {
        try flush()
        let open = try openWhole(id)
        let ends = try chainEnds(of: open, at: version)
        guard ends.count == version.entries.count else { return nil }
        let made: (document: Document, payload: [UInt8])
        do {
            made = try open.document.cut(at: version, ends: Digest.sha256(SignedCut.bytes(of: ends)), by: record.actor, at: time)
        } catch {
            return nil
        }
        let lane = open.record[record.actor]
        let block = Block(document: id, actor: record.actor, first: lane.count, count: made.document.operationCount(of: record.actor) - lane.count,
                          previous: lane.hash, payload: made.payload, key: key)
        guard let baseline = made.document.baselineSections, baseline.count <= Limits.baselineBytesMax, made.document.save().count < StoreLimits.valueBytesMax else { return nil }
        guard case .applied(let arrival, _) = try take(block) else { return nil }
        let followed = try replace(open, by: Rebased(document: made.document), ends, block)
        return (arrival, followed)
    }

    /// The last blocks of the actors of a version, where its changes end with blocks.
    private func chainEnds(of open: Open, at version: VersionVector) throws(StoreError) -> [SignedCut.ChainEnd] {
        var ends: [ActorID: SignedCut.ChainEnd] = [:]
        if let known = try signedCut(open) { for end in known.ends { ends[end.actor] = end } }
        for (_, block) in try blockRows(of: open) where block.end == version.count(of: block.actor) {
            ends[block.actor] = SignedCut.ChainEnd(actor: block.actor, count: block.end, hash: block.hash)
        }
        return version.entries.compactMap { entry in ends[entry.actor].flatMap { $0.count == entry.count ? $0 : nil } }
    }

    /// The last signed cut of a document; nil where all of its history is here, or this store never learned of one.
    package func signedCut(of id: DocumentID) throws(StoreError) -> SignedCut? { try signedCut(openWhole(id)) }

    private func signedCut(_ open: Open) throws(StoreError) -> SignedCut? {
        guard open.record.cut > 0, let baseline = open.document.baselineSections else { return nil }
        if open.cut == nil, let row = try cutRow(of: open), row.first == RowTag.cut {
            var reader = ByteReader(Array(row.dropFirst()))
            if let bytes = try? reader.blob(limit: Limits.blockBytesMax), let block = try? Block(decoding: bytes), let ends = try? SignedCut.readEnds(&reader) { open.cut = (block, ends) }
        }
        return open.cut.map { SignedCut(block: $0.block, ends: $0.ends, baseline: baseline) }
    }

    /// One that is damaged can't be shown to others, and that is all: the document stands in its snapshot.
    private func cutRow(of open: Open) throws(StoreError) -> [UInt8]? {
        do { return try store.get(.changes, DocumentKeys.row(open.id, open.record.cut)) } catch {
            if error.code == .damaged { return nil }
            throw error
        }
    }

    // MARK: A device

    /// Goes on from a cut that the hub's block says, which was just taken in, and nothing before it in the same batch.
    /// - Parameters:
    ///   - isOwn: whether what an actor did is this device's to make again.
    ///   - fresh: an actor of this device's for that, with a nonce.
    /// - Returns: nil where what is here doesn't come to what the block says, or some of it is missing: the baseline is needed.
    package func follow(_ block: Block, isOwn: (ActorID) -> Bool, fresh: (_ nonce: [UInt8]) -> ActorID) throws(StoreError) -> Followed? {
        let open = try openWhole(block.document)
        guard let told = block.cut else { return nil }
        if open.document.baseCount(of: block.actor) >= block.end || open.document.baselineHashes?.baseline == told.baseline {
            return Followed(isKnown: true, rebased: Rebased(document: open.document))
        }
        do {
            let version = try open.document.version(before: OperationID(actor: block.actor, counter: block.first))
            var base = try open.document.beginning(at: version)
            guard base.baselineHashes?.baseline == told.baseline else { return nil }
            try base.apply(block.open())
            let rebased = try open.document.rebased(on: base, isOwn: isOwn, fresh: fresh)
            let ends = try chainEnds(of: open, at: version)
            // With another chain of the same changes this device can't show the cut to others.
            let isSameChain = Digest.sha256(SignedCut.bytes(of: ends)) == told.ends
            return try replace(open, by: rebased, ends, isSameChain ? block : nil)
        } catch let error as StoreError {
            throw error
        } catch {
            return nil
        }
    }

    /// Puts a baseline in the place of what is here, and goes on from there. All that is staged was written before, but for
    /// the block of this cut.
    /// - Parameter cut: signed by the hub; whoever calls has checked that.
    /// - Returns: nil where it isn't what its block says.
    package func adopt(_ cut: SignedCut, in epoch: UInt64, isOwn: (ActorID) -> Bool, fresh: (_ nonce: [UInt8]) -> ActorID) throws(StoreError) -> Followed? {
        let open = try openWhole(cut.block.document)
        do {
            let base = try cut.document()
            if open.document.operationCount(of: cut.block.actor) >= cut.block.end, open.document.baseCount(of: cut.block.actor) >= cut.block.end || open.document.baselineHashes?.baseline == base.baselineHashes?.baseline {
                // A later cut is here, or this one. Where the chains differ the hub's are the ones to go on from.
                for end in cut.ends where open.record[end.actor].sealed == end.count { open.record[end.actor].hash = end.hash }
                for end in cut.ends { open.record.acknowledge(end.actor, upTo: min(end.count, open.record[end.actor].count), in: epoch) }
                touched.insert(open.id)
                return Followed(isKnown: true, rebased: Rebased(document: open.document))
            }
            let others = try otherBranches(of: open, than: cut, in: epoch, isOwn)
            let rebased = try open.document.rebased(on: base, isOwn: isOwn, otherFrom: others, fresh: fresh)
            let followed = try replace(open, by: rebased, cut.ends, cut.block)
            for end in cut.ends { open.record.acknowledge(end.actor, upTo: end.count, in: epoch) }
            open.record.acknowledge(cut.block.actor, upTo: cut.block.end, in: epoch)
            return followed
        } catch let error as StoreError {
            throw error
        } catch {
            try reload(cut.block.document)
            return nil
        }
    }

    /// Own actors whose chain here is not the one that was cut away: this device was put back in time, or copied, and
    /// went on. What the hub had of it is known to be the same as far as it acknowledged it.
    private func otherBranches(of open: Open, than cut: SignedCut, in epoch: UInt64, _ isOwn: (ActorID) -> Bool) throws(StoreError) -> [ActorID: UInt32] {
        var from: [ActorID: UInt32] = [:]
        let (blocks, before) = (try blockRows(of: open), try signedCut(open)?.ends ?? [])
        for end in cut.ends where isOwn(end.actor) && open.record[end.actor].count > 0 {
            let lane = open.record[end.actor]
            let isSame = lane.sealed == end.count && lane.hash == end.hash || blocks.contains { $0.block.actor == end.actor && $0.block.hash == end.hash }
                || before.contains(end)
            if !isSame { from[end.actor] = open.record.epoch == epoch ? max(lane.acknowledged, open.hubHad[end.actor] ?? 0) : lane.sealed }
        }
        return from
    }

    /// The rows and the record of a document that goes on from a baseline.
    /// - Parameters:
    ///   - ends: of the chains, there.
    ///   - cut: the block that says it, where others can be shown it.
    private func replace(_ open: Open, by rebased: Rebased, _ ends: [SignedCut.ChainEnd], _ cut: Block?) throws(StoreError) -> Followed {
        var followed = Followed(rebased: rebased)
        let document = rebased.document
        guard document.save().count < StoreLimits.valueBytesMax else {
            throw StoreError(.tooLarge, "\(open.id) is too large to be kept in one row once its history is cut.")
        }
        /// The last block of each actor that is left.
        var last: [ActorID: SignedCut.ChainEnd] = [:]
        for end in ends { last[end.actor] = end }
        let others = Set(rebased.stale.filter { !$0.isOwn }.map(\.actor))
        for row in try store.scan(.changes, from: DocumentKeys.row(open.id, 1), to: keyAfterAll(with: DocumentKeys.document(open.id)), limit: .max).rows {
            if row.value.first == RowTag.block, let block = try? Block(decoding: Array(row.value.dropFirst())), block.end > document.baseCount(of: block.actor) {
                if block.end <= document.operationCount(of: block.actor) {
                    last[block.actor] = SignedCut.ChainEnd(actor: block.actor, count: block.end, hash: block.hash)
                    continue
                }
                if others.contains(block.actor) { followed.aside.append(block.bytes) }
            }
            stage(.delete(.changes, key: row.key))
            followed.dropped.insert(DocumentKeys.number(row.key.suffix(8)))
        }
        open.document = document
        open.raw = []
        open.lacking = nil
        for actor in Set(open.record.lanes.map(\.actor) + document.version.entries.map(\.actor)) {
            var lane = open.record[actor]
            lane.count = document.operationCount(of: actor)
            lane.acknowledged = min(lane.acknowledged, lane.count)
            // Unless its chain goes on as it did, it ends where the last block that is left ends.
            if lane.sealed > lane.count || lane.sealed <= last[actor]?.count ?? 0 {
                (lane.sealed, lane.hash) = last[actor].map { ($0.count, $0.hash) } ?? (0, Digest.none)
            }
            open.record[actor] = lane
        }
        open.record.lanes.removeAll { $0.count == 0 }
        if let cut {
            if open.record[cut.actor].sealed < cut.end {
                stageRow(of: open, RowTag.block, cut.bytes)
                (open.record[cut.actor].sealed, open.record[cut.actor].hash) = (cut.end, cut.hash)
            }
            var writer = ByteWriter()
            writer.blob(cut.bytes)
            writer.raw(SignedCut.bytes(of: ends))
            stageRow(of: open, RowTag.cut, writer.bytes)
        }
        open.cut = cut.map { ($0, ends) }
        open.record.cut = cut == nil ? 0 : open.record.arrivals
        followed.arrival = open.record.cut
        stageSnapshot(of: open)
        return followed
    }
}
