// An order that others know better than this hub, which was put back. What became of it may come from the customer's space
// alone: what it held, promised, sold and gave back in the store is done again, once what the staff knows of it is here. Money
// that was asked for then is asked for again, whoever brought the order.
//
//     the store's copy   missing       as it is in the customer's, units and money with it; what isn't there is in dispute
//                        is behind     goes on to where the customer's is
//                        went another  stands, with what was paid and given back
//                        way
//
// Protocol/orders.md 7.
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

extension HubCore {
    private static let behindPrefix = Array("behind:".utf8)

    /// An order of which something came in a space, its owner's or its store's.
    struct Behind: Hashable, Comparable {
        let space: SpaceID
        let resource: String

        static func < (a: Behind, b: Behind) -> Bool { (a.space, a.resource) < (b.space, b.resource) }

        var row: [UInt8] { HubCore.behindPrefix + DocumentKeys.resource(space, resource) }
    }

    func loadBehind() throws(StoreError) {
        let now = environment.nowMilliseconds()
        let found = try documents.store.scan(.meta, prefix: HubCore.behindPrefix).rows.compactMap { row -> Behind? in
            guard let space = SpaceID(String(decoding: row.value, as: UTF8.self)) else { return nil }
            let name = row.key.dropFirst(HubCore.behindPrefix.count + DocumentKeys.resource(space, "").count)
            return Behind(space: space, resource: String(decoding: name, as: UTF8.self))
        }
        behind = Dictionary(found.map { ($0, now) }) { first, _ in first }
    }

    /// Notes an order of which somebody brought what this hub had decided and doesn't know.
    func noteBehind(_ fact: Fact) {
        guard serves == nil, fact.publicKey == key.publicKey, fact.resource.hasPrefix(OrderNames.orders) else { return }
        let item = Behind(space: fact.space, resource: fact.resource)
        guard behind[item] == nil else { return }
        behind[item] = environment.nowMilliseconds()
        documents.stage(.put(.meta, key: item.row, value: Array(fact.space.name.utf8)))
    }

    /// Those that give units back first, then in the order in which they were placed: who came first was promised them. For units
    /// that aren't there others are waited for, who may give them back.
    func bringStoresUpToDate() throws(StoreError) {
        do {
            var found: [(item: Behind, order: Order)] = []
            for item in behind.keys.sorted() {
                guard let (order, isCollected) = try known(item) else {
                    forgetBehind(item)
                    continue
                }
                if isCollected { found.append((item, order)) }
            }
            func key(_ order: Order) -> (Int, Int64, String) { (OrderSteps.cameToNothing(order) ? 0 : 1, order.steps.first?.at ?? 0, order.id) }
            for (item, order) in found.sorted(by: { key($0.order) < key($1.order) }) {
                let ledger = Ledger(self)
                let (now, since) = (environment.nowMilliseconds(), behind[item] ?? 0)
                guard try OwnersCopy.take(order, mayLack: now < since || now - since >= HubLimits.recallMilliseconds, ledger) else { continue }
                if !ledger.isEmpty || !ledger.charges.isEmpty { try append(ledger, byItself: "owners-copy") }
                forgetBehind(item)
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.damaged, "An order that its owner brought can't be read: \(error)")
        }
    }

    /// Whether units of an order that somebody brought are waited for, and nobody else.
    package var awaitsRecall: Bool { behind.keys.contains { (try? known($0))?.isCollected ?? false } }

    /// The order, and whether all that its store's staff knows is here; nil for what is no order.
    private func known(_ item: Behind) throws -> (order: Order, isCollected: Bool)? {
        guard let order = try fact(item.space, item.resource).flatMap({ try? Order($0.value) }) else { return nil }
        return (order, try isCollected(StockNames.space(order.store)))
    }

    private func forgetBehind(_ item: Behind) {
        behind[item] = nil
        documents.stage(.delete(.meta, key: item.row))
    }
}

