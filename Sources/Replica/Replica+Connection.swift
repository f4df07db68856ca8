// The device's talk with its hub: what is known of one connection, and what each thing that the hub says sets off.
//
// After the greeting everything is said in one breath: hello, subscriptions with positions, uploads,
// queued intents, and a barrier. The hub's answer to the barrier closes the one round trip.
internal import Commerce
internal import CRDT
package import Store
internal import Sync
internal import Bytes

extension Replica {
    /// What is known of one connection.
    struct Link {
        var session: DeviceSession
        var epoch: UInt64 = 0
        /// The hub's id, once it has greeted.
        var hub: [UInt8]?
        var isOpen = false
        /// This device's own clock when it said hello: the hub's welcome, and the time in it, came after that.
        var helloAt = Uptime.unknown
        /// The hub's time, in its welcome.
        var welcomeTime: UInt64 = 0
        /// Edited since they were last looked through for blocks to send.
        var dirty: Set<DocumentID> = []
        /// Sent on this connection, and not to be sent again on it.
        var sent: [DocumentID: [ActorID: UInt32]] = [:]
        /// What of it the hub has not acknowledged yet.
        var unacknowledged: [DocumentID: [ActorID: UInt32]] = [:]
        var introduced: Set<ActorID> = []
        /// Documents of which the hub said that a block doesn't go on from what it has.
        var forked: Set<DocumentID> = []
        /// Intents that were said on this connection.
        var asked: Set<IntentID> = []
        /// Intents of which the hub said that it lacks what they were made with.
        var missed: Set<IntentID> = []
        var subscribed: Set<SpaceID> = []
        /// Of those that are joined the ones that this hub doesn't give, as long as it hasn't heard of the token.
        var withheld: Set<SpaceID> = []
        /// Spaces that were asked for from their beginning, once each, and the barrier behind that.
        var repaired: [SpaceID: UInt64] = [:]
        /// Spaces in which something came before what it builds on, since they were last compared.
        var gaps: Set<SpaceID> = []
        /// Where each space was read on from, because the disk hadn't taken what came.
        var resumed: [SpaceID: UInt64] = [:]
        /// Spaces whose position moved since it was last said.
        var moved: Set<SpaceID> = []
        /// The driver's steady clock, when it was last said without being asked.
        var stoodAt: UInt64 = 0
        /// Parcels of gone devices that were said on this connection, and the sizes of those that aren't answered yet.
        var parcelsOffered: Set<[UInt8]> = []
        var parcelsUnanswered: [[UInt8]: Int] = [:]
        /// Documents whose signed cut was offered.
        var cutsOffered: Set<DocumentID> = []
        var ticket: UInt64 = 0
        /// The barrier behind the facts that this hub may lack: with its answer they are on the hub's disk.
        var factsTicket: UInt64?
        /// Blocks that were sent before this ticket are acknowledged with it, or were not taken.
        var retries = 0
        /// The last barrier that the hub answered.
        var answered: UInt64 = 0
        /// The driver's steady clock, when something was last heard, or first owed; nil before it's told.
        var heard: UInt64?
    }

    /// The last barrier that was asked for on this connection.
    package var lastTicket: UInt64 { link?.ticket ?? 0 }

    package var isOnline: Bool { link?.isOpen ?? false }

    /// Since the hub's greeting was answered; before it nothing may be said.
    var mayTalk: Bool { link.map { $0.epoch != 0 } ?? false }

    /// A connection stands; the hub speaks first.
    package func connected() {
        // What was to be said on the connection before is not for this one.
        actions = []
        link = Link(session: DeviceSession(hello: hello, key: key))
    }

    /// What this device says of itself; it signs that over each greeting.
    var hello: Hello { Hello(publicKey: key.publicKey, name: profile.name, kind: profile.kind, role: profile.role, store: profile.store, token: profile.token) }

    /// What the hub may not have is sealed with the next flush, where this device keeps nothing else.
    package func disconnected() {
        link = nil
        isSealDue = profile.isKiosk
    }

