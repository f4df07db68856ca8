// `baton documents`: which there are, and one as a file.
package import ArgumentParser
internal import CRDT
internal import Console
internal import Glibc
package import Replica
internal import Store

package struct DocumentsCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "documents", abstract: "List the documents that are here; write one to a file, and read it again.",
                                                            subcommands: [List.self, Export.self, Import.self], defaultSubcommand: List.self)
    package init() {}

    package struct List: LocalCommand {
        package static let configuration = CommandConfiguration(commandName: "list", abstract: "List the documents that are here.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            var items: [JSON] = []
            var table = Table([.text("Document"), .text("Space"), .number("Changes"), .number("Bytes")])
            for (id, _) in try replica.documents.records() {
                let document = try replica.document(id)
                let bytes = document.encode().count
                items.append(.fields(["document": .string(id.path), "kind": .string(id.kind), "space": .string(id.space.name), "changes": .int(Int64(document.changeCount)),
                                      "bytes": .int(Int64(bytes)), "heads": .array(document.frontier.map { .string($0.description) })]))
                table.add(id.path, id.space.name, "\(document.changeCount)", "\(bytes)")
            }
            return Output(.array(items)) { [table] style in table.isEmpty ? "There are no documents yet." : table.rendered(style) }
        }
    }

    package struct Export: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Write a document to a file, with all its history and signatures.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "cart, preferences, session, draft/ID, …") var document: String
        @Argument(help: "The file; default: the document's name and .baton, in this folder.") var file: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let id = try PathArgument.document(document, replica)
            let bytes = try replica.export(id)
            let path = file ?? id.path.split(separator: "/").joined(separator: "-") + ".baton"
            try Files.write(bytes, to: path)
            return Output(.fields(["document": .string(id.path), "file": .string(path), "bytes": .int(Int64(bytes.count))])) { _ in "\(id.path) is in \(path)." }
        }
    }

    package struct Import: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Take in a document that was written to a file.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The file.") var file: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let (documents, changes) = try replica.importFile(Files.read(file))
            let json = JSON.fields(["documents": .array(documents.map { .string($0.path) }), "changes": .int(Int64(changes))])
            return Output(json) { _ in "\(documents.map(\.path).joined(separator: ", ")): \(changes) changes were new." }
        }
    }
}
