// Undo and redo as a person at this device does them: whose work is whose, where the document itself doesn't say.
package import CRDT
package import Documents

extension Replica {
    /// Kinds of devices that are staff's.
    package static let staffKinds: Set<String> = ["agent", "desk", "till"]

    /// Takes back the last that this person did in a document, on any of their devices.
    package func undo(_ id: DocumentID) throws -> Undo.Done {
        let (actor, author) = (try currentActor(), author)
        return try edit(id) { document throws in try Undo.undo(id.kind, by: actor, author, &document) { self.isOwnWork($0, in: id) } }
    }

    package func redo(_ id: DocumentID) throws -> Undo.Done {
        let (actor, author) = (try currentActor(), author)
        return try edit(id) { document throws in try Undo.redo(id.kind, by: actor, author, &document) { self.isOwnWork($0, in: id) } }
    }

    /// What this person did in a document and undo is about, oldest first.
    package func undoSteps(_ id: DocumentID) throws -> [UndoStep] {
        Undo.steps(id.kind, of: author, try document(id)) { self.isOwnWork($0, in: id) }
    }

    /// In a person's space their devices write, and staff, who sign what they do there. In any other, each device is its own.
    private func isOwnWork(_ actor: ActorID, in id: DocumentID) -> Bool {
        if isOwn(actor) { return true }
        guard !isStaff, id.space.scheme == "person", let record = author(actor) else { return false }
        return !Replica.staffKinds.contains(record.kind)
    }

    /// In a person's space all is theirs but what staff do: so that says whose it is.
    func signAsStaff(_ id: DocumentID, _ actor: ActorID, _ document: inout Document, since count: UInt32) {
        guard isStaff, id.space.scheme == "person", document.operationCount(of: actor) > count else { return }
        Undo.sign(actor, author, &document)
    }
}
