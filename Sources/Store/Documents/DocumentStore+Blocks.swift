// Blocks from elsewhere: held against what is here, applied whole, staged as they came.
//
//     its changes are …             then
//     new, and follow the chain     applied and staged
//     all here, and the same        known: nothing to do
//     partly here, and the same     the rest is applied; this block's chain is the one that goes on
//     here, and others              a fork: one actor went on in two places
//     on changes that are missing   missing: names them
package import CRDT
internal import Bytes

extension DocumentStore {
    package enum Outcome: Equatable {
        /// The row's number, and how many changes were new.
        case applied(arrival: UInt64, changes: Int)
        case known
        /// Two branches of one actor; `count` operations of it are here.
        case fork(count: UInt32)
        case missing(actor: ActorID, from: UInt32)
        case invalid(rule: String)
        /// Made without having seen all of the history that was cut away here.
        case stale(actor: ActorID, counter: UInt32)
    }

    /// - Parameter block: signed by its device; whoever calls has checked that.
    /// - Parameter isAuthority: whether it is from the hub, whose chain is the one to go on from.
    package func take(_ block: Block, isAuthority: Bool = false) throws(StoreError) -> Outcome {
        let open = try openWhole(block.document)
        let lane = open.record[block.actor]
        if lane.sealed > 0, block.hash == lane.hash { return .known }
        guard block.first <= lane.count else { return .missing(actor: block.actor, from: lane.count) }
        // What was cut away can't be held against it: who made it with all that was cut has it in the same chain.
        if block.first < open.document.baseCount(of: block.actor) {
            let ends = isAuthority ? [] : try signedCut(of: block.document)?.ends ?? []
            return isAuthority || ends.contains { $0.hash == block.hash } ? .known : .stale(actor: block.actor, counter: block.first)
        }
        guard Block.mayHold(block.payload) else { return .invalid(rule: "what a block inflates to is within \(Limits.blockInflatedBytesMax) bytes") }
        let changes: ChangeSet
        do {
            changes = try block.open()
        } catch .newer(_, let what, let number) {
            return .invalid(rule: "a newer version is needed: \(what) of number \(number) isn't known here")
        } catch {
            return .invalid(rule: "its changes can't be read: \(error)")
        }
        if block.first == lane.count, lane.sealed == lane.count {
            guard block.previous == lane.hash || Plant.reusedSequenceAccepted.isPlanted else { return .fork(count: lane.count) }
        } else {
            guard isSame(block, changes, open) || Plant.reusedSequenceAccepted.isPlanted else { return .fork(count: lane.count) }
            if block.end <= lane.sealed {
                if isAuthority { try adopt(block, open) }
                return .known
            }
        }
        let before = open.document.changeCount(of: block.actor)
        do {
            try open.document.apply(changes)
        } catch {
            // What it could apply before it was refused is taken back.
            try reload(block.document)
            switch error {
            case .missing(let actor, let from): return .missing(actor: actor, from: from)
            case .invalid(_, let counter, let rule): return .invalid(rule: "operation \(counter): \(rule)")
            case .stale(let actor, let counter): return .stale(actor: actor, counter: counter)
            }
        }
        open.record[block.actor].count = max(lane.count, block.end)
        open.record[block.actor].sealed = block.end
        open.record[block.actor].hash = block.hash
        stageRow(of: open, RowTag.block, block.bytes)
        stageSnapshotIfDue(of: open)
        return .applied(arrival: open.record.arrivals, changes: open.document.changeCount(of: block.actor) - before)
    }

    /// Whether what is here of a block's changes is what the block says.
    private func isSame(_ block: Block, _ changes: ChangeSet, _ open: Open) -> Bool {
        let end = min(block.end, open.record[block.actor].count)
        guard end > block.first else { return true }
        let (actor, first) = (block.actor, block.first)
        guard open.document.isBoundary(first, of: actor), open.document.isBoundary(end, of: actor) else { return false }
        if end == block.end, let body = try? ChangeFormat.body(of: block.payload) {
            return open.document.encodeBody(of: actor, from: first, to: end) == body
        }
        guard var other = try? open.document.without(open.document.dependents(of: actor, from: first)), (try? other.apply(changes)) != nil,
              other.isBoundary(end, of: actor) else { return false }
        return open.document.encodeBody(of: actor, from: first, to: end) == other.encodeBody(of: actor, from: first, to: end)
    }

    /// A block as it came, by the number under which it was taken.
    package func block(_ id: DocumentID, arrival: UInt64) throws(StoreError) -> [UInt8]? {
        guard let bytes = try store.get(.changes, DocumentKeys.row(id, arrival)), bytes.first == RowTag.block else { return nil }
        return Array(bytes.dropFirst())
    }
}
