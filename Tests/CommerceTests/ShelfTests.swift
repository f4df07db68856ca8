// Rows and shelves: whatever is done to them by their rules, nothing gets lost, and it doesn't matter who heard of it first.
import Bytes
import Commerce
import CRDT
import Testing

@Suite struct ShelfTests {
    /// A shelf on which some nodes did what they may.
    private struct Made {
        var shelf = Shelf(["a": ShelfRow(), "b": ShelfRow(), "c": ShelfRow()])
        var chance: SeededGenerator

        mutating func step() throws {
            let node = ["a", "b", "c"][chance.below(3)]
            var row = shelf.rows[node] ?? ShelfRow()
            let count = Int64(1 + chance.below(3))
            let rights = shelf.rights(of: node)
            switch chance.below(10) {
            case 0: try row.add(count, to: .received)
            case 1 where rights >= count: try row.add(count, to: .lost)
            case 2 where rights >= count: try row.send(count, to: ["a", "b", "c"].first { $0 != node } ?? "a")
            case 3 where rights >= count: try row.add(count, to: .taken)
            case 4 where rights >= count: try row.add(count, to: .taken)
            case 5 where row.held >= count: try row.add(count, to: .released)
            case 6 where row.held >= count: try row.add(count, to: .committed)
            case 7 where row.promised >= count: try row.add(count, to: .sold)
            case 8 where row.promised >= count: try row.add(count, to: .withdrawn)
            case 9 where row.promised >= count: try row.add(count, to: .disputed)
            default: break
            }
            shelf.rows[node] = row
        }
    }

    @Test(arguments: 0..<200) func `what came is accounted for, and no term is negative`(seed: UInt64) throws {
        var made = Made(chance: SeededGenerator(seed: seed))
        for _ in 0..<200 {
            try made.step()
            #expect(made.shelf.broken.isEmpty)
        }
        #expect(made.shelf.total(.received) > 0)
    }

    @Test(arguments: 0..<200) func `states of a row merge in any order, and twice is once`(seed: UInt64) throws {
        var made = Made(chance: SeededGenerator(seed: seed))
        var states: [ShelfRow] = []
        for _ in 0..<60 {
            try made.step()
            if let row = made.shelf.rows["a"] { states.append(row) }
        }
        let shuffled = states.shuffled(using: &made.chance)
        let merged = shuffled.reduce(ShelfRow()) { $0.merged(with: $1) }
        #expect(merged == states.last)
        #expect(merged.merged(with: merged) == merged)
        #expect(try ShelfRow(merged.value) == merged)
    }

    @Test func `a shelf that sold what it had not is called broken`() throws {
        var row = ShelfRow()
        try row.add(1, to: .received)
        for cell in [ShelfRow.Cell.taken, .committed, .sold] { try row.add(2, to: cell) }
        #expect(Shelf(["a": row]).broken == ["rights of a is -1"])
    }

    @Test func `rights lent are another's, and units stay`() throws {
        var row = ShelfRow()
        try row.add(5, to: .received)
        try row.send(2, to: "web")
        let shelf = Shelf(["store": row])
        #expect(shelf.rights(of: "store") == 3 && shelf.rights(of: "web") == 2 && shelf.available == 5)
    }

    @Test func `a cell has a bound`() throws {
        var row = ShelfRow()
        try row.add(CommerceLimits.cellMax, to: .received)
        #expect(throws: CommerceError.self) { try row.add(1, to: .received) }
        #expect(throws: CommerceError.self) { try ShelfRow(.map([("incarnation", .int(1)), ("sold", .int(-1))])) }
        #expect(throws: CommerceError.self) { try ShelfRow(.map([("incarnation", .int(1)), ("sent", .map([("a", .int(-1))]))])) }
    }

    @Test func `rights are given to so many, and no more`() throws {
        var row = ShelfRow()
        for number in 0..<CommerceLimits.sentMax { try row.send(1, to: "n\(number)") }
        #expect(throws: CommerceError.self) { try row.send(1, to: "another") }
        try row.send(1, to: "n0")
        #expect(try ShelfRow(row.value) == row)
    }

    @Test func `a hold ends at its deadline, not after`() throws {
        let hold = Hold(store: "S1", sku: "SHOE", quantity: 1, node: "hub", deadline: 1_000)
        #expect(hold.isLive(at: 999) && !hold.isLive(at: 1_000) && hold.isOverdue(at: 1_000))
        #expect(hold.remainingSeconds(at: 0) == 1 && hold.remainingSeconds(at: 999) == 1 && hold.remainingSeconds(at: 5_000) == 0)
        #expect(try Hold(hold.value) == hold)
    }
}
