// A document of a newer version, with names, values, containers and operations that this one has never heard of: every edit that
// people make here leaves them as they are, and what is known shows as it would without them.
import CRDT
import Documents
import Testing

@Suite struct NewerTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        /// What it has already, so that there is something to add to.
        let begin: @Sendable (inout Document, Author, ActorID) throws -> Void
        /// Where a newer version has more: maps that the kind has.
        let maps: [[String]]
        let edit: @Sendable (inout Document, Author, ActorID) throws -> Void
        /// What this version shows.
        let show: @Sendable (Document) -> String
        var testDescription: String { name }
    }

    static let kinds = [
        Kind(name: "cart", begin: { document, _, _ in _ = try Cart.add(LineKey(sku: "HAT"), 2, note: "gift", &document) }, maps: [[], ["lines"], ["lines", "HAT"]],
             edit: { document, _, _ in
                 _ = try Cart.add(LineKey(sku: "SHOE"), 1, note: nil, &document)
                 _ = try Cart.more("HAT", 1, &document)
                 _ = try Cart.note("HAT", "none", &document)
                 _ = try Cart.save("HAT", true, &document)
                 _ = try Cart.remove("SHOE", &document)
             }, show: { "\(Cart.lines($0)) \(Cart.lines($0, saved: true))" }),
        Kind(name: "preferences", begin: { document, author, _ in
                 try Preferences.set("language", "de", scope: "", by: author, &document)
                 try Preferences.setConsent("news", "mail", true, &document)
             }, maps: [[], ["values"], ["consent"]],
             edit: { document, author, _ in
                 try Preferences.set("language", "en", scope: "", by: author, &document)
                 try Preferences.set("size", "42", scope: "", by: author, &document)
                 Preferences.unset("size", scope: "", &document)
                 try Preferences.setConsent("news", "mail", false, &document)
             }, show: { "\(Preferences.get("language", scopes: [""], $0)?.value ?? "none") \(Preferences.consents($0).filter { $0.purpose == "news" })" }),
        Kind(name: "conversation", begin: { document, _, _ in
                 _ = try Conversation.take([Message(id: "m1", from: "ana", channel: "app", text: "Hello", at: 5)], &document)
             }, maps: [[]],
             edit: { document, author, _ in
                 _ = try Conversation.take([Message(id: "m2", from: "bob", channel: "app", text: "Hi", at: 6)], &document)
                 try Conversation.read(nil, &document)
                 Conversation.markUnread(&document)
                 try Conversation.note("calm", by: author, &document)
             }, show: { "\(Conversation.messages($0)) \(Conversation.readUpTo($0)) \(Conversation.notes($0).map(\.text))" }),
        Kind(name: "draft", begin: { document, author, actor in try Draft.begin(fields: [("subject", "Shoes")], by: actor, author, &document) }, maps: [[], ["carets"], ["authors"]],
             edit: { document, author, actor in
                 try Draft.type("Hello", at: nil, by: actor, author, &document)
                 try Draft.erase(at: 0, count: 1, by: actor, author, &document)
                 try Draft.moveCaret(to: 1, select: nil, author, &document)
                 try Draft.clear(by: actor, author, &document)
                 try Draft.discard(by: actor, author, &document)
             }, show: { "\(Draft.view($0).text) \(Draft.isDiscarded($0))" }),
        Kind(name: "session", begin: { document, _, _ in try Session.setFields(["name": "Ana"], &document) }, maps: [[]],
             edit: { document, _, _ in
                 var place = SessionPlace()
                 (place.device, place.route) = ("phone", "checkout")
                 try Session.report(place, &document)
                 try Session.setFields(["name": "Bea", "street": "Ring 1"], &document)
             }, show: { "\(Session.fields($0)) \(String(describing: Session.place($0, Lease())?.route))" }),
    ]

    @Test(arguments: kinds) func `what a newer version added to a document is there after every edit here`(kind: Kind) throws {
        var (plain, newer, device) = (Device(1), Device(2), Device(3))
        let (author, actor) = (device.author, device.actor)
        try plain.document.change(by: plain.actor, at: 0) { (document) throws in try kind.begin(&document, author, plain.actor) }
        try newer.document.take(plain.document.encode())
        let value = try #require(Value.unknown(tag: 90, [1, 2, 3]))
        newer.document.change(by: newer.actor, at: 0) { document in
            for path in kind.maps {
                let map = path.reduce(ContainerID.root) { document.container(.map, $1, in: $0) }
                document.set("not known", to: .map([("points", .int(7)), ("price", value)]), in: map)
                document.set("in a map", to: .bool(true), in: document.container(.map, "newer", in: map))
                document.extend(64, [1], at: path)
                document.extend(65, [2], at: path + ["tree"], .unknown(80))
            }
        }
        let extensions = newer.document.extensions()
        device.document = try Document(opening: newer.document.save(shownFrom: 0), isTrusted: true)
        try device.document.change(by: actor, at: 1_000) { (document) throws in try kind.edit(&document, author, actor) }
        device.document = try Document(opening: device.document.save(shownFrom: 0), isTrusted: true)
        for path in kind.maps {
            let map = try #require(device.document.place(names: path, kind: .map))
            #expect(device.document.value("not known", in: map) == .map([("points", .int(7)), ("price", value)]))
            #expect(device.document.value("in a map", in: try #require(device.document.existingContainer(.map, "newer", in: map))) == .bool(true))
        }
        #expect(device.document.extensions() == extensions)
        // The same without what is new.
        try plain.document.change(by: actor, at: 1_000) { (document) throws in try kind.edit(&document, author, actor) }
        #expect(kind.show(device.document) == kind.show(plain.document))
        if Undo.steps(kind.name, of: author, device.document, isOwn: { $0 == actor }).isEmpty { return }
        _ = try device.document.change(by: actor, at: 2_000) { (document) throws in try Undo.undo(kind.name, by: actor, author, &document) { $0 == actor } }
        #expect(device.document.extensions() == extensions)
        device.document.checkInvariants()
    }
}
