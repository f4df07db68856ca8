// A draft is sent once: what was in it at the frontier that its writer saw becomes a message, and is taken out of the draft; what
// was typed beyond stays, as the draft that is written now. Of two who send, the second is told who was first.
//
//     draft at the frontier ──► newer messages that the writer had not seen? ──► held
//                           └─► message H(draft, epoch) in the conversation, its text out of the draft, epoch + 1
//
// Protocol/conversations.md 1.
import Bytes
import Commerce
import CRDT
import Documents
import Store
import Sync

enum DraftSend: IntentKind {
    static let name = "draft-send"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let wish = try Wish(intent, peer)
        let sent = try SentDraft(ledger.value(intent.space, SentDraft.resource(wish.draft)))
        guard wish.epoch == sent.epoch || Plant.sentTwice.isPlanted else {
            throw Refused("already-sent", "The draft was sent by \(sent.by) already: what you typed since is still in it.", value: sent.value)
        }
        let document = try ledger.document(wish.draft, at: intent.context.text("frontier"))
        let view = Draft.view(document)
        guard view.text.contains(where: { !$0.isWhitespace }) else { throw Refused("invalid-value", "There is nothing in the draft to send.") }
        guard view.text.utf8.count <= HubLimits.messageBytesMax else { throw Refused("too-large", "A message has at most \(HubLimits.messageBytesMax) bytes, and the draft \(view.text.utf8.count): send it in parts.") }
        let conversation = try conversation(of: view, wish.draft)
        if !wish.isAnyway, case let newer = try unseen(in: conversation, intent, wish, ledger), !newer.isEmpty {
            throw Refused("held", "\(newer.count == 1 ? "A message has" : "\(newer.count) messages have") come that you had not seen: look at it, and send it anyway, or write something else.", value: .map([("newer", .list(newer.suffix(HubLimits.newerMax).map(value)))]))
        }
        let fields = Dictionary(view.fields.map { ($0.key, $0.value) }) { $1 }
        let id = Plant.sentTwice.isPlanted ? SentDraft.message(wish.draft, sent.epoch) + intent.id.description : SentDraft.message(wish.draft, sent.epoch)
        let message = Message(id: id, from: wish.by, channel: fields["channel"].flatMap { $0.isEmpty ? nil : $0 } ?? "chat", text: view.text, at: ledger.time)
        do {
            try ledger.edit(conversation) { document throws in _ = try Conversation.take([message], &document) }
        } catch let error as DocumentError {
            throw Refused(error.code, error.message)
        }
        try ledger.edit(wish.draft) { current throws in try Draft.take(document, outOf: &current) }
        let now = SentDraft(epoch: sent.epoch + 1, message: id, by: wish.by)
        ledger.put(intent.space, SentDraft.resource(wish.draft), now.value)
        return now.value
    }

    /// What is asked, and by whom.
    private struct Wish {
        let draft: DocumentID
        let epoch: Int64
        let isAnyway: Bool
        let by: String

        init(_ intent: Intent, _ peer: Peer) throws {
            let path = try intent.payload.text("draft")
            guard let id = DocumentID(intent.space, path), ["draft", "reply"].contains(id.kind) else { throw Refused("invalid-value", "\(path.prefix(60)) is no draft.") }
            // A message to nobody's conversation is read by nobody.
            guard intent.space.scheme == "person" else { throw Refused("not-signed-in", "A message is somebody's: sign in first.") }
            guard Access.mayWrite(peer.role, id.kind) else { throw Refused("forbidden", "This device may not send \(path.prefix(60)).") }
            (draft, epoch, isAnyway) = (id, try intent.payload.integer("epoch"), try intent.payload.flag("anyway"))
            // Staff say who they are; a customer is who the space is of.
            by = peer.role.isStaff ? try intent.payload.text("by") : String(intent.space.owner)
            try StockNames.check("The sender", by)
        }
    }

    /// The one that it answers; else the person's own.
    private static func conversation(of view: DraftView, _ draft: DocumentID) throws -> DocumentID {
        let name = view.fields.first { $0.key == "conversation" }?.value ?? String(draft.space.owner)
        guard let id = DocumentID(draft.space, "conversation/\(name)") else { throw Refused("unknown-document", "There is no conversation \(name.prefix(60)).") }
        return id
    }

    /// Messages of others behind the last one that the writer had seen.
    private static func unseen(in id: DocumentID, _ intent: Intent, _ wish: Wish, _ ledger: Ledger) throws -> [Message] {
        let messages = Conversation.messages(try ledger.document(id))
        guard intent.context.isThere("seen") else { return messages.filter { $0.from != wish.by } }
        let seen = try intent.context.text("seen")
        guard let index = messages.firstIndex(where: { $0.id == seen }) else { throw NotYet() }
        return messages[(index + 1)...].filter { $0.from != wish.by }
    }

    private static func value(_ message: Message) -> Value {
        .map([("id", .string(message.id)), ("from", .string(message.from)), ("channel", .string(message.channel)), ("text", .string(String(message.text.prefix(HubLimits.newerTextMax)))), ("at", .int(message.at))])
    }
}
