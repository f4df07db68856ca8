// A device of a test: one document, and one actor that edits it.
import CRDT
import Documents

struct Device {
    let actor: ActorID
    var document = Document()
    private let name: String
    private var now: UInt64 = 1_000

    init(_ number: UInt8) {
        actor = ActorID(publicKey: [number], incarnation: [number])
        name = "device \(number)"
    }

    var author: Author { Author(person: "ana", device: name, channel: "phone", at: Int64(now)) }

    mutating func edit(_ body: (inout Document) throws(DocumentError) -> Void) throws(DocumentError) {
        now += 1_000
        try document.change(by: actor, at: now, body)
    }
}

/// Both get what the other has.
func meet(_ one: inout Device, _ other: inout Device) throws {
    let (first, second) = (one.document.encode(since: other.document.version), other.document.encode(since: one.document.version))
    try one.document.apply(ChangeSet(decoding: second))
    try other.document.apply(ChangeSet(decoding: first))
}