    /// Whether the hub owes an answer, or this device something that it couldn't send yet.
    package var isWaiting: Bool { link.map { !$0.isOpen || $0.session.isWaiting || $0.answered < $0.ticket || !$0.unacknowledged.isEmpty || !$0.dirty.isEmpty || !$0.parcelsUnanswered.isEmpty } ?? false }

    /// The time by a clock that only goes forward, every second or so while there is a connection. One on which an
    /// answer is due and nothing comes is given up, for the next may do better: "connected" alone is no progress.
    package func tick(steadyMilliseconds now: UInt64) {
        if isWaiting, profile.isKiosk { isSealDue = true }
        if !isWaiting {
            link?.heard = nil
            if let link, !link.moved.isEmpty, now >= link.stoodAt + SyncLimits.standingMilliseconds {
                self.link?.stoodAt = now
                sayStanding()
            }
        } else if let heard = link?.heard {
            if now >= heard + SyncLimits.stallMilliseconds { close(.stalled) }
        } else {
            link?.heard = now
        }
    }

    /// - Throws: what the store threw; nothing of this frame was kept.
    package func received(_ bytes: [UInt8]) throws(StoreError) {
        metrics.bytesReceived += bytes.count
        do {
            try handle(bytes)
        } catch {
            // The store didn't take it: this connection's idea of what is known is void.
            dropStaged()
            throw error
        }
    }

    private func handle(_ bytes: [UInt8]) throws(StoreError) {
        for event in link?.session.received(bytes) ?? [] {
            link?.heard = nil
            try handle(event)
        }
    }

    private func handle(_ event: DeviceSession.Event) throws(StoreError) {
        switch event {
        case .greeted(let greeting, let hello): try greeted(greeting, hello)
        case .welcome(let welcome):
            link?.isOpen = true
            home = welcome.home
            learn(welcome.sealing)
            try offerParcels()
            // The central hub names none: what a store's own hub said of it stays.
            if !welcome.others.isEmpty, welcome.others != otherHubs {
                otherHubs = welcome.others
                documents.stage(.put(.meta, key: MetaKey.otherHubs, value: Array(otherHubs.joined(separator: "\n").utf8)))
            }
            link?.welcomeTime = welcome.time
            heardTime(welcome.time)
        case .entries(let space, let from, let position, let entries): try take(entries, space, from, position)
        case .acknowledged(let list):
            for item in list {
                // What was not taken a few times is sent no more on this connection, unless something else got through.
                if let epoch = link?.epoch, try documents.open(item.document).record.acknowledged(item.actor, in: epoch) < item.count { link?.retries = 0 }
                try documents.acknowledge(item.document, item.actor, upTo: item.count, in: link?.epoch ?? 0)
                acknowledged(item)
            }
        case .outcome(let outcome): try decided(outcome)
        case .caughtUp(let caughtUp): try compare(caughtUp)
        case .refused(let refusal):
            events.append(.refused(refusal))
            try refusedParcel(refusal)
            // What is refused won't be acknowledged; a barrier, or the next connection, tries again.
            for id in link?.unacknowledged.keys.filter({ $0.description == refusal.thing }) ?? [] { link?.unacknowledged[id] = nil }
            // Told so twice, the hub has another chain of the same changes, which only its own blocks tell.
            if refusal.code == "fork", let id = link?.sent.keys.first(where: { $0.description == refusal.thing }),
               link?.forked.insert(id).inserted == false { try repair(id.space) }
            // By then the hub may have what it missed, or this device what it forked from.
            if refusal.code == "missing", let id = link?.sent.keys.first(where: { $0.description == refusal.thing }) { try offerCut(of: id) }
            if ["missing", "unknown-actor", "fork", "too-old"].contains(refusal.code) { requestBarrier() }
            if ["revoked", "expired"].contains(refusal.code) { try sharingEnded(refusal.thing) }
            if refusal.code == "forbidden", let space = joined.keys.first(where: { $0.name == refusal.thing }) { link?.withheld.insert(space) }
            if refusal.code == "forbidden", let id = link?.sent.keys.first(where: { $0.description == refusal.thing }) { try uncount(id) }
        case .kept(let ids): try kept(ids)
        // The session lets none through to a device.
        case .forward: break
        case .close(let reason): close(reason)
        }
    }