enum OwnersCopy {
    /// - Parameters:
    ///   - theirs: the order as somebody brought it.
    ///   - mayLack: units of it needn't be there.
    /// - Returns: whether that is done; else nothing of it.
    static func take(_ theirs: Order, mayLack: Bool, _ ledger: Ledger) throws -> Bool {
        let space = try StockNames.space(theirs.store)
        let mine = try ledger.value(space, OrderNames.order(theirs.id)).map { try Order($0) }
        // Another hub decides about it, and says what became of it.
        guard theirs.authority == nil, mine?.authority == nil, !theirs.isElsewhere else { return true }
        var order = theirs
        if let mine, !theirs.steps.starts(with: mine.steps) {
            order = mine
            settle(&order, as: theirs, ledger)
        } else if let mine {
            try advance(mine, to: theirs, ledger)
        } else if !OrderSteps.cameToNothing(theirs) {
            guard try hold(&order, mayLack: mayLack, ledger) else { return false }
        }
        try pay(&order, before: mine, ledger)
        // One that came to nothing before anybody here knew of it gives back no voucher: what was used of those is known apart.
        if mine == nil { ledger.put(space, OrderNames.order(order.id), order.value) }
        if order != mine ?? theirs { try OrderSteps.put(order, ledger) }
        return true
    }

    /// What the store did since stands; money that went is gone all the same.
    private static func settle(_ order: inout Order, as theirs: Order, _ ledger: Ledger) {
        guard theirs.paid > order.paid || theirs.refunded > order.refunded else { return }
        if theirs.payment != .none, order.payment == .none { order.payment = .captured }
        (order.paid, order.refunded) = (max(order.paid, theirs.paid), max(order.refunded, theirs.refunded))
        if order.refunded == order.paid { order.payment = .refunded }
        order.note(OrderSteps.alone("payment-recalled", ledger))
    }

    /// The same with units and rows; what both know already isn't done twice.
    private static func advance(_ mine: Order, to theirs: Order, _ ledger: Ledger) throws {
        var order = mine
        if theirs.isPromised { try OrderSteps.promise(&order, ledger) }
        let short = zip(mine.lines, theirs.lines).filter { $1.short > $0.short }.map { Value.Field($0.id, .int($1.short - $0.short)) }
        if !short.isEmpty { try OrderSteps.shorten(short, &order, ledger) }
        func isTaken(_ order: Order) -> Bool { [.handedOver, .returned].contains(order.fulfilment) }
        if isTaken(theirs), !isTaken(mine) {
            try OrderSteps.handOver(&order, keep: zip(order.lines, theirs.lines).filter { $1.left == $0.left }.map(\.0.id), ledger)
        } else if OrderSteps.cameToNothing(theirs), !OrderSteps.cameToNothing(mine) {
            try OrderSteps.release(&order, ledger)
        } else if theirs.isDisputed, !order.isDisputed {
            try OrderSteps.markDisputed(&order, ledger)
        }
        if theirs.fulfilment == .returned, mine.fulfilment != .returned { try OrderSteps.comeBack(order, ledger) }
    }

    /// Units of an order that the store never heard of.
    private static func hold(_ order: inout Order, mayLack: Bool, _ ledger: Ledger) throws -> Bool {
        var past = Order(id: order.id, number: order.number, store: order.store, owner: order.owner, lines: order.lines.map { line in
            var whole = line
            (whole.short, whole.left) = (0, 0)
            return whole
        }, paysNow: order.paysNow, isTryOn: order.isTryOn)
        past.fulfilment = .placed
        var isLacking = false
        for line in past.lines where try Stock.find(line.hold, past.store, ledger) == nil {
            let lack = line.quantity - max(0, try Stock.rights(line.sku, past.store, ledger))
            if lack > 0 {
                guard mayLack else { return false }
                // Promised to somebody else since, or never counted: the books have it twice until somebody looks.
                isLacking = true
                try Stock.change(line.sku, past.store, ledger) { row throws(CommerceError) in try row.add(lack, to: .found) }
            }
            try Stock.hold(line.hold, Hold(store: past.store, sku: line.sku, quantity: line.quantity, node: ledger.node, deadline: nil, order: past.id), ledger)
        }
        try advance(past, to: order, ledger)
        guard isLacking, !order.fulfilment.isFinal, !order.isDisputed else { return true }
        try OrderSteps.markDisputed(&order, ledger)
        return true
    }

    /// The provider is asked again by the same ids, which it does once.
    private static func pay(_ order: inout Order, before: Order?, _ ledger: Ledger) throws {
        guard order.paysNow else { return }
        OrderSteps.askBack(order, since: before?.refunded ?? 0, ledger)
        guard order.payment == .none else { return }
        if let early = try ledger.payment(OrderPayment.id(order.id)) {
            try OrderPayment.take(early, &order, ledger)
        } else if order.fulfilment == .placed, let total = try order.total(), total.minor > 0 {
            OrderPayment.ask(total, for: order, ledger)
        }
    }
}
