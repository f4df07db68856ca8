// Facts: what was decided, all of it in its space's log; under (space, resource) the number of the latest.
//
//     decided ──► a number in the log ──► as many as a signature is for, or the commit ──► signed, in the log
package import CRDT
package import Store
package import Sync
internal import Bytes
internal import Commerce

extension HubCore {
    package func fact(_ space: SpaceID, _ resource: String) throws(StoreError) -> Fact? {
        let key = DocumentKeys.resource(space, resource)
        if let fact = staged.facts[key] { return fact }
        return try documents.store.get(.facts, key).map { row throws(StoreError) in try fact(row, resource, space) }
    }

    /// The latest of each resource whose name begins so.
    /// - Parameter prefix: ends with / or @.
    /// - Complexity: O(found) rows are read once a turn.
    package func facts(_ space: SpaceID, _ prefix: String) throws(StoreError) -> [Fact] {
        let lower = DocumentKeys.resource(space, prefix)
        if !staged.complete.contains(lower) {
            for row in try documents.store.scan(.facts, prefix: lower).rows where staged.facts[row.key] == nil { staged.note(try fact(row.value, prefix, space), row.key) }
            staged.complete.insert(lower)
        }
        return (staged.prefixes[lower] ?? []).compactMap { staged.facts[$0] }.sorted { utf8Precedes($0.resource, $1.resource) }
    }

    /// A number in the log; hubs of before wrote the fact itself.
    /// - Throws: also where it's damaged: without it another would be decided than is so.
    private func fact(_ row: [UInt8], _ resource: String, _ space: SpaceID) throws(StoreError) -> Fact {
        let found = row.count == 8 ? try log.fact(space, at: DocumentKeys.number(row)) : try? Fact(decoding: row)
        guard let found else { throw StoreError(.damaged, "What was decided about \(resource) in \(space) can't be read. Restore a backup.") }
        return found
    }

    /// Everything that was ever decided and is on the disk, space by space: for checks.
    package func factsInLog() -> [Fact] {
        log.ends.keys.sorted().flatMap { space in
            ((try? log.read(space, after: 0, limit: .max)) ?? []).compactMap { if case .fact(let fact) = $0.reference { fact } else { nil } }
        }
    }

    /// Stages what a decision came to.
    /// - Parameters:
    ///   - intent: zeros where time alone decided.
    ///   - kind: of the intent.
    func append(_ ledger: Ledger, intent: IntentID, device: DeviceID, kind: String) throws(StoreError) {
        if staged.unsigned.count + ledger.changes.count > SyncLimits.factsOfDecisionMax { signStaged() }
        for (key, value) in ledger.changes {
            let before = try ledger.before(key)
            let content = Fact.Content(space: key.space, resource: key.resource, sequence: (before?.sequence ?? 0) + 1, previous: before?.hash ?? Digest.none,
                                       intent: intent, device: device, time: UInt64(ledger.time), kind: kind, value: value)
            let (fact, position) = (Fact(unsigned: content, by: self.key.publicKey), log.reserve(in: key.space))
            staged.unsigned.append((fact, position))
            stage(fact, at: position)
        }
        if staged.unsigned.count >= HubLimits.factsOfSignature { signStaged() }
        // Only the central hub has a provider: it sees by the order what goes back.
        if serves == nil { for charge in ledger.charges { stage(charge) } }
        for item in ledger.releases { release(item.hold, at: item.store) }
        for item in ledger.claims { claim(item.quantity, of: item.sku, item.store, id: item.id) }
        staged.isTimed = true
    }

    /// What this hub decides because of time, or of what another one said.
    func append(_ ledger: Ledger, byItself kind: String) throws(StoreError) { try append(ledger, intent: .none, device: DeviceID(publicKey: key.publicKey), kind: kind) }

    /// What was decided since the last signature, with one.
    func signStaged() {
        let signed = Fact.signed(staged.unsigned.map(\.fact), key: key)
        for (fact, item) in zip(signed, staged.unsigned) { log.put(.fact(fact), fact.space, at: item.position) }
        staged.unsigned = []
    }

    func append(_ fact: Fact, isFromAbove: Bool = false) { stage(fact, at: log.append(.fact(fact), to: fact.space, isFromAbove: isFromAbove)) }

    /// It is the latest of its resource.
    private func stage(_ fact: Fact, at position: UInt64) {
        let key = DocumentKeys.resource(fact.space, fact.resource)
        staged.note(fact, key)
        documents.stage(.put(.facts, key: key, value: DocumentKeys.number(position)))
        if fact.space == BookNames.space, !fact.resource.hasPrefix(BookNames.vouchers) { preparedBooks = nil }
        if fact.resource.hasPrefix(Share.prefix) { haveSharesChanged = true }
        if fact.resource == StoreAuthority.resource { authorities[fact.space] = nil }
        noteDue(fact, key)
    }

    // MARK: What is due

