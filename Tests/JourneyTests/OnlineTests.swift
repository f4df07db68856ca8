// Connections that come and go under a device: it says what it has to say, and no call waits for one that is gone.
import Baton
import Foundation
import Processes
import Testing

@Suite(.serialized) struct OnlineTests {
    @Test func `a sync beside a connection that is being made ends when both are alike`() async throws {
        let place = try Place()
        let phone = try await place.library("phone")
        for round in 0..<20 {
            try await phone.addToCart("A")
            // Three connections are begun, and one of them stands.
            await phone.goOnline()
            async let one = phone.sync(timeoutSeconds: 10), other = phone.sync(timeoutSeconds: 10)
            #expect(try await [one, other].map(\.isCaughtUp) == [true, true], "round \(round)")
            await phone.goOffline()
        }
        await phone.close()
    }

    @Test func `what is edited while the hub dies is sent to the next one`() async throws {
        let place = try Place()
        let (phone, laptop) = (try await place.library("phone"), try await place.library("laptop"))
        await phone.goOnline()
        for round in 1...10 {
            place.hub.stop(SIGKILL)
            try await phone.addToCart("A")
            try place.hub.start()
            try await phone.addToCart("A")
            var report: SyncReport?
            // The connection that dies under a sync ends it, with the reason.
            for _ in 0..<3 where report == nil { report = try? await phone.sync(timeoutSeconds: 10) }
            #expect(report?.isCaughtUp == true, "round \(round)")
            _ = try await laptop.sync(timeoutSeconds: 10)
            await laptop.disconnect()
            #expect(try await laptop.contents() == ["A": 2 * round])
        }
        await phone.close()
        await laptop.close()
    }

    @Test func `a device whose token is revoked is cut off at once`() async throws {
        let place = try Place()
        let hub = ["--data", place.folder + "/hub"]
        func token(_ words: [String]) throws -> String { try DeviceProcess.run("baton-hub", ["token"] + words + hub, log: place.folder + "/token.log") }
        let made = try token(["create", "--person", "ana"])
        let phone = try Baton.open(place.folder + "/phone", hub: place.hub.url, name: "phone", token: made)
        try await phone.signIn("ana")
        #expect(try await phone.sync().isCaughtUp)
        let changes = await phone.changes()
        _ = try token(["revoke", String(try token(["list"]).prefix(8))])
        for await change in changes where change == .online(false) { break }
        await #expect(throws: BatonError.self) { _ = try await phone.sync() }
        await phone.close()
    }
}
