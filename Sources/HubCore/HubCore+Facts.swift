// Facts: what was decided, kept under (space, resource), the latest of each; all of them in the space's log.
package import CRDT
package import Store
package import Sync
internal import Bytes
internal import Commerce

extension HubCore {
    package func fact(_ space: SpaceID, _ resource: String) throws(StoreError) -> Fact? {
        let key = DocumentKeys.resource(space, resource)
        if let fact = staged.facts[key] { return fact }
        return try documents.store.get(.facts, key).map { bytes throws(StoreError) in try HubCore.decode(bytes, resource, space) }
    }

    /// The latest of each resource whose name begins so.
    /// - Parameter prefix: ends with / or @.
    package func facts(_ space: SpaceID, _ prefix: String) throws(StoreError) -> [Fact] {
        let lower = DocumentKeys.resource(space, prefix)
        var found: [[UInt8]: Fact] = [:]
        for row in try documents.store.scan(.facts, prefix: lower).rows { found[row.key] = try HubCore.decode(row.value, prefix, space) }
        for key in staged.prefixes[lower] ?? [] { found[key] = staged.facts[key] }
        return found.values.sorted { utf8Precedes($0.resource, $1.resource) }
    }

    private static func decode(_ bytes: [UInt8], _ resource: String, _ space: SpaceID) throws(StoreError) -> Fact {
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

    /// Signs and stages what a decision came to.
    /// - Parameters:
    ///   - intent: zeros where time alone decided.
    ///   - kind: of the intent.
    func append(_ ledger: Ledger, intent: IntentID, device: DeviceID, kind: String) throws(StoreError) {
        var contents: [Fact.Content] = []
        for (key, value) in ledger.changes {
            let before = try ledger.before(key)
            contents.append(Fact.Content(space: key.space, resource: key.resource, sequence: (before?.sequence ?? 0) + 1, previous: before?.hash ?? Digest.none,
                                         intent: intent, device: device, time: UInt64(ledger.time), kind: kind, value: value))
        }
        for fact in Fact.decided(contents, key: self.key) { append(fact) }
        // Only the central hub has a provider: it sees by the order what goes back.
        if serves == nil { for charge in ledger.charges { stage(charge) } }
        for item in ledger.claims { claim(item.quantity, of: item.sku, item.store, id: item.id) }
        staged.isTimed = true
    }

    /// What this hub decides because of time, or of what another one said.
    func append(_ ledger: Ledger, byItself kind: String) throws(StoreError) { try append(ledger, intent: .none, device: DeviceID(publicKey: key.publicKey), kind: kind) }

    func append(_ fact: Fact, isFromAbove: Bool = false) {
        let key = DocumentKeys.resource(fact.space, fact.resource)
        staged.facts[key] = fact
        for (index, byte) in key.enumerated() where byte == UInt8(ascii: "/") || byte == UInt8(ascii: "@") { staged.prefixes[Array(key[...index]), default: []].insert(key) }
        documents.stage(.put(.facts, key: key, value: fact.bytes))
        log.append(.fact(fact), to: fact.space, isFromAbove: isFromAbove)
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

    /// Writes down what has expired: for who looks, and before anything is decided.
    package func tick() throws(StoreError) {
        tickErrands()
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
        guard try isAuthentic(fact) else { return }
        let (current, isOwn) = (try self.fact(fact.space, fact.resource), fact.publicKey == key.publicKey)
        if isOwn, fact.intent != .none { try restoreOutcome(of: fact) }
        if let current, try standsAgainst(fact, current) { return }
        if fact.sequence > current?.sequence ?? 0 {
            append(fact, isFromAbove: isFromAbove)
            try follow(fact, before: current)
            // A copy of before this hub was put back may be older than what the store's hub says.
            if serves == nil, fact.space.scheme != "store", fact.resource.hasPrefix(OrderNames.orders), let order = try? Order(fact.value),
               let current = try self.fact(StockNames.space(order.store), fact.resource) { try follow(current, before: current) }
            return
        }
        if let current, isOwn, current.publicKey == key.publicKey, fact.sequence == current.sequence, fact != current {
            // Decided twice, before and after the restore: what this hub says now stands, and is said again
            // under a number that both sides take for newer.
            let content = Fact.Content(space: current.space, resource: current.resource, sequence: current.sequence + 1, previous: current.hash,
                                       intent: current.intent, device: current.device, time: current.time, kind: current.kind, value: current.value)
            append(Fact(content, key: key))
        }
    }
}
