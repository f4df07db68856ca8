// Going on from a baseline with work that had not seen all of what was cut.
//
//     what was made since the cut                       is taken along as it is
//     this device's own that hadn't seen all of it      is made again on what is there now, under a fresh actor: `Remaking`
//     others' that hadn't                               is theirs to make again: kept aside
//
// Made again are the edits, one after the other, each as its author meant it; a state is never merged.

/// An edit that could not be made again: somebody else had set the same since, and theirs stands.
public struct LostEdit: Equatable, Sendable {
    /// Of the container, and the key in it: `lines/SHOE-42/note`.
    public let path: String
    /// nil where something was removed.
    public let value: Value?
    /// The operation that it was.
    public let by: OperationID
    /// Milliseconds since 1970 by its author's clock.
    public let time: UInt64

    package init(path: String, value: Value?, by: OperationID, time: UInt64) {
        (self.path, self.value, self.by, self.time) = (path, value, by, time)
    }
}

package struct Rebased {
    package var document: Document
    /// Actors of whom something was not taken along, and how much of them is there now.
    package var stale: [(actor: ActorID, from: UInt32, isOwn: Bool)] = []
    /// Who what was made again is by; nil where nothing was.
    package var fresh: ActorID?
    /// How many changes are there now that were not before.
    package var received = 0
    package var lost: [LostEdit] = []

    package init(document: Document) { self.document = document }
}

extension Document {
    /// - Parameters:
    ///   - base: the document at the cut, with the hub's change that says it.
    ///   - isOwn: whether a change is this device's to make again.
    ///   - otherFrom: of own actors from where on what is here may not be what the base has under the same names: this
    ///     device was put back in time, and went on.
    ///   - fresh: an actor of this device's that nobody has used. Its nonce is told by what is made again, so that two
    ///     copies of a device make the same.
    /// - Complexity: O(history since the cut); what is made again O(n log n), n elements.
    package func rebased(on base: Document, isOwn: (ActorID) -> Bool, otherFrom: [ActorID: UInt32] = [:], fresh: (_ nonce: [UInt8]) -> ActorID) throws -> Rebased {
        var whole = self
        whole.wake()
        var result = Rebased(document: base)
        result.received = max(0, base.changeCount - whole.changeCount)
        result.document.wake()
        result.document.keptSections = whole.keptSections
        let since = try ChangeSet(body: whole.encodeBody(since: VersionVector(base.version.entries.map {
            VersionVector.Entry(actor: $0.actor, count: min($0.count, whole.operationCount(of: $0.actor)))
        })))
        // What can be taken along is, whatever else can't.
        do throws(ApplyError) { try result.document.apply(since) } catch { if case .invalid = error { throw error } }
        var own: [(actor: UInt32, from: UInt32)] = []
        var seed: [UInt8] = Array("baton rebase ".utf8)
        for (index, actor) in whole.actors.enumerated() {
            let from = min(result.document.operationCount(of: actor), max(otherFrom[actor] ?? .max, whole.lanes[index].start))
            guard from < whole.lanes[index].end else { continue }
            result.stale.append((actor, from, isOwn(actor)))
            guard isOwn(actor) else { continue }
            own.append((UInt32(index), from))
            seed += actor.bytes + whole.encodeBody(of: actor, from: max(from, whole.lanes[index].start))
        }
        guard !own.isEmpty else { return result }
        let actor = fresh(Array(Digest.sha256(seed).prefix(16)))
        result.fresh = actor
        var remaking = Remaking(whole, own, by: actor)
        try remaking.run(on: &result.document)
        result.lost = remaking.lost
        return result
    }
}
