// How a device is begun, and what becomes of one that is there already.
import Console
import Foundation
import Processes
import Testing

@Suite(.serialized) struct InitTests {
    @Test func `a mistyped token is replaced, and the device keeps what it has`() throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        let token = try place.hub.createToken(["--role", "customer", "--person", "ana"])
        let begun = try answer("init", "--hub", place.hub.url, "--token", token.dropLast() + "x", "--profile", "phone")
        _ = try answer("sign-in", "ana", "--profile", "phone")
        _ = try answer("cart", "add", "HAT", "--profile", "phone")
        let refused = try answer("sync", "--profile", "phone")["error"]
        #expect(refused?["code"]?.text == "forbidden")
        #expect(refused?["message"]?.text?.contains("This token was mistyped, or revoked. `baton init --token T` gives this device another.") == true, "\(refused?.encoded() ?? "")")
        // What is asked waits, and who asks is told that it isn't the network.
        #expect(try said("baton", ["order", "place", "--store", "S1", "--profile", "phone"]).text.contains("This token was mistyped, or revoked."))
        #expect(try answer("init", "--hub", place.hub.url, "--role", "customer", "--token", token, "--profile", "phone") == begun)
        #expect(try answer("sync", "--profile", "phone")["sent"]?.number == 1)
        #expect(try answer("cart", "show", "--profile", "phone")["lines"]?.items?.count == 1)
    }

    @Test func `a hub that moved is found under its new address, with all that the device has for it`() throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        _ = try answer("init", "--hub", "ws://127.0.0.1:1", "--profile", "phone")
        _ = try answer("cart", "add", "HAT", "--profile", "phone")
        #expect(try answer("sync", "--profile", "phone")["error"]?["code"]?.text == "offline")
        #expect(try answer("init", "--hub", place.hub.url, "--profile", "phone")["hub"]?.text == place.hub.url)
        #expect(try answer("sync", "--profile", "phone")["sent"]?.number == 1)
        #expect(try answer("init", "--hub", place.hub.url, "--profile", "phone")["error"]?["code"]?.text == "used")
    }

    @Test(arguments: [("--role", "agent"), ("--kind", "till"), ("--name", "other"), ("--store", "S9"), ("--role", "customer")])
    func `what a device is stays`(option: String, value: String) throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        _ = try answer("init", "--hub", place.hub.url, "--token", "first", "--profile", "phone")
        let isOther = value != "customer"
        let error = try (isOther ? answer("init", option, value, "--token", "second", "--profile", "phone") : answer("init", option, value, "--profile", "phone"))["error"]
        #expect(error?["code"]?.text == "used" && error?["message"]?.text?.contains("its \(option.dropFirst(2)) is") == isOther, "\(error?.encoded() ?? "")")
    }

    @Test func `a device that can't be written to its end leaves nothing, however far it came`() throws {
        let place = try Place()
        var (failures, isBegun) = (0, false)
        // Files may grow to so many KiB: a write beyond fails, as on a full disk.
        for limit in [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 1_024] where !isBegun {
            let line = "trap '' XFSZ; ulimit -f \(limit); export BATON_HOME=\(place.folder); exec \(DeviceProcess.programs)/baton init --hub \(place.hub.url) --profile new"
            let said = try said("/bin/bash", ["-c", line])
            isBegun = said.code == 0
            #expect(FileManager.default.fileExists(atPath: place.folder + "/new") == isBegun, "with \(limit) KiB: \(said.text)")
            if !isBegun { failures += 1 }
        }
        #expect(failures > 3 && isBegun)
    }

    @Test func `a device whose begin was cut off is completed by the next, or deleted`() throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        for name in ["phone", "gone"] {
            try FileManager.default.createDirectory(atPath: place.folder + "/" + name, withIntermediateDirectories: false)
            try Data().write(to: URL(fileURLWithPath: place.folder + "/\(name)/store.db"))
        }
        let error = try answer("cart", "add", "HAT", "--profile", "phone")["error"]
        #expect(error?["code"]?.text == "unknown-document" && error?["message"]?.text?.contains("`baton init` once more completes it") == true, "\(error?.encoded() ?? "")")
        #expect(try answer("init", "--hub", place.hub.url, "--profile", "phone")["hub"]?.text == place.hub.url)
        #expect(try answer("cart", "add", "HAT", "--profile", "phone")["sku"]?.text == "HAT")
        #expect(try answer("profiles", "delete", "gone")["profile"]?.text == "gone")
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/gone"))
    }

    @Test func `a folder that can't be made is named`() throws {
        let place = try Place()
        setenv("BATON_HOME", "/proc/none/here", 1)
        defer { setenv("BATON_HOME", place.folder, 1) }
        let error = try answer("init", "--hub", place.hub.url, "--profile", "phone")["error"]
        #expect(error?["code"]?.text == "store-failed" && error?["message"]?.text?.contains("Can't make the folder /proc/none") == true, "\(error?.encoded() ?? "")")
    }
}
