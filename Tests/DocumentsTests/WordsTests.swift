// Preferences, consent, conversations and drafts under two devices' edits.
import CRDT
import Documents
import Testing

@Suite struct WordsTests {
    @Test func `the narrowest scope wins, and what is unset shows the wider one again`() throws {
        var phone = Device(1)
        let scopes = Preferences.scopes(store: "S1", device: "phone")
        let author = phone.author
        try phone.edit { document throws(DocumentError) in
            try Preferences.set("size", "42", scope: Preferences.scope(nil, device: "phone"), by: author, &document)
            try Preferences.set("size", "43", scope: Preferences.scope("store:S1", device: "phone"), by: author, &document)
            try Preferences.set("size", "44", scope: Preferences.scope("device", device: "phone"), by: author, &document)
        }
        #expect(Preferences.get("size", scopes: scopes, phone.document)?.value == "44")
        #expect(Preferences.get("size", scopes: Preferences.scopes(store: "S1", device: "laptop"), phone.document)?.value == "43")
        try phone.edit { document throws(DocumentError) in
            Preferences.unset("size", scope: try Preferences.scope("device", device: "phone"), &document)
            Preferences.unset("size", scope: try Preferences.scope("store:S1", device: "phone"), &document)
        }
        #expect(Preferences.get("size", scopes: scopes, phone.document)?.value == "42")
    }

    @Test(arguments: [false, true]) func `a consent withdrawn while it is granted elsewhere is withdrawn`(isSwapped: Bool) throws {
        var (phone, laptop) = (Device(1), Device(2))
        try phone.edit { document throws(DocumentError) in try Preferences.setConsent("news", "email", true, &document) }
        try meet(&phone, &laptop)
        try phone.edit { document throws(DocumentError) in try Preferences.setConsent("news", "email", isSwapped, &document) }
        try laptop.edit { document throws(DocumentError) in try Preferences.setConsent("news", "email", !isSwapped, &document) }
        try meet(&phone, &laptop)
        for device in [phone, laptop] { #expect(Preferences.consents(device.document).map(\.isGranted) == [false]) }
        try phone.edit { document throws(DocumentError) in try Preferences.setConsent("news", "email", true, &document) }
        #expect(Preferences.consents(phone.document).map(\.isGranted) == [true], "granted again, knowing of the withdrawal")
    }

    @Test func `a message that comes in on two devices is there once`() throws {
        var (phone, laptop) = (Device(1), Device(2))
        let messages = (0..<5).map { Message(id: "m\($0)", from: "ana", channel: "chat", text: "text \($0)", at: Int64($0)) }
        try phone.edit { document throws(DocumentError) in #expect(try Conversation.take(Array(messages.prefix(3)), &document) == 3) }
        try laptop.edit { document throws(DocumentError) in #expect(try Conversation.take(Array(messages.suffix(4)), &document) == 4) }
        try meet(&phone, &laptop)
        try phone.edit { document throws(DocumentError) in #expect(try Conversation.take(messages, &document) == 0) }
        for device in [phone, laptop] { #expect(Conversation.messages(device.document).map(\.id).sorted() == messages.map(\.id)) }
        try phone.edit { document throws(DocumentError) in try Conversation.read(4, &document) }
        try laptop.edit { document throws(DocumentError) in try Conversation.read(2, &document) }
        try meet(&phone, &laptop)
        for device in [phone, laptop] { #expect(Conversation.readUpTo(device.document) == 4) }
    }

    @Test func `undo takes back one's own typing only, and redo brings it again`() throws {
        var (phone, laptop) = (Device(1), Device(2))
        let (ana, bob) = (phone.author, laptop.author)
        try phone.edit { [actor = phone.actor] document throws(DocumentError) in
            try Draft.begin(fields: [], by: actor, ana, &document)
            try Draft.type("Hello ", at: nil, by: actor, ana, &document)
        }
        try meet(&phone, &laptop)
        try laptop.edit { [actor = laptop.actor] document throws(DocumentError) in try Draft.type("world", at: 6, by: actor, bob, &document) }
        try phone.edit { [actor = phone.actor] document throws(DocumentError) in try Draft.type("dear ", at: 6, by: actor, ana, &document) }
        try meet(&phone, &laptop)
        let both = Draft.view(phone.document).text
        #expect(both == Draft.view(laptop.document).text && both.contains("dear ") && both.contains("world"))
        try phone.edit { [actor = phone.actor] document throws(DocumentError) in try Draft.undo(by: actor, ana, &document) }
        #expect(Draft.view(phone.document).text == "Hello world")
        try phone.edit { [actor = phone.actor] document throws(DocumentError) in try Draft.redo(by: actor, ana, &document) }
        #expect(Draft.view(phone.document).text == both)
        #expect(throws: DocumentError.self) { try phone.edit { [actor = phone.actor] document throws(DocumentError) in try Draft.type("x", at: 99, by: actor, ana, &document) } }
    }

    @Test func `a draft discarded while another device types comes back with what was typed`() throws {
        var (phone, laptop) = (Device(1), Device(2))
        let (ana, bob) = (phone.author, laptop.author)
        try phone.edit { [actor = phone.actor] document throws(DocumentError) in
            try Draft.begin(fields: [], by: actor, ana, &document)
            try Draft.type("old", at: nil, by: actor, ana, &document)
        }
        try meet(&phone, &laptop)
        try phone.edit { [actor = phone.actor] document throws(DocumentError) in try Draft.discard(by: actor, ana, &document) }
        #expect(Draft.isDiscarded(phone.document))
        try laptop.edit { [actor = laptop.actor] document throws(DocumentError) in try Draft.type(" new", at: 3, by: actor, bob, &document) }
        try meet(&phone, &laptop)
        for device in [phone, laptop] {
            #expect(!Draft.isDiscarded(device.document))
            #expect(Draft.view(device.document).text.contains("new"))
        }
    }

    @Test(arguments: [("checkout", true), ("", true), ("product/4006381333931", true), ("order/4111111111111112", true), ("s1/4111", true), ("2026-11-28", true), ("42/4111-1111-1111-1111x", false),
                      ("4111111111111111", false), ("4222222222222", false), ("pay/4111 1111 1111 1111", false), ("pay?card=5500005555555559&step=2", false), ("/pay/378282246310005/", false)])
    func `a route with a card number is no place`(route: String, isPlace: Bool) throws {
        var phone = Device(1)
        var place = SessionPlace()
        (place.device, place.route) = ("phone", route)
        let refusal: DocumentError?
        do throws(DocumentError) {
            try phone.edit { document throws(DocumentError) in try Session.report(place, &document) }
            refusal = nil
        } catch { refusal = error }
        #expect(refusal?.code == (isPlace ? nil : "invalid-value"))
        #expect(Session.place(phone.document, Lease())?.route == (isPlace ? route : nil))
    }
}
