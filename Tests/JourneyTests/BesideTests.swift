// Commands beside each other on one device: they take turns, and who can't have it is told who does.
import Baton
import Console
import Foundation
import Processes
import Store
import Testing

@Suite(.serialized) struct BesideTests {
    @Test func `commands that come at once are all done`() async throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        _ = try said("baton", ["init", "--hub", place.hub.url, "--profile", "phone"])
        let codes = await withTaskGroup(of: Int32?.self) { group in
            for index in 0..<8 { group.addTask { try? said("baton", ["cart", "add", "SKU-\(index)", "--profile", "phone"]).code } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.allSatisfy { $0 == 0 }, "\(codes)")
        #expect(try answer("cart", "show", "--profile", "phone")["lines"]?.items?.count == 8)
    }

    @Test func `who waited long enough is told which process has the device`() async throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        let held = try await place.library("phone")
        let start = ContinuousClock.now
        let error = try answer("cart", "show", "--profile", "phone")["error"]
        let waited = start.duration(to: .now)
        #expect(waited >= .milliseconds(StoreLimits.lockedMilliseconds) && waited < .milliseconds(2 * StoreLimits.lockedMilliseconds))
        #expect(error?["code"]?.text == "store-locked" && error?["message"]?.text?.contains("another process holds it (pid \(getpid()))") == true, "\(error?.encoded() ?? "")")
        await held.close()
        #expect(try said("baton", ["cart", "show", "--profile", "phone"]).code == 0)
    }

    @Test func `a shell has its device for as long as it runs: another isn't kept waiting`() throws {
        let place = try Place()
        let phone = try place.device("phone")
        _ = try phone.ask(["status"])
        let start = ContinuousClock.now
        let (text, code) = try said("baton", ["shell", "--profile", "phone"])
        #expect(code == 1 && text.contains("(pid \(phone.pid))") && start.duration(to: .now) < .milliseconds(StoreLimits.lockedMilliseconds), "\(text)")
    }
}
