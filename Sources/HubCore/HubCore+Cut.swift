// When the hub cuts a document's history: once enough of it is with everybody who may still edit.
//
//     device ──standing──► row (space, device): up to where it has the log, and when it was last seen
//     the least of those seen lately ──► blocks of one document up to there ──► enough? ──► cut
//
// Nothing depends on this being right: who made something without having seen all that was cut is told so, and makes
// it again. It is how seldom that happens. Protocol/compaction.md section 4.
internal import CRDT
internal import Store
internal import Bytes
internal import Sync

extension HubCore {
    /// When histories are cut.
    package struct Cutting: Equatable, Sendable {
        /// Blocks of a document that everybody has, before they go.
        package var blocksMin: Int
        /// A device that wasn't seen for so long is waited for no more.
        package var liveMilliseconds: UInt64

        package init(blocksMin: Int = HubLimits.cutBlocksMin, liveMilliseconds: UInt64 = HubLimits.liveMilliseconds) {
            self.blocksMin = blocksMin
            self.liveMilliseconds = liveMilliseconds
        }
    }

    /// Where a device is in a space's log.
    struct Standing {
        var epoch: UInt64
        var position: UInt64
        /// Milliseconds since 1970 by the hub's clock.
        var seen: UInt64

        init(epoch: UInt64, position: UInt64, seen: UInt64) { (self.epoch, self.position, self.seen) = (epoch, position, seen) }

        init?(_ bytes: [UInt8]) {
            guard bytes.count == 24 else { return nil }
            self.init(epoch: DocumentKeys.number(bytes[0..<8]), position: DocumentKeys.number(bytes[8..<16]), seen: DocumentKeys.number(bytes[16..<24]))
        }

        var bytes: [UInt8] { DocumentKeys.number(epoch) + DocumentKeys.number(position) + DocumentKeys.number(seen) }
    }

    /// Notes where a device is. Who only begins to follow may still owe what it made before: it is where it was, at most.
    ///
    /// That somebody follows goes to the disk at once, so that no hub that was killed cuts without them. Where they are goes
    /// with what comes next, or soon: nobody waits for it, and one that stands further back than it does only delays a cut.
    func stand(_ device: DeviceID, in space: SpaceID, at position: UInt64, isFollowing: Bool, isSeen: Bool = false) throws(StoreError) {
        // Noted also by a hub that cuts nothing: it may be started again as one that does.
        let key = DocumentKeys.space(space) + device.bytes
        let now = environment.nowMilliseconds()
        var known = standings[key]
        if known == nil { known = try documents.store.get(.devices, key).flatMap { Standing($0) } }
        let before = known.map { $0.epoch == epoch ? $0.position : 0 } ?? 0
        let standing = Standing(epoch: epoch, position: isFollowing ? min(before, position) : position, seen: now)
        if cutting != nil { cutDue.insert(space) }
        if let known, known.epoch == epoch, known.position == standing.position, known.seen <= now, now - known.seen < (isSeen ? 1 : HubLimits.seenMilliseconds) { return }
        if known == nil { return documents.stage(.put(.devices, key: key, value: standing.bytes)) }
        if standings.isEmpty { standingsSince = now }
        standings[key] = standing
    }

    /// A store's hub never says where it stands: it was seen for as long as it was connected. Noted once a day, and when it goes.
    func noteSeen(_ connection: Connection) {
        guard let peer = connection.peer, peer.role == .storeHub else { return }
        // A store that fails here fails the next turn, which says so.
        for space in connection.positions.keys.sorted() { try? stand(peer.device, in: space, at: connection.positions[space] ?? 0, isFollowing: true, isSeen: true) }
    }

    /// Of those who follow a space and are waited for: on the disk, and on their way there. Who is connected was seen now.
    private func standings(in space: SpaceID, since: UInt64) throws(StoreError) -> [Standing] {
        let prefix = DocumentKeys.space(space)
        let here = Set(connections.values.filter { $0.positions[space] != nil }.compactMap { $0.peer.map { prefix + $0.device.bytes } })
        let rows = try documents.store.scan(.devices, prefix: prefix).rows.filter { standings[$0.key] == nil }
        let all = rows.compactMap { row in Standing(row.value).map { (row.key, $0) } } + standings.filter { $0.key.starts(with: prefix) }.map { ($0.key, $0.value) }
        return all.filter { here.contains($0.0) || $0.1.seen >= since }.map(\.1)
    }

