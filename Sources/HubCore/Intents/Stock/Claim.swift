// Units that are gone, or in somebody's hand, and that somebody else may have been promised: what gives way, and who is told.
//
//     first a right that nobody uses ──► then a hold, the newest first ──► then an order, the newest first: disputed
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
    /// - Returns: the ids of what gave way, and how many of the units are in dispute now.
    static func units(_ count: Int64, of sku: String, _ store: String, by peer: Peer, because reason: String, areInHand: Bool,
                      _ ledger: Ledger) throws -> (gave: [String], disputed: Int64) {
        var (gave, disputed): ([String], Int64) = ([], 0)
        let space = try StockNames.space(store)
        func except(_ what: String, _ id: String, _ quantity: Int64) {
            gave.append(id)
            ledger.put(space, StockNames.exception(sku, id), .map([
                ("reason", .string(reason)), ("gave", .string(what)), ("id", .string(id)), ("quantity", .int(quantity)), ("by", .string(peer.name)), ("at", .int(ledger.time)),
            ]))
        }
        func missing() throws -> Int64 { count - disputed - (try Stock.rights(sku, store, ledger)) }
        for (id, hold) in try missing() > 0 ? live(sku, store, ledger) : [] where try hold.order == nil && missing() > 0 {
            try Stock.end(id, hold, as: .released, ledger)
            except("hold", id, hold.quantity)
        }
        for order in try missing() > 0 ? OrderSteps.open(with: sku, store, ledger) : [] where try missing() > 0 {
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
