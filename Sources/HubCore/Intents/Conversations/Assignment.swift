// Whose a conversation is: compare and set on its epoch. Who asks says which epoch they saw; of two the first is given it, and the
// other is told who has it. It touches no draft. Protocol/conversations.md 2.
import Commerce
import CRDT
import Documents
import Store
import Sync

protocol AssignmentIntent: IntentKind {
    /// Whose it shall be.
    static func assignee(_ payload: Value) throws -> String
}

extension AssignmentIntent {
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && peer.role.isStaff && space.scheme == "person" }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let conversation = try intent.payload.text("conversation")
        let assignee = try assignee(intent.payload)
        try StockNames.check("The assignee", assignee)
        guard let id = DocumentID(intent.space, "conversation/\(conversation)"), try !Conversation.messages(ledger.document(id)).isEmpty else {
            throw Refused("unknown-document", "There is no conversation \(conversation.prefix(60)).")
        }
        let now = try Assigned(ledger.value(intent.space, Assigned.resource(conversation)))
        if now.assignee == assignee {
            // Said once more, so that every answer has its fact.
            ledger.put(intent.space, Assigned.resource(conversation), now.value)
            return now.value
        }
        guard try intent.payload.integer("epoch") == now.epoch else {
            throw Refused("used", "The conversation went to \(now.assignee ?? "nobody") in the meantime.", value: now.value)
        }
        let next = Assigned(assignee: assignee, epoch: now.epoch + 1)
        ledger.put(intent.space, Assigned.resource(conversation), next.value)
        return next.value
    }
}

enum ConversationTake: AssignmentIntent {
    static let name = "conversation-take"
    static func assignee(_ payload: Value) throws -> String { try payload.text("by") }
}

enum ConversationAssign: AssignmentIntent {
    static let name = "conversation-assign"
    static func assignee(_ payload: Value) throws -> String { try payload.text("to") }
}
