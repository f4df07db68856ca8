// How orders are shown, and how a step of one is asked for and answered.
internal import Commerce
internal import Console
internal import CRDT
internal import Replica
internal import Sync

enum OrderView {
    static func ask(_ kind: String, _ name: String, _ replica: Replica, _ more: [(String, Value)] = []) throws -> IntentID {
        try ask(kind, replica.order(name), replica, more)
    }

    static func ask(_ kind: String, _ order: Order, _ replica: Replica, _ more: [(String, Value)] = []) throws -> IntentID {
        try replica.ask(kind, .map([("order", .string(order.id)), ("person", StockView.person(replica))] + more), in: StockNames.space(order.store))
    }

    static func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
        guard let outcome = try replica.outcome(of: intent) else {
            return Output(.fields(["status": "queued", "by": .null, "at": .null, "reason": .null])) { $0.yellow("asked; it is decided once the hub is reached") }
        }
        let value = outcome.value
        let by = (try? value.text("by")).map(JSON.string) ?? .null
        let at = (try? value.integer("at")).map { JSON.string(TimeText.iso($0)) } ?? .null
        guard outcome.isDone else { throw refused(outcome.status, outcome.message, by: try? value.text("by"), at: try? value.integer("at")) }
        let status = (try? value.text("fulfilment")) ?? ""
        let number = (try? value.text("number")) ?? ""
        return Output(.fields(["status": .string(status), "by": by, "at": at, "reason": .null])) { style in "\(style.bold(number)) is \(status)" }
    }

    /// What can't be any more, with who was first, and when.
    static func refused(_ code: String, _ message: String, by name: String?, at time: Int64?) -> CommandError {
        CommandError(code, message + (time.map { " (at \(TimeText.short($0)))" } ?? ""),
                     .fields(["status": "refused", "by": name.map(JSON.string) ?? .null, "at": time.map { .string(TimeText.iso($0)) } ?? .null, "reason": .string(code)]))
    }

    static func json(_ order: Order) throws -> JSON {
        .fields([
            "order": .string(order.id), "number": .string(order.number), "store": .string(order.store), "fulfilment": .string(order.fulfilment.rawValue),
            "payment": .string(order.payment.rawValue), "disputed": .bool(order.isDisputed),
            "lines": .array(order.lines.map { line in
                .fields(["line": .string(line.id), "sku": .string(line.sku), "quantity": .int(line.count), "ordered": .int(line.quantity), "short": .int(line.short),
                         "left": .int(line.left), "unit": line.unit.map { JSON(value: $0.value) } ?? .null])
            }),
            "total": try order.total().map { JSON(value: $0.value) } ?? .null,
            "vouchers": .array(order.vouchers.map(JSON.string)), "paid": .int(order.paid), "refunded": .int(order.refunded), "due": order.due.map { .string(TimeText.iso($0)) } ?? .null,
            "facts": .array(order.steps.map { .fields(["what": .string($0.what), "by": .string($0.by), "at": .string(TimeText.iso($0.at))]) }),
        ])
    }

    static func text(_ order: Order, _ style: Style) -> String {
        let total = (try? order.total())?.map { ", \($0)" } ?? ""
        var lines = ["\(style.bold(order.number)) at \(order.store): \(order.fulfilment.rawValue)\(order.isDisputed ? ", disputed" : "")\(total), payment \(order.payment.rawValue)"]
        var table = Table([.text("SKU"), .number("Quantity"), .text("Unit"), .text("")])
        for line in order.lines {
            table.add(line.sku, "\(line.count)", line.unit.map(\.description) ?? "", [line.short > 0 ? "\(line.short) short" : "", line.left > 0 ? "\(line.left) left behind" : ""].filter { !$0.isEmpty }.joined(separator: ", "))
        }
        lines.append(table.rendered(style))
        lines += order.steps.map { style.dim("\(TimeText.short($0.at))  \($0.what)\($0.by.isEmpty ? "" : ", \($0.by)")") }
        return lines.joined(separator: "\n")
    }

    static func table(_ orders: [Order], _ style: Style) -> String {
        if orders.isEmpty { return "There are no orders yet." }
        var table = Table([.text("Number"), .text("Store"), .text("Fulfilment"), .text("Payment"), .text("Total"), .number("Lines")])
        for order in orders {
            table.add(order.number, order.store, order.fulfilment.rawValue, order.payment.rawValue, (try? order.total())?.map(\.description) ?? "", "\(order.lines.count)")
        }
        return table.rendered(style)
    }
}
