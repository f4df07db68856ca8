// The commands as a script uses them: each keeps the words and the JSON of its contract.
import Console
import Foundation
import Processes
import Testing

@Suite(.serialized) struct CommandTests {
    @Test func `JSON has the keys that scripts rely on`() throws {
        let place = try Place()
        let phone = try place.device("phone")
        func keys(_ line: String...) throws -> [String] {
            let json = try phone.ask(line)
            let value = json.items?.first ?? json
            guard case .object(let fields) = value else { return [] }
            return fields.map(\.key)
        }
        let lineKeys = ["line", "sku", "quantity", "options", "store", "fulfilment", "note", "unit"]
        #expect(try keys("cart", "add", "SHOE-42", "--quantity", "2", "--option", "size=42", "--store", "S1", "--fulfilment", "pickup", "--note", "red") == lineKeys)
        #expect(try keys("cart", "show") == ["id", "state", "lines", "saved", "total", "notices"])
        #expect(try keys("status") == ["device", "person", "hub", "online", "unsent", "kept", "parcels", "damaged", "digest"])
        #expect(try keys("preferences", "set", "size", "42") == ["key", "value", "scope", "by"])
        #expect(try keys("consent", "grant", "news", "email") == ["purpose", "channel", "granted"])
        let draft = try phone.ask(["draft", "new", "--conversation", "ana"])["draft"]?.text ?? ""
        #expect(try keys("draft", "type", draft, "Hello") == ["draft", "text", "length", "fields", "caret", "held"])
        #expect(try keys("session", "move", "--route", "checkout", "--step", "2", "--draft", draft)
            == ["route", "params", "step", "scroll", "draft", "media", "finished", "fields", "caret", "holder", "epoch", "alternatives"])
        #expect(try keys("sync") == ["sent", "received", "bytesSent", "bytesReceived", "roundTrips", "caughtUp"])
        #expect(try keys("history", "cart") == ["frontier", "change", "by", "at", "summary"])
        #expect(try keys("documents") == ["document", "kind", "space", "changes", "cut", "bytes", "heads"])
        #expect(try keys("intents") == ["intent", "kind", "status", "outcome"])
        #expect(try keys("devices") == ["device", "name", "kind", "online", "lastSeen"])
        #expect(try keys("explain", "preferences/values/tenant size") == ["path", "value", "by", "at", "change", "replaced", "lost"])
        #expect(try keys("sign-out") == ["person", "merged"])
    }

    @Test(arguments: [(["cart", "set", "NOPE", "0"], "unknown-line"), (["cart", "add", "A", "--quantity=-3"], "invalid-quantity"), (["draft", "show", "nope"], "unknown-document"),
                      (["session", "move", "--route", "pay", "--field", "card=4111111111111111"], "invalid-value"), (["session", "move", "--route", "pay/4111-1111-1111-1111"], "invalid-value"),
                      (["frobnicate"], "usage"),
                      (["session", "move", "--route", ""], "invalid-value"), (["session", "move", "--route", "pay", "--step=-1"], "invalid-value"), (["cart", "add", "A", "--store", "S 1"], "invalid-value"),
                      (["documents", "import", "/dev/zero"], "too-large"), (["order", "place", "--intent", ""], "invalid-value")])
    func `a refusal has its code, and changes nothing`(line: [String], code: String) throws {
        let place = try Place()
        let phone = try place.device("phone")
        let before = try phone.ask(["status"])["digest"]
        let answer = try DeviceProcess.exchange([(phone, [line])], isStrict: false)[0][0]
        #expect(answer["error"]?["code"]?.text == code)
        #expect(try phone.ask(["status"])["digest"] == before)
    }

    @Test func `sign-in merges the anonymous cart once, and undo gives it back`() throws {
        let place = try Place()
        let phone = try place.device("phone")
        _ = try phone.ask(["sign-out"])
        _ = try phone.ask(["cart", "add", "ANON"])
        func skus() throws -> [String]? { try phone.ask(["cart", "show"])["lines"]?.items?.compactMap { $0["sku"]?.text } }
        #expect(try phone.ask(["sign-in", "ana"])["merged"] == .bool(true))
        _ = try phone.ask(["cart", "add", "ANAS"])
        #expect(try skus() == ["ANAS", "ANON"])
        _ = try phone.ask(["undo-merge"])
        _ = try phone.ask(["sync"])
        #expect(try skus() == ["ANAS"])
        _ = try phone.ask(["sign-out"])
        #expect(try skus() == ["ANON"])
    }

    @Test func `the baton is taken once: who saw an older epoch is told who has it`() throws {
        let place = try Place()
        let (phone, laptop, watch) = (try place.device("phone"), try place.device("laptop"), try place.device("watch"))
        _ = try watch.ask(["cart", "add", "STRAP"])
        _ = try watch.ask(["sync"])
        _ = try phone.ask(["session", "move", "--route", "shoes"])
        _ = try phone.ask(["sync"])
        let taken = try laptop.ask(["session", "resume"])
        #expect(taken["route"]?.text == "shoes" && taken["epoch"]?.number == 2)
        // The watch saw the second epoch, and asks while it is offline; the phone takes the third meanwhile.
        _ = try watch.ask(["sync"])
        _ = try watch.ask(["offline"])
        #expect(try phone.ask(["session", "resume"])["epoch"]?.number == 3)
        place.hub.stop()
        #expect(try watch.ask(["session", "resume"])["status"]?.text == "queued")
        try place.hub.start()
        _ = try watch.ask(["sync"])
        #expect(try watch.ask(["intents"]).items?.first?["outcome"]?.text == "not-holder")
        _ = try phone.ask(["offline"])
        _ = try phone.ask(["sync"])
        #expect(try phone.ask(["session", "show"])["holder"] == watch.ask(["session", "show"])["holder"])
        #expect(try phone.ask(["session", "pass", "watch"])["epoch"]?.number == 4)
    }

    @Test func `a digest is of what shows: the person's, or the device's own while nobody is signed in`() throws {
        let place = try Place()
        let phone = try place.device("phone")
        func digest(after line: String...) throws -> String {
            _ = try phone.ask(line)
            return try #require(phone.ask(["status"])["digest"]?.text)
        }
        let own = try digest(after: "cart", "add", "HAT")
        let nobody = try digest(after: "sign-out")
        let guest = try digest(after: "cart", "add", "CAP")
        #expect(Set([own, nobody, guest]).count == 3)
        #expect(try digest(after: "preferences", "set", "size", "42") != guest)
    }

    @Test func `a line is passed to the process that holds the device`() throws {
        let place = try Place()
        let phone = try place.device("phone")
        try DeviceProcess.run("baton", ["cart", "add", "PASSED", "--profile", "phone"], log: place.folder + "/log")
        #expect(try phone.ask(["cart", "show"])["lines"]?.items?.first?["sku"]?.text == "PASSED")
    }

    @Test func `a document travels as a file, is the same there, and is refused when it was changed`() throws {
        let place = try Place()
        let (phone, laptop) = (try place.device("phone"), try place.device("laptop"))
        let file = place.folder + "/cart.baton"
        _ = try phone.ask(["cart", "add", "SHOE"])
        _ = try phone.ask(["documents", "export", "cart", file])
        #expect(try laptop.ask(["documents", "import", file])["changes"]?.number == 1)
        #expect(try laptop.ask(["documents", "import", file])["changes"]?.number == 0)
        #expect(try laptop.ask(["status"])["digest"] == phone.ask(["status"])["digest"])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))
        let answer = try DeviceProcess.exchange([(laptop, [["documents", "import", file]])], isStrict: false)[0][0]
        #expect(answer["error"]?["code"]?.text == "invalid-value")
    }

    @Test func `what others wrote does nothing to a terminal, and JSON says it as it is`() throws {
        let place = try Place()
        let phone = try place.device("phone")
        let text = "Hi \u{1B}[2J\u{1B}[31m \u{202E}dlo"
        let draft = try phone.ask(["draft", "new"])["draft"]?.text ?? ""
        #expect(try phone.ask(["draft", "type", draft, text])["text"]?.text == text)
        _ = try phone.ask(["session", "move", "--route", "pay", "--field", "note=\(text)"])
        for words in [["draft", "show", draft], ["draft", "list"], ["session", "show"]] {
            let shown = try said("baton", words + ["--profile", "phone"]).text
            #expect(shown.contains("dlo") && !shown.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" }, "\(words)")
        }
    }

    @Test(arguments: [["foo"], ["crat", "add", "A"], ["cart", "ad", "A"], ["add", "A"], ["cart", "foo"]]) func `a command that there isn't is named, with what it may have been`(words: [String]) throws {
        let (text, code) = try said("baton", words)
        #expect(code == 2 && text.contains("There is no command"), "\(text)")
        let hints = [["foo"]: "`baton --help` lists them", ["crat", "add", "A"]: "Did you mean cart?", ["cart", "ad", "A"]: "Did you mean add?", ["add", "A"]: "Did you mean cart add?", ["cart", "foo"]: "`baton cart --help` lists them"]
        #expect(text.contains(hints[words] ?? "?"), "\(text)")
    }

    @Test(arguments: ["ws://", "hub", "ws://a b", "ws://hub:x"]) func `a hub's address that is none begins no device`(address: String) throws {
        let place = try Place()
        setenv("BATON_HOME", place.folder, 1)
        #expect(try said("baton", ["init", "--hub", address, "--profile", "new"]).code == 2)
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/new"))
    }

    @Test func `a file that isn't what it should be is named, and nothing of this program's inside`() throws {
        let place = try Place()
        let phone = try place.device("phone")
        let file = place.folder + "/book.json"
        try Data(#"{"version": 1, "prices": {"A": "1."#.utf8).write(to: URL(fileURLWithPath: file))
        for words in [["prices", "publish", file], ["promotions", "publish", file]] {
            let error = try DeviceProcess.exchange([(phone, [words])], isStrict: false)[0][0]["error"]
            #expect(error?["code"]?.text == "invalid-value" && error?["message"]?.text?.contains("book.json isn't JSON: it ends too early") == true, "\(error?.encoded() ?? "")")
        }
        for folder in ["/proc/x", file] {
            let (text, code) = try said("baton-hub", ["serve", "--port", "0", "--data", folder])
            #expect(code != 0 && text.contains("\(folder) can't be the hub's folder") && !text.contains("NSCocoa"), "\(text)")
        }
    }

    @Test func `a line of the shell that wants JSON gets it`() throws {
        let place = try Place()
        _ = try place.device("phone").ask(["status"])
        setenv("BATON_HOME", place.folder, 1)
        _ = try said("baton", ["init", "--hub", place.hub.url, "--profile", "other"])
        let lines = try said("baton", ["shell", "--offline", "--profile", "other"], input: "cart add A\ncart add B --json\ncart set NOPE 0 --json\nsession resume --json\n").text.split(separator: "\n")
        #expect(lines.map { $0.hasPrefix("{") }.prefix(2) == [false, true] && lines.filter { $0.hasPrefix("{") }.count == 3, "\(lines)")
    }

    @Test func `a line of the shell that names another device is refused, and says whose shell it is`() throws {
        let place = try Place()
        let (phone, laptop) = (try place.device("phone"), try place.device("laptop"))
        let answers = try DeviceProcess.exchange([(phone, [["cart", "add", "HAT", "--profile", "laptop"], ["cart", "add", "CAP", "--profile", "phone"], ["cart", "show"]])], isStrict: false)[0]
        #expect(answers[0]["error"]?["code"]?.text == "usage" && answers[0]["error"]?["message"]?.text?.contains("This shell is of the device phone") == true)
        #expect(answers[2]["lines"]?.items?.compactMap { $0["sku"]?.text } == ["CAP"])
        #expect(try laptop.ask(["cart", "show"])["lines"]?.items?.isEmpty == true)
    }

    @Test(arguments: [["cart", "add", "--help"], ["help", "cart", "add"], ["cart", "--help"], ["cart"], ["--help"]])
    func `help is about what was asked, and is no failure`(words: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: DeviceProcess.programs + "/baton")
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let name = words.filter { $0 != "--help" && $0 != "help" }.joined(separator: " ")
        #expect(process.terminationStatus == 0)
        #expect(text.contains("USAGE: baton " + (name.isEmpty ? "<subcommand>" : name)), "\(text.prefix(200))")
    }
}
