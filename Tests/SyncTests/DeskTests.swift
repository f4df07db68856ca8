// What a hub believes of a desk that says it was alone, and of who gives back what it hasn't got. What desks do under faults is
// shown by scenario files. Protocol/orders.md 5.
import Commerce
import CRDT
import Documents
import HubCore
import Replica
import Store
import Sync
import Testing

/// A hub, ana's phone and two desks of one store, which say to each other what they have to say.
private final class Counter {
    let hub: HubCore
    let (ana, d1, d2): (Replica, Replica, Replica)
    private let devices: [Replica]
    private var chance: UInt8 = 0

    init() throws {
        var chance: UInt8 = 0
        let environment = Environment(nowMilliseconds: { 1_700_000_000_000 }, uptime: { Uptime(boot: "boot", milliseconds: 1_000) }, random: { count in
            chance += 1
            return (0..<count).map { chance &* 31 &+ UInt8($0 % 200) }
        })
        hub = try HubCore(store: MemoryStore(), environment: environment, book: OpenTokenBook())
        func desk(_ name: String) throws -> Replica { try Replica.create(in: MemoryStore(), environment, DeviceProfile(name: name, kind: "desk", role: "associate", hub: "", store: "S1")) }
        (ana, d1, d2) = (try Replica.create(in: MemoryStore(), environment, DeviceProfile(name: "ana", kind: "phone", role: "customer", hub: "")), try desk("d1"), try desk("d2"))
        devices = [ana, d1, d2]
        ana.signIn(SignIn(person: "ana"))
        for (index, device) in devices.enumerated() {
            try device.flush()
            device.connected()
            hub.connected(UInt64(index))
        }
        try talk()
        _ = try ask(d1, "stock-receive", .map([("sku", .string("HAT")), ("quantity", .int(9))]))
    }

    private func talk() throws {
        for _ in 0..<40 {
            for (index, device) in devices.enumerated() {
                try device.flush()
                try device.pump()
                try device.sendIntents()
                for case .send(let bytes) in device.takeActions() { hub.received(UInt64(index), bytes) }
            }
            try hub.flush()
            for id in hub.connectionIDs { try hub.pump(id) { true } }
            let actions = hub.takeActions()
            if actions.isEmpty { return }
            for case .send(let id, let bytes) in actions { try devices[Int(id)].received(bytes) }
        }
    }

    func ask(_ device: Replica, _ kind: String, _ payload: Value, context: Value = .null, in name: String = "store:S1") throws -> Outcome? {
        let id = try device.ask(kind, payload, context: context, in: #require(SpaceID(name)))
        try talk()
        return try device.intent(id)?.outcome
    }

    /// An order of one hat, ready to be fetched.
    func ready() throws -> Order {
        let cart = try ana.cart()
        try ana.edit(cart) { document throws in _ = try Cart.add(LineKey(sku: "HAT"), 1, &document) }
        let part = try #require(ana.cartParts().last)
        let context = Value.map([("carts", .list([.map([("path", .string(part.id.path)), ("frontier", .string(Past.text(part.part.document.frontier)))])])), ("holds", .list([]))])
        let placed = try ask(ana, "order-place", .map([("store", .string("S1")), ("now", .bool(false)), ("try", .bool(false)), ("accept", .null)]), context: context, in: "person:ana")
        let id = try #require(try placed?.value.items("orders").first?.text("id"))
        _ = try ask(d1, "order-ready", .map([("order", .string(id))]))
        return try d1.order(id)
    }

    func handOver(_ order: Order, by device: Replica, alone term: Int64?) throws -> Outcome? {
        let alone = term.map { Value.map([("term", .int($0)), ("at", .int(1_700_000_000_000)), ("paid", .map([]))]) }
        return try ask(device, "order-hand-over", .map([("order", .string(order.id))] + (alone.map { [("alone", $0)] } ?? [])))
    }

    func lease() throws -> DeskLease? { try hub.fact(#require(SpaceID("store:S1")), DeskLease.resource).map { try DeskLease($0.value) } }
}

@Suite struct DeskTests {
    @Test func `who hands over has the desk, and the next one has it in the term behind that`() throws {
        let counter = try Counter()
        #expect(try counter.handOver(counter.ready(), by: counter.d1, alone: nil)?.status == "done")
        #expect(try counter.lease()?.device == counter.d1.device.description)
        #expect(try counter.lease()?.term == 1)
        #expect(try counter.handOver(counter.ready(), by: counter.d2, alone: nil)?.status == "done")
        #expect(try counter.lease()?.device == counter.d2.device.description)
        #expect(try counter.lease()?.term == 2)
    }

    @Test(arguments: [nil, 7] as [Int64?]) func `nobody was alone in a term that never was`(term: Int64?) throws {
        let counter = try Counter()
        // Without any lease, and with one of a lower term.
        if term != nil { _ = try counter.handOver(counter.ready(), by: counter.d1, alone: nil) }
        #expect(try counter.handOver(counter.ready(), by: counter.d2, alone: term ?? 1)?.status == "not-holder")
    }

    @Test func `what is another's can't be given back, nor twice`() throws {
        let counter = try Counter()
        _ = try counter.handOver(counter.ready(), by: counter.d1, alone: nil)
        func giveBack(_ device: Replica) throws -> String? { try counter.ask(device, "desk-yield", .map([("term", .int(1))]))?.status }
        #expect(try giveBack(counter.d2) == "used")
        #expect(try giveBack(counter.ana) == "forbidden")
        #expect(try counter.lease()?.device == counter.d1.device.description)
        #expect(try giveBack(counter.d1) == "done")
        #expect(try giveBack(counter.d1) == "used")
        #expect(try counter.lease()?.device == "")
    }

    @Test func `only a manager says that a desk is off`() throws {
        let counter = try Counter()
        _ = try counter.handOver(counter.ready(), by: counter.d1, alone: nil)
        let order = try counter.ready()
        let outcome = try counter.ask(counter.d2, "order-hand-over", .map([("order", .string(order.id)), ("takeOver", .bool(true))]))
        #expect(outcome?.status == "forbidden")
    }
}
