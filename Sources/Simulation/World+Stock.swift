// What always holds of stock, orders and money.
//
//     I1 no term of a shelf below zero, and holds and orders add up to what its cells say
//     I3 one payment for each order, of what it cost
internal import Commerce
internal import CRDT
internal import HubCore
internal import Store
internal import Sync

extension World {
    func checkStock(_ core: HubCore) {
        for store in core.stores {
            do {
                let space = try StockNames.space(store)
                try checkShelves(core, store, orders: core.facts(space, OrderNames.orders).map { try Order($0.value) },
                                 holds: core.facts(space, StockNames.holds).map { try Hold($0.value) })
            } catch {
                fail("I1", "What was decided at \(store) can't be read: \(error)")
            }
        }
    }

    private func checkShelves(_ core: HubCore, _ store: String, orders: [Order], holds: [Hold]) throws {
        var shelves: [String: Shelf] = [:]
        for fact in try core.facts(StockNames.space(store), StockNames.shelves) {
            guard let (sku, node) = StockNames.parts(fact.resource, after: StockNames.shelves) else { continue }
            shelves[sku, default: Shelf()].rows[node] = try ShelfRow(fact.value)
        }
        for (sku, shelf) in shelves.sorted(by: { $0.key < $1.key }) {
            for broken in shelf.broken { fail("I1", "\(sku) at \(store): \(broken).") }
            // What is on its way to a store's hub is held or promised, and in no row. Once all is quiet nothing is.
            if !hubs.contains(where: \.wasRestored), shelf.inTransit != 0 || shelf.openClaims != 0 {
                fail("I1", "\(sku) at \(store): \(shelf.inTransit) units are on their way between hubs, and \(shelf.openClaims) claims are open.")
            }
            guard shelf.inTransit == 0 else { continue }
            let held = holds.filter { $0.sku == sku && $0.state == .held }.reduce(0) { $0 + $1.quantity }
            if held != shelf.held { fail("I1", "\(sku) at \(store): \(shelf.held) are held by the shelf, and \(held) by holds.") }
            let promised = orders.filter { $0.isPromised && !$0.isDisputed && !$0.fulfilment.isFinal }.flatMap(\.lines).filter { $0.sku == sku }.reduce(0) { $0 + $1.count }
            if promised != shelf.promised { fail("I1", "\(sku) at \(store): \(shelf.promised) are promised by the shelf, and \(promised) by orders.") }
        }
        for order in orders where order.paysNow {
            let captured = provider.done.filter { $0.key == "\(order.id)-payment" && $0.value.status == .captured }.map(\.value.amount.minor).first ?? 0
            if order.paid > captured { fail("I3", "The order \(order.number) says that \(order.paid) were paid, and the provider captured \(captured).") }
        }
    }
}
