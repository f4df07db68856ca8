// Units that are gone, or in somebody's hand, and that somebody else may have been promised: what gives way, and who is told.
//
//     first a right that nobody uses ──► one of another authority, which is asked for it ──► a hold, the newest first
//                                                                                       ──► an order, the newest first: disputed
//
// Never a silent negative: what gave way is named in an exception. Protocol/stock.md 6.
import Bytes
import Commerce
import CRDT
import Store
import Sync

enum Claim {
    /// Makes room for units that somebody has in hand, or that a count did not find.
    /// - Parameters:
    ///   - reason: `override` or `counted`.
    ///   - areInHand: whether there is a unit for each that gives way: then what no right covers was never counted before.
    ///   - isNew: whether other authorities may be asked to give way; once they answered, they aren't asked again.
    /// - Returns: the ids of what gave way, and how many of the units are in dispute now.
    static func units(_ count: Int64, of sku: String, _ store: String, by peer: Peer, because reason: String, areInHand: Bool, isNew: Bool = true,
                      _ ledger: Ledger) throws -> (gave: [String], disputed: Int64) {
        var (gave, disputed): ([String], Int64) = ([], 0)
        let space = try StockNames.space(store)
        func except(_ what: String, _ id: String, _ quantity: Int64) {
            gave.append(id)
            ledger.put(space, StockNames.exception(sku, id), exception(reason, gave: what, id, quantity, by: peer, ledger))
        }
        func missing() throws -> Int64 { count - disputed - (try Stock.rights(sku, store, ledger)) }
        let claimed = try areInHand && isNew ? min(max(0, missing()), elsewhere(sku, store, ledger)) : 0
        if claimed > 0 {
            let id = Hex.encode(ledger.random(8))
            try Stock.change(sku, store, ledger) { row throws(CommerceError) in try row.add(claimed, to: .claimed) }
            ledger.claim(claimed, of: sku, store, id: id)
            except("claim", id, claimed)
        }
        gave += try freeHolds(count - disputed, of: sku, store, by: peer, because: reason, ledger)
        for order in try missing() > 0 ? OrderSteps.open(with: sku, store, ledger) : [] where try missing() > 0 {
            if let store = try Rerouting.target(order, ledger) {
                try Rerouting.move(order, to: store, ledger)
                except(Order.rerouted, order.number, order.lines.filter { $0.sku == sku }.reduce(0) { $0 + $1.count })
                continue
            }
            let units = try OrderSteps.dispute(order, sku, ledger)
            disputed += units
            except("order", order.number, units)
        }
        let rest = try missing()
        if areInHand, rest + disputed > 0 {
            try Stock.change(sku, store, ledger) { row throws(CommerceError) in try row.add(max(0, rest) + disputed, to: .found) }
            if rest > 0 { except("nothing", Hex.encode(ledger.random(8)), rest) }
        }
        return (gave, disputed)
    }

    /// What gave way, for who looks into it.
    private static func exception(_ reason: String, gave: String, _ id: String, _ quantity: Int64, by peer: Peer, _ ledger: Ledger) -> Value {
        .map([("reason", .string(reason)), ("gave", .string(gave)), ("id", .string(id)), ("quantity", .int(quantity)), ("by", .string(peer.name)), ("at", .int(ledger.time))])
    }

    /// Ends holds of this hub's that are no order's, the newest first, until there are so many rights.
    /// - Returns: the ids of those that gave way.
    static func freeHolds(_ count: Int64, of sku: String, _ store: String, by peer: Peer, because reason: String, _ ledger: Ledger) throws -> [String] {
        func missing() throws -> Int64 { count - (try Stock.rights(sku, store, ledger)) }
        var gave: [String] = []
        for (id, hold) in try missing() > 0 ? live(sku, store, ledger) : [] where try hold.order == nil && ledger.isOwn(hold.node) && missing() > 0 {
            try Stock.end(id, hold, as: .released, ledger)
            ledger.put(try StockNames.space(store), StockNames.exception(sku, id), exception(reason, gave: "hold", id, hold.quantity, by: peer, ledger))
            gave.append(id)
        }
        return gave
    }

    /// Units that another authority has rights to, or holds for somebody, as far as is known here: it is asked to give them up.
    private static func elsewhere(_ sku: String, _ store: String, _ ledger: Ledger) throws -> Int64 {
        guard !ledger.isCentral else { return 0 }
        let shelf = try Stock.shelf(sku, store, ledger)
        let rights = shelf.nodes.filter { !ledger.isOwn($0) }.reduce(0) { $0 + max(0, shelf.rights(of: $1)) }
        return try rights + live(sku, store, ledger).filter { $0.hold.order == nil && !ledger.isOwn($0.hold.node) }.reduce(0) { $0 + $1.hold.quantity }
    }

    /// A unit leaves over the counter, by a right that is there.
    static func sell(_ count: Int64, of sku: String, _ store: String, _ ledger: Ledger) throws {
        try Stock.change(sku, store, ledger) { row throws(CommerceError) in
            for cell in [ShelfRow.Cell.taken, .committed, .sold] { try row.add(count, to: cell) }
        }
    }

    /// Holds that live, the newest first.
    private static func live(_ sku: String, _ store: String, _ ledger: Ledger) throws -> [(id: String, hold: Hold)] {
        var found: [(id: String, hold: Hold)] = []
        for (resource, value) in try ledger.resources(StockNames.space(store), StockNames.holds) {
            let hold = try Hold(value)
            if hold.sku == sku, hold.isLive(at: ledger.time) { found.append((String(resource.dropFirst(StockNames.holds.count)), hold)) }
        }
        return found.sorted { ($0.hold.deadline ?? 0, $0.id) > ($1.hold.deadline ?? 0, $1.id) }
    }
}
