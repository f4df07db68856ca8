// What this device asks for: on disk before it is first sent, sent until there is an outcome, which is kept.
package import CRDT
package import Store
package import Sync
internal import Bytes

extension Replica {
    package struct QueuedIntent: Equatable {
        package let intent: Intent
        /// Milliseconds since 1970, by this device's clock.
        package let at: UInt64
        /// nil while it is queued.
        package let outcome: Outcome?
    }

    /// Stages an intent. After `flush`, `sendIntents` may say it to the hub.
    package func ask(_ kind: String, _ payload: Value, in space: SpaceID) -> IntentID {
        let intent = Intent(id: IntentID(random: environment.random(16)), space: space, kind: kind, payload: payload)
        stage(QueuedIntent(intent: intent, at: nowMilliseconds, outcome: nil))
        return intent.id
    }

    private func stage(_ queued: QueuedIntent) {
        var writer = ByteWriter()
        writer.varint(queued.at)
        queued.intent.write(to: &writer)
        if let outcome = queued.outcome {
            writer.byte(1)
            outcome.write(to: &writer)
        } else {
            writer.byte(0)
        }
        documents.stage(.put(.intents, key: queued.intent.id.bytes, value: writer.bytes))
    }

    private static func decode(_ bytes: [UInt8]) throws(DecodeError) -> QueuedIntent {
        var reader = ByteReader(bytes)
        let at = try reader.varint()
        let intent = try Intent(&reader)
        let outcome: Outcome? = try reader.byte() == 1 ? try Outcome(&reader) : nil
        return QueuedIntent(intent: intent, at: at, outcome: outcome)
    }

    /// All that was ever asked for, oldest first.
    package func intents() throws(StoreError) -> [QueuedIntent] {
        try store.scan(.intents, prefix: []).rows.compactMap { try? Replica.decode($0.value) }
            .sorted { ($0.at, $0.intent.id.description) < ($1.at, $1.intent.id.description) }
    }

    package func intent(_ id: IntentID) throws(StoreError) -> QueuedIntent? {
        guard let bytes = try store.get(.intents, id.bytes) else { return nil }
        return try? Replica.decode(bytes)
    }

    /// Says what is queued to the hub; does nothing while there is no connection. What a person asked for who isn't
    /// signed in any more waits for them: sent by another, it would be refused for ever.
    package func sendIntents() throws(StoreError) {
        guard let epoch = link?.epoch, epoch != 0 else { return }
        for queued in try intents() where queued.outcome == nil && mayBeSent(queued.intent.space) && link?.asked.insert(queued.intent.id).inserted == true { send(.intent(queued.intent)) }
    }

    /// Takes back what is still queued.
    /// - Returns: false where it was decided, or may be on its way.
    package func cancelIntent(_ id: IntentID) throws(StoreError) -> Bool {
        guard link == nil, let queued = try intent(id), queued.outcome == nil else { return false }
        documents.stage(.delete(.intents, key: id.bytes))
        return true
    }

    func decided(_ outcome: Outcome) throws(StoreError) {
        guard let queued = try intent(outcome.intent), queued.outcome == nil else { return }
        if outcome.status == "forbidden", link?.forbiddenIntents.keys.contains(outcome.intent) == false {
            // What overtook its subscription is asked once more when the hub says that this device follows the space.
            link?.forbiddenIntents[outcome.intent] = queued.intent.space
            requestBarrier()
            return
        }
        stage(QueuedIntent(intent: queued.intent, at: queued.at, outcome: outcome))
        events.append(.decided(outcome))
    }

    // MARK: Facts

    private static func key(_ space: SpaceID, _ resource: String) -> [UInt8] { DocumentKeys.space(space) + Array(resource.utf8) }

    /// The last that was decided about a resource, as far as this device knows.
    package func fact(_ space: SpaceID, _ resource: String) throws(StoreError) -> Fact? {
        guard let bytes = try store.get(.facts, Replica.key(space, resource)) else { return nil }
        return try? Fact(decoding: bytes)
    }

    func take(_ fact: Fact) throws(StoreError) {
        // The same fact may be staged and not yet written; putting it twice is the same as once.
        if let current = try self.fact(fact.space, fact.resource), current.sequence >= fact.sequence { return }
        documents.stage(.put(.facts, key: Replica.key(fact.space, fact.resource), value: fact.bytes))
        events.append(.fact(fact))
    }

    /// Gives a hub that was restored what it had decided.
    func sendFacts() throws(StoreError) {
        let facts = try store.scan(.facts, prefix: []).rows.compactMap { try? Fact(decoding: $0.value) }
        if !facts.isEmpty { send(.upload(facts.map(Entry.fact))) }
    }
}
