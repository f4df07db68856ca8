// What the tests of documents share: actors, and replicas of one document.
import Bytes
import CRDT
import Support

func actor(_ number: UInt8) -> ActorID { ActorID(publicKey: [number], incarnation: [number]) }

/// A replica of one document: a name to write under, and the document.
struct TestReplica {
    let actor: ActorID
    var document = Document()

    init(_ number: UInt8) { actor = CRDTTests.actor(number) }

    mutating func edit(_ body: (inout Document) throws -> Void) rethrows {
        try document.change(by: actor, at: 0) { (document) throws in try body(&document) }
    }

    mutating func receive(from other: TestReplica) throws {
        try document.apply(ChangeSet(decoding: other.document.encode(since: document.version)))
    }

    mutating func exchange(with other: inout TestReplica) throws {
        try receive(from: other)
        try other.receive(from: self)
    }

    mutating func editRandomly(_ random: inout SeededGenerator) throws {
        try edit { document in try Support.editRandomly(&document, &random) }
    }
}
