// All rows of a sku on a shelf, joined: what is there, what of it is whose, and who may promise how much.
//
//     received + returned + found = sold + promised + disputed + held + in transit + available + damaged + lost
//
// holds by how `available` is made: the sum of all rights. That no term is negative, and that holds and orders add up to
// what the cells say, is what has to be kept. Protocol/stock.md 3.
internal import CRDT

package struct Shelf: Equatable, Sendable {
    /// By the id of the authority that writes the row.
    package var rows: [String: ShelfRow]

    package init(_ rows: [String: ShelfRow] = [:]) { self.rows = rows }

    /// What an authority may promise: its own, and what others gave it.
    package func rights(of node: String) -> Int64 {
        (rows[node]?.ownRights ?? 0) + rows.reduce(0) { $1.key == node ? $0 : $0 + ($1.value.sent[node] ?? 0) }
    }

    package var nodes: [String] { Set(rows.keys).union(rows.values.flatMap { $0.sent.keys }).sorted(by: utf8Precedes) }

    package func total(_ cell: ShelfRow.Cell) -> Int64 { rows.values.reduce(0) { $0 + $1[cell] } }

    package var held: Int64 { rows.values.reduce(0) { $0 + $1.held } }
    package var promised: Int64 { rows.values.reduce(0) { $0 + $1.promised } }
    package var inDispute: Int64 { rows.values.reduce(0) { $0 + $1.inDispute } }
    /// Units of holds that went to another authority which hasn't taken them in yet: nobody's to promise meanwhile.
    package var inTransit: Int64 { total(.moved) - total(.arrived) }
    /// Units sold out of the hand that somebody else may still promise.
    package var openClaims: Int64 { total(.claimed) - total(.ceded) }
    package var available: Int64 { nodes.reduce(0) { $0 + rights(of: $1) } - openClaims }

    /// Terms that are below zero, in words: none, as long as every row was written by its rules.
    package var broken: [String] {
        var terms: [(String, Int64)] = ShelfRow.Cell.allCases.map { ($0.rawValue, total($0)) }
        for node in nodes { terms.append(("rights of \(node)", rights(of: node))) }
        for (node, row) in rows { terms += [("held by \(node)", row.held), ("promised by \(node)", row.promised), ("in dispute at \(node)", row.inDispute)] }
        terms += [("in transit", inTransit), ("open claims", openClaims)]
        let sides = (total(.received) + total(.returned) + total(.found),
                     total(.sold) + promised + inDispute + held + inTransit + available + total(.damaged) + total(.lost))
        return terms.filter { $0.1 < 0 }.map { "\($0.0) is \($0.1)" } + (sides.0 == sides.1 ? [] : ["\(sides.0) came, and \(sides.1) are accounted for"])
    }
}
