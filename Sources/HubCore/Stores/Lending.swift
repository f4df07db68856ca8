// Rights of another authority, borrowed when they are needed.
//
//     rights are missing ──► the other hub is asked to lend ──► its row says what it sent ──► decided once more
//
// Protocol/store-hubs.md 5.
internal import Bytes
import Commerce
import CRDT
import Store
import Sync

extension HubCore {
    /// Who has rights to a store's shelves beside this hub; nil where nobody has.
    private func lender(_ store: String) throws -> (authority: StoreAuthority, decider: Decider)? {
        try authority(of: StockNames.space(store)).map { ($0, serves == nil ? .store(store) : .above) }
    }

    private func isConnected(_ decider: Decider) -> Bool {
        switch decider {
        case .here: false
        case .above: uplink?.isOpen == true
        case .store(let store): connections.values.contains { $0.peer?.role == .storeHub && $0.peer?.store == store && !$0.positions.isEmpty }
        }
    }

    /// What the lender of a store has, as far as is known here.
    private func rights(_ sku: String, _ store: String, _ authority: StoreAuthority) throws -> Int64 {
        let shelf = try Stock.shelf(sku, store, Ledger(self))
        return shelf.nodes.filter { serves == nil ? authority.isOwn($0) : !isOwn($0) }.reduce(0) { $0 + max(0, shelf.rights(of: $1)) }
    }

    /// How many of a sku could be borrowed now.
    /// - Parameter held: what the lender holds for whom they are for.
    func lendable(_ sku: String, _ store: String, held: Int64, without: Set<String>) throws -> Int64 {
        guard !without.contains(store), let (authority, decider) = try lender(store), isConnected(decider) else { return 0 }
        return try held + rights(sku, store, authority)
    }

    /// Asks for what is missing, if anybody has it.
    /// - Returns: whether the decision waits for that.
    func borrow(_ lack: CommerceError.Lack, for asked: Asked) throws -> Bool {
        let held = lack.held.filter { $0.store == lack.store }
        guard asked.borrowed < HubLimits.borrowsMax, lack.quantity > 0, let space = try? StockNames.space(lack.store),
              try lendable(lack.sku, lack.store, held: held.reduce(0) { $0 + $1.quantity }, without: asked.without) >= lack.quantity,
              let decider = try lender(lack.store)?.decider else { return try hope(asked, lack) }
        var asked = asked
        asked.borrowed += 1
        // Asked once more, for what is missing by then, it is another wish: what was lent since tells them apart.
        let lent = try Stock.shelf(lack.sku, lack.store, Ledger(self)).rows.values.reduce(0) { $0 + ($1.sent[node] ?? 0) }
        let names = held.map(\.id).joined(separator: " ")
        let intent = Intent(id: IntentID(named: "borrow \(asked.intent.id) \(lack.sku) \(lack.quantity) \(lent) \(node) \(names)"), space: space, kind: StockLend.name,
                            payload: .map([("sku", .string(lack.sku)), ("quantity", .int(lack.quantity)), ("to", .string(node)), ("share", .bool(true))]
                                + (held.isEmpty ? [] : [("holds", .list(held.map { .string($0.id) }))])), key: key)
        begin(Forward(intent: intent, asker: ownAsker), to: decider, borrower: asked)
        return true
    }

    /// Where a lender was there just now, it may be again: a line that is lost and found changes when something is decided, not
    /// what.
    private func hope(_ asked: Asked, _ lack: CommerceError.Lack) throws -> Bool {
        guard asked.borrowed < HubLimits.borrowsMax else { return false }
        var asked = asked
        let now = time()
        asked.since = asked.since ?? now
        guard now < (asked.since ?? now) + 2 * HubLimits.lostMilliseconds else { return false }
        for store in serves.map({ [$0] }) ?? stores {
            guard let (authority, decider) = try lender(store) else { continue }
            let isThere = isConnected(decider) ? asked.without.contains(store) : now < (lenderSeen[decider] ?? opened) + HubLimits.lostMilliseconds
            let shelves = try Set(facts(StockNames.space(store), StockNames.shelves).compactMap { StockNames.parts($0.resource, after: StockNames.shelves)?.sku })
            guard isThere, try lack.held.contains(where: { $0.store == store }) || shelves.contains(where: { try rights($0, store, authority) > 0 }) else { continue }
            asked.without = []
            hopeful.append(asked)
            return true
        }
        return false
    }

    /// The lender's answer: decided at once where its row is here that says what it sent, else when it is.
    func borrowed(_ outcome: Outcome, for asked: Asked) throws {
        var asked = asked
        guard outcome.isDone, let row = try? outcome.value.text("row"), let total = try? outcome.value.integer("total"), let lack = outcome.value["store"], case .string(let store) = lack else {
            asked.borrowed = HubLimits.borrowsMax
            return try decideAgain(asked)
        }
        awaitingRows.append((asked, try StockNames.space(store), row, total, node))
    }

    /// Decides what waited for a row that has come.
    func decideBorrowed() throws {
        let waiting = awaitingRows
        awaitingRows = []
        for item in waiting {
            let sent = try fact(item.space, item.row).flatMap { try? ShelfRow($0.value) }?.sent[item.node] ?? 0
            if sent >= item.total { try decideAgain(item.asked) } else { awaitingRows.append(item) }
        }
    }

    private func decideAgain(_ asked: Asked) throws {
        if case .connection(let connection) = asked.origin, !connections.values.contains(where: { $0 === connection }), !parcels.contains(where: { $0.connection === connection }) { return }
        if case .above = asked.origin, uplink == nil { return }
        if let kind = HubCore.kinds[asked.intent.kind] { try decideApart(asked, kind) }
    }

    /// A lender that doesn't answer in time is done without: its line may be dead, or it is being restarted, and somebody waits.
    func tickErrands() {
        let now = time()
        func isGone(_ errand: Errand) -> Bool { errand.borrower != nil && now >= errand.begun + HubLimits.lendMilliseconds }
        for errand in errands where isGone(errand) {
            guard var asked = errand.borrower else { continue }
            asked.without.insert(String(errand.forward.intent.space.owner))
            late.append(asked)
        }
        errands.removeAll(where: isGone)
        decideHopefulNext()
    }

    /// What waits for somebody is looked at again at the end of this turn.
    func decideHopefulNext() {
        late += hopeful
        hopeful = []
    }

    /// Decides what nobody lends for any more.
    func decideLate() throws {
        let waiting = late
        late = []
        for asked in waiting { try decideAgain(asked) }
    }

    // MARK: In this hub's own name

    /// Asks the lender to end what it holds for somebody who has an order for it by now.
    func release(_ hold: String, at store: String) {
        guard let space = SpaceID("store:\(store)") else { return }
        let intent = Intent(id: IntentID(named: "release \(hold) \(node)"), space: space, kind: StockRelease.name, payload: .map([("hold", .string(hold))]), key: key)
        begin(Forward(intent: intent, asker: ownAsker), to: serves == nil ? .store(store) : .above)
    }

    var ownAsker: Forward.Asker {
        Forward.Asker(device: DeviceID(publicKey: key.publicKey), name: name, channel: "hub", role: serves == nil ? Role.operator.rawValue : Hello.storeHub, store: serves ?? "", persons: [])
    }
}
