// What the hub lacks goes out, sealed; what this device lacks comes in, and is believed by its maker's signature.
internal import CRDT
package import Store
internal import Sync

extension Replica {
    /// Seals and sends what was edited; does nothing while there is no connection.
    /// What is sealed is on disk before it is sent.
    package func pump() throws(StoreError) {
        guard let link, mayTalk, !link.dirty.isEmpty else { return }
        let ids = link.dirty.sorted()
        self.link?.dirty = []
        var sealed: [DocumentID: [Block]] = [:]
        do {
            for id in ids { sealed[id] = try documents.seal(id, with: key, isOwn: isOwn) }
            try documents.flush()
        } catch {
            // A full disk takes no seal; what is sealed later is sent later.
            dropStaged()
            self.link?.dirty.formUnion(ids)
            throw error
        }
        var entries: [Entry] = []
        var byteCount = 0
        for id in ids {
            // What was offered once on this connection isn't looked through again: only what was sealed since. A kiosk seals before.
            for block in try link.sent[id] == nil || profile.isKiosk ? documents.blocks(of: id, lackingIn: link.epoch) : sealed[id, default: []] {
                guard block.end > self.link?.sent[id]?[block.actor] ?? 0 else { continue }
                self.link?.sent[id, default: [:]][block.actor] = block.end
                self.link?.unacknowledged[id, default: [:]][block.actor] = block.end
                if self.link?.introduced.insert(block.actor).inserted == true, let record = actors[block.actor] {
                    entries.append(.actor(record))
                }
                let bytes = block.bytes
                entries.append(.block(bytes))
                metrics.changesSent += (try documents.open(id)).document.changeCount(of: block.actor, from: block.first, to: block.end)
                byteCount += bytes.count
                if byteCount > SyncLimits.entriesBytesTarget {
                    send(.upload(entries))
                    entries = []
                    byteCount = 0
                }
            }
        }
        if !entries.isEmpty { send(.upload(entries)) }
    }

    /// All of a document that the hub lacks is looked through and sent, whatever was sent before.
    func offerAgain(_ id: DocumentID) {
        link?.dirty.insert(id)
        link?.sent[id] = nil
    }

    // MARK: What this device lacks

    func take(_ entries: [Entry], _ space: SpaceID, _ from: UInt64, _ position: Position) throws(StoreError) {
        for entry in entries {
            switch entry {
            case .actor(let record): remember(record)
            case .block(let bytes): try take(block: bytes, space)
            case .fact(let fact): try take(fact)
            case .cut(let bytes): try take(cut: bytes, space)
            }
            if link == nil { return }
        }
        if link?.withheld.remove(space) != nil { try offerAgain(space) }
        // Behind what the disk didn't take nothing moves.
        let cursor = try cursor(space).number
        if from <= cursor, cursor < position.number { stageCursor(space, position) }
    }

    private func take(block bytes: [UInt8], _ space: SpaceID) throws(StoreError) {
        let block: Block
        do {
            block = try Block(decoding: bytes)
        } catch {
            return close(.malformed("a block that can't be read: \(error)"))
        }
        guard block.document.space == space else { return close(.outOfOrder("a block of another space")) }
        // A hub that was put back in time, and doesn't know, may have named the maker before where this device reads on.
        guard let record = actors[block.actor] else { return try repair(space) }
        guard block.isSigned(by: record) else {
            return close(.unauthorized("A block of \(block.document) isn't signed by its maker."))
        }
        let isCut = isHub(record) && block.cut != nil
        // The cut of its history goes to the disk with the block that says it, and nothing before it.
        if isCut { try documents.flush() }
        var outcome = try documents.take(block, isAuthority: true)
        if case .fork = outcome {
            metrics.forks += 1
            outcome = try resolveFork(block)
        }
        switch outcome {
        case .applied(_, let changes):
            metrics.changesReceived += changes
            events.append(.changed(block.document))
            noteCart(block.document)
            try documents.acknowledge(block.document, block.actor, upTo: block.end, in: link?.epoch ?? 0)
            if isCut { try follow(block) }
        case .known: try documents.acknowledge(block.document, block.actor, upTo: block.end, in: link?.epoch ?? 0)
        case .missing:
            // The answer to the barrier says from where to read on, if what it builds on hasn't come by then.
            if link?.gaps.insert(space).inserted == true { requestBarrier() }
        case .stale where link.map({ $0.repaired[space] ?? .max > $0.answered }) ?? false:
            // What was cut away here is not what the hub cut, before it was put back in time or after: its own baseline
            // tells, which is asked for now, or on its way.
            try repair(space)
        case .fork, .invalid, .stale:
            // Only this document stops: the block is kept to be looked at, and the rest goes on.
            metrics.poisoned += 1
            documents.stage(.put(.quarantine, key: DocumentKeys.document(block.document) + block.hash, value: bytes))
        }
    }
}
