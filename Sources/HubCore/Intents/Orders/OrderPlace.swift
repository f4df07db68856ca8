// An order is placed once for each intent, and once for each cart: at the frontier that its customer saw.
//
//     cart at the frontier ──► lines by store ──► prices agreed? ──► units held at every store ──► orders, cart closed
//                                                                └─► one is missing: nothing was held
//
// All lines are looked at together: two lines of one sku count twice. Protocol/orders.md 1.
import Bytes
import Commerce
import CRDT
import Documents
import Store
import Sync

enum OrderPlace: IntentKind {
    static let name = "order-place"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let wish = try Wish(intent)
        let carts = try carts(intent, ledger)
        let lines = try lines(of: carts)
        guard !lines.isEmpty else { throw Refused("invalid-value", "There is nothing in the cart to order.") }
        guard lines.count <= CommerceLimits.orderLinesMax else { throw Refused("too-large", "An order has at most \(CommerceLimits.orderLinesMax) lines, and the cart has \(lines.count): order in two.") }
        let holds = try OrderedHolds(intent, lines.map { ($0.key.sku, $0.key.store ?? wish.store) }, ledger)
        let byStore = try OrderRoute.stores(of: lines, wish, holds, ledger)
        let totals = try agreed(byStore, intent, wish, by: peer, ledger)
        if wish.paysNow { try OrderPayment.check(totals?.money(totals?.total), ledger) }
        try OrderRoute.askForHolds(byStore, holds) { try placed(intent, $0, ledger) != nil }
        var orders: [Order] = []
        for (store, lines) in byStore { orders.append(try order(lines, at: store, holds, totals, vouchers: orders.isEmpty ? totals?.vouchers ?? [] : [], intent, wish, by: peer, ledger)) }
        for cart in carts { cart.close(by: orders, in: intent.space, ledger) }
        return answer(orders)
    }

    /// What was asked for.
    struct Wish {
        let store: String?
        let paysNow: Bool
        let isTryOn: Bool
        /// A total that is accepted, whatever was shown.
        let accepted: Int64?
        let vouchers: [String]

        init(_ intent: Intent) throws {
            let payload = intent.payload
            store = payload.isThere("store") ? try payload.text("store") : nil
            accepted = payload.isThere("accept") ? try payload.integer("accept") : nil
            vouchers = payload.isThere("vouchers") ? try payload.texts("vouchers") : []
            guard vouchers.count <= CommerceLimits.orderVouchersMax else { throw Refused("too-large", "An order takes at most \(CommerceLimits.orderVouchersMax) vouchers, and not \(vouchers.count).") }
            (paysNow, isTryOn) = (try payload.flag("now"), try payload.flag("try"))
            if paysNow, isTryOn { throw Refused("invalid-value", "What is tried on first is paid in the store: leave out one of both.") }
        }
    }

    static func answer(_ orders: [Order]) -> Value {
        .map([("orders", .list(orders.map { order in
            .map([("id", .string(order.id)), ("number", .string(order.number)), ("store", .string(order.store)), ("total", (try? order.total())?.value ?? .null)])
        }))])
    }

    // MARK: Carts

    private static func carts(_ intent: Intent, _ ledger: Ledger) throws -> [OrderedCart] {
        let items = try intent.context.items("carts")
        guard (1...CommerceLimits.orderLinesMax).contains(items.count) else { throw Refused("invalid-value", "An order names the carts that it is of.") }
        var carts: [OrderedCart] = []
        for (index, item) in items.enumerated() {
            let cart = try OrderedCart(item, in: intent.space, ledger)
            // The last one is the cart that is open: of two who order it, one is first.
            if index == items.count - 1, !cart.orders.isEmpty {
                throw Refused("already-ordered", "The cart was ordered already: what you alone had is in the next one.", value: .map([("orders", .list(cart.orders.map(Value.string)))]))
            }
            guard !carts.contains(where: { $0.path == cart.path }) else { throw Refused("invalid-value", "The cart \(cart.path) is named twice: an order names each once.") }
            carts.append(cart)
        }
        return carts
    }

    private static func sum(_ one: Int64, _ other: Int64) throws -> Int64 {
        let (sum, isOver) = one.addingReportingOverflow(other)
        guard !isOver else { throw Refused("too-large", "A line has more units than can be counted.") }
        return sum
    }

    /// The same line in several carts is one line.
    private static func lines(of carts: [OrderedCart]) throws -> [OrderedLine] {
        var lines: [String: OrderedLine] = [:]
        for cart in carts {
            for line in cart.lines { lines[line.id, default: OrderedLine(line.id, 0)].quantity = try sum(lines[line.id]?.quantity ?? 0, line.quantity) }
        }
        return lines.values.sorted { utf8Precedes($0.id, $1.id) }
    }

    // MARK: What it comes to

    /// The order that an intent makes at a store.
    static func id(_ intent: IntentID, in space: SpaceID, _ store: String) -> String { intent.derived("order \(store)", in: space) }

    /// What it comes to, by this hub's books and time: what the customer was shown, or less, or what they accept.
    /// - Returns: nil where there is no price book.
    /// - Throws: `price-changed`, with both; `unknown-sku`.
    private static func agreed(_ byStore: [(store: String, lines: [OrderedLine])], _ intent: Intent, _ wish: Wish, by peer: Peer, _ ledger: Ledger) throws -> Totals? {
        guard let books = try ledger.books() else {
            if let code = wish.vouchers.first { throw Refused("invalid-value", "The voucher \"\(code.prefix(60))\" takes nothing off: no prices are published.") }
            return nil
        }
        let lines = byStore.flatMap { store, lines in lines.map { Pricing.Line($0.id, sku: $0.key.sku, quantity: $0.quantity, store: store) } }
        var context = Pricing.Context(now: ledger.time, channel: peer.channel)
        let offers = wish.vouchers.isEmpty ? [] : try Pricing.vouchers(lines, context, books)
        try Vouchers.check(wish.vouchers, offers, of: intent.space, at: byStore.map(\.store), ledger)
        context.vouchers = wish.vouchers
        let totals = try Pricing.totals(lines, context, books)
        try Vouchers.spend(wish.vouchers, acted: totals.vouchers, offers, of: intent.space, ledger)
        if Plant.priceNotChecked.isPlanted { return totals }
        guard let total = totals.total, let now = totals.money(total) else { return totals }
        let shown = intent.context.isThere("total") ? try Money(intent.context["total"] ?? .null) : nil
        if let accepted = wish.accepted, total <= accepted { return totals }
        if let shown, wish.accepted == nil, shown.currency == now.currency, total <= shown.minor { return totals }
        let before = wish.accepted.map { Money($0, now.currency) } ?? shown
        throw Refused("price-changed", "The total is \(now) now\(before.map { wish.accepted == nil ? ", and was \($0)" : ", and \($0) was accepted" } ?? ""): order with --accept-total \(total) to accept it.",
                      value: .map([("total", now.value), ("shown", before?.value ?? .null)]))
    }

    /// A hub that was put back in time is told what it had decided: it doesn't decide that again.
    private static func placed(_ intent: Intent, _ store: String, _ ledger: Ledger) throws -> Value? {
        try ledger.value(StockNames.space(store), OrderNames.order(OrderPlace.id(intent.id, in: intent.space, store)))
    }

    private static func order(_ lines: [OrderedLine], at store: String, _ holds: OrderedHolds, _ totals: Totals?, vouchers: [String], _ intent: Intent, _ wish: Wish, by peer: Peer, _ ledger: Ledger) throws -> Order {
        if let known = try placed(intent, store, ledger) { return try Order(known) }
        let id = OrderPlace.id(intent.id, in: intent.space, store)
        for sku in Set(lines.map(\.key.sku)).sorted(by: utf8Precedes) { try holds.give(sku, at: store) }
        var made: [Order.Line] = []
        for line in lines {
            let hold = intent.id.derived("hold \(store) \(line.id)", in: intent.space)
            try Stock.hold(hold, Hold(store: store, sku: line.key.sku, quantity: line.quantity, node: ledger.node, deadline: nil, order: id), ledger)
            made.append(Order.Line(id: line.id, sku: line.key.sku, quantity: line.quantity, unit: totals?.money(totals?.line(line.id)?.unit), total: totals?.money(totals?.line(line.id)?.total), fulfilment: line.key.fulfilment, hold: hold))
        }
        var order = Order(id: id, number: try ledger.number(for: store), store: store, owner: intent.space.name, lines: made, paysNow: wish.paysNow, isTryOn: wish.isTryOn)
        order.vouchers = vouchers
        order.goesAnywhere = wish.store == nil && lines.allSatisfy { $0.key.store == nil }
        order.note(OrderSteps.step(Order.Fulfilment.placed.rawValue, by: peer, ledger))
        try OrderPayment.begin(&order, ledger)
        try OrderSteps.put(order, ledger)
        return order
    }
}