    private func acknowledged(_ item: Acknowledgement) {
        guard let end = link?.unacknowledged[item.document]?[item.actor], end <= item.count else { return }
        link?.unacknowledged[item.document]?[item.actor] = nil
        if link?.unacknowledged[item.document]?.isEmpty == true { link?.unacknowledged[item.document] = nil }
    }

    /// What the hub didn't take of a document wasn't sent.
    func uncount(_ id: DocumentID) throws(StoreError) {
        guard let sent = link?.sent.removeValue(forKey: id), let epoch = link?.epoch else { return }
        let open = try documents.open(id)
        for (actor, end) in sent {
            let from = open.record.acknowledged(actor, in: epoch)
            if from < end { metrics.changesSent -= open.document.changeCount(of: actor, from: from, to: end) }
        }
    }

    func close(_ reason: CloseReason) {
        link = nil
        actions.append(.close(reason))
    }

    func send(_ frame: Frame) {
        guard let bytes = link?.session.say(frame) else { return }
        metrics.bytesSent += bytes.count
        actions.append(.send(bytes))
    }

    // MARK: Saying everything

    private func greeted(_ greeting: Greeting, _ hello: [UInt8]) throws(StoreError) {
        link?.epoch = greeting.epoch
        link?.hub = greeting.hub
        link?.helloAt = environment.uptime()
        metrics.bytesSent += hello.count
        actions.append(.send(hello))
        var isKnown = hub.map { $0.id == greeting.hub && $0.epoch == greeting.epoch } ?? false
        if Plant.cursorWithoutEpoch.isPlanted, let known = hub, known.id == greeting.hub {
            isKnown = true
            link?.epoch = known.epoch
        }
        if !isKnown {
            // Positions of another log mean nothing here, and what another hub has this one may lack.
            for row in try store.scan(.cursors, prefix: []).rows { documents.stage(.delete(.cursors, key: row.key)) }
            cursors = [:]
            documents.stage(.put(.meta, key: MetaKey.hub, value: greeting.hub + DocumentKeys.number(greeting.epoch)))
            documents.stage(.put(.meta, key: MetaKey.owesFacts, value: []))
            try documents.flush()
            hub = (greeting.hub, greeting.epoch)
        }
        try offerParcels()
        try subscribe()
        let owesFacts = try store.get(.meta, MetaKey.owesFacts) != nil
        if owesFacts { try sendFacts() }
        for (id, record) in try documents.records() where owes(record, greeting.epoch) && !Plant.droppedOnReconnect.isPlanted { link?.dirty.insert(id) }
        try pump()
        try sendIntents()
        let ticket = requestBarrier()
        if owesFacts { link?.factsTicket = ticket }
    }

    /// Whether a hub of that epoch may lack something of a document.
    func owes(_ record: DocumentRecord, _ epoch: UInt64) -> Bool {
        record.lanes.contains { $0.count > record.acknowledged($0.actor, in: epoch) }
    }

    /// Asks the hub to say when everything that was said is done. Before its greeting nothing may be said, and the
    /// answer to that ends with a barrier anyway.
    @discardableResult
    package func requestBarrier() -> UInt64 {
        guard let link, mayTalk else { return 0 }
        metrics.roundTrips += 1
        let ticket = link.ticket + 1
        self.link?.ticket = ticket
        sayStanding()
        send(.barrier(ticket: ticket))
        return ticket
    }

    /// Says where this device has each space: by that the hub knows what everybody has.
    private func sayStanding() {
        guard let moved = link?.moved, !moved.isEmpty else { return }
        link?.moved = []
        send(.standing(moved.sorted().compactMap { space in (try? cursor(space)).map { Standing(space: space, position: $0.number) } }))
    }
}
