// What is due, by time; of what is due at the same time, what was put in first. A binary heap.
internal import Commerce

struct EventQueue {
    struct Item {
        let at: UInt64
        let number: UInt64
        let event: Event
    }

    enum Event {
        case deliver(connection: UInt64, toHub: Bool, [UInt8], number: UInt64)
        case connect(Caller, attempt: UInt64)
        case established(connection: UInt64)
        case noticed(connection: UInt64, atHub: Bool)
        case watch(Caller, connection: UInt64)
        case restart(device: Int)
        /// Nobody used a kiosk since its use of that number.
        case idle(device: Int, use: Int)
        case restartHub(Int)
        case pumpHub(connection: UInt64)
        case turnHub(Int)
        /// Something is due at a hub, which looks at its clock.
        case due(Int)
        /// A device looks whether its own hub is back.
        case goHome(Int)
        /// The payment provider says something.
        case provider(PaymentResult)
        /// Something breaks: rolled once a while faults are on.
        case trouble
        /// A fault ends.
        case ends(Ending)
    }

    enum Ending {
        case offline(Int), pause(Int), bandwidth(Int), revoked(Int), skew
    }

    private var heap: [Item] = []
    private var nextNumber: UInt64 = 0

    var first: Item? { heap.first }
    var items: [Item] { heap }

    mutating func add(_ event: Event, at: UInt64) {
        heap.append(Item(at: at, number: nextNumber, event: event))
        nextNumber += 1
        var child = heap.count - 1
        while child > 0, EventQueue.isBefore(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> Item {
        heap.swapAt(0, heap.count - 1)
        let item = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && EventQueue.isBefore(heap[child], heap[least]) { least = child }
            if least == parent { return item }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private static func isBefore(_ left: Item, _ right: Item) -> Bool { (left.at, left.number) < (right.at, right.number) }
}
