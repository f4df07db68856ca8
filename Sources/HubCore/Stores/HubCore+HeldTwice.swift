// A hold that both hubs granted: its device asked one, which was gone before it could answer, and then the other. Either said
// yes with rights of its own, under one name; the store's hub keeps it, and the central one gives its units back.
//
//     central hub: held by its row ──► the store's hub's, under a higher number ──► its own units are free
//     store's hub: the central one's ──► its own once more, under a higher number
//
// Protocol/store-hubs.md 5.
internal import Bytes
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

extension HubCore {
    /// What is to be done where a fact says that another hub granted the hold that this one granted. An order's hold is granted by
    /// the central hub alone, and changes hands with it.
    /// - Returns: whether the fact is not to be taken: the one that is here stands.
    func standsAgainst(_ fact: Fact, _ current: Fact) throws -> Bool {
        guard fact.resource.hasPrefix(StockNames.holds), fact.publicKey != key.publicKey, let theirs = try? Hold(fact.value), let mine = try? Hold(current.value),
              theirs.order == nil, isOwn(mine.node), !isOwn(theirs.node) else { return false }
        if serves != nil {
            // What was granted here is said again, under a number that both take for newer.
            if fact.sequence >= current.sequence {
                append(Fact(Fact.Content(space: current.space, resource: current.resource, sequence: fact.sequence + 1, previous: current.hash, intent: .none,
                                         device: current.device, time: current.time, kind: current.kind, value: current.value), key: key))
            }
            return true
        }
        guard fact.sequence > current.sequence else { return true }
        guard mine.state == .held else { return false }
        // A hub that was put back leaves its old rows alone until it knows them: its own hold ends in time, and is told of again.
        guard try isCollected(fact.space) else { return true }
        let ledger = Ledger(self)
        try Stock.change(mine.sku, mine.store, node: mine.node, ledger) { row throws(CommerceError) in try row.add(mine.quantity, to: .released) }
        try append(ledger, byItself: "held-twice")
        return false
    }
}
