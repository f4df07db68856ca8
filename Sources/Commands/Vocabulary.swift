// Every command that works on an open device: what a person types, a script calls and a scenario replays.
package import ArgumentParser
internal import Commerce
internal import Console
internal import Documents
internal import Replica
internal import Store

package enum Vocabulary {
    package static let commands: [any ParsableCommand.Type] = [
        SignInCommand.self, SignOutCommand.self, UndoMergeCommand.self, StatusCommand.self, CartCommand.self, PreferencesCommand.self, ConsentCommand.self,
        ConversationCommand.self, DraftCommand.self, SessionCommand.self, QRCommand.self, ExplainCommand.self, HistoryCommand.self, DiffCommand.self, AtCommand.self, UndoCommand.self, RedoCommand.self,
        DocumentsCommand.self, StockCommand.self, OrderCommand.self, PricesCommand.self, PromotionsCommand.self,
        IntentsCommand.self, DevicesCommand.self,
    ]

    /// What a command is called on the line.
    package static func name(of command: any ParsableCommand.Type) -> String { command.configuration.commandName ?? "\(command)".lowercased() }

    /// What is to be said where a line that can't be read begins with no command of these, or of the group that it names; nil
    /// where something else is wrong with it.
    package static func unknown(_ words: [String], of commands: [any ParsableCommand.Type]) -> CommandError? {
        var (known, path) = (commands, "baton")
        for word in words.drop(while: { $0 == "--json" }).prefix(2) {
            guard !word.hasPrefix("-"), word != "help", !known.isEmpty else { return nil }
            if let group = known.first(where: { name(of: $0) == word }) {
                (known, path) = (group.configuration.subcommands, "\(path) \(word)")
                continue
            }
            let names = known.map(name)
            let within = commands.filter { $0.configuration.subcommands.contains { name(of: $0) == word } }.map { "\(name(of: $0)) \(word)" }
            let hint = (Suggestion.nearest(to: word, among: names) ?? within.first).map { "Did you mean \($0)?" } ?? "`\(path) --help` lists them."
            return CommandError("usage", "There is no command \(path == "baton" ? "" : path.dropFirst(6) + " ")\(word.prefix(40)). \(hint)")
        }
        return nil
    }
}

extension CommandError {
    /// What the layers below refuse; nil for any other error.
    package init?(refusal error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as DocumentError: self.init(error.code, error.message)
        case let error as CommerceError: self.init(error.code, error.message)
        case let error as ReplicaError: self.init(error.code, error.message)
        case let error as StoreError: self.init(error.code.name, error.message)
        case let error as JSONError: self.init("invalid-value", "What was given isn't JSON, from its byte \(error.offset) on: \(error.rule).")
        default: return nil
        }
    }
}
