// Shelves and orders as this device knows them. What is overdue is shown as it is, whether or not the hub has said so.
package import Commerce
package import CRDT
internal import Store
internal import Sync

extension Replica {
    /// All rows of a shelf, less what has expired by the hub's time.
    package func shelf(_ sku: String, _ name: String) throws -> Shelf {
        var rows: [String: ShelfRow] = [:]
        let space = try StockNames.space(name)
        for fact in try facts(space, "\(StockNames.shelves)\(sku)@") {
            guard let (found, node) = StockNames.parts(fact.resource, after: StockNames.shelves), found == sku else { continue }
            rows[node] = try ShelfRow(fact.value)
        }
        for (_, hold) in try holds(in: space) where hold.sku == sku && hold.isOverdue(at: Int64(nowMilliseconds)) {
            try rows[hold.node]?.add(hold.quantity, to: .released)
        }
        return Shelf(rows)
    }

    /// Skus that a store ever had, by name.
    package func skus(_ name: String) throws -> [String] {
        Set(try facts(StockNames.space(name), StockNames.shelves).compactMap { StockNames.parts($0.resource, after: StockNames.shelves)?.sku }).sorted(by: utf8Precedes)
    }

    package func holds(in space: SpaceID) throws -> [(id: String, hold: Hold)] {
        try facts(space, StockNames.holds).map { (String($0.resource.dropFirst(StockNames.holds.count)), try Hold($0.value)) }
    }

    /// Holds that an order of these skus counts on: those that are held, and those that ran out just now, until an order was told so.
    package func holdsCountedOn(_ skus: Set<String>) throws -> [(id: String, hold: Hold)] {
        try facts(space, StockNames.holds).compactMap { fact in
            let (id, hold) = (String(fact.resource.dropFirst(StockNames.holds.count)), try Hold(fact.value))
            guard skus.contains(hold.sku) else { return nil }
            if hold.state == .held { return (id, hold) }
            guard hold.state == .expired, nowMilliseconds <= fact.time || nowMilliseconds - fact.time < ReplicaLimits.expiredMilliseconds, try store.get(.meta, MetaKey.expired + Array(id.utf8)) == nil else { return nil }
            return (id, hold)
        }
    }

    /// The hub said that a hold ran out that an order counted on.
    func noteExpired(_ intent: Intent) {
        for item in (try? intent.context.items("holds")) ?? [] { if case .string(let id)? = item["hold"] { documents.stage(.put(.meta, key: MetaKey.expired + Array(id.utf8), value: [])) } }
    }

    /// What gave way to somebody who had a unit in hand.
    package func exceptions(_ sku: String, _ name: String) throws -> [Value] {
        try facts(StockNames.space(name), "\(StockNames.exceptions)\(sku)@").filter { StockNames.parts($0.resource, after: StockNames.exceptions)?.sku == sku }.map(\.value)
    }

    // MARK: Orders

    /// Every order that this device may see, the newest first.
    package func orders() throws -> [Order] {
        var found: [String: (order: Order, sequence: UInt64)] = [:]
        for space in try orderSpaces() {
            for fact in try facts(space, OrderNames.orders) {
                let order = try Order(fact.value)
                // In a person's space and in its store's, numbered by two hubs: one may have come before the other.
                if found[order.id].map({ ($0.order.steps.count, $0.sequence) < (order.steps.count, fact.sequence) }) ?? true { found[order.id] = (order, fact.sequence) }
            }
        }
        return try asDoneHere(found.values.map(\.order)).sorted { ($0.steps.first?.at ?? 0, $0.number) > ($1.steps.first?.at ?? 0, $1.number) }
    }

    private func orderSpaces() throws -> [SpaceID] {
        guard isStaff else { return [space] }
        let persons = try store.scan(.cursors, prefix: Array("person:".utf8)).rows.compactMap { SpaceID(String(decoding: $0.key, as: UTF8.self)) }
        return try persons + stores().map { name in try StockNames.space(name) }
    }

    /// The order that a number, the beginning of one, or an id names.
    /// - Throws: `unknown-order`, `ambiguous`.
    package func order(_ name: String) throws -> Order {
        let all = try orders()
        if let order = all.first(where: { $0.id == name || $0.number == name }) { return order }
        let begun = all.filter { $0.number.hasPrefix(name + "-") }
        if begun.count > 1 { throw ReplicaError(code: "ambiguous", message: "\(name) is the beginning of \(begun.map(\.number).joined(separator: ", ")): give the letters as well.") }
        guard let order = begun.first else {
            // A whole number has a check character.
            if name.split(separator: "-").count >= 3, !OrderNumber.isValid(name) { throw ReplicaError(code: "unknown-order", message: "\(name.prefix(60)) is no order's number: a character is wrong, or two are swapped. Look at it again.") }
            throw ReplicaError(code: "unknown-order", message: "There is no order \(name.prefix(60)) here. `baton order list` shows those there are\(isOnline ? "" : "; offline, newer ones are not known").")
        }
        return order
    }
}
