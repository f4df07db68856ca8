// Where in a document's past: what people and scripts write on a line, and what is said where there is no such place.
//
//     ACTOR:COUNTER           a change, as `history` prints it, with all that it builds on
//     ACTOR:COUNTER,…         several, where the document had several heads
//     start · now             before the first change · as it is
package import CRDT

package enum Past {
    /// - Throws: `invalid-value`.
    package static func version(_ text: String, of document: Document) throws(ReplicaError) -> VersionVector {
        if text == "start" { return VersionVector() }
        if text == "now" { return document.version }
        var frontier: [OperationID] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let id = OperationID(String(part)) else {
                throw ReplicaError(code: "invalid-value", message: "\"\(part.prefix(60))\" is no place in the past: use what `baton history` prints, ACTOR:COUNTER, several with commas, or start or now.")
            }
            frontier.append(id)
        }
        do { return try document.version(of: frontier) } catch { throw refusal(error) }
    }

    package static func document(_ document: Document, at text: String) throws(ReplicaError) -> Document {
        let version = try version(text, of: document)
        do { return try document.at(version) } catch { throw refusal(error) }
    }

    /// The frontier that a text means, as it is written.
    package static func text(_ frontier: [OperationID]) -> String { frontier.isEmpty ? "start" : frontier.map(\.description).joined(separator: ",") }

    private static func refusal(_ error: PastError) -> ReplicaError {
        switch error {
        case .cutAway: ReplicaError(code: "too-old", message: "The history of the document was cut, and that place lies before the cut. `baton history` shows what is left.")
        case .unreadable(let why): ReplicaError(code: "internal", message: "The document as it was then can't be read: \(why).")
        case .unknown(let id):
            ReplicaError(code: "invalid-value", message: "The document has no change \(id). `baton history` shows those it has; synchronise if another device made it.")
        case .insideChange(let id, let end):
            ReplicaError(code: "invalid-value", message: "\(id) is in the middle of a change, which is there whole or not at all: use \(end).")
        case .notClosed(let actor, let needs):
            ReplicaError(code: "invalid-value", message: "What \(actor) did by then builds on \(needs), which that version lacks: add it.")
        }
    }
}
