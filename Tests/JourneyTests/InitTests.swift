// How a device is begun, and what becomes of one that is there already.
import Console
import Foundation
import Processes
import Testing

@Suite(.serialized) struct InitTests {
    /// What `baton` says, as JSON.
    private func baton(_ words: String...) throws -> JSON { try JSON(parsing: String(said("baton", words + ["--json"]).text.prefix { $0 != "\n" })) }

    @Test func `a mistyped token is replaced, and the device keeps what it has`() throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        let token = try place.hub.createToken(["--role", "customer", "--person", "ana"])
        let begun = try baton("init", "--hub", place.hub.url, "--token", token.dropLast() + "x", "--profile", "phone")
        _ = try baton("sign-in", "ana", "--profile", "phone")
        _ = try baton("cart", "add", "HAT", "--profile", "phone")
        let refused = try baton("sync", "--profile", "phone")["error"]
        #expect(refused?["code"]?.text == "forbidden")
        #expect(refused?["message"]?.text?.contains("This token was mistyped, or revoked. `baton init --token T` gives this device another.") == true, "\(refused?.encoded() ?? "")")
        #expect(try baton("init", "--hub", place.hub.url, "--role", "customer", "--token", token, "--profile", "phone") == begun)
        #expect(try baton("sync", "--profile", "phone")["sent"]?.number == 1)
        #expect(try baton("cart", "show", "--profile", "phone")["lines"]?.items?.count == 1)
    }

    @Test(arguments: [("--hub", "ws://127.0.0.1:1"), ("--role", "agent"), ("--kind", "till"), ("--name", "other"), ("--store", "S9"), ("--role", "customer")])
    func `what a device is stays`(option: String, value: String) throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        _ = try baton("init", "--hub", place.hub.url, "--token", "first", "--profile", "phone")
        let isOther = value != "customer"
        let words = ["init", option, value, "--profile", "phone", "--json"] + (isOther ? ["--token", "second"] : [])
        let error = try JSON(parsing: String(said("baton", words).text.prefix { $0 != "\n" }))["error"]
        #expect(error?["code"]?.text == "used" && error?["message"]?.text?.contains("its \(option.dropFirst(2)) is") == isOther, "\(error?.encoded() ?? "")")
    }
}
