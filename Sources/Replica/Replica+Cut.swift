// When the hub cut a document's history: this device cuts its own, or takes the baseline in its place, and what it made
// without having seen all that was cut it makes again.
//
// What could not be made again, because somebody else set the same, is kept for the person to look at; so is what a guest made
// and a share that was over didn't take.
package import CRDT
package import Store
internal import Bytes
internal import Sync

/// An edit that this device could not make again after a history was cut, or that was a guest's and isn't taken.
package struct KeptEdit: Equatable, Sendable {
    package let document: DocumentID
    package let edit: LostEdit
    /// Its row.
    let key: [UInt8]
}

extension Replica {
    /// Whether an actor is the hub that this device follows.
    func isHub(_ record: ActorRecord) -> Bool { hub?.id == record.device.bytes || home == record.device.bytes }

    private func isHubActor(_ actor: ActorID) -> Bool { actors[actor].map(isHub) ?? false }

    /// A block that says a cut was taken in, and nothing before it in this batch.
    func follow(_ block: Block) throws(StoreError) {
        if let followed = try documents.follow(block, isOwn: isOwn, fresh: freshActor) { return try goOn(block.document, followed) }
        // What is here doesn't come to what the hub has: from its beginning, with the baseline. Asked for behind this block, which is
        // taken in only once, the baseline comes; what was asked for before may have been sent without it.
        link?.repaired[block.document.space] = nil
        try repair(block.document.space)
    }

    func take(cut bytes: [UInt8], _ space: SpaceID) throws(StoreError) {
        let cut: SignedCut
        do {
            cut = try SignedCut(decoding: bytes)
        } catch {
            return close(.malformed("a cut that can't be read: \(error)"))
        }
        let id = cut.block.document
        guard id.space == space else { return close(.outOfOrder("a cut of another space")) }
        guard let record = actors[cut.block.actor] else { return try repair(space) }
        guard isHub(record), cut.block.isSigned(by: record) else { return close(.unauthorized("The cut of \(id) isn't signed by the hub.")) }
        // A hub that was put back in time may have cut less than it had before: then what it signed then goes to it first.
        if link?.cutsOffered.contains(id) == false, !cut.covers(try documents.openWhole(id).document, but: isHubActor) { return try offerCut(of: id) }
        try documents.flush()
        guard let followed = try documents.adopt(cut, in: link?.epoch ?? 0, isOwn: isOwn, fresh: freshActor) else {
            metrics.poisoned += 1
            documents.stage(.put(.quarantine, key: DocumentKeys.document(id) + cut.block.hash, value: bytes))
            return
        }
        try goOn(id, followed)
    }

    /// From a file: what it is checked against was signed by the hub. No hub is known to have it.
    func adopt(_ cut: SignedCut) throws {
        guard let followed = try documents.adopt(cut, in: hub?.epoch ?? 0, isOwn: isOwn, fresh: freshActor) else {
            throw ReplicaError(code: "invalid-value", message: "The beginning of \(cut.block.document) in the file isn't what its signature says.")
        }
        try goOn(cut.block.document, followed)
    }

    /// A hub that was restored lacks what this document's changes build on: it may have the baseline.
    func offerCut(of id: DocumentID) throws(StoreError) {
        guard link?.cutsOffered.contains(id) == false, let cut = try documents.signedCut(of: id), let record = actors[cut.block.actor] else { return }
        link?.cutsOffered.insert(id)
        send(.upload([.actor(record), .cut(cut.bytes)]))
    }

    private func freshActor(_ nonce: [UInt8]) -> ActorID {
        let record = ActorRecord(publicKey: key.publicKey, nonce: nonce, name: profile.name, kind: profile.kind)
        remember(record)
        return record.actor
    }

    private func goOn(_ id: DocumentID, _ followed: DocumentStore.Followed) throws(StoreError) {
        guard !followed.isKnown else { return }
        for block in followed.aside {
            documents.stage(.put(.quarantine, key: DocumentKeys.document(id) + Digest.sha256(block), value: block))
        }
        let stale = followed.rebased.stale.filter(\.isOwn)
        if let incarnation, stale.contains(where: { $0.actor == incarnation }) {
            // Its numbers may be known elsewhere with what was made before.
            self.incarnation = nil
            _ = try currentActor()
        }
        for lost in followed.rebased.lost { keep(lost, of: id) }
        if !stale.isEmpty { metrics.remade += 1 }
        metrics.changesReceived += followed.rebased.received
        offerAgain(id)
        link?.unacknowledged[id] = nil
        events.append(.changed(id))
        noteCart(id)
        if !followed.rebased.stale.isEmpty { events.append(.remade(id, stale: followed.rebased.stale.map { Stale(actor: $0.actor, from: $0.from) })) }
    }

    // MARK: What could not be made again

    private static let keptTag = Array("kept".utf8)

    func keep(_ lost: LostEdit, of id: DocumentID) {
        var writer = ByteWriter()
        writer.string(lost.path)
        writer.raw(lost.by.actor.bytes)
        writer.varint(UInt64(lost.by.counter))
        writer.varint(lost.time)
        writer.byte(lost.value == nil ? 0 : 1)
        if let value = lost.value { writer.value(value) }
        documents.stage(.put(.quarantine, key: Replica.keptTag + DocumentKeys.document(id) + Digest.sha256(writer.bytes), value: writer.bytes))
    }

    /// What could not be made again, by document and time.
    package func keptEdits() throws(StoreError) -> [KeptEdit] {
        var kept: [KeptEdit] = []
        for row in try store.scan(.quarantine, prefix: Replica.keptTag).rows {
            guard let id = DocumentKeys.documentID(Array(row.key.dropFirst(Replica.keptTag.count).dropLast(Digest.byteCount))),
                  let edit = try? LostEdit(kept: row.value) else { continue }
            kept.append(KeptEdit(document: id, edit: edit, key: row.key))
        }
        return kept.sorted { ($0.document, $0.edit.time, $0.edit.path) < ($1.document, $1.edit.time, $1.edit.path) }
    }

    /// Forgets kept edits: their person has looked at them.
    package func dropKept(_ kept: [KeptEdit]) { for item in kept { documents.stage(.delete(.quarantine, key: item.key)) } }
}

extension LostEdit {
    fileprivate init(kept bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        let path = try reader.string()
        let by = OperationID(actor: try ActorID(&reader), counter: UInt32(try reader.count(limit: Int(UInt32.max))))
        let time = try reader.varint()
        self.init(path: path, value: try reader.byte() == 0 ? nil : try reader.value(), by: by, time: time)
        try reader.finish()
    }
}
