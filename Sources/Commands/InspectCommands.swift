// Looking into what is there: history, intents, status.
package import ArgumentParser
internal import Bytes
internal import CRDT
internal import Console
internal import Documents
package import Replica
internal import Store
internal import Sync

package struct StatusCommand: LocalCommand {
    package static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show who and where this device is, and what it still owes the hub.",
        discussion: "Devices with the same digest hold the same of what is shared with them. While nobody is signed in on a customer's device it is of the device's own documents.")
    @OptionGroup package var global: GlobalOptions
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        // What is owed, and what stays here until who made it is signed in again, or for good: their share was revoked.
        let (unsent, all, digest) = (try replica.unsentChanges(canBeSent: true), try replica.unsentChanges(), try replica.digest())
        let kept = try replica.keptEdits().count
        let parcels = replica.waitingParcels
        let damaged = try replica.damagedDocuments()
        let (person, profile, isOnline, device) = (replica.signIn?.person, replica.profile, replica.isOnline, replica.device)
        let json = JSON.fields(["device": .string(replica.device.description), "person": person.map(JSON.string) ?? .null, "hub": .string(replica.profile.hub),
                                "online": .bool(replica.isOnline), "unsent": .int(Int64(unsent)), "kept": .int(Int64(kept)), "parcels": .int(Int64(parcels)), "damaged": .array(damaged.map { .string($0.path) }), "digest": .string(digest)])
        return Output(json) { style in
            ["\(style.bold(profile.name))  \(profile.kind)  \(style.dim(device.description))",
             "signed in: \(person ?? "nobody")", "hub: \(profile.hub)  \(isOnline ? style.green("online") : style.dim("offline"))",
             unsent == 0 ? "everything is with the hub" : style.yellow("\(unsent) changes not yet with the hub"),
             all == unsent ? nil : style.dim("\(all - unsent) changes of others stay here: whose they are may not bring them now"),
             kept == 0 ? nil : style.yellow("\(kept) edits could not be made again: `baton documents kept` lists them"), parcels == 0 ? nil : style.yellow("what \(parcels) customers left waits, sealed, for a hub that can open it"),
             damaged.isEmpty ? nil : style.red("damaged on this disk and set aside: \(damaged.map(\.path).joined(separator: ", ")). The hub gives back what it had of that; for the rest keep a copy of the device's folder."), "digest: \(digest.prefix(16))"].compactMap { $0 }.joined(separator: "\n")
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
        let cut = try replica.document(id).cutChangeCount
        var changes = try replica.document(id).changeSummaries()
        if let limit { changes = Array(changes.suffix(max(0, limit))) }
        var table = Table([.text("At"), .text("Device"), .text("What"), .text("Change")])
        for change in changes { table.add(TimeText.short(Int64(clamping: change.time)), replica.by(change.id.actor).name, change.summary, "\(change.id)") }
        let json = changes.map { change in
            JSON.fields(["frontier": .string(change.id.description), "change": .string(change.id.description),
                         "by": PathArgument.by(change.id.actor, id, replica), "at": .string(TimeText.iso(Int64(clamping: change.time))), "summary": .string(change.summary)])
        }
        return Output(.array(json)) { [table] style in
            (cut > 0 ? style.dim("\(cut) changes before these were cut away: what they came to is kept.") + "\n" : "") + table.rendered(style)
        }
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
