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
        /// This device decided it, alone; who decides otherwise is yet to hear of it.
        package var isDecidedHere = false

        var isDue: Bool { outcome == nil || isDecidedHere }
    }

    /// Stages an intent. After `flush`, `sendIntents` may say it to the hub.
    /// - Parameters:
    ///   - context: what is known now and may be another when it's asked again.
    ///   - id: where the asker names it; asked again under it, the first stands.
    /// - Throws: `payload-conflict` where the id was used for something else here.
    @discardableResult
    package func ask(_ kind: String, _ payload: Value, context: Value = .null, in space: SpaceID, id: IntentID? = nil) throws -> IntentID {
        try ask(kind, payload, context: context, in: space, id: id, deciding: nil)
    }

    /// - Parameter value: what this device decides alone, of its outcome.
    func ask(_ kind: String, _ payload: Value, context: Value = .null, in space: SpaceID, id: IntentID? = nil, deciding value: Value?) throws -> IntentID {
        let intent = Intent(id: id ?? IntentID(at: nowMilliseconds, chance: environment.random(IntentID.chanceBytes)), space: space, kind: kind, payload: payload, context: context, key: key)
        if id != nil, let known = try self.intent(intent.id) {
            // What was in conflict there isn't that intent: who asks for what is, gets its outcome.
            let isConflict = known.outcome?.status == "payload-conflict" && !known.isDecidedHere
            guard known.intent.identity == intent.identity || isConflict else {
                throw ReplicaError(code: "payload-conflict", message: "The id \(intent.id) was used for another intent: the first one stands. Use another id.")
            }
            if known.intent.identity == intent.identity { return intent.id }
            link?.asked.remove(intent.id)
        }
        stage(QueuedIntent(intent: intent, at: nowMilliseconds, outcome: value.map { Outcome(intent: intent.id, status: "done", message: "", value: $0) }, isDecidedHere: value != nil))
        return intent.id
    }

    private func stage(_ queued: QueuedIntent) {
        var writer = ByteWriter()
        writer.varint(queued.at)
        queued.intent.write(to: &writer)
        if let outcome = queued.outcome {
            writer.byte(queued.isDecidedHere ? 2 : 1)
            outcome.write(to: &writer)
        } else {
            writer.byte(0)
        }
        documents.stage(.put(.intents, key: queued.intent.id.bytes, value: writer.bytes))
        documents.stage(queued.isDue ? .put(.due, key: queued.intent.id.bytes, value: []) : .delete(.due, key: queued.intent.id.bytes))
    }

    private static func decode(_ bytes: [UInt8]) throws(DecodeError) -> QueuedIntent {
        var reader = ByteReader(bytes)
        let at = try reader.varint()
        let intent = try Intent(&reader)
        let state = try reader.byte()
        return QueuedIntent(intent: intent, at: at, outcome: state == 0 ? nil : try Outcome(&reader), isDecidedHere: state == 2)
    }

    /// All that was ever asked for, oldest first.
    package func intents() throws(StoreError) -> [QueuedIntent] {
        try store.scan(.intents, prefix: []).rows.compactMap { try? Replica.decode($0.value) }
            .sorted(by: Replica.isBefore)
    }

    /// What whoever decides hasn't answered yet, oldest first.
    /// - Complexity: O(what is queued), whatever was ever asked.
    package func queuedIntents() throws(StoreError) -> [QueuedIntent] {
        var queued: [QueuedIntent] = []
        for row in try store.scan(.due, prefix: []).rows {
            if let bytes = try store.get(.intents, row.key), let item = try? Replica.decode(bytes), item.isDue { queued.append(item) }
        }
        return queued.sorted(by: Replica.isBefore)
    }

    /// The same with what is on its way to the disk.
    func queuedOrStaged() throws(StoreError) -> [Intent] {
        var queued: [QueuedIntent] = []
        for row in try documents.rows(.due, prefix: []) {
            queued += try documents.rows(.intents, prefix: row.key).compactMap { try? Replica.decode($0.value) }.filter(\.isDue)
        }
        return queued.sorted(by: Replica.isBefore).map(\.intent)
    }

    private static func isBefore(_ one: QueuedIntent, _ other: QueuedIntent) -> Bool {
        one.at != other.at ? one.at < other.at : one.intent.id.bytes.lexicographicallyPrecedes(other.intent.id.bytes)
    }

    package func intent(_ id: IntentID) throws(StoreError) -> QueuedIntent? {
        guard let bytes = try store.get(.intents, id.bytes) else { return nil }
        return try? Replica.decode(bytes)
    }

    /// Says what is queued to the hub; does nothing while there is no connection. What a person asked for who isn't
    /// signed in any more waits for them: sent by another, it would be refused for ever.
    package func sendIntents() throws(StoreError) {
        guard let epoch = link?.epoch, epoch != 0 else { return }
        for queued in try queuedIntents() where mayBeSent(queued.intent) && link?.asked.insert(queued.intent.id).inserted == true { send(.intent(queued.intent)) }
    }

    /// Takes back what is still queued.
    /// - Returns: false where it was decided, or may be on its way.
    package func cancelIntent(_ id: IntentID) throws(StoreError) -> Bool {
        guard link == nil, let queued = try intent(id), queued.outcome == nil else { return false }
        documents.stage(.delete(.intents, key: id.bytes))
        documents.stage(.delete(.due, key: id.bytes))
        return true
    }

    func decided(_ outcome: Outcome) throws(StoreError) {
        guard let queued = try intent(outcome.intent), queued.isDue else { return }
        if ["missing", "rate-limited"].contains(outcome.status) {
            // The hub lacks something that is on its way, or has no room for more that waits: it's asked again behind that.
            link?.missed.insert(outcome.intent)
            if outcome.status == "missing", queued.outcome == nil, let renewed = try withoutWhatWasCut(queued.intent) { stage(QueuedIntent(intent: renewed, at: queued.at, outcome: nil)) }
            requestBarrier()
            return
        }
        // There is room for one of those again.
        if link?.missed.isEmpty == false, link?.retries ?? 0 > 0 {
            link?.retries = 0
            requestBarrier()
        }
        stage(QueuedIntent(intent: queued.intent, at: queued.at, outcome: outcome))
        if outcome.isDone, queued.intent.kind.hasPrefix("session-") {
            documents.stage(.put(.meta, key: MetaKey.lease + Array(queued.intent.space.name.utf8), value: outcome.value.encoded))
        }
        if outcome.status == "hold-expired" { noteExpired(queued.intent) }
        // What can't be marked, a full disk or a damaged document, changes nothing of what was decided.
        if outcome.status == "not-holder" { try? leaveBranch(queued) }
        if outcome.isDone, queued.intent.kind == "share-join" { try join(queued.intent, outcome.value) }
        try giveDeskBackIfWanted(behind: outcome.intent)
        events.append(.decided(outcome))
    }
}
