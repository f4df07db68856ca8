// Looking into what is there: explain, history, intents, status.
package import ArgumentParser
internal import Bytes
internal import CRDT
internal import Console
internal import Documents
package import Replica
internal import Store
internal import Sync

package struct StatusCommand: LocalCommand {
    package static let configuration = CommandConfiguration(commandName: "status", abstract: "Show who and where this device is, and what it still owes the hub.")
    @OptionGroup package var global: GlobalOptions
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let (unsent, digest) = (try replica.unsentChanges(), try replica.digest())
        let (person, profile, isOnline, device) = (replica.signIn?.person, replica.profile, replica.isOnline, replica.device)
        let json = JSON.fields(["device": .string(replica.device.description), "person": person.map(JSON.string) ?? .null, "hub": .string(replica.profile.hub),
                                "online": .bool(replica.isOnline), "unsent": .int(Int64(unsent)), "digest": .string(digest)])
        return Output(json) { style in
            ["\(style.bold(profile.name))  \(profile.kind)  \(style.dim(device.description))",
             "signed in: \(person ?? "nobody")", "hub: \(profile.hub)  \(isOnline ? style.green("online") : style.dim("offline"))",
             unsent == 0 ? "everything is with the hub" : style.yellow("\(unsent) changes not yet with the hub"), "digest: \(digest.prefix(16))"].joined(separator: "\n")
        }
    }
}

package struct HistoryCommand: LocalCommand {
    package static let configuration = CommandConfiguration(commandName: "history", abstract: "Show the changes of a document, oldest first.")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: "cart, preferences, session, draft/ID, …") var document = "cart"
    @Option(help: "At most so many, the newest.") var limit: Int?
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let id = try PathArgument.document(document, replica)
        var changes = try replica.document(id).changeSummaries()
        if let limit { changes = Array(changes.suffix(max(0, limit))) }
        var table = Table([.text("At"), .text("Device"), .text("What"), .text("Change")])
        for change in changes { table.add(TimeText.short(Int64(clamping: change.time)), replica.by(change.id.actor).name, change.summary, "\(change.id)") }
        let json = changes.map { change in
            JSON.fields(["frontier": .string(change.id.description), "change": .string(change.id.description),
                         "by": PathArgument.by(change.id.actor, id, replica), "at": .string(TimeText.iso(Int64(clamping: change.time))), "summary": .string(change.summary)])
        }
        return Output(.array(json)) { [table] style in
            table.rendered(style)
        }
    }
}

package struct ExplainCommand: LocalCommand {
    package static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say where a value comes from, what it replaced, and what lost against it.",
        discussion: "For example: baton explain cart/lines/SHOE-42/quantity")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: "document/key/…") var path: String
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let (value, writes, document, id) = try PathArgument.find(path, replica)
        guard let last = writes.last(where: \.isLive) ?? writes.last else {
            throw CommandError("unknown-document", "Nothing was ever written to \(path). `baton history` shows what was.")
        }
        func text(_ write: Document.Write) -> JSON { write.value.map(JSON.init(value:)) ?? .null }
        let replaced = writes.last { $0.lamport < last.lamport && !document.areConcurrent($0.id, last.id) }
        let lost = writes.filter { $0.id != last.id && document.areConcurrent($0.id, last.id) }
        let json = JSON.fields([
            "path": .string(path), "value": value, "by": PathArgument.by(last.id.actor, id, replica), "at": .string(TimeText.iso(Int64(clamping: last.time))),
            "change": .string(last.id.description), "replaced": replaced.map(text) ?? .null,
            "lost": .array(lost.map { .fields(["value": text($0), "by": PathArgument.by($0.id.actor, id, replica), "at": .string(TimeText.iso(Int64(clamping: $0.time)))]) }),
        ])
        let author = "by \(replica.by(last.id.actor).name), \(TimeText.short(Int64(clamping: last.time)))"
        let others = lost.map { "at the same time \(replica.by($0.id.actor).name) wrote \(text($0).encoded())" }
        return Output(json) { style in (["\(style.bold(path)) = \(value.encoded())", author] + others.map(style.dim)).joined(separator: "\n") }
    }
}

