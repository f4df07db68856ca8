// `baton undo` and `baton redo`: a person's own changes of any document, on any of their devices.
package import ArgumentParser
internal import CRDT
internal import Console
internal import Documents
package import Replica
internal import Store

package struct UndoCommand: LocalCommand {
    package static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take back the last thing that you did in a document, on any of your devices.",
        discussion: "What others did stays, also where they wrote, moved or removed the same thing since.")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: "cart, preferences, draft/ID, …") var document = "cart"
    @Flag(help: "Show what can be undone and redone, and change nothing.") var list = false
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let id = try PathArgument.document(document, replica)
        return list ? try UndoView.list(id, replica) : UndoView.output(id, try replica.undo(id), verb: "Took back", replica)
    }
}

package struct RedoCommand: LocalCommand {
    package static let configuration = CommandConfiguration(commandName: "redo", abstract: "Do again what you took back last in a document.")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: "cart, preferences, draft/ID, …") var document = "cart"
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let id = try PathArgument.document(document, replica)
        return UndoView.output(id, try replica.redo(id), verb: "Did again", replica)
    }
}

enum UndoView {
    static func output(_ id: DocumentID, _ done: Undo.Done, verb: String, _ replica: Replica) -> Output {
        let summary = summary(of: done.step, id, replica)
        let kept = done.remainders.map { remainder in
            switch remainder {
            case .grows(let path): (path, "only-grows", "\(path) only grows: it stays.")
            case .unknown(let path): (path, "unknown", "What a newer version did\(path.isEmpty ? "" : " in \(path)") stays: this one doesn't know it.")
            case .overtaken(let path): (path, "overtaken", "\(path) stays: it was changed since.")
            }
        }
        let json = JSON.fields(["document": .string(id.path), "change": .string(done.step.change.description), "summary": .string(summary),
                                "kept": .array(kept.map { .fields(["path": .string($0.0), "reason": .string($0.1)]) })])
        return Output(json) { _ in (["\(verb): \(summary)"] + kept.map(\.2)).joined(separator: "\n") }
    }

    static func list(_ id: DocumentID, _ replica: Replica) throws -> Output {
        let summaries = Dictionary(try replica.document(id).changeSummaries().map { ($0.id, $0.summary) }, uniquingKeysWith: { first, _ in first })
        let steps = try replica.undoSteps(id)
        let (next, again) = (Document.undoable(steps)?.change, Document.redoable(steps)?.change)
        var table = Table([.text("At"), .text("Device"), .text("What"), .text("")])
        var items: [JSON] = []
        for step in steps {
            let status = step.change == next ? "undo" : step.change == again ? "redo" : step.isUndone ? "undone" : "done"
            let at = Int64(clamping: step.time)
            table.add(TimeText.short(at), replica.by(step.change.actor).name, summaries[step.change] ?? "",
                      ["undo": "next to undo", "redo": "next to redo", "undone": "taken back"][status] ?? "")
            items.append(.fields(["change": .string(step.change.description), "by": PathArgument.by(step.change.actor, id, replica), "at": .string(TimeText.iso(at)),
                                  "summary": .string(summaries[step.change] ?? ""), "undone": .bool(step.isUndone), "next": ["undo", "redo"].contains(status) ? .string(status) : .null]))
        }
        return Output(.array(items)) { [table] style in table.isEmpty ? "You did nothing in \(id.path) that could be undone." : table.rendered(style) }
    }

    private static func summary(of step: UndoStep, _ id: DocumentID, _ replica: Replica) -> String {
        (try? replica.document(id).changeSummaries().first { $0.id == step.change }?.summary) ?? ""
    }
}
