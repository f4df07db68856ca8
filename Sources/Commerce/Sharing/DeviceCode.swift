// A code with authority, as a device shows it on its screen: `code/HASH`, a fact of a store's space. It says what it is for,
// who issued it, until when it is good, and who took it: once. Protocol/sharing.md 3.
package import CRDT

package struct DeviceCode: Equatable, Sendable {
    package struct Line: Equatable, Sendable {
        package let line: String
        package let quantity: Int64

        package init(line: String, quantity: Int64) { (self.line, self.quantity) = (line, quantity) }
    }

    package static let prefix = "code/"
    package static func resource(_ hash: String) -> String { prefix + hash }

    /// The one thing that codes are good for.
    package static let claimCart = "claim-cart"

    /// The issuing device's id, and what people call it.
    package let device: String
    package let name: String
    package let lines: [Line]
    /// In milliseconds of the time of the hub that issued it: from then on it opens nothing.
    package let until: Int64
    /// The epoch of that hub: one that was put back may have forgotten that the code was taken.
    package let epoch: String
    /// The device that took it, and when.
    package private(set) var claim: (by: String, at: Int64)?

    package init(device: String, name: String, lines: [Line], until: Int64, epoch: String) {
        (self.device, self.name, self.lines, self.until, self.epoch) = (device, name, lines, until, epoch)
    }

    package static func == (left: DeviceCode, right: DeviceCode) -> Bool { left.value == right.value }

    package func claimed(by device: String, at time: Int64) -> DeviceCode {
        var code = self
        code.claim = (device, time)
        return code
    }

    // MARK: As a fact

    package var value: Value {
        .map([("purpose", .string(DeviceCode.claimCart)), ("device", .string(device)), ("name", .string(name)), ("until", .int(until)), ("epoch", .string(epoch)), ("lines", DeviceCode.value(lines)),
              ("by", claim.map { .string($0.by) } ?? .null), ("at", claim.map { .int($0.at) } ?? .null)])
    }

    package init(_ value: Value) throws(CommerceError) {
        self.init(device: try value.text("device"), name: try value.text("name"), lines: try DeviceCode.lines(value), until: try value.integer("until"), epoch: try value.text("epoch"))
        if value.isThere("by") { claim = (try value.text("by"), try value.integer("at")) }
    }

    package static func value(_ lines: [Line]) -> Value { .list(lines.map { .map([("line", .string($0.line)), ("quantity", .int($0.quantity))]) }) }

    /// - Throws: `invalid-value`, `invalid-quantity`.
    package static func lines(_ value: Value) throws(CommerceError) -> [Line] {
        let items = try value.items("lines")
        guard (1...CommerceLimits.codeLinesMax).contains(items.count) else { throw CommerceError("invalid-value", "A code has 1 to \(CommerceLimits.codeLinesMax) lines, not \(items.count).") }
        var lines: [Line] = []
        for item in items {
            let line = Line(line: try item.text("line"), quantity: try item.integer("quantity"))
            guard (1...CommerceLimits.codeLineBytesMax).contains(line.line.utf8.count) else { throw CommerceError("invalid-value", "A line's id has 1 to \(CommerceLimits.codeLineBytesMax) bytes.") }
            guard (1...CommerceLimits.quantityMax).contains(line.quantity) else { throw .quantity(line.quantity, 1...CommerceLimits.quantityMax) }
            lines.append(line)
        }
        return lines
    }
}
