// Folders put back from a copy, as people and their backups do it: nothing is lost and nothing is doubled.
import Baton
import Foundation
import Processes
import Testing

@Suite(.serialized) struct RestoreTests {
    @Test func `a device restored from a copy of its folder and used offline`() async throws {
        let place = try Place()
        var phone = try await place.library("phone")
        try await phone.addToCart("A")
        _ = try await phone.sync()
        await phone.close()
        try place.copy("phone", to: "backup")

        phone = try await place.library("phone")
        try await phone.addToCart("A")
        try await phone.addToCart("B", quantity: 2)
        _ = try await phone.sync()
        await phone.close()
        try place.copy("backup", to: "phone")

        phone = try await place.library("phone")
        try await phone.addToCart("A")
        try await phone.addToCart("C", quantity: 3)
        #expect(try await phone.contents() == ["A": 2, "C": 3])
        #expect(try await phone.sync().isCaughtUp)
        let expected = ["A": 3, "B": 2, "C": 3]
        #expect(try await phone.contents() == expected)
        let laptop = try await place.library("laptop")
        #expect(try await laptop.sync().isCaughtUp)
        #expect(try await laptop.contents() == expected)
        await phone.close()
        await laptop.close()
    }

    @Test func `two devices from one folder`() async throws {
        let place = try Place()
        let phone = try await place.library("phone")
        try await phone.addToCart("A")
        await phone.close()
        try place.copy("phone", to: "clone")
        let (one, other) = (try await place.library("phone"), try await place.library("clone"))
        try await one.addToCart("A")
        try await other.addToCart("A", quantity: 5)
        for device in [one, other, one] { #expect(try await device.sync().isCaughtUp) }
        for device in [one, other] {
            #expect(try await device.contents() == ["A": 7])
            await device.close()
        }
    }

    @Test func `a hub restored from an older copy while its devices hold newer changes`() async throws {
        let place = try Place()
        let (phone, laptop) = (try await place.library("phone"), try await place.library("laptop"))
        try await phone.addToCart("A")
        _ = try await phone.sync()
        await phone.disconnect()
        place.hub.stop()
        try place.copy("hub", to: "older")
        try place.hub.start()
        try await phone.addToCart("B", quantity: 2)
        for device in [phone, laptop] {
            _ = try await device.sync()
            await device.disconnect()
        }
        place.hub.stop()
        try place.copy("older", to: "hub")
        try place.hub.start()
        try await laptop.addToCart("C", quantity: 3)
        let expected = ["A": 1, "B": 2, "C": 3]
        for device in [laptop, phone, laptop] { #expect(try await device.sync().isCaughtUp) }
        let watch = try await place.library("watch")
        #expect(try await watch.sync().isCaughtUp)
        for device in [phone, laptop, watch] {
            #expect(try await device.contents() == expected)
            await device.close()
        }
    }
}
