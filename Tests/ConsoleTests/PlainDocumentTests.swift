// A document as plain JSON: what is written reads back, and makes another document the same; what is wrong is refused whole.
import Bytes
@testable import Commands
import Console
import CRDT
import Support
import Testing

@Suite struct PlainDocumentTests {
    private func actor(_ number: UInt8) -> ActorID { ActorID(publicKey: [number], incarnation: [number]) }

    private func random(_ random: inout SeededGenerator, _ number: UInt8) throws -> Document {
        var document = Document()
        for _ in 0..<20 { try document.change(by: actor(number), at: 0) { document throws in try editRandomly(&document, &random) } }
        document.change(by: actor(number), at: 0) { document in
            document.set("bytes", to: .bytes([0, 1, 255, UInt8(number)]))
            document.set("tagged", to: .map([("$bytes", .string("no base64"))]))
            document.set("deep", to: .list([.map([("$fields", .null), ("x", .bool(true))]), .bytes([])]))
            document.set("$key", to: .int(.min), in: document.container(.map, "$map"))
        }
        return document
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `a document written, read and written again is the same, also into one that held something else`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let document = try random(&generator, 1)
        let plain = PlainDocument(document, name: "cart/1")
        let read = try PlainDocument(reading: Array(plain.json.encoded().utf8))
        #expect(read == plain)
        for number in [UInt8(2), 3] {
            var other = number == 2 ? Document() : try random(&generator, 3)
            let all = try other.change(by: actor(number), at: 0) { document throws in try read.edit(&document) }
            // A newer version's containers are neither made nor removed here, and named where they differ.
            let kept = all.filter { $0.split(separator: "/").last != "tree" }
            // What only grows may be further there.
            var wanted = plain
            if !kept.isEmpty {
                #expect(kept == ["read"])
                wanted.content.maxima["read"] = other.existingContainer(.max, "read").flatMap(other.maximum)
            }
            wanted.content.flags = wanted.content.flags.filter(\.value)
            var found = PlainDocument(other, name: "cart/1")
            found.content.flags = found.content.flags.filter(\.value)
            (found.content, wanted.content) = (known(found.content), known(wanted.content))
            #expect(found == wanted)
            let version = other.version
            _ = try other.change(by: actor(number), at: 0) { document throws in try read.edit(&document) }
            #expect(other.version == version, "what is so already is not written again")
            #expect(other.undoSteps(UndoScope()) { $0 == actor(number) }.isEmpty == false)
        }
    }

    private func known(_ map: PlainDocument.Map) -> PlainDocument.Map {
        var map = map
        map.unknown = [:]
        map.maps = map.maps.mapValues(known).filter { !$0.value.isEmpty }
        return map
    }

