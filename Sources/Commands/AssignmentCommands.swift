// `baton conversation take` and `assign`: whose it is.
package import ArgumentParser
internal import Commerce
internal import Console
internal import CRDT
package import Replica
package import Sync

extension ConversationCommand {
    package struct Take: IntentCommand {
        package static let configuration = CommandConfiguration(abstract: "For staff: make a conversation yours. Of two who take it the first has it.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The conversation's id.") var id: String
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? { try AssignmentView.ask("conversation-take", id, replica, [("by", .string(replica.sender))]) }
        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try AssignmentView.answer(replica, intent, id) }
    }

    package struct Assign: IntentCommand {
        package static let configuration = CommandConfiguration(abstract: "For staff: give a conversation to somebody. Drafts stay as they are.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The conversation's id.") var id: String
        @Argument(help: "Whose it shall be.") var agent: String
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? { try AssignmentView.ask("conversation-assign", id, replica, [("to", .string(agent)), ("by", .string(replica.sender))]) }
        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try AssignmentView.answer(replica, intent, id) }
    }
}

private enum AssignmentView {
    static func ask(_ kind: String, _ name: String, _ replica: Replica, _ more: [(String, Value)]) throws -> IntentID {
        guard replica.isStaff else { throw CommandError("forbidden", "Conversations are assigned by staff: this device is a customer's.") }
        let id = try findConversation(name, replica)
        return try replica.ask(kind, .map([("conversation", .string(id.name)), ("epoch", .int(replica.assigned(id).epoch))] + more), in: id.space)
    }

    static func answer(_ replica: Replica, _ intent: IntentID?, _ name: String) throws -> Output {
        let outcome = try replica.outcome(of: intent)
        let assigned = try outcome.flatMap { $0.value == .null ? nil : try Assigned($0.value) } ?? replica.assigned(findConversation(name, replica))
        func json(_ status: String) -> JSON { .fields(["status": .string(status), "assignee": assigned.assignee.map(JSON.string) ?? .null, "epoch": .int(assigned.epoch)]) }
        guard let outcome else { return Output(json("queued")) { $0.yellow("asked; it is decided once the hub is reached") } }
        guard outcome.isDone else { throw CommandError(outcome.status, outcome.message, json("refused")) }
        return Output(json("assigned")) { style in "\(name) is \(style.bold(assigned.assignee ?? "nobody"))'s" }
    }
}

extension Replica {
    func assigned(_ conversation: DocumentID) throws -> Assigned { try Assigned(fact(conversation.space, Assigned.resource(conversation.name))?.value) }
}
