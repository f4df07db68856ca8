// The steps that decisions about stock are made of. Each reads and writes this hub's own row of a shelf, and nobody else's:
// what it has no right to, it can't promise. Protocol/stock.md.
import Bytes
import Commerce
import CRDT
import Store
import Sync

enum Stock {
    /// - Parameter node: whose row; this hub's, or one that it had before it was put back.
    static func change(_ sku: String, _ store: String, node: String? = nil, _ ledger: Ledger, _ body: (inout ShelfRow) throws(CommerceError) -> Void) throws {
        let (space, name) = (try StockNames.space(store), StockNames.row(sku, node ?? ledger.node))
        var row = try ledger.value(space, name).map { value throws(CommerceError) in try ShelfRow(value) } ?? ShelfRow()
        try body(&row)
        ledger.put(space, name, row.value)
    }

    /// All rows of a shelf.
    static func shelf(_ sku: String, _ store: String, _ ledger: Ledger) throws -> Shelf {
        var rows: [String: ShelfRow] = [:]
        for (resource, value) in try ledger.resources(StockNames.space(store), "\(StockNames.shelves)\(sku)@") {
            guard let (found, node) = StockNames.parts(resource, after: StockNames.shelves), found == sku else { continue }
            rows[node] = try ShelfRow(value)
        }
        return Shelf(rows)
    }

    /// What this hub may still promise. What it had under another name, before it was put back, is this one's once it's known; and
    /// so is, at the central hub, what a name has that no hub goes by.
    static func rights(_ sku: String, _ store: String, _ ledger: Ledger) throws -> Int64 {
        var shelf = try shelf(sku, store, ledger)
        for node in shelf.nodes where try (ledger.wasOwn(node) || ledger.isNobodys(node, store)) && shelf.rights(of: node) > 0 {
            guard try ledger.isCollected(store) else { break }
            let rights = shelf.rights(of: node)
            try change(sku, store, node: node, ledger) { row throws(CommerceError) in try row.send(rights, to: ledger.node) }
            shelf = try self.shelf(sku, store, ledger)
        }
        return shelf.rights(of: ledger.node)
    }

    // MARK: Holds

    /// Turns rights into a hold.
    /// - Throws: `no-rights`.
    static func hold(_ id: String, _ hold: Hold, _ ledger: Ledger) throws {
        let rights = try rights(hold.sku, hold.store, Plant.linesCheckedAlone.isPlanted ? ledger.unwritten : ledger)
        guard rights >= hold.quantity else { throw CommerceError.noRights(hold.sku, hold.store, wanted: hold.quantity, has: max(0, rights)) }
        try change(hold.sku, hold.store, ledger) { row throws(CommerceError) in try row.add(hold.quantity, to: .taken) }
        try put(id, hold, ledger)
    }

    static func find(_ id: String, _ store: String, _ ledger: Ledger) throws -> Hold? {
        try ledger.value(StockNames.space(store), StockNames.hold(id)).map { value throws(CommerceError) in try Hold(value) }
    }

    /// Ends a hold that is held: its units become rights again, or a promise.
    /// - Parameter state: any but `held`.
    static func end(_ id: String, _ hold: Hold, as state: Hold.State, _ ledger: Ledger) throws {
        guard hold.state == .held else { return }
        // It is on its way here.
        guard hold.from == nil else { throw NotYet() }
        try end([(id, hold)], as: state, ledger)
    }

    /// Ends holds that are held, and aren't on their way. The holds come first: who hears what became of their units has heard that they ended.
    static func end(_ holds: [(id: String, hold: Hold)], as state: Hold.State, _ ledger: Ledger) throws {
        for (id, hold) in holds {
            var hold = hold
            hold.state = state
            try put(id, hold, ledger)
        }
        for (_, hold) in holds { try change(hold.sku, hold.store, node: hold.node, ledger) { row throws(CommerceError) in try row.add(hold.quantity, to: state == .committed ? .committed : .released) } }
    }

    /// In the store's space, and in that of the person whose it is.
    static func put(_ id: String, _ hold: Hold, _ ledger: Ledger) throws {
        ledger.put(try StockNames.space(hold.store), StockNames.hold(id), hold.value)
        if ledger.isCentral, hold.order == nil, let person = hold.person, let space = SpaceID("person:\(person)") { ledger.put(space, StockNames.hold(id), hold.value) }
    }

    // MARK: Payloads

    /// The store whose space an intent names.
    /// - Throws: `invalid-value`.
    static func store(_ intent: Intent) throws(Refused) -> String {
        guard intent.space.scheme == "store", intent.space.owner != "*" else { throw Refused("invalid-value", "\(intent.space) is not a store's space: name the store.") }
        return String(intent.space.owner)
    }

    static func skuAndQuantity(_ payload: Value, least: Int64 = 1) throws(CommerceError) -> (sku: String, quantity: Int64) {
        let (sku, quantity) = (try payload.text("sku"), try payload.integer("quantity"))
        try StockNames.check("The sku", sku)
        guard (least...CommerceLimits.quantityMax).contains(quantity) else { throw .quantity(quantity, least...CommerceLimits.quantityMax) }
        return (sku, quantity)
    }
}

/// What only time decides.
enum Expiry {
    /// Whoever looks at a store's shelves does this first, so that nothing depends on who else did, and when.
    static func expire(in space: SpaceID, _ ledger: Ledger) throws(StoreError) {
        for resource in ledger.overdue(space) {
            guard let value = try ledger.value(space, resource) else { continue }
            do {
                if resource.hasPrefix(StockNames.holds), case let hold = try Hold(value), ledger.isOwn(hold.node), hold.from == nil { try Stock.end(String(resource.dropFirst(StockNames.holds.count)), hold, as: .expired, ledger) }
                if resource.hasPrefix(OrderNames.orders), case let order = try Order(value), ledger.decides(order) { try OrderSteps.expire(order, ledger) }
            } catch let error as StoreError {
                throw error
            } catch let away as DeskAway {
                Desk.want(away, in: space, ledger)
            } catch {
                // A fact of this hub's own that can't be read is damage: it is left as it is, for `fact` says so to whoever asks.
            }
        }
    }
}
