// What the customer holds already, as far as an order names it: the order takes those units. A hold is ended by the hub that keeps
// it, so that some are ended here with the order, and of others their hub is asked.
//
//     named ──► expired: the customer is told        ┌─► kept here: ended with the order
//           └─► live, theirs, and no other order's ──┴─► kept by the store's hub: asked for, or released once the order is there
//
// Protocol/orders.md 1.
import Commerce
import CRDT
import Sync

struct OrderedHolds {
    private struct Item {
        let id: String
        let hold: Hold
        let isKept: Bool
    }

    private var items: [Item] = []
    private let ledger: Ledger

    /// - Parameter lines: what is ordered, each with the store that it comes from, if that is known: holds of nothing else matter.
    /// - Throws: `hold-expired`: what the customer counts on and has lost meanwhile is said, not quietly replaced. `too-large`;
    ///   `NotCollected` where this hub was put back, and one is of before.
    init(_ intent: Intent, _ lines: [(sku: String, store: String?)], _ ledger: Ledger) throws {
        self.ledger = ledger
        let named = intent.context.isThere("holds") ? try intent.context.items("holds") : []
        guard named.count <= CommerceLimits.orderLinesMax else { throw Refused("too-large", "An order names at most \(CommerceLimits.orderLinesMax) holds, and not \(named.count).") }
        var seen: Set<String> = []
        for item in named {
            let (id, store) = (try item.text("hold"), try item.text("store"))
            guard seen.insert("\(store) \(id)").inserted else { continue }
            guard let hold = try Stock.find(id, store, ledger) else {
                // Their own device may have brought it, before the store's do.
                if try ledger.value(intent.space, StockNames.hold(id)) != nil, try !ledger.isCollected(store) { throw try NotCollected(space: StockNames.space(store)) }
                continue
            }
            guard hold.store == store, lines.contains(where: { $0.sku == hold.sku && ($0.store ?? store) == store }) else { continue }
            let isForgotten = try ledger.wasOwn(hold.node) && !ledger.isCollected(store)
            let isKept = try ledger.keeps(hold) && !isForgotten
            // One that ran out and that this hub can't end is passed over: ordering again would change nothing.
            if hold.state == .expired || (isKept && hold.isOverdue(at: ledger.time)) { throw Refused("hold-expired", "The hold on \(hold.quantity) of \(hold.sku) has expired: order again for what is free now.") }
            guard hold.isLive(at: ledger.time), hold.order == nil, hold.from == nil, hold.person.map({ intent.space.name == "person:\($0)" }) == true else { continue }
            if isForgotten { throw try NotCollected(space: StockNames.space(store)) }
            items.append(Item(id: id, hold: hold, isKept: isKept))
        }
    }

    /// Whether another hub keeps any of them.
    var areElsewhere: Bool { items.contains { !$0.isKept } }

    /// What this hub may promise of a sku with what it holds for the customer.
    func here(_ sku: String, _ store: String) throws -> Int64 {
        let held = items.filter { $0.isKept && $0.hold.store == store && $0.hold.sku == sku }.reduce(0) { $0 + $1.hold.quantity }
        return max(0, try Stock.rights(sku, store, ledger) + held)
    }

    /// What the store's other hub gives when it's asked, with what it holds for the customer.
    func there(_ sku: String, _ store: String) throws -> Int64 {
        try ledger.lendable(sku, store, held: elsewhere(sku, at: store).reduce(0) { $0 + $1.quantity })
    }

    /// What other hubs hold of a sku.
    /// - Parameter store: nil for any.
    func elsewhere(_ sku: String, at store: String?) -> [CommerceError.Held] {
        items.filter { !$0.isKept && $0.hold.sku == sku && (store ?? $0.hold.store) == $0.hold.store }.map { CommerceError.Held(id: $0.id, store: $0.hold.store, quantity: $0.hold.quantity) }
    }

    /// The order takes their units.
    func give(_ sku: String, at store: String) throws {
        for item in items where item.hold.sku == sku && item.hold.store == store {
            if item.isKept { try Stock.end(item.id, item.hold, as: .released, ledger) } else { ledger.release(item.id, at: store) }
        }
    }
}
