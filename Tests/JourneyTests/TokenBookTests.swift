// The book of tokens on its way to a store's own hub: who may connect to the central one may connect there, and who was
// revoked may not.
import Bytes
import Console
import CRDT
import Foundation
import Processes
import Testing

@Suite(.serialized) struct TokenBookTests {
    private func token(_ words: [String], of hub: HubProcess, in place: Place) throws -> String {
        try DeviceProcess.run("baton-hub", ["token"] + words + ["--data", hub.data], log: place.folder + "/token.log")
    }

    @Test func `a store's hub knows who the central one knows, less those of other stores and of hubs`() throws {
        let place = try Place()
        let store = try HubProcess(folder: place.folder, name: "sh1")
        let roles = [["customer", "--person", "ana"], ["associate", "--store", "S1"], ["associate", "--store", "S2"], ["agent"], ["store-hub", "--store", "S1"]]
        let tokens = try roles.map { try place.hub.createToken(["--role"] + $0) }
        try place.hub.carryTokens(to: store, of: "S1")
        func known() throws -> Set<String> { Set(try token(["list"], of: store, in: place).split(separator: "\n").map { $0.split(separator: " ").dropFirst().joined(separator: " ") }) }
        #expect(try known() == ["customer ana", "associate S1", "agent -"])
        let kept = try String(contentsOfFile: store.data + "/tokens", encoding: .utf8)
        #expect(!tokens.contains { kept.contains($0) })

        let id = try #require(try token(["list"], of: place.hub, in: place).split(separator: "\n").first { $0.contains("ana") }).prefix(8)
        _ = try token(["revoke", String(id)], of: place.hub, in: place)
        try place.hub.carryTokens(to: store, of: "S1")
        #expect(try known() == ["associate S1", "agent -"])
    }

    private static let hash = String(repeating: "ab", count: 32)

    /// A book's lines with the end that belongs to them.
    private static func ended(_ text: String) -> String { text + "end \(Hex.encode(Digest.sha256(Array(text.utf8))))\n" }

    @Test(arguments: ["", "not a book\n", "baton-tokens 2 S1\n", "baton-tokens 1 \n", "baton-tokens 1 S1\nshort agent - x\n", "baton-tokens 1 S1\n\(hash) nobody - x\n",
                      "baton-tokens 1 S1\n\(hash) agent -\n", "baton-tokens 1 S1\n\n"].map(ended) + ["", "baton-tokens 1 S1\n\(hash) agent - x\n", ended("baton-tokens 1 S1\n\(hash) agent - x\n") + "\(hash) agent - y\n",
                      ended("baton-tokens 1 S1\n\(hash) agent - x\n").replacingOccurrences(of: "agent", with: "manager")])
    func `what is no book changes nothing`(text: String) throws {
        let place = try Place()
        _ = try place.hub.createToken(["--role", "agent"])
        let before = try String(contentsOfFile: place.hub.data + "/tokens", encoding: .utf8)
        try text.write(toFile: place.folder + "/book", atomically: false, encoding: .utf8)
        #expect(throws: (any Error).self) { try token(["import", place.folder + "/book"], of: place.hub, in: place) }
        #expect(try String(contentsOfFile: place.hub.data + "/tokens", encoding: .utf8) == before)
    }

    @Test func `a book that was cut off, or is another store's, changes nothing, and says what to do`() throws {
        let place = try Place()
        for person in ["ana", "bruno", "cem"] { _ = try place.hub.createToken(["--role", "customer", "--person", person]) }
        let store = try HubProcess(folder: place.folder, name: "sh1")
        try place.hub.carryTokens(to: store, of: "S1")
        func known() throws -> Int { try token(["list"], of: store, in: place).split(separator: "\n").count }
        let lines = try token(["export", "--store", "S1"], of: place.hub, in: place).split(separator: "\n")
        for count in 1..<lines.count {
            try lines.prefix(count).joined(separator: "\n").write(toFile: place.folder + "/book", atomically: false, encoding: .utf8)
            #expect(throws: (any Error).self) { try token(["import", place.folder + "/book"], of: store, in: place) }
        }
        #expect(try String(contentsOfFile: place.folder + "/token.log", encoding: .utf8).contains("export it anew"))
        // Of which store a hub is, it is told, or has run as.
        try token(["export", "--store", "S2"], of: place.hub, in: place).write(toFile: place.folder + "/book", atomically: false, encoding: .utf8)
        #expect(throws: (any Error).self) { try token(["import", "--store", "S1", place.folder + "/book"], of: store, in: place) }
        store.options = ["--store", "S1", "--name", "sh1", "--upstream", place.hub.url]
        try store.start()
        store.stop()
        #expect(throws: (any Error).self) { try token(["import", place.folder + "/book"], of: store, in: place) }
        #expect(try String(contentsOfFile: place.folder + "/token.log", encoding: .utf8).contains("the book for the store S2"))
        #expect(try known() == 3)
    }

    @Test(arguments: ["soon", "-1", "3601", "nan"]) func `a time to wait that is none is refused`(wait: String) throws {
        let place = try Place()
        let phone = try place.device("phone")
        phone.signal(SIGTERM)
        phone.wait()
        let words = ["BATON_WAIT=\(wait)", DeviceProcess.programs + "/baton", "order", "place", "--profile", "phone"]
        #expect(throws: (any Error).self) { try DeviceProcess.run("/usr/bin/env", words, log: place.folder + "/wait.log") }
        #expect(try String(contentsOfFile: place.folder + "/wait.log", encoding: .utf8).contains("BATON_WAIT is a number of seconds"))
    }
}