    /// What says in a store's space when it's `due`: what expires is found without a look at all that ever was.
    private func noteDue(_ fact: Fact, _ key: [UInt8]) {
        guard fact.space.scheme == "store" else { return }
        if case .int(let deadline)? = fact.value["due"], deadline >= 0, isMine(fact) {
            dues[fact.space, default: [:]][fact.resource] = deadline
            nextDue = min(nextDue, deadline)
            documents.stage(.put(.due, key: key, value: DocumentKeys.number(UInt64(deadline))))
        } else if dues[fact.space]?.removeValue(forKey: fact.resource) != nil {
            documents.stage(.delete(.due, key: key))
        }
    }

    func loadDue() throws(StoreError) {
        (dues, nextDue) = ([:], .max)
        for row in try documents.store.scan(.due, prefix: []).rows {
            guard let end = row.key.firstIndex(of: 0), let space = SpaceID(String(decoding: row.key[..<end], as: UTF8.self)) else { continue }
            let deadline = Int64(clamping: DocumentKeys.number(row.value))
            dues[space, default: [:]][String(decoding: row.key[(end + 1)...], as: UTF8.self)] = deadline
            nextDue = min(nextDue, deadline)
        }
    }

    /// What is overdue in a store's space, by name.
    func overdue(_ space: SpaceID, at time: Int64) -> [String] {
        (dues[space] ?? [:]).filter { $0.value <= time }.keys.sorted(by: utf8Precedes)
    }

    /// What only time does, every moment or so.
    package func tick() throws(StoreError) {
        closeStrangers()
        try passTime()
    }

    /// Milliseconds until something is due, 0 where it is; nil where nothing will be.
    package var millisecondsToDue: UInt64? {
        let now = Int64(clamping: time())
        return nextDue == .max ? nil : nextDue > now ? UInt64(nextDue - now) : 0
    }

    /// Writes down what has expired: for who looks, and before anything is decided.
    func passTime() throws(StoreError) {
        tickErrands()
        tickStandings()
        try bringStoresUpToDate()
        guard time() >= nextDue else { return }
        for space in dues.keys.sorted() where try isCollected(space) {
            let ledger = Ledger(self)
            try Expiry.expire(in: space, ledger)
            if !ledger.isEmpty { try append(ledger, byItself: "expiry") }
        }
        nextDue = dues.values.flatMap(\.values).min() ?? .max
    }

    // MARK: Books

    /// What is published; nil where there is no price book.
    func books() throws -> PreparedBooks? {
        if let preparedBooks { return preparedBooks }
        let books = try BookNames.prepared(prices: facts(BookNames.space, BookNames.prices).map(\.value), promotions: facts(BookNames.space, BookNames.promotions).map(\.value))
        preparedBooks = .some(books)
        return books
    }

    // MARK: Stores and numbers

    /// Stores that this hub has anything of, by name.
    package var stores: [String] { log.ends.keys.filter { $0.scheme == "store" }.map { String($0.owner) }.sorted(by: utf8Precedes) }

    /// Counted for each store. The letters at its end are of this hub and its epoch: a hub that was put back counts again.
    func nextNumber(for store: String) throws(StoreError) -> String {
        let key = Array("number:\(store)".utf8)
        let last = try row(.meta, key).map { DocumentKeys.number($0) } ?? 0
        put(.meta, key, DocumentKeys.number(last + 1))
        let tag = Digest.sha256(self.key.publicKey, DocumentKeys.number(epoch), Array(store.utf8))
        return OrderNumber.text(store: store, sequence: last + 1, tag: tag)
    }

    // MARK: From who has it

    /// A fact that somebody else has: what this hub decided before it was put back, or what another decides.
    func take(_ fact: Fact, isFromAbove: Bool = false) throws {
        // Nothing is decided so often: behind such a number there would be none.
        guard fact.sequence < 1 << 62, try isAuthentic(fact) else { return }
        let (current, isOwn) = (try self.fact(fact.space, fact.resource), fact.publicKey == key.publicKey)
        if isOwn, fact.intent != .none { try restoreOutcome(of: fact) }
        if let current, try standsAgainst(fact, current) { return }
        if fact.sequence > current?.sequence ?? 0 {
            append(fact, isFromAbove: isFromAbove)
            try follow(fact, before: current)
            noteBehind(fact)
            // A copy of before this hub was put back may be older than what the store's hub says.
            if serves == nil, fact.space.scheme != "store", fact.resource.hasPrefix(OrderNames.orders), let order = try? Order(fact.value),
               let current = try self.fact(StockNames.space(order.store), fact.resource) { try follow(current, before: current) }
            return
        }
        if let current, isOwn, current.publicKey == key.publicKey, fact.sequence == current.sequence, fact.content != current.content {
            // Decided twice, before and after the restore: what this hub says now stands, and is said again
            // under a number that both sides take for newer.
            let content = Fact.Content(space: current.space, resource: current.resource, sequence: current.sequence + 1, previous: current.hash,
                                       intent: current.intent, device: current.device, time: current.time, kind: current.kind, value: current.value)
            append(Fact(content, key: key))
        }
    }
}
