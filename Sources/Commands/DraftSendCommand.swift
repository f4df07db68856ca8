// `baton draft send`: once, whoever presses it, and not past what the writer hasn't seen.
package import ArgumentParser
internal import Commerce
internal import Console
internal import CRDT
internal import Documents
package import Replica
package import Sync

extension DraftCommand {
    package struct Send: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Send a draft: it is a message then, once, and what is typed meanwhile stays.",
            discussion: "Where a message came that you had not seen, the draft is held: look at it, and send it with --anyway. Offline it waits, and is looked at then.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The draft's id.") var id: String
        @Flag(help: "Send it though something newer came.") var anyway = false
        package init() {}

        /// What came while nobody looked is what it's held for.
        package var looksFirst: Bool { false }

        package func ask(_ replica: Replica) throws -> IntentID? {
            let draft = try DraftShow.find(id, replica)
            guard draft.space.scheme == "person" else { throw CommandError("not-signed-in", "A message is somebody's: `baton sign-in PERSON` first, and write it again.") }
            let (document, epoch) = (try replica.document(draft), try replica.sent(draft).epoch)
            let shown = Draft.view(document)
            // Sent, with nothing typed since: `answer` says by whom.
            if shown.length == 0, epoch > 0, try replica.queuedIntents().allSatisfy({ $0.intent.payload["draft"] != .string(draft.path) }) { return nil }
            guard !Draft.isDiscarded(document), shown.length > 0 else { throw CommandError("invalid-value", "There is nothing in the draft \(draft.name) to send.") }
            let payload = Value.map([("draft", .string(draft.path)), ("epoch", .int(epoch)), ("anyway", .bool(anyway)), ("by", .string(replica.sender))])
            // Who presses twice before there is an answer sends once.
            if let queued = try replica.queuedIntents().first(where: { $0.intent.kind == "draft-send" && $0.intent.space == draft.space && $0.intent.payload == payload }) { return queued.intent.id }
            let name = shown.fields.first { $0.key == "conversation" }?.value ?? String(draft.space.owner)
            let seen = try DocumentID(draft.space, "conversation/\(name)").flatMap { Conversation.messages(try replica.document($0)).last?.id }
            return try replica.ask("draft-send", payload, context: .map([("frontier", .string(Past.text(document.frontier))), ("seen", seen.map(Value.string) ?? .null), ("text", .bytes(Replica.digest(ofDraft: document)))]), in: draft.space)
        }

        /// What is left of it: where the hub's own change hasn't come yet, without what was sent.
        private func view(_ draft: DocumentID, _ intent: IntentID?, _ replica: Replica) throws -> DraftView {
            var document = try replica.document(draft)
            guard let asked = try intent.flatMap({ try replica.intent($0) }), let outcome = asked.outcome, outcome.isDone, try replica.sent(draft).epoch < SentDraft(outcome.value).epoch else { return Draft.view(document) }
            guard let sent = try? Past.document(document, at: asked.intent.context.text("frontier")) else { return Draft.view(document) }
            try document.change(by: replica.currentActor(), at: 0) { document throws in try Draft.take(sent, outOf: &document) }
            return Draft.view(document)
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
            let draft = try DraftShow.find(id, replica)
            let (view, held) = (try view(draft, intent, replica), try replica.held(draft))
            let remainder = view.length == 0 ? JSON.null : DraftShow.json(draft, view, held)
            func json(_ status: String, _ message: String?, _ rest: JSON) -> JSON { .fields(["status": .string(status), "message": message.map(JSON.string) ?? .null, "remainder": rest]) }
            guard intent != nil else {
                let sent = try replica.sent(draft)
                return Output(json("already-sent", sent.message, remainder)) { _ in "The draft was sent by \(sent.by) already, and nothing was typed since." }
            }
            guard let outcome = try replica.outcome(of: intent) else { return Output(json("queued", nil, .null)) { $0.yellow("asked; it is sent once the hub is reached, unless something newer came") } }
            let message = (try? outcome.value.text("message")) ?? nil
            switch outcome.status {
            case "done": return Output(json("sent", message, remainder)) { view.length == 0 ? $0.green("sent") : $0.green("sent") + "; what was typed meanwhile is still in the draft" }
            case "already-sent": return Output(json("already-sent", message, remainder)) { _ in outcome.message }
            default: throw CommandError(outcome.status, outcome.message, json(outcome.status, message, remainder))
            }
        }
    }
}

extension Replica {
    /// How often a draft was sent.
    func sent(_ draft: DocumentID) throws -> SentDraft { try SentDraft(fact(draft.space, SentDraft.resource(draft))?.value) }

    /// What came that whoever sent a draft here had not seen; nil where it isn't held.
    func held(_ draft: DocumentID) throws -> Value? {
        let epoch = try sent(draft).epoch
        let last = try intents().last { item in item.intent.kind == "draft-send" && item.intent.space == draft.space && item.intent.payload["draft"] == .string(draft.path) }
        guard let last, let outcome = last.outcome, outcome.status == "held", last.intent.payload["epoch"] == .int(epoch) else { return nil }
        return outcome.value
    }

    /// Whose name a message has that this device sends.
    var sender: String { signIn?.person ?? profile.name }
}
