// Undo and redo, each person's own: they work after a restart, and on another of the person's devices,
// because both are found in the document's history.
//
//     steps / "ACTOR:START" of a step   {undone, actor, start}: whether it is taken back, and the change that
//                                       last did it or did it again
//
// A step is a change of this person's that touches the text and isn't itself an undo or a redo (those
// touch `steps`). Undo takes back the last step that isn't; redo brings back the first one that was taken
// back after the last that stands.
package import CRDT

extension Draft {
    package static func undo(by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        guard let step = steps(of: author, document).last(where: { !$0.isUndone }) else { throw .nothingToUndo }
        try flip(step, isUndone: true, by: actor, author, &document)
    }

    package static func redo(by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        let steps = steps(of: author, document)
        let last = steps.lastIndex { !$0.isUndone } ?? -1
        guard last + 1 < steps.count else { throw .nothingToRedo }
        try flip(steps[last + 1], isUndone: false, by: actor, author, &document)
    }

    private struct Step {
        let name: String
        let lamport: UInt64
        var isUndone = false
        /// The change that did it, last.
        var actor: ActorID
        var start: UInt32
    }

    /// A person's steps, oldest first.
    private static func steps(of author: Author, _ document: Document) -> [Step] {
        guard let text = document.existingContainer(.text, "text"), let authors = document.existingContainer(.map, "authors") else { return [] }
        let map = document.existingContainer(.map, "steps")
        var steps: [Step] = []
        for entry in document.version.entries where document.value(entry.actor.description, in: authors) == .string(owner(author)) {
            var start: UInt32 = 0
            for end in document.changeEnds(of: entry.actor, after: 0) {
                defer { start = end }
                guard document.touches(text, entry.actor, from: start, to: end) else { continue }
                if let map, document.touches(map, entry.actor, from: start, to: end) { continue }
                var step = Step(name: "\(entry.actor):\(start)", lamport: document.lamport(of: entry.actor, at: start), actor: entry.actor, start: start)
                if let map, let value = document.value(step.name, in: map), let actor = ActorID(value.text("actor")) {
                    step.isUndone = value["undone"] == .bool(true)
                    step.actor = actor
                    step.start = UInt32(clamping: value.number("start"))
                }
                steps.append(step)
            }
        }
        return steps.sorted { ($0.lamport, $0.name) < ($1.lamport, $1.name) }
    }

    private static func flip(_ step: Step, isUndone: Bool, by actor: ActorID, _ author: Author, _ document: inout Document) throws(DocumentError) {
        let text = document.container(.text, "text")
        let start = document.operationCount(of: actor)
        let value: Value = .map([("undone", .bool(isUndone)), ("actor", .string(actor.description)), ("start", .int(Int64(start)))])
        let end = document.changeEnds(of: step.actor, after: step.start).first ?? step.start
        document.set(step.name, to: value, in: document.container(.map, "steps"))
        sign(actor, author, &document)
        do { try document.invert(step.actor, from: step.start, to: end, in: text) } catch { throw .tooLarge("The draft", DocumentLimits.messageBytesMax) }
    }
}
