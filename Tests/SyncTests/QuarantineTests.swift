// A damaged document is set aside; the others work, and what the hub has comes back.
import CRDT
import Replica
import Store
import Testing

@Suite struct QuarantineTests {
    @Test func `a damaged document is kept aside, the others work, and its content returns from the hub`() throws {
        let world = try World(seed: 7, devices: 2)
        let (cart, preferences) = (world.document("cart/1"), world.document("preferences"))
        let phone = world.devices[0]
        for id in [cart, preferences] { try phone.replica.edit(id) { $0.set("kept", to: .int(1)) } }
        try phone.replica.flush()
        world.connect(0)
        world.connect(1)
        try world.settle()
        world.cut(0)

        let rows = try phone.store.scan(.documents, prefix: []).rows
        #expect(rows.count >= 2)
        let damaged = try #require(rows.first { $0.key.count > 0 && String(decoding: $0.key, as: UTF8.self).contains("cart/1") })
        try phone.store.commit([.put(.documents, key: damaged.key, value: [0xFF, 0xFF, 0xFF])])
        phone.replica = try Replica.open(phone.store, world.environment)

        #expect(try phone.replica.document(preferences).value("kept") == .int(1))
        try phone.replica.edit(cart) { $0.set("new", to: .int(2)) }
        try phone.replica.flush()
        #expect(try phone.replica.document(cart).value("kept") == nil)
        #expect(try !phone.store.scan(.quarantine, prefix: []).rows.isEmpty)

        world.connect(0)
        try world.settle()
        for device in world.devices {
            #expect(try device.replica.document(cart).value("kept") == .int(1))
            #expect(try device.replica.document(cart).value("new") == .int(2))
        }
    }
}
