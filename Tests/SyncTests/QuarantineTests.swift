// A damaged document is set aside; the others work, and what the hub has comes back.
import CRDT
import Replica
import Simulation
import Store
import Testing

@Suite struct QuarantineTests {
    @Test func `a damaged document is kept aside, the others work, and its content returns from the hub`() throws {
        let world = try World(seed: 7)
        for name in ["phone", "laptop"] {
            var setting = DeviceSetting(name: name)
            setting.person = "ana"
            try world.add(setting)
        }
        let (phone, laptop) = (world.devices[0], world.devices[1])
        let space = try #require(SpaceID("person:ana"))
        let (cart, preferences) = (try #require(DocumentID(space, "cart/1")), try #require(DocumentID(space, "preferences")))
        for id in [cart, preferences] { _ = try world.perform(0, "edit") { replica in try replica.edit(id) { $0.set("kept", to: .int(1)) } } }
        #expect(world.settle())
        world.setOnline(0, false)
        world.crash(0, restarts: false)

        let rows = try phone.disk.scan(.documents, prefix: []).rows
        #expect(rows.count >= 2)
        let damaged = try #require(rows.first { String(decoding: $0.key, as: UTF8.self).contains("cart/1") })
        try phone.disk.commit([.put(.documents, key: damaged.key, value: [0xFF, 0xFF, 0xFF])])
        world.restart(0)

        let replica = try #require(phone.replica)
        #expect(try replica.document(preferences).value("kept") == .int(1))
        _ = try world.perform(0, "edit") { replica in try replica.edit(cart) { $0.set("new", to: .int(2)) } }
        #expect(try replica.document(cart).value("kept") == nil)
        #expect(try !phone.disk.scan(.quarantine, prefix: []).rows.isEmpty)
        #expect(try replica.damagedDocuments() == [cart] && laptop.replica?.damagedDocuments() == [])

        world.setOnline(0, true)
        #expect(world.settle())
        for device in [phone, laptop] {
            #expect(try device.replica?.document(cart).value("kept") == .int(1))
            #expect(try device.replica?.document(cart).value("new") == .int(2))
        }
    }
}
