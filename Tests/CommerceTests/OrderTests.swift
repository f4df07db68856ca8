// The two machines of an order, and its number for people.
import Bytes
import Commerce
import Testing

@Suite struct OrderTests {
    private func order(_ lines: [Order.Line] = [.init(id: "SHOE", sku: "SHOE", quantity: 2, unit: Money(8_990, "EUR"), total: Money(17_980, "EUR"), fulfilment: nil, hold: "h")]) -> Order {
        Order(id: "id", number: "S1-000001-ABC", store: "S1", owner: "person:ana", lines: lines, paysNow: false, isTryOn: false)
    }

    private func step(_ what: String) -> Order.Step { Order.Step(what: what, by: "d1", device: "d", at: 7) }

    private static let stages: [Order.Fulfilment] = [.placed, .routed, .accepted, .picking, .picked, .ready, .presented, .handedOver]

    @Test(arguments: stages, stages) func `an order only goes forward`(from: Order.Fulfilment, to: Order.Fulfilment) throws {
        var order = order()
        order.fulfilment = from
        let places = (OrderTests.stages.firstIndex(of: from) ?? 0, OrderTests.stages.firstIndex(of: to) ?? 0)
        if places.0 < places.1 {
            try order.advance(to: to, by: step(to.rawValue))
            #expect(order.fulfilment == to && order.last(to)?.by == "d1")
        } else {
            #expect(throws: CommerceError.self) { try order.advance(to: to, by: step("")) }
            #expect(order.fulfilment == from && order.steps.isEmpty)
        }
    }

    @Test(arguments: [Order.Fulfilment.cancelled, .rejected, .notCollected, .returned]) func `an exit is final`(exit: Order.Fulfilment) throws {
        var order = order()
        order.fulfilment = exit
        #expect(throws: CommerceError.self) { try order.advance(to: .handedOver, by: step("")) }
        #expect(throws: CommerceError.self) { try order.exit(to: .cancelled, by: step("")) }
    }

    @Test func `who comes second is told who was first`() throws {
        var order = order()
        try order.advance(to: .handedOver, by: step("handed-over"))
        #expect(throws: CommerceError("used", "The order S1-000001-ABC is handed-over by d1 already.")) { try order.advance(to: .handedOver, by: step("")) }
    }

    @Test func `a total is of what is still the customer's`() throws {
        var order = order()
        #expect(try order.total() == Money(17_980, "EUR"))
        order.lines[0].short = 1
        #expect(try order.total() == Money(8_990, "EUR"))
        order.lines[0].left = 1
        #expect(try order.total() == Money(0, "EUR"))
        #expect(try Order(order.value) == order)
        #expect(try self.order([.init(id: "A", sku: "A", quantity: 1, unit: nil, total: nil, fulfilment: nil, hold: "h")]).total() == nil)
    }

    @Test(arguments: [(0, 0, true), (5, 5, true), (5, 6, false), (5, -1, false), (-1, -1, false), (Int64.max, .min, false)])
    func `no more is given back than was paid`(paid: Int64, refunded: Int64, isRead: Bool) {
        var order = order()
        (order.paid, order.refunded) = (paid, refunded)
        #expect((try? Order(order.value)) == (isRead ? order : nil))
    }

    @Test func `one letter wrong, or two swapped, is no number`() {
        var chance = SeededGenerator(seed: 1)
        for sequence in [1, 417, 999_999, 1_000_000] as [UInt64] {
            let number = OrderNumber.text(store: "S1", sequence: sequence, tag: chance.bytes(8))
            #expect(OrderNumber.isValid(number))
            let letters = Array(number)
            for index in letters.indices {
                var wrong = letters
                wrong[index] = letters[index] == "7" ? "8" : "7"
                #expect(!OrderNumber.isValid(String(wrong)), "\(String(wrong)) for \(number)")
                if index > 0, letters[index] != letters[index - 1] {
                    var swapped = letters
                    swapped.swapAt(index, index - 1)
                    #expect(!OrderNumber.isValid(String(swapped)), "\(String(swapped)) for \(number)")
                }
            }
        }
    }
}
