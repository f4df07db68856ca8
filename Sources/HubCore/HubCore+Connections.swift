// Connections: what each has shown and is owed, what arrives on it, and what ends it. Whoever sends what can't be is closed; a disk
// that fails closes all, for memory may be ahead of it.
internal import Bytes
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

extension HubCore {
    final class Connection {
        var session: HubSession
        var peer: Peer?
        var hello: Hello?
        /// Up to where each space's log was sent.
        var positions: [SpaceID: UInt64] = [:]
        /// What it showed for the spaces that it follows: looked at again when the book changes.
        var proofs: [SpaceID: String] = [:]
        /// What it sees of spaces that aren't its person's.
        var guests: [SpaceID: Guest] = [:]
        /// What it asked to follow by a token that isn't known here yet.
        var hoped: [Subscription] = []
        /// Schemes of which it follows every space, also those that are new: persons', stores'.
        var followsEvery: Set<String> = []
        /// What this connection brought itself, and needn't get back.
        var brought: [SpaceID: Set<UInt64>] = [:]
        var acknowledgements: [Acknowledgement] = []
        var answers: [Frame] = []
        /// Parcels that it brought and that are on the disk with the next commit.
        var kept: [[UInt8]] = []
        /// The last that isn't answered.
        var barrier: UInt64?
        /// Of a store's hub: what was passed on to it.
        var forwarded: Set<UInt64> = []
        /// Documents in which this device brought another branch. What it brings next may build on that, under
        /// names that mean something else here: nothing of it is taken before the device had time to part them.
        var forked: Set<DocumentID> = []

        /// When where it stands was last noted, of a store's hub.
        var stood: UInt64

        init(session: HubSession, at now: UInt64) { (self.session, stood) = (session, now) }

        func unfollow(_ space: SpaceID) {
            positions[space] = nil
            proofs[space] = nil
            guests[space] = nil
            hoped.removeAll { $0.space == space }
        }
    }

    package func connected(_ id: UInt64) {
        // Whoever is greeted in a new epoch forgets the positions that showed that the hub was put back: that is on the disk first.
        guard unwrittenEpoch == nil else { return actions.append(.close(id, .failed("This hub was put back to an older state: connect again."))) }
        let greeting = Greeting(hub: self.id, epoch: epoch, nonce: environment.random(32))
        connections[id] = Connection(session: HubSession(greeting: greeting), at: environment.nowMilliseconds())
        strangers[id] = environment.uptime().milliseconds
        say(.greeting(greeting), to: id)
    }

    func say(_ frame: Frame, to id: UInt64) {
        guard let bytes = connections[id]?.session.say(frame) else { return }
        actions.append(.send(id, bytes))
    }

    package func disconnected(_ id: UInt64) {
        strangers[id] = nil
        guard let connection = connections.removeValue(forKey: id) else { return }
        earlyBytes -= connection.session.earlyBytes
        noteSeen(connection)
        forget(connection)
    }

    package func received(_ id: UInt64, _ bytes: [UInt8]) {
        guard let connection = connections[id] else { return }
        let waited = connection.session.earlyBytes
        let events = connection.session.received(bytes)
        earlyBytes += connection.session.earlyBytes - waited
        do {
            if earlyBytes > HubLimits.earlyBytesMax, connection.session.earlyBytes > waited { throw CloseReason.outOfOrder("too much waits at this hub behind messages that haven't come") }
            for event in events where connections[id] != nil { try handle(event, id, connection) }
        } catch let reason as CloseReason {
            close(id, reason)
        } catch let error as StoreError {
            failed(error.message)
        } catch {
            // Whatever it is that can't be done with what one says, the others have nothing to do with it.
            close(id, .failed("\(error)"))
        }
    }

