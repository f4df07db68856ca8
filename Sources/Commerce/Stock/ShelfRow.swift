// What one authority knows of the units of a sku on a shelf: cells that only grow, written by that authority alone.
//
//     rights = received + returned + found - damaged - lost - taken + released + withdrawn + claimed - ceded
//              + what others sent - what it sent
//
// A right is a unit that this authority may promise. Taking it makes a hold; the hold is released, or committed, which makes
// a promise; the promise is kept (sold), withdrawn, or disputed. Protocol/stock.md 2.
package import CRDT

package struct ShelfRow: Equatable, Sendable {
    package enum Cell: String, CaseIterable, Sendable {
        /// Units that came: by delivery, back from a customer, or by a count that found more.
        case received, returned, found
        /// Units that went without a sale.
        case damaged, lost
        /// Rights that became a hold, and holds that became rights again or promises.
        case taken, released, committed
        /// Promises that were given up, kept, or lost their unit to somebody who held it in hand; and of the last, those
        /// about which it is known by now what became of them.
        case withdrawn, sold, disputed, settled
        /// Holds that went to another authority with their order, and those that came so.
        case moved, arrived
        /// Units sold out of the hand that another authority may promise, and rights given up for such a claim.
        case claimed, ceded
    }

    private var cells: [Cell: Int64] = [:]
    /// Rights given to other authorities, by their ids: sums, not transfers, so that telling twice is telling once.
    package private(set) var sent: [String: Int64] = [:]

    package init() {}

    package subscript(cell: Cell) -> Int64 { cells[cell] ?? 0 }

    /// - Throws: `too-large` where a cell would hold more than a shelf can.
    package mutating func add(_ count: Int64, to cell: Cell) throws(CommerceError) {
        precondition(count >= 0, "a cell only grows")
        let (sum, overflow) = self[cell].addingReportingOverflow(count)
        guard !overflow, sum <= CommerceLimits.cellMax else { throw .tooManyUnits() }
        cells[cell] = sum
    }

    package mutating func send(_ count: Int64, to node: String) throws(CommerceError) {
        precondition(count >= 0, "rights are given, never taken")
        let (sum, overflow) = sent[node, default: 0].addingReportingOverflow(count)
        guard !overflow, sum <= CommerceLimits.cellMax, sent[node] != nil || sent.count < CommerceLimits.sentMax else { throw .tooManyUnits() }
        sent[node] = sum
    }

    /// Of its own, without what others sent.
    var ownRights: Int64 {
        self[.received] + self[.returned] + self[.found] - self[.damaged] - self[.lost] - self[.taken] + self[.released] + self[.withdrawn]
            + self[.claimed] - self[.ceded] - sent.values.reduce(0, +)
    }

    package var held: Int64 { self[.taken] + self[.arrived] - self[.moved] - self[.released] - self[.committed] }
    package var promised: Int64 { self[.committed] - self[.withdrawn] - self[.sold] - inDispute }
    /// Units that the books still have, and that may not be there.
    package var inDispute: Int64 { self[.disputed] - self[.settled] }

    /// The larger of each cell: of two states of one row, the later.
    package func merged(with other: ShelfRow) -> ShelfRow {
        var merged = self
        for cell in Cell.allCases { merged.cells[cell] = max(self[cell], other[cell]) }
        for (node, count) in other.sent { merged.sent[node] = max(sent[node, default: 0], count) }
        return merged
    }

    package static func == (left: ShelfRow, right: ShelfRow) -> Bool { left.value == right.value }

    // MARK: As a fact

    package var value: Value {
        .map(Cell.allCases.filter { self[$0] != 0 }.map { ($0.rawValue, .int(self[$0])) }
            + [("sent", .map(sent.filter { $0.value != 0 }.map { ($0.key, .int($0.value)) }))])
    }

    package init(_ value: Value) throws(CommerceError) {
        for cell in Cell.allCases where value.isThere(cell.rawValue) { cells[cell] = try ShelfRow.checked(value.integer(cell.rawValue)) }
        for entry in try value.entries("sent") {
            guard case .int(let count) = entry.value else { throw .lacks(entry.key, "a whole number") }
            sent[entry.key] = try ShelfRow.checked(count)
        }
        guard sent.count <= CommerceLimits.sentMax else { throw .tooManyUnits() }
    }

    private static func checked(_ count: Int64) throws(CommerceError) -> Int64 {
        guard (0...CommerceLimits.cellMax).contains(count) else { throw .quantity(count, 0...CommerceLimits.cellMax) }
        return count
    }
}
