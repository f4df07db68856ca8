// Undo and redo of a draft: see `Undo`. Every actor that writes in a draft is named in it.
package import CRDT

extension Draft {
    package static func undo(by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        try Undo.undo("draft", by: actor, author, &document)
    }

    package static func redo(by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        try Undo.redo("draft", by: actor, author, &document)
    }
}
