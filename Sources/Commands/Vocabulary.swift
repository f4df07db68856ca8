// Every command that works on an open device: what a person types, a script calls and a scenario replays.
package import ArgumentParser
internal import Commerce
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
        default: return nil
        }
    }
}
