// That a cart was ordered, or merged into another: by which orders, and how many units of each line they took. Protocol/orders.md 1.
package import CRDT

package struct ClosedCart: Equatable, Sendable {
    /// Units of each line, by its id.
    package private(set) var taken: [String: Int64] = [:]
    /// Ids, the earliest first.
    package private(set) var orders: [String] = []

    /// It was put aside when somebody signed in during a checkout: what is in it shows on the shortlist.
    package var isParked = false

    package init() {}

    /// Nothing of it is taken any more.
    package mutating func giveBack() { taken = [:] }

    /// Further orders took more of it: of what others had added meanwhile.
    package mutating func take(_ units: [(line: String, count: Int64)], by orders: [String]) {
        for (line, count) in units { taken[line, default: 0] += count }
        self.orders += orders
    }

    package var value: Value {
        .map([("taken", .map(taken.map { ($0.key, .int($0.value)) })), ("orders", .list(orders.map(Value.string)))] + (isParked ? [("parked", .bool(true))] : []))
    }

    package init(_ value: Value) throws(CommerceError) {
        for entry in try value.entries("taken") { if case .int(let count) = entry.value { taken[entry.key] = count } }
        orders = try value.texts("orders")
        isParked = value.isThere("parked") ? try value.flag("parked") : false
    }
}
