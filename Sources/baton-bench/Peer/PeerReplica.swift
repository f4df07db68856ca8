// A replica as the peer benchmark uses it: edits, hands out updates, takes them in, encodes and opens.
internal import CRDT
internal import Foundation

struct PeerReplica {
    var document = Document()
    let actor: ActorID
    let text: ContainerID
    /// How much of what was done here was handed out.
    private var handedOut: UInt32 = 0

    /// Replicas of higher numbers have higher ids: recorded histories mean that.
    init(_ number: Int) {
        actor = ActorID(high: UInt64(number) << 48 | 0x79B9_7F4A_7C15, low: 0x9E37_79B9_7F4A_7C15)
        text = document.container(.text, "t")
    }

    mutating func edit(_ patches: [PeerFile.Patch]) throws {
        let text = text
        try document.change(by: actor, at: 0) { (document) throws(EditError) in try PeerReplica.edit(&document, text, patches) }
    }

    /// All of it as one change.
    mutating func editAtOnce(_ transactions: [PeerFile.Transaction]) throws {
        let text = text
        try document.change(by: actor, at: 0) { (document) throws(EditError) in
            for transaction in transactions { try PeerReplica.edit(&document, text, transaction.patches) }
        }
    }

    private static func edit(_ document: inout Document, _ text: ContainerID, _ patches: [PeerFile.Patch]) throws(EditError) {
        for patch in patches {
            if patch.deleted > 0 { try document.delete(at: patch.position, count: patch.deleted, in: text) }
            if !patch.inserted.isEmpty { try document.insert(patch.inserted, at: patch.position, in: text) }
        }
    }

    /// What was done here since the last call, deflated as devices do.
    mutating func update() -> [UInt8] {
        defer { handedOut = document.operationCount(of: actor) }
        return document.encode(of: actor, from: handedOut)
    }

    mutating func take(_ update: [UInt8]) throws {
        try document.take(update)
    }

    static func opened(_ bytes: [UInt8]) throws -> Document {
        try Document(opening: bytes, isTrusted: true)
    }

    static func text(of document: Document) -> String { document.existingContainer(.text, "t").map(document.text) ?? "" }

    /// Encodes, measures that, and leaves the bytes for the phase that opens them.
    static func encode(_ document: Document, _ folder: String, _ figures: PeerFigures) throws {
        let bytes = figures.timed("encode_full") { document.save() }
        figures.best("encode_full_again_ms") { _ = document.save() }
        figures["full_bytes"] = Double(bytes.count)
        figures["history_bytes"] = Double(document.encode().count)
        try Data(bytes).write(to: URL(fileURLWithPath: folder + "/full"))
    }

    /// What is left once all of the history was cut, and nobody is there who could name what was deleted before.
    static func cut(_ document: Document, _ figures: PeerFigures) throws {
        let first = try figures.timed("cut") { try document.cut(at: document.version) }
        let second = try first.cut(at: document.version)
        guard text(of: second) == text(of: document) else { throw PeerFile.Problem(description: "the text changed when the history was cut") }
        let bytes = figures.timed("encode_state") { second.save() }
        figures["state_bytes"] = Double(bytes.count)
        try figures.best("load_state_text_ms") { _ = text(of: try opened(bytes)) }
    }
}
