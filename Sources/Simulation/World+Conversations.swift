// What always holds of drafts that were sent.
//
//     I3 one message for each time that a draft was sent, and none for any other
internal import Commerce
internal import CRDT
internal import Documents
internal import HubCore
internal import Store
internal import Sync

extension World {
    func checkMessages(_ core: HubCore) {
        guard !hubs.contains(where: \.wasRestored) else { return }
        let store = DocumentStore(hub.disk.copy())
        var written: Set<String> = []
        for (id, _) in (try? store.records()) ?? [] where id.kind == "conversation" {
            guard let document = try? store.open(id).document else { continue }
            written.formUnion(Conversation.messages(document).map(\.id).filter { $0.hasPrefix(SentDraft.messages) })
        }
        var decided: Set<String> = []
        for (space, resource, value) in core.factsInLog().map({ ($0.space, $0.resource, $0.value) }) where resource.hasPrefix(SentDraft.prefix) {
            guard let draft = DocumentID(space, String(resource.dropFirst(SentDraft.prefix.count))), let sent = try? SentDraft(value) else { continue }
            decided.formUnion((0..<sent.epoch).map { SentDraft.message(draft, $0) })
        }
        if let message = written.symmetricDifference(decided).min() {
            fail("I3", "The message \(message) is \(written.contains(message) ? "in a conversation, and nobody decided that it is sent" : "decided, and in no conversation").")
        }
    }
}
