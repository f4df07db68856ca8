// What a hub asks of the payment provider. The id is derived from the intent: asked again, however often and by whatever
// restored hub, the provider does it once.
package import CRDT

package struct Charge: Equatable, Sendable {
    package enum Kind: String, Sendable { case capture, refund }

    package let id: String
    package let kind: Kind
    package let order: String
    package let store: String
    package let amount: Money

    package init(id: String, kind: Kind, order: String, store: String, amount: Money) {
        (self.id, self.kind, self.order, self.store, self.amount) = (id, kind, order, store, amount)
    }

    package var value: Value {
        .map([("id", .string(id)), ("kind", .string(kind.rawValue)), ("order", .string(order)), ("store", .string(store)), ("amount", amount.value)])
    }

    package init(_ value: Value) throws(CommerceError) {
        guard let kind = Kind(rawValue: try value.text("kind")) else { throw .lacks("kind", "capture or refund") }
        self.init(id: try value.text("id"), kind: kind, order: try value.text("order"), store: try value.text("store"), amount: try Money(value["amount"] ?? .null))
    }
}

/// What the provider says became of it; it may say so twice, late, or before anybody asked.
package struct PaymentResult: Equatable, Sendable {
    package enum Status: String, Sendable { case captured, declined, refunded }

    package let id: String
    package let status: Status
    package let amount: Money

    package init(id: String, status: Status, amount: Money) { (self.id, self.status, self.amount) = (id, status, amount) }

    package var value: Value { .map([("id", .string(id)), ("status", .string(status.rawValue)), ("amount", amount.value)]) }

    package init(_ value: Value) throws(CommerceError) {
        guard let status = Status(rawValue: try value.text("status")) else { throw .lacks("status", "captured, declined or refunded") }
        self.init(id: try value.text("id"), status: status, amount: try Money(value["amount"] ?? .null))
    }
}
