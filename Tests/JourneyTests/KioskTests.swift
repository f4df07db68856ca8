// A kiosk's folder, byte by byte: whatever its customers did, and however they went, nothing of theirs can be read in any file.
import Baton
import Foundation
import Processes
import Replica
import Testing

@Suite struct KioskTests {
    /// In every form in which a name or a sku is written.
    private static let canaries = ["CANARY-SKU", "canary-person", "canary-note", "canary-proof"]

    private func found(in folder: String) throws -> [String] {
        let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        var found: [String] = []
        for name in names {
            guard let bytes = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            found += KioskTests.canaries.filter { bytes.range(of: Data($0.utf8)) != nil }
        }
        return found
    }

    private func use(_ baton: Baton) async throws {
        try await baton.addToCart("CANARY-SKU", quantity: 2)
        try await baton.perform { replica in
            replica.signIn(SignIn(person: "canary-person", proof: "canary-proof"))
            _ = try replica.editCart("CANARY-SKU", .set(3))
            _ = try replica.editCart("CANARY-SKU", .note("canary-note"))
        }
    }

    /// - Parameter kind: of another kind the same is found, so that the search is one.
    @Test(arguments: ["kiosk", "phone"]) func `nothing of a customer's is in any file of a kiosk's`(kind: String) async throws {
        let folder = NSTemporaryDirectory() + "baton-kiosk-" + UUID().uuidString.prefix(8)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let baton = try Baton.open(folder, hub: "ws://127.0.0.1:1", name: "k1", kind: kind)
        try await use(baton)
        #expect(try await baton.perform { try $0.cartLines().map(\.quantity) } == [3])
        #expect(try found(in: folder).isEmpty == (kind == "kiosk"))
        let device = try await baton.identity().device
        await baton.close()
        #expect(try found(in: folder).isEmpty == (kind == "kiosk"))

        let again = try Baton.open(folder, hub: "", name: "")
        #expect(try await again.perform { ($0.profile.name) } == "k1")
        #expect(try await again.perform { try $0.cartLines().isEmpty && $0.signIn == nil } == (kind == "kiosk"))
        #expect((try await again.identity().device == device) == (kind == "phone"))
        await again.close()
    }

    @Test(arguments: [true, false]) func `who says that they are done, or is gone, leaves an empty kiosk`(isSaid: Bool) async throws {
        let folder = NSTemporaryDirectory() + "baton-kiosk-" + UUID().uuidString.prefix(8)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let baton = try Baton.open(folder, hub: "ws://127.0.0.1:1", name: "k1", kind: "kiosk")
        try await use(baton)
        let device = try await baton.identity().device
        try await baton.endIfIdle(for: .seconds(60))
        #expect(try await baton.identity().device == device)
        if isSaid { try await baton.perform { $0.end() } } else { try await baton.endIfIdle(for: .zero) }
        #expect(try await baton.perform { try $0.cartLines().isEmpty && $0.signIn == nil })
        #expect(try await baton.identity().device != device)
        #expect(try found(in: folder).isEmpty)
        await baton.close()
    }

    /// A hub that begins on a busy machine may close a connection before it listens.
    private func sync(_ baton: Baton) async throws {
        var report: SyncReport?
        for _ in 0..<3 where report == nil { report = try? await baton.sync(timeoutSeconds: 10) }
        #expect(try #require(report).isCaughtUp)
    }

    @Test func `what a kiosk's hub lacks is on the disk sealed, and the next customer's device brings it`() async throws {
        let place = try Place()
        let folder = place.folder + "/k1"
        let kiosk = try Baton.open(folder, hub: place.hub.url, name: "k1", kind: "kiosk")
        try await sync(kiosk)
        await kiosk.disconnect()
        place.hub.stop(SIGKILL)
        try await use(kiosk)
        #expect(try found(in: folder).isEmpty)
        try await kiosk.perform { $0.end() }
        #expect(try await kiosk.perform { $0.waitingParcels } == 1)
        // This one's process ends without a word.
        try await use(kiosk)
        await kiosk.close()
        #expect(try found(in: folder).isEmpty)

        try place.hub.start()
        let next = try Baton.open(folder, hub: "", name: "")
        #expect(try await next.perform { $0.waitingParcels } == 2)
        try await sync(next)
        #expect(try await next.perform { try $0.waitingParcels == 0 && $0.cartLines().isEmpty })
        #expect(try found(in: folder).isEmpty)
        await next.close()
        let phone = try await place.library("phone", person: "canary-person")
        try await sync(phone)
        #expect(try await phone.cart().map(\.key.sku) == ["CANARY-SKU"])
        await phone.close()
    }
}
