// The one desk of a store that hands over while the hub is away: the fact `desk` of the store's space. Protocol/orders.md 5.
//
//     hands over ──► has it for a time ──wanted──► gives it back ──► the next that hands over has it
//
// While a desk has it, whatever ends an order that waits to be fetched is this desk's, or waits until it gave it back.

package import CRDT

package struct DeskLease: Equatable, Sendable {
    package static let resource = "desk"

    /// The device; empty while nobody has it.
    package let device: String
    /// For people.
    package let name: String
    /// One more each time that it goes to another.
    package let term: Int64
    /// By the time of the hub that decides about the store.
    package let until: Int64
    /// Somebody else has something to hand over: the desk gives it back as soon as it hears of that.
    package var isWanted = false

    package init(device: String, name: String, term: Int64, until: Int64) {
        (self.device, self.name, self.term, self.until) = (device, name, term, until)
    }

    package func isHeld(at time: Int64) -> Bool { !device.isEmpty && time < until }

    /// The same, given back.
    package var ended: DeskLease { DeskLease(device: "", name: "", term: term, until: 0) }

    package var value: Value {
        .map([("device", .string(device)), ("name", .string(name)), ("term", .int(term)), ("until", .int(until)), ("wanted", .bool(isWanted))])
    }

    package init(_ value: Value) throws(CommerceError) {
        self.init(device: try value.text("device"), name: try value.text("name"), term: try value.integer("term"), until: try value.integer("until"))
        isWanted = try value.flag("wanted")
    }
}
