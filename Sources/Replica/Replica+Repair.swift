// Both ends alike: what a device does when the hub says how far it is and what it has.
//
//     a gap, and it helps     subscribe again from here
//     heads equal             the position stands
//     else                    the whole space again, and all of it offered, once a connection
internal import CRDT
internal import Store
internal import Sync

extension Replica {
    func compare(_ caughtUp: CaughtUp) throws(StoreError) {
        // What was left meanwhile is compared no more; staff follow all persons by one name.
        for item in caughtUp.spaces where isStaff || link?.subscribed.contains(item.space) == true {
            link?.gaps.remove(item.space)
            let cursor = try cursor(item.space)
            let areAlike = try documents.heads(of: item.space, .acknowledged(epoch: link?.epoch ?? 0)) { isTold(kind: $0, in: item.space) }.bytes == item.heads
            if cursor.number < item.position.number, link?.resumed[item.space].map({ $0 < cursor.number }) ?? true {
                // What is missing was said, and the disk didn't take it: as long as that helps, from there on again. Heads say
                // nothing of facts, so that equal ones are no reason to skip what didn't come.
                link?.resumed[item.space] = cursor.number
                send(.subscribe([Subscription(space: item.space, position: cursor, proof: proof(for: item.space))]))
                requestBarrier()
            } else if areAlike {
                // What is known already isn't written again; the hub is told all the same that somebody is still there.
                if cursor == item.position { link?.moved.insert(item.space) } else { stageCursor(item.space, item.position) }
            } else {
                try repair(item.space)
            }
        }
        if let answered = link?.answered, answered < caughtUp.ticket { link?.answered = caughtUp.ticket }
        if let ticket = link?.factsTicket, ticket <= caughtUp.ticket {
            link?.factsTicket = nil
            documents.stage(.delete(.meta, key: MetaKey.owesFacts))
        }
        for person in left.keys.sorted() { try letGo(person) }
        // Only the last barrier stands behind everything that was sent.
        if caughtUp.ticket == link?.ticket { try resend() }
        events.append(.caughtUp(ticket: caughtUp.ticket))
    }

    /// Everything that somebody left is with the hub: their space and their proof are no longer this device's affair.
    private func letGo(_ person: String) throws(StoreError) {
        guard let space = SpaceID("person:\(person)"), let epoch = link?.epoch,
              try !documents.records(in: space).contains(where: { owes($0.record, epoch) }),
              try !queuedIntents().contains(where: { $0.intent.space == space }) else { return }
        left[person] = nil
        documents.stage(.delete(.meta, key: MetaKey.left + Array(person.utf8)))
        unfollow(space)
    }

    /// Sends again what the hub didn't take, a few times a connection.
    private func resend() throws(StoreError) {
        if let missed = link?.missed, !missed.isEmpty, link?.retries ?? 0 < ReplicaLimits.retriesMax {
            link?.asked.subtract(missed)
            link?.missed = []
            link?.retries += 1
            requestBarrier()
        }
        try sendIntents()
        guard let link, link.retries < ReplicaLimits.retriesMax else { return }
        for (id, sent) in link.sent {
            let record = try documents.open(id).record
            guard sent.contains(where: { record.acknowledged($0.key, in: link.epoch) < min($0.value, record[$0.key].count) }) else { continue }
            offerAgain(id)
        }
        guard self.link?.dirty.isEmpty == false else { return }
        self.link?.retries += 1
        metrics.retries += 1
        try pump()
        requestBarrier()
    }

    /// Gets a whole space again, and offers all of it: once a connection, for what can't be repaired
    /// so would be asked for without end.
    func repair(_ space: SpaceID) throws(StoreError) {
        guard let link, link.repaired[space] == nil else { return }
        self.link?.repaired[space] = .max
        metrics.repairs += 1
        for (id, _) in try documents.records(in: space) where isTold(id) {
            offerAgain(id)
            try documents.forgetAcknowledgements(id)
        }
        send(.subscribe([Subscription(space: space, proof: proof(for: space))]))
        try pump()
        let ticket = requestBarrier()
        self.link?.repaired[space] = ticket
    }
}
