// What a device gets: each space's log from where it stands, as long as there is room.
internal import Bytes
internal import Commerce
internal import CRDT
package import Store
internal import Sync

extension HubCore {
    func subscribe(_ connection: Connection, _ peer: Peer, _ list: [Subscription]) throws {
        let spacesMax = peer.role.isStaff ? SyncLimits.subscriptionsMax : SyncLimits.customersSpacesMax
        for subscription in list {
            guard connection.positions.count + connection.hoped.count < spacesMax || connection.positions[subscription.space] != nil else { throw CloseReason.tooMany("spaces", limit: spacesMax) }
            let space = subscription.space
            switch try admission(peer, to: space, proof: subscription.proof) {
            case .own: connection.guests[space] = nil
            case .guest(let guest): connection.guests[space] = guest
            case .unknown:
                connection.hoped.append(subscription)
                refuse(connection, space.name, "forbidden", "This hub hasn't heard yet of what \(space.owner) shares by that token: it asks.")
                continue
            case .refused(let code, let message):
                refuse(connection, space.name, code, message)
                continue
            }
            connection.proofs[space] = subscription.proof
            if space.scheme == "person", !peer.role.isStaff, connection.guests[space] == nil { connection.peer?.persons.insert(String(space.owner)) }
            if space.owner == Access.every {
                connection.followsEvery.insert(String(space.scheme))
            } else {
                checkIn(space)
                let known = subscription.position.number
                if known > log.end(of: space) {
                    guard subscription.position == position(known, in: space) else {
                        throw CloseReason.unauthorized("Position \(known) in the log of \(space) is beyond its end, and not one that this hub gave.")
                    }
                    return beginEpoch()
                }
                connection.positions[space] = known
                try stand(peer.device, in: space, at: known, isFollowing: true)
                try enrol(peer, in: space)
                if peer.role == .storeHub, space.scheme == "store" { try enrolStoreHub(connection, peer) }
            }
        }
    }

    func refuse(_ connection: Connection, _ thing: String, _ code: String, _ message: String) {
        metrics.refusals += 1
        connection.answers.append(.refused(Refusal(thing: thing, code: code, message: message)))
    }

    /// Sends what a connection lacks, one frame after the other.
    /// - Parameter hasRoom: whether the connection takes another frame now.
    /// - Returns: whether it has everything now.
    @discardableResult
    package func pump(_ id: UInt64, hasRoom: () -> Bool) throws(StoreError) -> Bool {
        guard let connection = connections[id], let peer = connection.peer else { return true }
        endGuests(id, connection)
        if !connection.followsEvery.isEmpty {
            for space in log.ends.keys.sorted() where connection.followsEvery.contains(String(space.scheme)) && connection.positions[space] == nil { connection.positions[space] = 0 }
        }
        for space in connection.positions.keys.sorted() {
            while var position = connection.positions[space], position < log.end(of: space) {
                guard hasRoom() || Plant.unboundedQueue.isPlanted else { return false }
                let from = position
                let entries = try entries(of: space, after: &position, connection, peer)
                connection.positions[space] = position
                say(.entries(space: space, from: from, position: self.position(position, in: space), entries), to: id)
            }
        }
        if let barrier = connection.barrier {
            var spaces: [CaughtUp.Space] = []
            for space in connection.positions.keys.sorted() {
                spaces.append(CaughtUp.Space(space: space, position: position(log.end(of: space), in: space), heads: try heads(of: space, peer.role, connection.guests[space])))
            }
            // Of several that came before there was room the last is answered: it stands behind all of them.
            say(.caughtUp(CaughtUp(ticket: barrier, spaces: spaces)), to: id)
            connection.barrier = nil
        }
        // A hub is answered, and asked, behind what that is about.
        return peer.role == .storeHub ? sayAll(id, connection, peer, hasRoom: hasRoom) : true
    }

    /// A position in this hub's log, as it is told.
    private func position(_ number: UInt64, in space: SpaceID) -> Position { Position(number, in: space, epoch: epoch, key: positionKey) }

    /// One frame's worth of entries, and the position after them.
    private func entries(of space: SpaceID, after position: inout UInt64, _ connection: Connection, _ peer: Peer) throws(StoreError) -> [Entry] {
        var entries: [Entry] = []
        var byteCount = 0
        while byteCount < SyncLimits.entriesBytesTarget {
            let batch = try log.read(space, after: position, limit: 256)
            if batch.isEmpty { position = log.end(of: space) }
            for item in batch {
                guard byteCount < SyncLimits.entriesBytesTarget else { return entries }
                position = item.position
                if connection.brought[space]?.remove(item.position) != nil { continue }
                let found = try self.entries(of: item.reference, for: peer.role, connection.guests[space])
                entries += found
                byteCount += found.reduce(0) { $0 + $1.byteCount }
            }
            if batch.count < 256 { break }
        }
        return entries
    }

    /// What an entry of a log says to who may see it.
    func entries(of reference: SpaceLog.Reference, for role: Role, _ guest: Guest? = nil) throws(StoreError) -> [Entry] {
        switch reference {
        case .actor(let actor): return actors[actor].map { [.actor($0)] } ?? []
        case .block(let id, let arrival):
            guard sees(role, guest, id.kind) || Plant.fanOutWithoutAccess.isPlanted, let bytes = try documents.block(id, arrival: arrival) else { return [] }
            return [.block(bytes)]
        case .fact(let fact): return guest?.sees(fact) ?? Access.maySee(role, fact: fact.resource) || Plant.fanOutWithoutAccess.isPlanted ? [.fact(fact)] : []
        case .cut(let id, _):
            guard sees(role, guest, id.kind), let cut = try documents.signedCut(of: id), let record = actors[cut.block.actor] else { return [] }
            return [.actor(record), .cut(cut.bytes)]
        }
    }

    func heads(of space: SpaceID, _ role: Role, _ guest: Guest? = nil) throws(StoreError) -> [UInt8] {
        try documents.heads(of: space, .held) { sees(role, guest, $0) }.bytes
    }
}
