// What becomes of an order's units and money as it goes on. Every step writes the order, and this hub's rows with it, in one
// decision. Protocol/orders.md 3.
import Commerce
import CRDT
import Store
import Sync

enum OrderSteps {
    /// - Throws: `unknown-order`.
    static func find(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Order {
        let id = try intent.payload.text("order")
        guard let value = try ledger.value(intent.space, OrderNames.order(id)) else { throw unknown(id) }
        let order = try Order(value)
        // On its way to or from another hub.
        guard ledger.decides(order) else { throw NotYet() }
        // Whose it isn't learns no more than that there is none.
        guard peer.role.isStaff || peer.persons.contains(where: { order.owner == "person:\($0)" }) else { throw unknown(id) }
        return order
    }

    private static func unknown(_ id: String) -> Refused { Refused("unknown-order", "There is no order \(id.prefix(40)) here. `baton order list` shows those there are.") }

    /// In the store's space, for who works on it, and in its owner's.
    static func put(_ order: Order, _ ledger: Ledger) throws {
        if ledger.isCentral, !order.vouchers.isEmpty, cameToNothing(order), try !(ledger.value(StockNames.space(order.store), OrderNames.order(order.id)).map { try cameToNothing(Order($0)) } ?? false) {
            try Vouchers.giveBack(order, ledger)
        }
        ledger.put(try StockNames.space(order.store), OrderNames.order(order.id), order.value)
        if ledger.isCentral, let space = SpaceID(order.owner), space.scheme != "store" { ledger.put(space, OrderNames.order(order.id), order.value) }
    }

    static func cameToNothing(_ order: Order) -> Bool { [.cancelled, .rejected, .notCollected].contains(order.fulfilment) }

    static func step(_ what: String, by peer: Peer, _ ledger: Ledger) -> Order.Step {
        Order.Step(what: what, by: peer.name, device: peer.device.description, at: ledger.time)
    }

    static func alone(_ what: String, _ ledger: Ledger) -> Order.Step { Order.Step(what: what, by: ledger.node, device: "", at: ledger.time) }

    // MARK: Units

    /// From held to promised: it is paid.
    static func promise(_ order: inout Order, _ ledger: Ledger) throws {
        guard !order.isPromised else { return }
        for line in order.lines {
            if let hold = try Stock.find(line.hold, order.store, ledger) { try Stock.end(line.hold, hold, as: .committed, ledger) }
        }
        order.isPromised = true
    }

    /// Some of a line's units are the customer's no more.
    /// - Parameter cell: where a promise goes: `withdrawn`, or `disputed`.
    private static func giveUp(_ count: Int64, of index: Int, _ order: inout Order, to cell: ShelfRow.Cell, _ ledger: Ledger) throws {
        guard count > 0 else { return }
        // A hold is whole: what is left of it is held anew.
        try promise(&order, ledger)
        let line = order.lines[index]
        try change(line, order, ledger) { row throws(CommerceError) in try row.add(count, to: cell) }
    }

    /// In the row whose rights the line took.
    private static func change(_ line: Order.Line, _ order: Order, _ ledger: Ledger, _ body: (inout ShelfRow) throws(CommerceError) -> Void) throws {
        try Stock.change(line.sku, order.store, node: Stock.find(line.hold, order.store, ledger)?.node, ledger, body)
    }

    /// All units go back to the shelf.
    static func release(_ order: inout Order, _ ledger: Ledger, as state: Hold.State = .released) throws {
        for (index, line) in order.lines.enumerated() {
            if order.isPromised {
                try giveUp(line.count, of: index, &order, to: .withdrawn, ledger)
                // What was in dispute isn't there.
                if order.isDisputed, line.count > 0 {
                    try change(line, order, ledger) { row throws(CommerceError) in
                        for cell in [ShelfRow.Cell.settled, .lost] { try row.add(line.count, to: cell) }
                    }
                }
            } else if let hold = try Stock.find(line.hold, order.store, ledger) {
                try Stock.end(line.hold, hold, as: state, ledger)
            }
        }
    }

    /// Units that were given up are taken again, if they are there.
    /// - Parameter state: `held`, or `committed` where they are promised at once.
    /// - Returns: what there is too little of; then nothing is taken.
    static func holdAgain(_ order: Order, as state: Hold.State, _ ledger: Ledger) throws -> CommerceError? {
        for (sku, count) in order.units.sorted(by: { utf8Precedes($0.key, $1.key) }) {
            let rights = try Stock.rights(sku, order.store, ledger)
            if rights < count { return .noRights(sku, order.store, wanted: count, has: max(0, rights)) }
        }
        for line in order.lines where line.count > 0 {
            // In the row that the line is of, so that what becomes of it later is there as well.
            let hold = try Stock.find(line.hold, order.store, ledger)
            if let node = hold?.node, node != ledger.node {
                try Stock.change(line.sku, order.store, ledger) { row throws(CommerceError) in try row.send(line.count, to: node) }
            }
            try Stock.change(line.sku, order.store, node: hold?.node, ledger) { row throws(CommerceError) in
                for cell in state == .committed ? [ShelfRow.Cell.taken, .committed] : [.taken] { try row.add(line.count, to: cell) }
            }
            if var hold {
                // Of a line that was short, what is left.
                (hold.state, hold.quantity) = (state, line.count)
                try Stock.put(line.hold, hold, ledger)
            }
        }
        return nil
    }

    /// The picker found fewer.
    static func shorten(_ short: [Value.Field], _ order: inout Order, _ ledger: Ledger) throws {
        for entry in short {
            guard case .int(let count) = entry.value, let index = order.lines.firstIndex(where: { $0.sku == entry.key || $0.id == entry.key }) else {
                throw Refused("unknown-line", "The order \(order.number) has no \(entry.key).")
            }
            guard (1...max(1, order.lines[index].count)).contains(count) else { throw CommerceError.quantity(count, 1...max(1, order.lines[index].count)) }
            try giveUp(count, of: index, &order, to: .withdrawn, ledger)
            let line = order.lines[index]
            // They aren't on the shelf, whoever looks next.
            try change(line, order, ledger) { row throws(CommerceError) in
                try row.add(count, to: .lost)
                // By now it's clear what became of them.
                if order.isDisputed { try row.add(count, to: .settled) }
            }
            order.lines[index].short += count
        }
    }

    /// What the customer had comes back.
    static func comeBack(_ order: Order, _ ledger: Ledger) throws {
        for line in order.lines where line.count > 0 {
            try Stock.change(line.sku, order.store, ledger) { row throws(CommerceError) in try row.add(line.count, to: .returned) }
        }
    }

    /// What the customer takes along leaves the shelf; what they leave goes back to it.
    /// - Parameter keep: skus or lines; nil for all.
    static func handOver(_ order: inout Order, keep: [String]?, _ ledger: Ledger) throws {
        for (index, line) in order.lines.enumerated() {
            if let keep, !keep.contains(line.sku), !keep.contains(line.id) {
                try giveUp(line.count, of: index, &order, to: .withdrawn, ledger)
                // It was there after all.
                if order.isDisputed, line.count > 0 { try change(line, order, ledger) { row throws(CommerceError) in try row.add(line.count, to: .settled) } }
                order.lines[index].left += line.count
            }
        }
        try promise(&order, ledger)
        for line in order.lines where line.count > 0 {
            try change(line, order, ledger) { row throws(CommerceError) in
                try row.add(line.count, to: .sold)
                // It was there after all.
                if order.isDisputed { try row.add(line.count, to: .settled) }
            }
        }
        order.isDisputed = false
        order.due = nil
    }

    // MARK: Who gives way

    /// Orders that are open and have units of a sku, the newest first.
    static func open(with sku: String, _ store: String, _ ledger: Ledger) throws -> [Order] {
        var found: [Order] = []
        for (_, value) in try ledger.resources(StockNames.space(store), OrderNames.orders) {
            let order = try Order(value)
            if ledger.decides(order), !order.fulfilment.isFinal, !order.isDisputed, order.lines.contains(where: { $0.sku == sku && $0.count > 0 }) { found.append(order) }
        }
        return found.sorted { ($0.steps.first?.at ?? 0, $0.id) > ($1.steps.first?.at ?? 0, $1.id) }
    }

    /// Somebody has a unit in hand that was promised to this order.
    /// - Returns: how many units it gave.
    static func dispute(_ order: Order, _ sku: String, _ ledger: Ledger) throws -> Int64 {
        var order = order
        try markDisputed(&order, ledger)
        try put(order, ledger)
        return order.units[sku] ?? 0
    }

    /// The units of all lines are somebody else's, or aren't there.
    static func markDisputed(_ order: inout Order, _ ledger: Ledger) throws {
        for (index, line) in order.lines.enumerated() { try giveUp(line.count, of: index, &order, to: .disputed, ledger) }
        order.isDisputed = true
        order.note(alone("disputed", ledger))
    }

    // MARK: What only time decides

    /// Nobody paid in time, or nobody came.
    /// - Throws: `DeskAway`: somebody may have come in time, unheard.
    static func expire(_ order: Order, _ ledger: Ledger) throws {
        try Desk.check(order, by: nil, ledger)
        var order = order
        try release(&order, ledger, as: .expired)
        let isAwaited = order.fulfilment.isFinal || order.paysNow && order.payment == .none
        try order.exit(to: isAwaited ? .cancelled : .notCollected, by: alone(isAwaited ? "cancelled" : "not-collected", ledger))
        refund(&order, ledger)
        try put(order, ledger)
    }

    /// What was captured and is owed no more goes back.
    static func refund(_ order: inout Order, _ ledger: Ledger) {
        let owed = order.fulfilment.isFinal && order.fulfilment != .handedOver ? 0 : (try? order.total())??.minor ?? 0
        let before = order.refunded
        guard order.lines.contains(where: { $0.unit != nil }), order.paid - before > owed else { return }
        order.refunded = order.paid - owed
        order.payment = order.refunded == order.paid ? .refunded : order.payment
        askBack(order, since: before, ledger)
    }

    /// Asks the provider for what goes back of an order that it was paid by; once for each sum, however often.
    /// - Parameter refunded: what went back before.
    static func askBack(_ order: Order, since refunded: Int64, _ ledger: Ledger) {
        guard order.paysNow, order.refunded > refunded, let currency = order.lines.lazy.compactMap(\.unit).first?.currency else { return }
        ledger.charge(Charge(id: "\(order.id)-refund-\(order.refunded)", kind: .refund, order: order.id, store: order.store, amount: Money(order.refunded - refunded, currency)))
    }
}