    @Test func `what only a newer version knows is named, and stays whatever a file says`() throws {
        var document = Document()
        let amount = try #require(Value.unknown(tag: 64, [1, 2]))
        document.change(by: actor(1), at: 0) { document in
            document.extend(64, [1], at: ["map", "tree"], .unknown(70))
            document.extend(64, [1], at: ["map", "tree"], .unknown(65))
            document.extend(64, [2], at: [])
            document.set("price", to: amount)
        }
        let plain = PlainDocument(document, name: "cart/1")
        #expect(plain.json.encoded() == #"{"baton":"document/1","document":"cart/1","content":{"values":{"price":{"$unknown":{"kind":64,"bytes":"AQI="}}},"maps":{"map":{"unknown":{"tree":[65,70]}}}}}"#)
        let read = try PlainDocument(reading: Array(plain.json.encoded().utf8))
        #expect(read == plain)
        let before = document.version
        #expect(try document.change(by: actor(2), at: 0) { document throws in try read.edit(&document) } == [])
        #expect(document.version == before)
        let other = try PlainDocument(reading: Array(#"{"baton":"document/1","content":{"unknown":{"other":[64]}}}"#.utf8))
        #expect(try document.change(by: actor(2), at: 0) { document throws in try other.edit(&document) } == ["map/tree", "other"])
        #expect(document.extensions().count == 3 && document.value("price") == nil)
        for text in [#"{"unknown":{"x":[63]}}"#, #"{"unknown":{"x":["a"]}}"#, #"{"unknown":{"x":[256]}}"#, #"{"values":{"x":{"$unknown":{"kind":63,"bytes":""}}}}"#] {
            #expect(throws: CommandError.self) { try PlainDocument(reading: Array("{\"baton\":\"document/1\",\"content\":\(text)}".utf8)) }
        }
    }

    @Test func `who made a newer version's container is explained, though not what it is`() throws {
        var document = Document()
        document.change(by: actor(1), at: 0) { $0.extend(64, [1], at: ["map", "tree"], .unknown(70)) }
        document.change(by: actor(2), at: 0) { $0.extend(65, [1], at: ["map", "tree"], .unknown(70)) }
        let found = try #require(PathArgument.find(["map", "tree"], document))
        #expect(found.value.encoded() == #"{"unknown container":70}"#)
        #expect(found.last?.id.actor == actor(2) && found.writes.map(\.what) == ["did what only a newer version knows (64)", "did what only a newer version knows (65)"])
        #expect(PathArgument.find(["map", "none"], document) == nil)
    }

    static let mistakes: [(text: String, says: String)] = [
        ("{", "at byte 1"), ("{\"baton\": \"document/2\"}", "\"document/1\""), ("{\"baton\": \"document/1\"}", "content"),
        ("{\"baton\": \"document/1\", \"content\": {\"quantities\": {\"x\": -1}}}", "content/quantities/x"),
        ("{\"baton\": \"document/1\", \"content\": {\"values\": {\"x\": 1.5}}}", "whole"),
        ("{\"baton\": \"document/1\", \"content\": {\"values\": {\"x\": {\"$bytes\": \"?\"}}}}", "base64"),
        ("{\"baton\": \"document/1\", \"content\": {\"value\": {}}}", "content/value"),
        ("{\"baton\": \"document/1\", \"content\": {\"maps\": {\"steps\": {}}}}", "kept for undo"),
        ("{\"baton\": \"document/1\", \"content\": {\"values\": {\"x\": 1, \"x\": 2}}}", "twice"),
        ("{\"baton\": \"document/1\", \"content\": {\"texts\": {\"t\": [{\"text\": \"a\"}]}}}", "content/texts/t/0"),
        ("{\"baton\": \"document/1\", \"content\": {\"flags\": {\"f\": 1}}}", "true or false"),
    ]

    @Test func `what breaks a rule is refused, with the part and the rule`() {
        for (text, says) in Self.mistakes {
            #expect { try PlainDocument(reading: Array(text.utf8)) } throws: { error in
                guard let error = error as? CommandError else { return false }
                return error.code == "invalid-value" && error.message.contains(says)
            }
        }
    }

    @Test func `names and nesting above their bounds are refused`() {
        let name = String(repeating: "k", count: 1_025)
        #expect { try PlainDocument(reading: Array("{\"baton\":\"document/1\",\"content\":{\"values\":{\"\(name)\":1}}}".utf8)) } throws: { ($0 as? CommandError)?.code == "too-large" }
        let maps = String(repeating: "{\"maps\":{\"m\":", count: 17) + "{}" + String(repeating: "}}", count: 17)
        #expect { try PlainDocument(reading: Array("{\"baton\":\"document/1\",\"content\":\(maps)}".utf8)) } throws: { ($0 as? CommandError)?.code == "invalid-value" }
        let lists = String(repeating: "[", count: 20) + String(repeating: "]", count: 20)
        #expect { try PlainDocument(reading: Array("{\"baton\":\"document/1\",\"content\":{\"values\":{\"v\":\(lists)}}}".utf8)) } throws: { ($0 as? CommandError)?.code == "invalid-value" }
    }

    @Test(arguments: 0..<70) func `base64 is that of RFC 4648, and nothing else is read`(count: Int) {
        let bytes = (0..<count).map { UInt8(($0 * 37 + count) & 255) }
        let text = Base64.encode(bytes)
        #expect(Base64.decode(text) == bytes && text.utf8.count == (count + 2) / 3 * 4)
        #expect(Base64.decode(text + "=") == nil)
        #expect(["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="].map(Base64.decode) == ["", "f", "fo", "foo", "foob"].map { Array($0.utf8) })
        #expect(["Zh==", "Zm9=", "Z===", "====", "Zg=a", "Zg", "Z g="].allSatisfy { Base64.decode($0) == nil })
    }
}