    func stageStandings() {
        for (key, standing) in standings.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) { documents.stage(.put(.devices, key: key, value: standing.bytes)) }
        standings = [:]
    }

    /// Those that waited long enough for something else to be written.
    func tickStandings() {
        guard !standings.isEmpty else { return }
        let now = environment.nowMilliseconds()
        if now < standingsSince || now - standingsSince >= HubLimits.standingsMilliseconds { stageStandings() }
    }

    /// Cuts what is due in the spaces in which somebody moved.
    func cutHistories() throws(StoreError) {
        let due = cutDue.sorted()
        cutDue = []
        guard let cutting else { return }
        for space in due {
            let now = environment.nowMilliseconds()
            let live = try standings(in: space, since: now - min(now, cutting.liveMilliseconds))
            guard let position = live.map({ $0.epoch == epoch ? $0.position : 0 }).min(), position >= looked[space, default: 0] + UInt64(cutting.blocksMin) else { continue }
            looked[space] = position
            var rows: [DocumentID: [UInt64]] = [:]
            for item in try log.read(space, after: 0, limit: .max) where item.position <= position {
                if case .block(let id, let arrival) = item.reference { rows[id, default: []].append(arrival) }
            }
            for (id, arrivals) in rows.sorted(by: { $0.key < $1.key }) where arrivals.count >= cutting.blocksMin { try cut(id, arrivals) }
        }
    }

    /// - Parameter arrivals: the blocks that go.
    private func cut(_ id: DocumentID, _ arrivals: [UInt64]) throws(StoreError) {
        var counts: [ActorID: UInt32] = [:]
        for entry in try documents.openWhole(id).document.baseVersion?.entries ?? [] { counts[entry.actor] = entry.count }
        for arrival in arrivals {
            guard let bytes = try documents.block(id, arrival: arrival), let block = try? Block(decoding: bytes) else { continue }
            counts[block.actor] = max(counts[block.actor] ?? 0, block.end)
        }
        let version = VersionVector(counts.map { VersionVector.Entry(actor: $0.key, count: $0.value) })
        let record = try ownRecord()
        guard let (block, followed) = try documents.cut(id, at: version, by: record, key, time: environment.nowMilliseconds()) else { return }
        metrics.cuts += 1
        introduce(record, to: id.space)
        log.append(.block(id, arrival: block), to: id.space)
        try log.cut(id, dropped: followed.dropped, arrival: followed.arrival)
    }

    /// A change of the hub's own: what a decision does to a document. Staged with the decision.
    func edit(_ id: DocumentID, _ body: (inout Document) throws -> Void) throws {
        let record = try ownRecord()
        try documents.edit(id, by: record.actor, at: time(), body)
        guard try !documents.seal(id, with: key, isOwn: { $0 == record.actor }).isEmpty else { return }
        introduce(record, to: id.space)
        log.append(.block(id, arrival: try documents.open(id).record.arrivals), to: id.space)
    }

    /// Whom the hub's own blocks are by: another one for each epoch, for a log that was put back may have said other things
    /// under the one before.
    private func ownRecord() throws(StoreError) -> ActorRecord {
        let known = try documents.store.get(.meta, HubCore.actorName)
        let nonce: [UInt8]
        if let known, known.count == 24, DocumentKeys.number(known.prefix(8)) == epoch {
            nonce = Array(known.suffix(16))
        } else {
            nonce = environment.random(16)
            documents.stage(.put(.meta, key: HubCore.actorName, value: DocumentKeys.number(epoch) + nonce))
        }
        let record = ActorRecord(publicKey: key.publicKey, nonce: nonce, name: "hub", kind: "hub")
        remember(record)
        return record
    }

    private static let actorName = Array("hub-actor".utf8)

    // MARK: From who has it

    /// A cut that a device brings back to a hub that was restored. Only what this hub signed counts.
    func take(cut bytes: [UInt8], _ connection: Connection, _ peer: Peer) throws {
        let cut: SignedCut
        do { cut = try SignedCut(decoding: bytes) } catch { throw CloseReason.malformed("a cut that can't be read: \(error)") }
        let id = cut.block.document
        guard mayEdit(id, connection, peer) else { return }
        guard let record = actors[cut.block.actor], record.publicKey == key.publicKey, cut.block.isSigned(by: record) else {
            return refuse(connection, id.description, "forbidden", "The history of \(id) was cut by another hub: give this one that hub's key and store.")
        }
        try documents.flush()
        let document = try documents.openWhole(id).document
        guard cut.covers(document, but: { self.actors[$0]?.publicKey == key.publicKey }) else {
            return refuse(connection, id.description, "too-old", "More of the history of \(id) was cut since.")
        }
        let hasAll = cut.ends.allSatisfy { document.operationCount(of: $0.actor) >= $0.count }
        if hasAll, document.operationCount(of: cut.block.actor) < cut.block.end, case .applied(let arrival, _) = try documents.take(cut.block) {
            introduce(record, to: id.space)
            log.append(.block(id, arrival: arrival), to: id.space)
        }
        guard let followed = try documents.adopt(cut, in: epoch, isOwn: { _ in false }, fresh: { _ in cut.block.actor }) else {
            return refuse(connection, id.description, "invalid-value", "The cut of \(id) is not what its block says.")
        }
        for block in followed.aside { setAside(id, block) }
        if !followed.isKnown {
            introduce(record, to: id.space)
            try log.cut(id, dropped: followed.dropped, arrival: followed.arrival, isAtEnd: !hasAll)
        }
        for end in cut.ends { connection.acknowledgements.append(Acknowledgement(document: id, actor: end.actor, count: end.count)) }
        acknowledge(cut.block, connection)
    }

    /// Kept to be looked at: whoever made it makes it again.
    func setAside(_ id: DocumentID, _ block: [UInt8]) {
        documents.stage(.put(.quarantine, key: DocumentKeys.document(id) + Digest.sha256(block), value: block))
    }
}
