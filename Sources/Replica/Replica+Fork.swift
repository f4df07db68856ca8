// Two branches of one of this device's actors: the device was restored or copied, and nothing showed it.
//
// The branch that the hub has stands. What this device did beyond the point where they part, and the hub
// never had, is made again under a fresh actor: nothing is lost and nothing is done twice.
internal import CRDT
internal import Store
internal import Sync

extension Replica {
    /// - Parameter block: the hub's, and other than what is here.
    func resolveFork(_ block: Block) throws(StoreError) -> DocumentStore.Outcome {
        guard isOwn(block.actor) else { return .fork(count: block.first) }
        // What is edited from now on is nobody's who has two branches.
        incarnation = nil
        let outcome = try documents.reissue(from: block) { nonce in
            let record = ActorRecord(publicKey: key.publicKey, nonce: nonce, name: profile.name, kind: profile.kind)
            remember(record)
            return record.actor
        }
        offerAgain(block.document)
        events.append(.changed(block.document))
        noteCart(block.document)
        return outcome
    }
}