    private func handle(_ event: HubSession.Event, _ id: UInt64, _ connection: Connection) throws {
        if case .hello(let hello) = event {
            let peer = try Access.admit(hello, book)
            if peer.role == .storeHub { try admitStoreHub(hello.publicKey, peer) }
            connection.peer = peer
            connection.hello = hello
            strangers[id] = nil
            say(.welcome(Welcome(role: hello.role, time: time(), home: serves == nil ? self.id : home ?? self.id, sealing: sealingKey.publicKey, others: others)), to: id)
            return
        }
        if case .close(let reason) = event { throw reason }
        guard let peer = connection.peer else { return }
        switch event {
        case .hello, .close: break
        case .subscribe(let list): try subscribe(connection, peer, list)
        case .unsubscribe(let space):
            connection.unfollow(space)
        case .upload(let entries): for entry in entries { try take(entry, connection, peer) }
        case .intent(let intent): try ask(intent, connection, peer)
        case .parcel(let bytes): try take(parcel: bytes, connection)
        case .forward(let forward): try ask(forward, .connection(connection), through: peer)
        case .outcome(let outcome): try answered(outcome, by: .store(peer.store))
        case .standing(let list):
            for item in list where connection.positions[item.space] != nil && item.position <= log.end(of: item.space) {
                try stand(peer.device, in: item.space, at: item.position, isFollowing: false)
            }
        case .barrier(let ticket):
            connection.forked = []
            noteTold(connection, peer)
            noteCome(peer.device)
            if peer.role == .storeHub {
                try enrolStoreHub(connection, peer)
                try askWhoCame(peer)
                let now = environment.nowMilliseconds()
                if now < connection.stood || now - connection.stood >= HubLimits.seenMilliseconds {
                    connection.stood = now
                    noteSeen(connection)
                }
            }
            connection.barrier = ticket
        }
    }

    /// Who connects and never says who it is holds a place that somebody else may need.
    func closeStrangers() {
        guard !strangers.isEmpty else { return }
        let now = environment.uptime().milliseconds
        for (id, since) in strangers.sorted(by: { $0.key < $1.key }) where now >= since + HubLimits.helloMilliseconds { close(id, .silent) }
    }

    func close(_ id: UInt64, _ reason: CloseReason) {
        disconnected(id)
        actions.append(.close(id, reason))
    }

    /// A log that is shorter than a device remembers was restored behind our back.
    func beginEpoch() {
        unwrittenEpoch = unwrittenEpoch ?? (epoch, node, collectsFor)
        epoch = HubCore.freshEpoch(environment)
        beginCollecting()
        documents.stage(.put(.meta, key: HubCore.epochName, value: DocumentKeys.number(epoch)))
        if uplink != nil { closeUp(.failed("This hub was put back to an older state.")) }
        for id in connections.keys.sorted() {
            close(id, .failed("The hub's log is older than this device remembers: connect again to bring it up to date."))
        }
    }

    /// The disk didn't take a batch: memory goes back to what the disk has, and every device connects anew.
    func failed(_ message: String) {
        documents.dropStaged()
        staged = Staged()
        standings = [:]
        // It may be of a book that was staged, at a position that another one takes.
        preparedBooks = nil
        // A store that can't be read any more answers no later request either.
        try? log.load()
        try? loadActors()
        try? loadDue()
        try? loadCharges()
        if let known = unwrittenEpoch { (epoch, node, collectsFor) = known }
        unwrittenEpoch = nil
        try? loadNode()
        collected = []
        haveSharesChanged = false
        (parked, awaitingRows, late, hopeful, authorities, comings) = ([], [], [], [], [:], [:])
        try? loadErrands()
        try? loadUplink()
        try? loadParcels()
        try? loadBehind()
        if uplink != nil { closeUp(.failed(message)) }
        for id in connections.keys.sorted() { close(id, .failed(message)) }
    }

    /// The book of tokens changed: whoever it lets in no longer, or to a space no longer, is closed now, not at its
    /// next message. A device that lost one space only connects again and is refused that one.
    package func accessChanged() {
        if Plant.revokedStaysConnected.isPlanted { return }
        // A store that can't be read any more says so at the next turn.
        if hasParcelsAside { try? loadParcels() }
        for id in connections.keys.sorted() {
            guard let hello = connections[id]?.hello else { continue }
            do throws(CloseReason) {
                let peer = try Access.admit(hello, book)
                for (space, proof) in connections[id]?.proofs ?? [:] where !maySubscribe(peer, to: space, proof: proof) {
                    throw .unauthorized("This device may see \(space) no longer.")
                }
            } catch {
                close(id, error)
            }
        }
    }
}
