// Undo and redo, each person's own, in any document: they work after a restart, and on another of the person's devices,
// because both are found in the document's history. Protocol/undo.md.
//
// A step is a change of the person's that is no undo or redo itself. Undo takes back the last step that stands; redo does
// again what was taken back last, unless something was done since. A change counts as whose device made it, or as `authors`
// in the document says.
package import CRDT

package enum Undo {
    /// What undo is about in a kind of document.
    /// - Returns: nil where nothing is undone.
    package static func scope(_ kind: String) -> UndoScope? {
        switch kind {
        // Where somebody is isn't taken back: they go on from there.
        case "session": nil
        case "draft", "reply": UndoScope(ignored: ["carets"], about: ["text"])
        // What was said was said.
        case "conversation": UndoScope(ignored: ["messages", "order"])
        default: UndoScope()
        }
    }

    package struct Done: Equatable, Sendable {
        package let step: UndoStep
        /// What stays as it is.
        package let remainders: [UndoRemainder]
    }

    /// A person's steps, oldest first.
    /// - Parameter isOwn: for actors that the document doesn't name.
    package static func steps(_ kind: String, of author: Author, _ document: Document, isOwn: (ActorID) -> Bool = { _ in false }) -> [UndoStep] {
        guard let scope = scope(kind) else { return [] }
        return document.undoSteps(scope) { self.isOwn($0, author, document, isOwn) }
    }

    @discardableResult
    package static func undo(_ kind: String, by actor: ActorID, _ author: Author, _ document: inout Document,
                             isOwn: (ActorID) -> Bool = { _ in false }) throws(DocumentError) -> Done {
        let steps = try checked(kind, author, document, isOwn)
        if let step = Document.undoable(steps) { return try flip(step, isUndone: true, kind, by: actor, author, &document) }
        if document.hasRaised(by: { self.isOwn($0, author, document, isOwn) }) { throw .onlyGrows(kind) }
        throw .nothingToUndo(kind)
    }

    @discardableResult
    package static func redo(_ kind: String, by actor: ActorID, _ author: Author, _ document: inout Document,
                             isOwn: (ActorID) -> Bool = { _ in false }) throws(DocumentError) -> Done {
        guard let step = Document.redoable(try checked(kind, author, document, isOwn)) else { throw .nothingToRedo(kind) }
        return try flip(step, isUndone: false, kind, by: actor, author, &document)
    }

    private static func checked(_ kind: String, _ author: Author, _ document: Document, _ isOwn: (ActorID) -> Bool) throws(DocumentError) -> [UndoStep] {
        guard scope(kind) != nil else { throw .cannotUndo(kind) }
        return steps(kind, of: author, document, isOwn: isOwn)
    }

    private static func flip(_ step: UndoStep, isUndone: Bool, _ kind: String, by actor: ActorID, _ author: Author,
                             _ document: inout Document) throws(DocumentError) -> Done {
        sign(actor, author, &document)
        do {
            return Done(step: step, remainders: try document.flip(step, isUndone: isUndone, scope(kind) ?? UndoScope()))
        } catch {
            throw .tooLarge("The \(kind)", DocumentLimits.messageBytesMax)
        }
    }

    // MARK: Whose work it is

    private static func isOwn(_ actor: ActorID, _ author: Author, _ document: Document, _ otherwise: (ActorID) -> Bool) -> Bool {
        guard let map = document.existingContainer(.map, "authors"), case .string(let name)? = document.value(actor.description, in: map) else { return otherwise(actor) }
        return name == owner(author)
    }

    /// Says in the document whose actor it is.
    package static func sign(_ actor: ActorID, _ author: Author, _ document: inout Document) {
        let authors = document.container(.map, "authors")
        let name = Value.string(owner(author))
        if document.value(actor.description, in: authors) != name { document.set(actor.description, to: name, in: authors) }
    }

    /// The person on every device, or the device where nobody is signed in.
    package static func owner(_ author: Author) -> String { author.person.isEmpty ? author.device : author.person }
}
