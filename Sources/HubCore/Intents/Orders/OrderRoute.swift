// Where the lines of an order come from: the store that a line or the order names, else the first that has all such lines, with
// what it takes from the store's other hub. Protocol/orders.md 1.
import Bytes
import Commerce
import CRDT
import Documents

enum OrderRoute {
    typealias Lines = [(store: String, lines: [OrderedLine])]

    /// - Throws: `no-rights`, where no store has what may come from any.
    static func stores(of lines: [OrderedLine], _ wish: OrderPlace.Wish, _ holds: OrderedHolds, _ ledger: Ledger) throws -> Lines {
        var byStore: [String: [OrderedLine]] = [:]
        var anywhere: [OrderedLine] = []
        for line in lines {
            if let store = line.key.store ?? wish.store { byStore[store, default: []].append(line) } else { anywhere.append(line) }
        }
        if let first = anywhere.first {
            let stores = ledger.stores
            let store = try stores.first { store in try anywhere.allSatisfy { try holds.here($0.key.sku, store) >= $0.quantity } }
                ?? stores.first { store in try anywhere.allSatisfy { try holds.here($0.key.sku, store) + holds.there($0.key.sku, store) >= $0.quantity } }
            guard let store else {
                // No hold ends for an order that lacks something else as well.
                func canBeHad(_ line: OrderedLine) throws -> Bool { try stores.contains { try holds.here(line.key.sku, $0) + holds.there(line.key.sku, $0) >= line.quantity } }
                let missing = try anywhere.filter { try !canBeHad($0) }
                let line = missing.first ?? first
                throw CommerceError.noRights(line.key.sku, stores.isEmpty ? "any store" : stores.joined(separator: ", "), wanted: line.quantity, has: 0,
                                             held: missing.count == 1 ? holds.elsewhere(line.key.sku, at: nil) : [])
            }
            byStore[store, default: []] += anywhere
        }
        return byStore.sorted { utf8Precedes($0.key, $1.key) }.map { ($0.key, $0.value) }
    }

    /// Asks for what other hubs hold for the customer. They end it for that, also if the order is refused then: so it is the last
    /// thing that is asked, when all else is there and agreed.
    /// - Parameter isPlaced: whether the order at a store is there already.
    /// - Throws: `no-rights`, with the holds that give what is missing, if nothing else is.
    static func askForHolds(_ byStore: Lines, _ holds: OrderedHolds, isPlaced: (String) throws -> Bool) throws {
        guard holds.areElsewhere else { return }
        var last: CommerceError?
        for (store, lines) in byStore where try !isPlaced(store) {
            for (sku, lines) in Dictionary(grouping: lines, by: \.key.sku).sorted(by: { utf8Precedes($0.key, $1.key) }) {
                let (wanted, here, held) = (lines.reduce(0) { $0 + $1.quantity }, try holds.here(sku, store), holds.elsewhere(sku, at: store))
                guard here < wanted else { continue }
                let missing = CommerceError.noRights(sku, store, wanted: wanted, has: here, held: held)
                guard !held.isEmpty, try here + holds.there(sku, store) >= wanted else { throw missing }
                last = last ?? missing
            }
        }
        if let last { throw last }
    }
}
