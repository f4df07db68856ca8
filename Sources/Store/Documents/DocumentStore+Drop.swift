// What was done here and nobody will ever take: it goes out of the document again, as if it had not been done.
package import CRDT

extension DocumentStore {
    package struct Dropped {
        /// Actors, and how much of each is left.
        package var cuts: [Document.Cut] = []
        /// What shows no longer.
        package var lost: [LostEdit] = []
    }

    /// Takes out what these actors did and no hub is known to have, and what builds on that.
    /// - Returns: nil where there is nothing of it, or where it can't be told apart from the rest: then nothing is changed.
    /// - Complexity: O(history) where there is something.
    package func dropUnsent(of id: DocumentID, isOwn: (ActorID) -> Bool) throws(StoreError) -> Dropped? {
        try flush()
        let open = try openWhole(id)
        var dropped = Dropped()
        for lane in open.record.lanes where isOwn(lane.actor) {
            // Whichever hub had it: who was put back in time is offered that again.
            let from = max(lane.acknowledged, open.hubHad[lane.actor] ?? 0, open.document.baseCount(of: lane.actor))
            guard from < lane.count else { continue }
            for cut in open.document.dependents(of: lane.actor, from: from) {
                if let known = dropped.cuts.firstIndex(where: { $0.actor == cut.actor }) {
                    dropped.cuts[known].from = min(dropped.cuts[known].from, cut.from)
                } else {
                    dropped.cuts.append(cut)
                }
            }
        }
        guard !dropped.cuts.isEmpty, let document = try? open.document.without(dropped.cuts), document.save().count < StoreLimits.valueBytesMax else { return nil }
        dropped.lost = open.document.lost(without: dropped.cuts, in: document)
        try rewind(open, dropped.cuts)
        open.record.lanes.removeAll { $0.count == 0 }
        open.document = document
        open.lacking = nil
        stageSnapshot(of: open)
        return dropped
    }
}
