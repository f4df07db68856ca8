// Changes from anyone, taken into documents. Whatever comes, the document stays whole: its structures agree, it is
// encoded and read again as the same, and everything that people see of it can be shown.
import Bytes
import CRDT
import Documents
import Support

enum DocumentTarget {
    static func changes(_ bytes: [UInt8]) throws {
        let inflated = size(bytes)
        let set = try Allowance.of(bytes.count + inflated) { try ChangeSet(decoding: bytes) }
        var document = Document()
        defer { checkWhole(document) }
        try document.apply(set)
    }

    /// What a batch says that it inflates to, where it does.
    private static func size(_ bytes: [UInt8]) -> Int {
        bytes.first == ChangeFormat.version ? (try? ChangeFormat.body(of: bytes).count) ?? 0 : 0
    }

    /// The first byte says whether the sections' checksums are put right: by chance none would be.
    static func file(_ bytes: [UInt8]) throws {
        let kept = Array(bytes.dropFirst())
        let (mended, inflated) = sections(kept)
        let file = bytes.first == 0 ? kept : mended
        let document = try Allowance.of(file.count + inflated, each: Allowance.bytesPerByteOfDocuments) { try Document(opening: file, isTrusted: false) }
        checkWhole(document)
        for shownFrom in [0, Int.max] {
            let saved = document.save(level: 1, shownFrom: shownFrom)
            do {
                let opened = try Document(opening: saved, isTrusted: true)
                promise(describe(opened) == describe(document), "a file shows what the document does")
                opened.checkInvariants()
                promise(opened.encodeBody() == document.encodeBody(), "a file holds what the document does")
            } catch { fatalError("what was saved is not opened: \(error)") }
        }
    }

    /// How many bytes the sections of a file say that they inflate to.
    static func inflated(_ file: [UInt8]) -> Int { sections(file).inflated }

    /// The file with the checksums that its sections have, and how many bytes they say that they inflate to.
    private static func sections(_ bytes: [UInt8]) -> (file: [UInt8], inflated: Int) {
        var reader = ByteReader(bytes)
        var (file, inflated) = (Array(bytes.prefix(1)), 0)
        guard (try? reader.byte()) != nil else { return (bytes, 0) }
        while !reader.isAtEnd {
            let start = reader.offset
            guard (try? reader.raw(2)) != nil, let count = try? reader.count(limit: Limits.batchBytesMax), let length = try? reader.count(limit: reader.remaining) else { break }
            let head = Array(bytes[start..<reader.offset])
            guard (try? reader.raw(4)) != nil, let stored = try? reader.raw(length) else { break }
            let sum = Checksum.crc32(stored, after: Checksum.crc32(head))
            file += head + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) } + stored
            inflated += count
        }
        return (file + bytes[min(file.count, bytes.count)...], inflated)
    }

    static func document(_ bytes: [UInt8]) {
        var document = Seeds.shared
        // The other way in, which takes no short cut.
        var other = document
        var count = 0
        var way = ByteWriter()
        each(bytes) { change in
            let taken = result { try document.take(change) }
            let applied = result { try other.apply(ChangeSet(decoding: change)) }
            promise(taken == applied, "the short cut takes in what the long way does")
            count += taken ?? 0
            if taken ?? 0 > 0 { way.blob(change) }
        }
        // Most inputs are refused: then nothing changed.
        guard count > 0 else { return }
        let body = document.encodeBody()
        way.raw(Digest.sha256(body))
        guard checked.insert(way.bytes).inserted else { return document.checkInvariants() }
        promise(body == other.encodeBody(), "the short cut makes what the long way does")
        checkWhole(document, body)
    }

    /// The changes that inputs came in by, and what they came to: most inputs are another with one more that is refused. Of
    /// those it is enough that they come to the same, and are whole.
    nonisolated(unsafe) private static var checked: Set<[UInt8]> = []

    private static func result(_ body: () throws -> Int) -> Int? { try? body() }

    /// The input's changes, each with its length before it.
    private static func each(_ bytes: [UInt8], _ body: ([UInt8]) -> Void) {
        var reader = ByteReader(bytes)
        while let change = try? reader.blob(), !change.isEmpty { body(change) }
    }

    /// - Parameter body: the document's.
    private static func checkWhole(_ document: Document, _ body: [UInt8]? = nil) {
        document.checkInvariants()
        // Of one that was cut, a batch has only what came since.
        guard document.changeCount > 0, !document.isShallow else { return }
        let body = body ?? document.encodeBody()
        var loaded = Document()
        // One change has a small form, which is no store of the body.
        let encoded = document.changeCount > 1 ? ChangeFormat.store(body, level: 1) : document.encode(level: 1)
        do { try loaded.take(encoded) } catch { fatalError("what was encoded is not taken in: \(error)") }
        promise(loaded.encodeBody() == body, "a document that is loaded is the one that was saved")
        promise(describe(loaded) == describe(document), "a document that is loaded shows what the saved one did")
    }

    // MARK: What people see

    private static let author = Author(person: "ana", device: "phone", channel: "app", at: 1_000)

    static func views(_ bytes: [UInt8]) {
        var document = Document()
        each(bytes) { change in _ = try? document.take(change) }
        guard document.changeCount > 0 else { return }
        show(document)
        let actor = ActorID(publicKey: [9], incarnation: [])
        document.change(by: actor, at: 1_000) { edit(&$0, actor) }
        document.checkInvariants()
        show(document)
    }

    private static func show(_ document: Document) {
        let lines = Cart.lines(document) + Cart.lines(document, saved: true)
        for line in lines { promise(line.quantity > 0, "a line without a quantity isn't shown") }
        _ = Preferences.all(scopes: ["", "device:phone"], document)
        _ = Preferences.consents(document)
        _ = (Conversation.messages(document), Conversation.readUpTo(document), Conversation.notes(document))
        let draft = Draft.view(document)
        for caret in draft.carets { promise((0...draft.length).contains(caret.at), "a caret is in the draft") }
        for lease in [Lease(), Lease(epoch: 1, holder: "phone")] { _ = (Session.place(document, lease), Session.alternatives(document, lease)) }
        _ = (Session.fields(document), document.changeSummaries(), document.remains())
        for (path, kind, key) in [("text", ContainerKind.text, nil), ("read", .max, nil), ("fields", .map, "subject")] {
            guard let container = document.existingContainer(kind, path) else { continue }
            _ = document.writes(to: container, key: key)
        }
    }

    /// Edits of every kind on top of what came.
    private static func edit(_ document: inout Document, _ actor: ActorID) {
        for line in Cart.lines(document) { _ = try? Cart.less(line.id, 1, &document) }
        _ = try? Cart.add(LineKey(sku: "HAT"), document: &document)
        Conversation.markUnread(&document)
        try? Conversation.read(nil, &document)
        try? Draft.type("é", at: nil, by: actor, author, &document)
        try? Draft.undo(by: actor, author, &document)
        try? Draft.redo(by: actor, author, &document)
        try? Draft.clear(by: actor, author, &document)
        try? Session.setFields(["name": "Ana"], &document)
    }
}

extension Cart {
    fileprivate static func add(_ key: LineKey, document: inout Document) throws -> CartLine? { try add(key, 1, &document) }
}
