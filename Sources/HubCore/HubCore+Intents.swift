// Intents: decided once, by this hub, and the first outcome is given back for ever.
//
//     intent ──► known id, same payload ──► its outcome, again
//            ├─► known id, another payload ──► payload-conflict
//            └─► new ──► its kind decides ──► outcome on disk, fact in the space's log
//
// Kept under (device, intent id). A new kind is a file in `Intents` and a line in `kinds`.
package import CRDT
package import Store
package import Sync
internal import Bytes

package enum Decision: Equatable {
    /// The resource's next fact.
    case done(resource: String, value: Value)
    /// - Parameter value: what is so instead.
    case refused(code: String, message: String, value: Value)
}

protocol IntentKind {
    static var name: String { get }
    static var resource: String { get }
    /// - Parameter current: the resource's last fact.
    static func decide(_ payload: Value, by device: DeviceID, current: Fact?) -> Decision
}

extension HubCore {
    private static let kinds: [any (IntentKind & Sendable).Type] = [SessionTake.self, SessionPass.self]

    func decide(_ intent: Intent, _ connection: Connection, _ peer: Peer) throws {
        let hash = Digest.sha256(intent.bytes)
        let key = peer.device.bytes + intent.id.bytes
        if !Plant.decidedAgain.isPlanted, let found = try pendingOutcome(key) ?? documents.store.get(.intents, key) {
            guard Array(found.prefix(Digest.byteCount)) == hash || found.prefix(Digest.byteCount).allSatisfy({ $0 == 0 }) else {
                let conflict = Outcome(intent: intent.id, status: "payload-conflict",
                                       message: "This id was used for another intent: the first one stands.", value: .null)
                connection.answers.append(.outcome(conflict))
                return
            }
            var reader = ByteReader(Array(found.dropFirst(Digest.byteCount)))
            connection.answers.append(.outcome(try Outcome(&reader)))
            return
        }
        metrics.intents += 1
        let outcome: Outcome
        if !reaches(connection, peer, intent.space) {
            // Not kept: the device may have the right tomorrow, and its subscription may be on its way.
            connection.answers.append(.outcome(Outcome(intent: intent.id, status: "forbidden", message: "This device may not ask for anything in \(intent.space).", value: .null)))
            return
        } else if let kind = HubCore.kinds.first(where: { $0.name == intent.kind }) {
            let current = try fact(intent.space, kind.resource)
            switch kind.decide(intent.payload, by: peer.device, current: current) {
            case .done(let resource, let value):
                append(Fact(space: intent.space, resource: resource, sequence: (current?.sequence ?? 0) + 1, intent: intent.id,
                            device: peer.device, kind: intent.kind, value: value, key: self.key))
                outcome = Outcome(intent: intent.id, status: "done", message: "", value: value)
            case .refused(let code, let message, let value):
                outcome = Outcome(intent: intent.id, status: code, message: message, value: value)
            }
        } else {
            // Not kept: a newer hub may know the kind.
            connection.answers.append(.outcome(Outcome(intent: intent.id, status: "version-mismatch",
                                                       message: "This hub doesn't know intents of the kind \(intent.kind): update it.", value: .null)))
            return
        }
        stageOutcome(key, hash, outcome)
        connection.answers.append(.outcome(outcome))
    }

    private func stageOutcome(_ key: [UInt8], _ hash: [UInt8], _ outcome: Outcome) {
        stagedOutcomes[key] = hash + outcome.bytes
        documents.stage(.put(.intents, key: key, value: hash + outcome.bytes))
    }

    private func pendingOutcome(_ key: [UInt8]) -> [UInt8]? { stagedOutcomes[key] }

    // MARK: Facts

    private static func key(_ space: SpaceID, _ resource: String) -> [UInt8] { DocumentKeys.space(space) + Array(resource.utf8) }

    package func fact(_ space: SpaceID, _ resource: String) throws(StoreError) -> Fact? {
        let key = HubCore.key(space, resource)
        if let staged = stagedFacts[key] { return staged }
        guard let bytes = try documents.store.get(.facts, key) else { return nil }
        do { return try Fact(decoding: bytes) } catch {
            throw StoreError(.damaged, "What was decided about \(resource) in \(space) can't be read: \(error). Restore a backup.")
        }
    }

    /// Everything that was ever decided and is on the disk, space by space: for checks.
    package func factsInLog() -> [Fact] {
        log.ends.keys.sorted().flatMap { space in
            ((try? log.read(space, after: 0, limit: .max)) ?? []).compactMap { if case .fact(let fact) = $0.reference { fact } else { nil } }
        }
    }

    private func append(_ fact: Fact) {
        let key = HubCore.key(fact.space, fact.resource)
        stagedFacts[key] = fact
        documents.stage(.put(.facts, key: key, value: fact.bytes))
        log.append(.fact(fact), to: fact.space)
    }

    /// A fact that a device brings back to a hub that was restored. Only what this hub signed counts.
    func restore(_ fact: Fact, _ connection: Connection, _ peer: Peer) throws {
        guard reaches(connection, peer, fact.space), fact.isSigned(by: key.publicKey) else { return }
        let current = try self.fact(fact.space, fact.resource)
        let key = fact.device.bytes + fact.intent.bytes
        if pendingOutcome(key) == nil, try documents.store.get(.intents, key) == nil {
            let outcome = Outcome(intent: fact.intent, status: "done", message: "", value: fact.value)
            stageOutcome(key, Digest.none, outcome)
        }
        guard let current else { return append(fact) }
        if fact.sequence > current.sequence { return append(fact) }
        if fact.sequence == current.sequence, fact != current {
            // Decided twice, before and after the restore: what this hub says now stands, and is said again
            // under a number that both sides take for newer.
            append(Fact(space: current.space, resource: current.resource, sequence: current.sequence + 1, intent: current.intent,
                        device: current.device, kind: current.kind, value: current.value, key: self.key))
        }
    }
}
