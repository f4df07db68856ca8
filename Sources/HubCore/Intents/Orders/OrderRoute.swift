// Where the lines of an order come from: rights of this hub's, what the customer holds already, and what the store's other hub
// gives when it's asked.
//
//     line ──► the store that it names, or the order ──► here: rights, and holds of the customer's that this hub keeps
//          └─► the first store that has all such lines   └─► there: rights to borrow, and holds that the other hub keeps
//
// Protocol/orders.md 1.
import Bytes
import Commerce
import CRDT
import Documents
import Sync

enum OrderRoute {
    /// Live holds at a store of whom an order is for, as far as it names them: the order takes their units.
    static func holds(of intent: Intent, at store: String, _ ledger: Ledger) throws -> [(id: String, hold: Hold)] {
        guard intent.context.isThere("holds") else { return [] }
        var found: [(id: String, hold: Hold)] = []
        for item in try intent.context.items("holds") where try item.text("store") == store {
            let id = try item.text("hold")
            guard let hold = try Stock.find(id, store, ledger), hold.isLive(at: ledger.time), hold.order == nil, hold.from == nil,
                  hold.person.map({ intent.space.name == "person:\($0)" }) == true, !found.contains(where: { $0.id == id }),
                  try !ledger.wasOwn(hold.node) || ledger.isCollected(store) else { continue }
            found.append((id, hold))
        }
        return found
    }

    /// What can be had of a sku at once, with what the customer holds here; and beside that by asking the store's other hub, which
    /// gives up what it holds for them.
    private static func reach(_ sku: String, _ store: String, _ intent: Intent, _ ledger: Ledger) throws -> (here: Int64, there: Int64) {
        let holds = try holds(of: intent, at: store, ledger).filter { $0.hold.sku == sku }
        let own = try holds.filter { try ledger.keeps($0.hold) }.reduce(0) { $0 + $1.hold.quantity }
        let all = holds.reduce(0) { $0 + $1.hold.quantity }
        return (try Stock.rights(sku, store, ledger) + own, try ledger.lendable(sku, store, held: all - own))
    }

    /// A hold that another hub keeps is given up for the order, also where that is refused then. So nothing is asked of the other hub
    /// before all that can't come from it is there.
    static func checkTheRest(_ byStore: [(store: String, lines: [OrderedLine])], _ intent: Intent, _ ledger: Ledger) throws {
        guard try byStore.contains(where: { try holds(of: intent, at: $0.store, ledger).contains { try !ledger.keeps($0.hold) } }) else { return }
        for (store, lines) in byStore {
            for (sku, lines) in Dictionary(grouping: lines, by: \.key.sku).sorted(by: { utf8Precedes($0.key, $1.key) }) {
                let (wanted, reach) = (lines.reduce(0) { $0 + $1.quantity }, try reach(sku, store, intent, ledger))
                guard reach.here + reach.there >= wanted else { throw CommerceError.noRights(sku, store, wanted: wanted, has: max(0, reach.here)) }
            }
        }
    }

    /// - Throws: `no-rights`, with the line that can't be had.
    static func stores(of lines: [OrderedLine], _ wish: OrderPlace.Wish, _ intent: Intent, _ ledger: Ledger) throws -> [(store: String, lines: [OrderedLine])] {
        var byStore: [String: [OrderedLine]] = [:]
        var anywhere: [OrderedLine] = []
        for line in lines {
            if let store = line.key.store ?? wish.store { byStore[store, default: []].append(line) } else { anywhere.append(line) }
        }
        if !anywhere.isEmpty {
            let stores = ledger.stores
            func has(_ line: OrderedLine, _ store: String) throws -> Bool { try reach(line.key.sku, store, intent, ledger).here >= line.quantity }
            guard let store = try stores.first(where: { store in try anywhere.allSatisfy { try has($0, store) } }) else {
                for store in stores where try anywhere.allSatisfy({ line in
                    let reach = try reach(line.key.sku, store, intent, ledger)
                    return reach.here + reach.there >= line.quantity
                }) {
                    for line in anywhere where try !has(line, store) {
                        throw CommerceError.noRights(line.key.sku, store, wanted: line.quantity, has: try max(0, reach(line.key.sku, store, intent, ledger).here))
                    }
                }
                let line = try anywhere.first { line in try !stores.contains { try Stock.rights(line.key.sku, $0, ledger) >= line.quantity } } ?? anywhere[0]
                throw CommerceError.noRights(line.key.sku, stores.isEmpty ? "any store" : stores.joined(separator: ", "), wanted: line.quantity, has: 0)
            }
            byStore[store, default: []] += anywhere
        }
        return byStore.sorted { utf8Precedes($0.key, $1.key) }.map { ($0.key, $0.value) }
    }
}
