// Some units of a shelf that are kept for somebody until a deadline, in the time of the authority that granted them.
//
//     held ──► committed | released | expired
//
// All three are final. A hold is released by its id, never by a quantity: what was released once can't be released again.
// Whoever looks at a hold whose deadline has passed treats it as expired, whether or not somebody has written that down.
// Protocol/stock.md 4.
package import CRDT

package struct Hold: Equatable, Sendable {
    package enum State: String, Sendable { case held, committed, released, expired }

    package let store: String
    package let sku: String
    package var quantity: Int64
    /// The authority whose row it is in: that whose rights it took, or that to which it went with its order.
    package var node: String
    /// From which authority it comes, until `node` has taken it in.
    package var from: String?
    /// In that authority's time; nil where it ends with the order that it is for.
    package var deadline: Int64?
    /// Whose order it is for, or whose it is; none of both: whoever made it.
    package let order: String?
    package let person: String?
    package var state = State.held

    package init(store: String, sku: String, quantity: Int64, node: String, deadline: Int64?, order: String? = nil, person: String? = nil) {
        (self.store, self.sku, self.quantity, self.node) = (store, sku, quantity, node)
        (self.deadline, self.order, self.person) = (deadline, order, person)
    }

    package func isLive(at time: Int64) -> Bool { state == .held && deadline.map { time < $0 } ?? true }

    package func isOverdue(at time: Int64) -> Bool { state == .held && !isLive(at: time) }

    /// Seconds until the deadline, rounded up: a person who is shown 1 can still act.
    package func remainingSeconds(at time: Int64) -> Int64? { deadline.map { max(0, ($0 - time + 999) / 1_000) } }

    // MARK: As a fact

    package var value: Value {
        .map([("store", .string(store)), ("sku", .string(sku)), ("quantity", .int(quantity)), ("node", .string(node)),
              ("due", state == .held ? deadline.map(Value.int) ?? .null : .null), ("order", order.map(Value.string) ?? .null),
              ("person", person.map(Value.string) ?? .null), ("state", .string(state.rawValue))] + (from.map { [("from", .string($0))] } ?? []))
    }

    package init(_ value: Value) throws(CommerceError) {
        store = try value.text("store")
        sku = try value.text("sku")
        quantity = try value.integer("quantity")
        node = try value.text("node")
        deadline = value.isThere("due") ? try value.integer("due") : nil
        order = value.isThere("order") ? try value.text("order") : nil
        person = value.isThere("person") ? try value.text("person") : nil
        from = value.isThere("from") ? try value.text("from") : nil
        guard let state = State(rawValue: try value.text("state")) else { throw .lacks("state", "held, committed, released or expired") }
        self.state = state
    }
}
