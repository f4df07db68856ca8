// An order as a fact's value. Protocol/orders.md 2.
package import CRDT

package enum OrderNames {
    package static let orders = "order/"
    package static let carts = "closed/"

    package static func order(_ id: String) -> String { orders + id }
    /// What says that a cart was ordered: `closed/cart/1`.
    package static func closed(_ cart: String) -> String { carts + cart }
}

extension Order {
    package var value: Value {
        .map([
            ("id", .string(id)), ("number", .string(number)), ("store", .string(store)), ("owner", .string(owner)),
            ("lines", .list(lines.map(\.value))), ("now", .bool(paysNow)), ("try", .bool(isTryOn)),
            ("fulfilment", .string(fulfilment.rawValue)), ("payment", .string(payment.rawValue)),
            ("promised", .bool(isPromised)), ("disputed", .bool(isDisputed)), ("paid", .int(paid)), ("refunded", .int(refunded)),
            ("due", due.map(Value.int) ?? .null), ("steps", .list(steps.map(\.value))),
        ] + (authority.map { [("authority", .string($0))] } ?? []) + (vouchers.isEmpty ? [] : [("vouchers", .list(vouchers.map(Value.string)))]) + (goesAnywhere ? [("anywhere", .bool(true))] : []))
    }

    package init(_ value: Value) throws(CommerceError) {
        var lines: [Line] = []
        for item in try value.items("lines") { lines.append(try Line(item)) }
        self.init(id: try value.text("id"), number: try value.text("number"), store: try value.text("store"), owner: try value.text("owner"), lines: lines,
                  paysNow: try value.flag("now"), isTryOn: try value.flag("try"))
        guard let fulfilment = Fulfilment(rawValue: try value.text("fulfilment")) else { throw .lacks("fulfilment", "a state of an order") }
        guard let payment = Payment(rawValue: try value.text("payment")) else { throw .lacks("payment", "a state of a payment") }
        (self.fulfilment, self.payment) = (fulfilment, payment)
        (isPromised, isDisputed) = (try value.flag("promised"), try value.flag("disputed"))
        (paid, refunded) = (try value.integer("paid"), try value.integer("refunded"))
        guard paid >= 0, (0...paid).contains(refunded) else { throw .lacks("refunded", "no more than was paid") }
        due = value.isThere("due") ? try value.integer("due") : nil
        for item in try value.items("steps") { steps.append(try Step(item)) }
        authority = value.isThere("authority") ? try value.text("authority") : nil
        goesAnywhere = value.isThere("anywhere") ? try value.flag("anywhere") : false
        if value.isThere("vouchers") { vouchers = try value.texts("vouchers") }
    }
}

extension Order.Line {
    var value: Value {
        .map([("id", .string(id)), ("sku", .string(sku)), ("quantity", .int(quantity)), ("short", .int(short)), ("left", .int(left)),
              ("unit", unit?.value ?? .null), ("total", total?.value ?? .null), ("fulfilment", fulfilment.map(Value.string) ?? .null), ("hold", .string(hold))] + (paid.map { [("paid", $0.value)] } ?? []))
    }

    init(_ value: Value) throws(CommerceError) {
        self.init(id: try value.text("id"), sku: try value.text("sku"), quantity: try value.integer("quantity"),
                  unit: value.isThere("unit") ? try Money(value["unit"] ?? .null) : nil, total: value.isThere("total") ? try Money(value["total"] ?? .null) : nil,
                  fulfilment: value.isThere("fulfilment") ? try value.text("fulfilment") : nil, hold: try value.text("hold"))
        (short, left) = (try value.integer("short"), try value.integer("left"))
        paid = value.isThere("paid") ? try Money(value["paid"] ?? .null) : nil
        let most = 0...CommerceLimits.quantityMax
        guard quantity > 0, most.contains(quantity), most.contains(short), most.contains(left), count >= 0 else { throw .quantity(quantity, most) }
    }
}

extension Order.Step {
    var value: Value { .map([("what", .string(what)), ("by", .string(by)), ("device", .string(device)), ("at", .int(at))]) }

    init(_ value: Value) throws(CommerceError) {
        self.init(what: try value.text("what"), by: try value.text("by"), device: try value.text("device"), at: try value.integer("at"))
    }
}
