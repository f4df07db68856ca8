// The first inputs of each target: the protocol's vectors, and changes of small documents of every kind.
import Bytes
import CRDT
import Documents
import Foundation
import Store
import Support
import Sync

enum Seeds {
    /// A document in which three actors wrote, some of it concurrently: what the changes of `document` go on from.
    static let shared: Document = world.whole
    private static let world = made()

    private static func actor(_ number: UInt8) -> ActorID { ActorID(publicKey: [number], incarnation: [number]) }

    private static func made() -> (whole: Document, next: [[UInt8]]) {
        var random = SeededGenerator(seed: 1)
        var replicas = [Document(), Document(), Document()]
        func edit(_ index: Int) -> [UInt8] {
            let version = replicas[index].version
            do {
                try replicas[index].change(by: actor(UInt8(index)), at: 0) { (document) throws in try editRandomly(&document, &random, isKnown: true) }
            } catch { fatalError("\(error)") }
            return replicas[index].encode(since: version)
        }
        func meet(_ one: Int, _ other: Int) { _ = try? replicas[one].take(replicas[other].encode(since: replicas[one].version)) }
        for _ in 0..<4 {
            for index in 0..<3 { _ = edit(index) }
            meet(random.below(3), random.below(3))
        }
        for index in [1, 2] { meet(0, index) }
        for index in [1, 2] { meet(index, 0) }
        let whole = replicas[0]
        return (whole, (0..<24).map { edit($0 / 8) })
    }

