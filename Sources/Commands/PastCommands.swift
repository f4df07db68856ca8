// `baton diff` and `baton at`: what a document was, and what became of it.
package import ArgumentParser
internal import CRDT
internal import Console
package import Replica
internal import Store

package struct DiffCommand: LocalCommand {
    package static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what changed in a document between two places of its history.",
        discussion: "A place is what `baton history` prints, several with commas, or start or now.")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: "From where.") var from: String
    @Argument(help: "To where; default: now.") var to = "now"
    @Option(help: ArgumentHelp("cart, preferences, session, draft/ID, …", valueName: "document")) var document: String?
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let id = try document.map { try PathArgument.document($0, replica) } ?? PathArgument.document(holding: [from, to], replica)
        let document = try replica.document(id)
        let difference = try document.difference(from: Past.version(from, of: document), to: Past.version(to, of: document))
        let json = JSON.fields(["document": .string(id.path), "from": .string(from), "to": .string(to), "changes": .array(difference.items.map(DifferenceView.json))])
        return Output(json) { style in
            // What undo keeps its books in is nothing that anybody wrote; --json has it all the same.
            let items = difference.items.filter { !Document.bookNames.contains($0.path.first ?? "") }
            return items.isEmpty ? "Nothing changed." : items.flatMap { DifferenceView.lines($0, style) }.joined(separator: "\n")
        }
    }
}

package struct AtCommand: LocalCommand {
    package static let configuration = CommandConfiguration(
        commandName: "at", abstract: "Show something as it was: any command that only reads, at a place of the history.",
        discussion: "For example: baton at FRONTIER cart show, FRONTIER being what `baton history` prints.")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: ArgumentHelp("What `baton history` prints, several with commas, or start.", valueName: "frontier")) var frontier: String
    @Argument(parsing: .captureForPassthrough, help: "A command that only reads.") var command: [String]
    package init() {}

    package mutating func validate() throws {
        // Its options are those of the command behind it: who runs this looks here.
        if let inner = try? read() { global = inner.global }
    }

    package func run(on replica: Replica) throws -> Output {
        let inner = try read()
        replica.past = frontier
        defer { replica.past = nil }
        return try inner.run(on: replica)
    }

    private func read() throws -> any ReadingCommand {
        let line = command.joined(separator: " ")
        do {
            guard let command = try AtRoot.parseAsRoot(command) as? any ReadingCommand else {
                throw CommandError("usage", "\"\(line)\" can't be looked at as it was: use a command that only reads, such as `cart show`.")
            }
            return command
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError("usage", AtRoot.message(for: error))
        }
    }
}

/// A command that changes nothing, and may look at what was.
private protocol ReadingCommand: LocalCommand {}
extension CartCommand.Show: ReadingCommand {}
extension PreferencesCommand.Get: ReadingCommand {}
extension PreferencesCommand.Show: ReadingCommand {}
extension ConsentCommand.Show: ReadingCommand {}
extension ConversationCommand.Show: ReadingCommand {}
extension DraftCommand.Show: ReadingCommand {}
extension SessionCommand.Show: ReadingCommand {}
extension ExplainCommand: ReadingCommand {}
extension HistoryCommand: ReadingCommand {}
extension DocumentsCommand.Show: ReadingCommand {}

private struct AtRoot: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "baton", subcommands: Vocabulary.commands)
}

enum DifferenceView {
    static func json(_ item: Difference.Item) -> JSON {
        let path = JSON.string(item.path.joined(separator: "/"))
        func optional(_ value: Value?) -> JSON { value.map(JSON.init(value:)) ?? .null }
        func number(_ value: Int64?) -> JSON { value.map(JSON.int) ?? .null }
        switch item.change {
        case .value(let before, let after): return .fields(["path": path, "kind": "value", "before": optional(before), "after": optional(after)])
        case .flag(let before, let after): return .fields(["path": path, "kind": "flag", "before": .bool(before), "after": .bool(after)])
        case .maximum(let before, let after): return .fields(["path": path, "kind": "max", "before": number(before), "after": number(after)])
        case .quantity(let before, let after):
            return .fields(["path": path, "kind": "quantity", "before": .int(Int64(clamping: before)), "after": .int(Int64(clamping: after))])
        case .text(let edits, let marks):
            let edits = edits.map { edit in
                switch edit {
                case .insert(let text, let at): JSON.fields(["at": .int(Int64(at)), "insert": .string(text)])
                case .delete(let text, let at): JSON.fields(["at": .int(Int64(at)), "delete": .string(text)])
                }
            }
            let marks = marks.map { mark in
                JSON.fields(["from": .int(Int64(mark.range.lowerBound)), "to": .int(Int64(mark.range.upperBound)), "mark": .string(mark.name),
                             "before": optional(mark.before), "after": optional(mark.after)])
            }
            return .fields(["path": path, "kind": "text", "edits": .array(edits), "marks": .array(marks)])
        case .list(let edits):
            let edits = edits.map { edit in
                switch edit {
                case .insert(let value, let at): JSON.fields(["at": .int(Int64(at)), "insert": JSON(value: value)])
                case .delete(let value, let at): JSON.fields(["at": .int(Int64(at)), "delete": JSON(value: value)])
                case .move(let value, let from, let to): JSON.fields(["from": .int(Int64(from)), "to": .int(Int64(to)), "move": JSON(value: value)])
                }
            }
            return .fields(["path": path, "kind": "list", "edits": .array(edits)])
        }
    }

    static func lines(_ item: Difference.Item, _ style: Style) -> [String] {
        let path = style.bold(item.path.joined(separator: "/"))
        func text(_ value: Value?) -> String { value.map { JSON(value: $0).encoded() } ?? "nothing" }
        func change(_ before: String, _ after: String) -> [String] { ["\(path): \(before) → \(after)"] }
        switch item.change {
        case .value(let before, let after): return change(text(before), text(after))
        case .flag(let before, let after): return change("\(before)", "\(after)")
        case .maximum(let before, let after): return change(before.map { "\($0)" } ?? "nothing", after.map { "\($0)" } ?? "nothing")
        case .quantity(let before, let after): return change("\(before)", "\(after)")
        case .text(let edits, let marks):
            return [path] + edits.map { edit in
                switch edit {
                case .insert(let text, let at): style.green("  + \(at): \(JSON.string(text).encoded())")
                case .delete(let text, let at): style.red("  - \(at): \(JSON.string(text).encoded())")
                }
            } + marks.map { "  \($0.range.lowerBound)-\($0.range.upperBound) \($0.name): \(text($0.before)) → \(text($0.after))" }
        case .list(let edits):
            return [path] + edits.map { edit in
                switch edit {
                case .insert(let value, let at): style.green("  + \(at): \(text(value))")
                case .delete(let value, let at): style.red("  - \(at): \(text(value))")
                case .move(let value, let from, let to): "  \(from) → \(to): \(text(value))"
                }
            }
        }
    }
}
