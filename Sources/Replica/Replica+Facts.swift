// What was decided, as far as this device knows: the latest fact of each resource.
internal import Commerce
package import CRDT
package import Store
package import Sync

extension Replica {
    /// The last that was decided about a resource.
    package func fact(_ space: SpaceID, _ resource: String) throws(StoreError) -> Fact? {
        guard let bytes = try store.get(.facts, DocumentKeys.resource(space, resource)) else { return nil }
        return try? Fact(decoding: bytes)
    }

    /// The last of each resource whose name begins so, by name.
    /// - Complexity: O(found).
    package func facts(_ space: SpaceID, _ prefix: String) throws(StoreError) -> [Fact] {
        try store.scan(.facts, prefix: DocumentKeys.resource(space, prefix)).rows.compactMap { try? Fact(decoding: $0.value) }
    }

    func take(_ fact: Fact) throws(StoreError) {
        // The same fact may be staged and not yet written; putting it twice is the same as once.
        if let current = try self.fact(fact.space, fact.resource), current.sequence >= fact.sequence { return }
        documents.stage(.put(.facts, key: DocumentKeys.resource(fact.space, fact.resource), value: fact.bytes))
        if fact.space == BookNames.space, !fact.resource.hasPrefix(BookNames.vouchers) { preparedBooks = nil }
        if fact.resource.hasPrefix(OrderNames.carts), let cart = DocumentID(fact.space, String(fact.resource.dropFirst(OrderNames.carts.count))) { noteCart(cart, isClosed: true) }
        if fact.resource == DeskLease.resource { try heard(of: fact) }
        events.append(.fact(fact))
    }

    /// Gives a hub that was restored what it had decided.
    func sendFacts() throws(StoreError) {
        var entries: [Entry] = []
        var byteCount = 0
        for row in try store.scan(.facts, prefix: []).rows {
            guard let fact = try? Fact(decoding: row.value) else { continue }
            entries.append(.fact(fact))
            byteCount += row.value.count
            if byteCount > SyncLimits.entriesBytesTarget {
                send(.upload(entries))
                (entries, byteCount) = ([], 0)
            }
        }
        if !entries.isEmpty { send(.upload(entries)) }
    }

    // MARK: Stores

    /// The stores of which this device is told: its own, or all that its hub has.
    package func stores() throws(StoreError) -> [String] {
        var names = Set(try store.scan(.cursors, prefix: Array("store:".utf8)).rows.compactMap { SpaceID(String(decoding: $0.key, as: UTF8.self)) }.map { String($0.owner) })
        if !profile.store.isEmpty, isStaff { names.insert(profile.store) }
        return names.sorted(by: utf8Precedes)
    }
}