/// `document/key/…` as a place.
enum PathArgument {
    static func document(_ name: String, _ replica: Replica) throws -> DocumentID {
        let path = name == "cart" ? "cart/1" : name
        for candidate in [path] + ["draft", "reply", "conversation"].map({ "\($0)/\(path)" }) {
            if let id = try? replica.id(candidate), try replica.documents.exists(id) { return id }
        }
        if replica.isStaff, let id = try replica.documents.records().map(\.id).first(where: { $0.path == path || $0.name == path }) { return id }
        throw CommandError("unknown-document", "There is no document \(name) here. `baton documents` shows those there are.")
    }

    static func find(_ path: String, _ replica: Replica) throws -> (value: JSON, writes: [Document.Write], document: Document, id: DocumentID) {
        let parts = path.split(separator: "/").map(String.init)
        // A document's name may have two parts.
        for count in [2, 1] where parts.count > count || count == 1 {
            guard let id = try? document(parts.prefix(count).joined(separator: "/"), replica) else { continue }
            let document = try replica.document(id)
            if let (value, writes) = find(parts.dropFirst(count), document) { return (value, writes, document, id) }
        }
        throw CommandError("unknown-document", "There is nothing at \(path). Paths are document/key/…, for example cart/lines/SHOE-42/quantity.")
    }

    private static func find(_ keys: ArraySlice<String>, _ document: Document) -> (JSON, [Document.Write])? {
        var map = ContainerID.root
        for key in keys.dropLast() {
            guard let next = document.existingContainer(.map, key, in: map) else { return nil }
            map = next
        }
        guard let last = keys.last else { return nil }
        if let id = document.existingContainer(.quantity, last, in: map) { return (.int(Int64(clamping: document.quantity(id))), document.writes(to: id, key: nil)) }
        if let id = document.existingContainer(.flag, last, in: map) { return (.bool(document.flag(id)), document.writes(to: id, key: nil)) }
        if let id = document.existingContainer(.max, last, in: map) { return (document.maximum(id).map(JSON.int) ?? .null, document.writes(to: id, key: nil)) }
        if let id = document.existingContainer(.text, last, in: map) { return (.string(document.text(id)), document.writes(to: id, key: nil)) }
        let writes = document.writes(to: map, key: last)
        return writes.isEmpty ? nil : (document.value(last, in: map).map(JSON.init(value:)) ?? .null, writes)
    }

    /// The person is whose space it is, but for what staff did: their device says who they are.
    static func by(_ actor: ActorID, _ id: DocumentID, _ replica: Replica) -> JSON {
        let by = replica.by(actor)
        let isStaff = ["agent", "desk", "till"].contains(by.kind)
        let person = id.space.scheme == "person" && !isStaff ? JSON.string(String(id.space.name.dropFirst("person:".count))) : .null
        return .fields(["person": person, "device": .string(by.device), "channel": .string(by.kind)])
    }
}

package struct IntentsCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "intents", abstract: "List what was asked of the hub, and cancel what is still queued.",
                                                            subcommands: [List.self, Cancel.self], defaultSubcommand: List.self)
    package init() {}

    package struct List: LocalCommand {
        package static let configuration = CommandConfiguration(commandName: "list", abstract: "List what was asked, with its outcome.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let all = try replica.intents()
            let json = all.map { item in
                JSON.fields(["intent": .string("\(item.intent.id)"), "kind": .string(item.intent.kind), "status": .string(item.outcome == nil ? "queued" : "decided"),
                             "outcome": item.outcome.map { .string($0.status) } ?? .null])
            }
            var table = Table([.text("Intent"), .text("Kind"), .text("Asked"), .text("Outcome")])
            for item in all { table.add("\(item.intent.id)", item.intent.kind, TimeText.short(Int64(clamping: item.at)), item.outcome?.status ?? "queued") }
            return Output(.array(json)) { [table] style in table.isEmpty ? "Nothing was asked for yet." : table.rendered(style) }
        }
    }

    package struct Cancel: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Take back what is still queued.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "Its id, as the list shows it.") var id: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            guard let item = try replica.intents().first(where: { "\($0.intent.id)" == id }) else {
                throw CommandError("invalid-value", "There is no intent \(id). `baton intents` shows those there are.")
            }
            guard try replica.cancelIntent(item.intent.id) else {
                throw CommandError("used", "The intent \(id) is decided, or on its way: it can't be cancelled any more.")
            }
            return Output(.fields(["intent": .string(id), "kind": .string(item.intent.kind), "status": "cancelled", "outcome": .null])) { _ in "Cancelled." }
        }
    }
}
