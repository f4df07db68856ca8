// `baton documents`: which there are, and one as a file.
package import ArgumentParser
internal import CRDT
internal import Console
package import Replica
internal import Store

package struct DocumentsCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "documents", abstract: "List the documents that are here; show one, write it to a file, and read it again.",
                                                            subcommands: [List.self, Show.self, Export.self, Import.self, Kept.self], defaultSubcommand: List.self)
    package init() {}

    package struct List: LocalCommand {
        package static let configuration = CommandConfiguration(commandName: "list", abstract: "List the documents that are here.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            var items: [JSON] = []
            var table = Table([.text("Document"), .text("Space"), .number("Changes"), .number("Cut away"), .number("Bytes")])
            for (id, _) in try replica.documents.records() {
                let document = try replica.document(id)
                let bytes = document.encode().count
                items.append(.fields(["document": .string(id.path), "kind": .string(id.kind), "space": .string(id.space.name), "changes": .int(Int64(document.changeCount)),
                                      "cut": .int(Int64(document.cutChangeCount)), "bytes": .int(Int64(bytes)), "heads": .array(document.frontier.map { .string($0.description) })]))
                table.add(id.path, id.space.name, "\(document.changeCount)", "\(document.cutChangeCount)", "\(bytes)")
            }
            return Output(.array(items)) { [table] style in table.isEmpty ? "There are no documents yet." : table.rendered(style) }
        }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show all that a document holds, as plain JSON.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "cart, preferences, session, draft/ID, …") var document: String
        @Option(help: ArgumentHelp("As it was: what `baton history` prints, or start.", valueName: "frontier")) var at: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let id = try PathArgument.document(document, replica)
            let json = try PlainView.plain(id, at: at, replica).json
            return Output(json) { _ in json.encoded() }
        }
    }

    package struct Export: LocalCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Write a document to a file, with all its history and signatures; or with --plain as plain JSON, which is what it shows.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "cart, preferences, session, draft/ID, …") var document: String
        @Argument(help: "The file; default: the document's name and .baton or .json, in this folder.") var file: String?
        @Flag(help: "Plain JSON, without history: for other programs, or to read into another document.") var plain = false
        @Option(help: ArgumentHelp("With --plain, as it was: what `baton history` prints, or start.", valueName: "frontier")) var at: String?
        package init() {}

        package func validate() throws {
            guard at == nil || plain else { throw ValidationError("--at goes with --plain: a file with history has all of it.") }
        }

        package func run(on replica: Replica) throws -> Output {
            let id = try PathArgument.document(document, replica)
            let bytes = try plain ? Array((PlainView.plain(id, at: at, replica).json.encoded() + "\n").utf8) : replica.export(id)
            let path = file ?? id.path.split(separator: "/").joined(separator: "-") + (plain ? ".json" : ".baton")
            try Files.write(bytes, to: path)
            return Output(.fields(["document": .string(id.path), "file": .string(path), "bytes": .int(Int64(bytes.count))])) { _ in "\(id.path) is in \(path)." }
        }
    }

    package struct Import: LocalCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Take in a document that was written to a file.",
            discussion: "A file with history brings its changes. Plain JSON makes the document what the file says, as edits of yours that can be undone.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The file; - for standard input.") var file: String
        @Option(help: ArgumentHelp("Of plain JSON: the document to make so, new or not; default: the one that the file names.", valueName: "document")) var into: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let bytes = try Files.read(file)
            if bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") { return try PlainView.take(PlainDocument(reading: bytes), into: into, replica) }
            guard into == nil else { throw CommandError("usage", "--into goes with plain JSON: a file with history says itself which documents it has.") }
            let (documents, changes) = try replica.importFile(bytes)
            let json = JSON.fields(["documents": .array(documents.map { .string($0.path) }), "changes": .int(Int64(changes))])
            return Output(json) { _ in "\(documents.map(\.path).joined(separator: ", ")): \(changes) changes were new." }
        }
    }
}

extension DocumentsCommand {
    package struct Kept: LocalCommand {
        package static let configuration = CommandConfiguration(
            abstract: "List edits of this device that nobody takes.",
            discussion: "When a history was cut while this device was away for long, what it had not sent is made again on what is there now. Where somebody else had set the same meanwhile, theirs stands, and this device's is kept here. So is what was made in what another person shared, and had not been sent when they shared it no longer.")
        @OptionGroup package var global: GlobalOptions
        @Flag(help: "Forget them.") var clear = false
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let kept = try replica.keptEdits()
            var table = Table([.text("Document"), .text("What"), .text("Was"), .text("At")])
            for item in kept {
                table.add(item.document.path, item.edit.path, item.edit.value.map { JSON(value: $0).encoded() } ?? "removed", TimeText.short(Int64(clamping: item.edit.time)))
            }
            let json = kept.map { item in
                JSON.fields(["document": .string(item.document.path), "path": .string(item.edit.path), "value": item.edit.value.map { JSON(value: $0) } ?? .null,
                             "change": .string(item.edit.by.description), "at": .string(TimeText.iso(Int64(clamping: item.edit.time)))])
            }
            if clear { replica.dropKept(kept) }
            return Output(.array(json)) { [table, clear] style in
                if table.isEmpty { return "Everything that this device made is where it belongs." }
                return table.rendered(style) + (clear ? "\nForgotten." : "\nForget them with `baton documents kept --clear`.")
            }
        }
    }
}

enum PlainView {
    static func plain(_ id: DocumentID, at place: String?, _ replica: Replica) throws -> PlainDocument {
        let document = try replica.document(id)
        return PlainDocument(try place.map { try Past.document(document, at: $0) } ?? document, name: id.path)
    }

    static func take(_ plain: PlainDocument, into name: String?, _ replica: Replica) throws -> Output {
        let name = name ?? plain.name
        guard !name.isEmpty else { throw CommandError("usage", "The file names no document: say which with --into.") }
        let id = try (try? PathArgument.document(name, replica)) ?? replica.id(PathArgument.path(name, replica))
        // Where somebody is comes from where they are; and what staff write is staff's.
        guard id.kind != "session" else { throw CommandError("forbidden", "A session says where somebody is, and is not read from a file.") }
        guard replica.isStaff || !["notes", "reply"].contains(id.kind) else { throw CommandError("forbidden", "\(id.path) is for staff only.") }
        let before = try replica.document(id).changeCount
        let kept: [String]
        do { kept = try replica.edit(id) { document throws in try plain.edit(&document) } } catch let error as EditError {
            switch error {
            case .tooLarge(let what, let limit): throw CommandError("too-large", "The \(what) in the file is above the limit of \(limit).")
            case .outOfRange: throw CommandError("internal", "The file can't be read into \(id.path).")
            }
        }
        let changes = try replica.document(id).changeCount - before
        let json = JSON.fields(["documents": .array([.string(id.path)]), "changes": .int(Int64(changes)), "kept": .array(kept.map(JSON.string))])
        let stays = kept.map { "\n\($0) only grows: it stays." }.joined()
        return Output(json) { _ in (changes == 0 ? "\(id.path) is so already." : "\(id.path) is now what the file says.") + stays }
    }
}