    static func write(to folder: String) throws {
        var seeds: [Target: [[UInt8]]] = [:]
        for (file, field) in [("changes", "stored"), ("small", "small")] { seeds[.changes, default: []] += try vectors(file, field) }
        seeds[.changes, default: []].append(shared.encode())
        let unknown = try newer()
        seeds[.changes]?.append(unknown.encode())
        // On the shared document, and one of the newer version's after another's.
        var next = shared
        let news = try [1, 2, 1].enumerated().map { index, number in
            let version = next.version
            try next.change(by: actor(UInt8(number)), at: 0) { (document) throws in
                document.extend(64 + UInt16(index), [UInt8(index)], at: [["text"], ["tree"], []][index], [.text, .unknown(70), .map][index])
                try document.insert("x", at: 0, in: document.container(.text, "text"))
            }
            return next.encode(since: version)
        }
        seeds[.document] = [blobs(news)] + (0..<3).map { actor in blobs(Array(world.next[8 * actor..<8 * actor + 8])) } + world.next.map { blobs([$0]) }
        seeds[.file] = [0, Int.max].map { [1] + shared.save(shownFrom: $0) } + [[0] + shared.save()]
        for document in [unknown, try unknown.cut(at: unknown.version)] { seeds[.file]?.append([1] + document.save(shownFrom: 0)) }
        // A section of a newer version before it, without the checksum that it will be given.
        seeds[.file]?.append([1, 3, 200, 0, 2, 2, 0, 0, 0, 0, 1, 2] + unknown.save(shownFrom: .max).dropFirst())
        for bytes in try typed() {
            var document = Document()
            try document.take(bytes)
            seeds[.file]?.append([1] + document.save(shownFrom: 0))
        }
        seeds[.views] = try typed().map { blobs([$0]) }
        for (kind, bytes) in try zip(vectors("sync", "kind", isHex: false), vectors("sync", "bytes")) {
            switch String(decoding: kind, as: UTF8.self) {
            case "actor": seeds[.actor, default: []].append(bytes)
            case "block": seeds[.block, default: []].append(bytes)
            case "cut": seeds[.cut, default: []].append(bytes)
            default:
                seeds[.frame, default: []].append(bytes)
                // A frame of an intent, or of its outcome, is its number and then that.
                if bytes.first == 36 { seeds[.intent, default: []].append([0] + bytes.dropFirst()) }
                if bytes.first == 5 { seeds[.intent, default: []].append([1] + bytes.dropFirst()) }
            }
        }
        seeds[.record] = records()
        seeds[.http] = ["GET /sync HTTP/1.1\r\nHost: localhost:7400\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nOrigin: http://[::1]:80\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"].flatMap { [[255] + Array($0.utf8), [40] + Array($0.utf8)] }
        // A masked message, one in two fragments, a ping, a close; the same unmasked.
        seeds[.websocket] = [[2, 0x82, 0x83, 1, 2, 3, 4, 5, 6, 7], [0xFE, 0x02, 0x81, 0, 0, 0, 0, 9, 0x80, 0x81, 0, 0, 0, 0, 8], [4, 0x89, 0x80, 0, 0, 0, 0],
                             [2, 0x88, 0x82, 0, 0, 0, 0, 3, 0xE8], [3, 0x82, 0x7E, 0, 2, 1, 2], [1, 0x82, 1, 7]]
        seeds[.json] = [#"{"a":[1,-2.5e3,true,false,null,"\u00e9\ud83e\udde6\n"],"b":{}}"#, #"["café",{"k":"v"}]"#].map { Array($0.utf8) }
        seeds[.gzip] = [Hex.decode("1f8b0800000000000003cb48cdc9c957c840100026b5a4f014000000") ?? []]
        for (target, inputs) in seeds {
            let place = "\(folder)/\(target)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            for input in inputs { try Data(input).write(to: URL(fileURLWithPath: "\(place)/\(Hex.encode(Array(Digest.sha256(input).prefix(10))))")) }
        }
    }

    /// What only a newer version knows, by two at the same time.
    private static func newer() throws -> Document {
        var (one, other) = (Document(), Document())
        try one.change(by: actor(1), at: 0) { (document) throws in
            try document.insert("text", at: 0, in: document.container(.text, "text"))
            document.extend(64, [1, 2], at: ["text"], .text)
            document.extend(300, [], at: ["map", "tree"], .unknown(70))
            if let value = Value.unknown(tag: 99, [3]) { document.set("price", to: .list([value])) }
        }
        try other.take(one.encode())
        one.change(by: actor(1), at: 0) { $0.extend(64, [4], at: []) }
        other.change(by: actor(2), at: 0) { $0.extend(64, [5], at: ["map", "tree"], .unknown(70)) }
        try one.take(other.encode(since: one.version))
        return one
    }

    private static func blobs(_ changes: [[UInt8]]) -> [UInt8] { written { for change in changes { $0.blob(change) } } }

    private static func vectors(_ file: String, _ field: String, isHex: Bool = true) throws -> [[UInt8]] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "Protocol/vectors/\(file).json"))
        let cases = (try JSONSerialization.jsonObject(with: data) as? [String: Any])?["cases"] as? [[String: Any]] ?? []
        return cases.compactMap { ($0[field] as? String).flatMap { isHex ? Hex.decode($0) : Array($0.utf8) } }
    }

    /// A document of each kind, as people make it.
    private static func typed() throws -> [[UInt8]] {
        let author = Author(person: "ana", device: "phone", channel: "app", at: 1_000)
        let actor = actor(1)
        func made(_ edits: [(inout Document) throws -> Void]) throws -> [UInt8] {
            var document = Document()
            for edit in edits { try document.change(by: actor, at: 1_000) { (document) throws in try edit(&document) } }
            return document.encode()
        }
        return [
            try made([{ _ = try Cart.add(LineKey(sku: "SHOE", options: ["size": "42"]), 2, note: "gift", &$0) }, { _ = try Cart.less("SHOE", 1, &$0) }, { _ = try Cart.save("SHOE", true, &$0) }]),
            try made([{ try Preferences.setConsent("news", "mail", true, &$0) }, { try Preferences.setConsent("news", "mail", false, &$0) }]),
            try made([{ _ = try Conversation.take([Message(id: "m1", from: "ana", channel: "app", text: "Hello", at: 5)], &$0) }, { try Conversation.read(1, &$0) }, { try Conversation.note("calm", by: author, &$0) }]),
            try made([{ try Draft.begin(fields: [("subject", "Shoes")], by: actor, author, &$0) }, { try Draft.type("Héllo", at: nil, by: actor, author, &$0) }, { try Draft.erase(at: 1, count: 2, by: actor, author, &$0) },
                      { try Draft.undo(by: actor, author, &$0) }, { try Draft.moveCaret(to: 1, select: 2, author, &$0) }]),
            try made([{ document in
                var place = SessionPlace()
                (place.device, place.route, place.step) = ("phone", "checkout", 2)
                place.scroll = SessionPlace.Scroll(item: "line", offset: 4)
                try Session.report(place, &document)
            }, { try Session.setFields(["name": "Ana"], &$0) }]),
        ]
    }

    private static func records() -> [[UInt8]] {
        var record = DocumentRecord()
        record.arrivals = 3
        record[actor(1)].count = 300
        record[actor(1)].sealed = 7
        record[actor(1)].hash = Digest.sha256([1])
        record[actor(1)].acknowledged = 2
        record[actor(2)].count = 1
        let key = SpaceID("person:ana").flatMap { DocumentID($0, "cart/1") }.map(DocumentKeys.document) ?? []
        let profile = ["phone", "phone", "customer", "ws://127.0.0.1:7400", "", ""]
        return [[0] + record.bytes, [1] + key, [2] + written { for text in profile { $0.string(text) } }, [3] + Array("\(actor(1)):7".utf8)]
    }
}
