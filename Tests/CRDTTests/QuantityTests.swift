// The quantity table: what two people mean by one line while apart. Rows a to i of
// Protocol/merge.md section 4, each for every way in which the 2 can have come about, and in both
// orders of actors and of delivery.
import CRDT
import Testing

typealias QuantityEdit = Document.QuantityEdit

@Suite struct QuantityTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let one: QuantityEdit
        let other: QuantityEdit
        let result: UInt64
        var conflict: [UInt64] = []
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "a: +1 and +1", one: .more(1), other: .more(1), result: 4),
        Row(name: "b: set 5 and +1", one: .set(5), other: .more(1), result: 6),
        Row(name: "c: set 5 and set 3", one: .set(5), other: .set(3), result: 5, conflict: [3, 5]),
        Row(name: "d: remove and +1", one: .remove, other: .more(1), result: 1),
        Row(name: "e: remove and set 4", one: .remove, other: .set(4), result: 4),
        Row(name: "f: -1 and -1", one: .less(1), other: .less(1), result: 1),
        Row(name: "g: -1 and +1", one: .less(1), other: .more(1), result: 2),
        Row(name: "h: remove and remove", one: .remove, other: .remove, result: 0),
        Row(name: "i: remove and -1", one: .remove, other: .less(1), result: 0),
    ]

    enum Start: String, CaseIterable, Sendable { case set, addedByOne, addedByTwo }

    @Test(arguments: rows, Start.allCases)
    func `concurrent edits of a quantity give what both people meant`(row: Row, start: Start) throws {
        for isSwapped in [false, true] {
            var replicas = [TestReplica(1), TestReplica(2)]
            let first = isSwapped ? 1 : 0
            switch start {
            case .set: try edit(&replicas[first], .set(2))
            case .addedByOne: try edit(&replicas[first], .more(2))
            case .addedByTwo:
                try edit(&replicas[0], .more(1))
                try edit(&replicas[1], .more(1))
            }
            try meet(&replicas)
            try edit(&replicas[first], row.one)
            try edit(&replicas[1 - first], row.other)
            try meet(&replicas)
            for replica in replicas {
                guard let quantity = replica.document.existingContainer(.quantity, "quantity") else {
                    Issue.record("the quantity is there")
                    return
                }
                #expect(replica.document.quantity(quantity) == row.result)
                #expect(replica.document.quantityConflict(quantity) == row.conflict)
            }
        }
    }

    private func edit(_ replica: inout TestReplica, _ edit: QuantityEdit) throws {
        try replica.edit { document in try document.edit(edit, in: document.container(.quantity, "quantity")) }
    }

    private func meet(_ replicas: inout [TestReplica]) throws {
        try replicas[0].receive(from: replicas[1])
        try replicas[1].receive(from: replicas[0])
    }
}

@Suite struct QuantityLimitTests {
    @Test func `a quantity above the bound is refused and nothing changes`() {
        var replica = TestReplica(1)
        #expect(throws: EditError.tooLarge(what: "quantity", limit: 1_000_000_000)) {
            try replica.edit { try $0.edit(.more(1_000_000_001), in: $0.container(.quantity, "quantity")) }
        }
        #expect(replica.document.changeCount == 0)
    }
}
