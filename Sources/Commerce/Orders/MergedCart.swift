// What a sign-in did to the account's cart: `merge/DEVICE/PATH`, a fact of the person's space. Protocol/documents.md 1.
package import CRDT

package struct MergedCart: Equatable, Sendable {
    /// The account's, once it's known.
    package var cart = ""
    /// Of the device, the last one open.
    package let guests: [String]
    /// Units that were added, by line.
    package private(set) var added: [(line: String, count: Int64)] = []
    /// Of these the lines that went to the shortlist.
    package private(set) var saved: [String] = []
    /// The account's cart that was put aside, at checkout.
    package var parked: String?
    package var isUndone = false
    /// Lines that came from the guest and of which no store had a unit then.
    package var out: [String] = []

    package init(guests: [String]) { self.guests = guests }

    package static func == (left: MergedCart, right: MergedCart) -> Bool { left.value == right.value }

    package mutating func add(_ line: String, _ count: Int64) {
        if let index = added.firstIndex(where: { $0.line == line }) { added[index].count = max(added[index].count, count) } else { added.append((line, count)) }
    }

    package mutating func save(_ line: String, _ count: Int64) {
        guard !added.contains(where: { $0.line == line }) else { return }
        added.append((line, count))
        saved.append(line)
    }

    // MARK: As a fact

    package static let prefix = "merge/"
    package static func resource(_ device: DeviceID, _ path: String) -> String { "\(prefix)\(device)/\(path)" }
    package static func device(_ resource: String) -> String { String(resource.dropFirst(prefix.count).prefix { $0 != "/" }) }

    package var value: Value {
        .map([("cart", .string(cart)), ("guests", .list(guests.map(Value.string))), ("added", .map(added.map { ($0.line, .int($0.count)) })),
              ("saved", .list(saved.map(Value.string))), ("parked", parked.map(Value.string) ?? .null), ("undone", .bool(isUndone))]
            + (out.isEmpty ? [] : [("out", .list(out.map(Value.string)))]))
    }

    package init(_ value: Value) throws(CommerceError) {
        guests = try value.texts("guests")
        cart = try value.text("cart")
        for entry in try value.entries("added") { if case .int(let count) = entry.value { added.append((entry.key, count)) } }
        saved = try value.texts("saved")
        parked = value.isThere("parked") ? try value.text("parked") : nil
        isUndone = try value.flag("undone")
        out = value.isThere("out") ? try value.texts("out") : []
    }
}
