// What a device brings: checked against its rights and its maker's signature, then staged.
//
// A block may be brought by anyone who may write there: its maker's signature is what counts, so that a
// device can give a restored hub back what others once made.
internal import Commerce
internal import CRDT
internal import Store
internal import Bytes
internal import Sync

extension HubCore {
    func take(_ entry: Entry, _ connection: Connection, _ peer: Peer) throws {
        switch entry {
        case .actor(let record):
            remember(record)
        case .block(let bytes):
            let block: Block
            do {
                block = try Block(decoding: bytes)
            } catch {
                throw CloseReason.malformed("a block that can't be read: \(error)")
            }
            try take(block, connection, peer)
        case .fact(let fact):
            // Its signature says whose it is, not who brings it: staff give back also what nobody here has heard of.
            guard connection.guests[fact.space] == nil, connection.positions[fact.space] != nil || Access.maySubscribe(peer, to: fact.space, proof: "", book) else { return }
            let position = log.end(of: fact.space)
            try take(fact)
            // What this hub says against it, whoever brought it must hear.
            guard try self.fact(fact.space, fact.resource) == fact else { return }
            if connection.positions[fact.space] != nil, log.end(of: fact.space) == position + 1 { connection.brought[fact.space, default: []].insert(position + 1) }
        case .cut(let bytes): try take(cut: bytes, connection, peer)
        }
    }

    func remember(_ record: ActorRecord) {
        guard actors[record.actor] == nil else { return }
        actors[record.actor] = record
        var writer = ByteWriter()
        record.write(to: &writer)
        documents.stage(.put(.actors, key: record.actor.bytes, value: writer.bytes))
    }

    private func take(_ block: Block, _ connection: Connection, _ peer: Peer) throws {
        let id = block.document
        guard mayEdit(id, connection, peer) else { return }
        guard let record = actors[block.actor] else {
            return refuse(connection, id.description, "unknown-actor", "The maker of changes to \(id) is unknown: its record comes first.")
        }
        guard block.isSigned(by: record) else {
            throw CloseReason.unauthorized("A block of \(id) isn't signed by its maker.")
        }
        // A cut of this hub's own, from before it was put back in time: it comes with the baseline, or not at all.
        if block.cut != nil, record.publicKey == key.publicKey, try documents.open(id).record[block.actor].count < block.end {
            return refuse(connection, id.description, "missing", "The history of \(id) was cut before this hub was restored: the baseline comes first.")
        }
        guard !connection.forked.contains(id) else { return refuseFork(connection, id) }
        switch try documents.take(block) {
        case .applied(let arrival, _):
            metrics.blocks += 1
            introduce(record, to: id.space)
            let position = log.append(.block(id, arrival: arrival), to: id.space)
            if connection.positions[id.space] != nil { connection.brought[id.space, default: []].insert(position) }
            acknowledge(block, connection)
        case .known:
            metrics.duplicates += 1
            acknowledge(block, connection)
        case .fork:
            metrics.forks += 1
            connection.forked.insert(id)
            refuseFork(connection, id)
        case .missing(let actor, let from):
            refuse(connection, id.description, "missing", "Changes to \(id) build on ones that the hub lacks (\(actor), from \(from)).")
        case .stale:
            refuse(connection, id.description, "too-old", "Changes to \(id) had not seen what was cut away of its history: they are made again on what is here.")
        case .invalid(let rule):
            refuse(connection, id.description, "invalid-value", "Changes to \(id) break a rule: \(rule).")
        }
    }

    private func refuseFork(_ connection: Connection, _ id: DocumentID) {
        refuse(connection, id.description, "fork", "Changes to \(id) don't go on from what the hub has: this device was restored or copied.")
    }

    func acknowledge(_ block: Block, _ connection: Connection) {
        connection.acknowledgements.append(Acknowledgement(document: block.document, actor: block.actor, count: block.end))
    }

    /// Puts an actor's record into a space's log, ahead of its first block there.
    func introduce(_ record: ActorRecord, to space: SpaceID, isFromAbove: Bool = false) {
        let key = DocumentKeys.space(space) + record.actor.bytes
        guard introduced.insert(key).inserted else { return }
        documents.stage(.put(.actors, key: key, value: []))
        log.append(.actor(record.actor), to: space, isFromAbove: isFromAbove)
    }

    /// Whether this device may write to a document; where not, it is told.
    func mayEdit(_ id: DocumentID, _ connection: Connection, _ peer: Peer) -> Bool {
        if let guest = connection.guests[id.space] {
            if guest.mode.edits(kind: id.kind), isLive(guest, in: id.space) { return true }
        } else if id.space.scheme != "tenant", reaches(connection, peer, id.space), Access.mayWrite(peer.role, id.kind) { return true }
        refuse(connection, id.description, "forbidden", "This device may not edit \(id): a \(peer.role.rawValue) has no right to it.")
        return false
    }

    /// Whether this device may write and ask in a space as who it speaks for; a guest speaks for nobody there.
    func reaches(_ connection: Connection, _ peer: Peer, _ space: SpaceID) -> Bool {
        guard connection.guests[space] == nil else { return false }
        return (connection.positions[space] != nil && space.scheme != "tenant") || Access.reaches(peer, space, book)
    }
}
