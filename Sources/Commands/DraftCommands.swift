// `baton draft`: text that several devices write, and that survives every one of them.
package import ArgumentParser
internal import Bytes
internal import CRDT
internal import Commerce
internal import Console
internal import Documents
package import Replica
internal import Store

package struct DraftCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "draft", abstract: "Write drafts: positions are Unicode characters (scalars), from 0.",
        subcommands: [New.self, List.self, Show.self, `Type`.self, Erase.self, Caret.self, Undo.self, Redo.self, Clear.self, Discard.self, Send.self])
    package init() {}

    package struct New: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Begin a draft.")
        @OptionGroup package var global: GlobalOptions
        @Option(help: "The conversation that it answers.") var conversation: String?
        @Option(help: "email, chat, …") var channel: String?
        @Option(help: "Whom it goes to.") var to: String?
        @Option var subject: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let name = Hex.encode(replica.environment.random(6))
            // A customer's own conversation may not have reached this device yet; whose it is, staff must know.
            let space = try conversation.flatMap { name in replica.isStaff ? try replica.find(["conversation"], named: name, what: "conversation").space : nil } ?? replica.space
            // What staff write stays with staff until it is sent.
            guard let id = DocumentID(space, "\(replica.isStaff ? "reply" : "draft")/\(name)") else { throw CommandError("internal", "A draft's id can't be made.") }
            let fields = [("channel", channel), ("conversation", conversation), ("subject", subject), ("to", to)].compactMap { key, value in value.map { (key: key, value: $0) } }
            let (actor, author) = (try replica.currentActor(), replica.author)
            try replica.edit(id) { document throws in try Draft.begin(fields: fields, by: actor, author, &document) }
            return try DraftShow.output(id, replica)
        }
    }

    package struct List: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "List drafts.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let all = try replica.find(DraftShow.kinds).filter { !Draft.isDiscarded(try replica.document($0)) }
            // What was sent, and has nothing more in it, is a message.
            let views = try all.map { (id: $0, view: Draft.view(try replica.document($0))) }.filter { try $0.view.length > 0 || replica.sent($0.id).epoch == 0 }
            return Output(.array(try views.map { DraftShow.json($0.id, $0.view, try replica.held($0.id)) })) { style in
                if views.isEmpty { return "There are no drafts. `baton draft new` begins one." }
                var table = Table([.text("Draft"), .number("Length"), .text("Text"), .text("To")])
                for (id, view) in views { table.add(id.name, "\(view.length)", view.text, view.fields.first { $0.key == "to" }?.value ?? "") }
                return table.rendered(style)
            }
        }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show a draft.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "Its id.") var id: String
        package init() {}

        package func run(on replica: Replica) throws -> Output { try DraftShow.output(DraftShow.find(id, replica), replica) }
    }

    package struct `Type`: LocalCommand {
        package static let configuration = CommandConfiguration(commandName: "type", abstract: "Type text at this device's caret, or at a position.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The draft's id.") var id: String
        @Argument(help: "What to type.") var text: String
        @Option(help: "Where: default at the caret, which moves.") var at: Int?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try DraftShow.edit(id, replica) { document, actor, author throws(DocumentError) in try Draft.type(text, at: at, by: actor, author, &document) }
        }
    }

    package struct Erase: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Erase characters.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The draft's id.") var id: String
        @Option(help: "The first.") var at: Int
        @Option(help: "How many.") var count: Int
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try DraftShow.edit(id, replica) { document, actor, author throws(DocumentError) in try Draft.erase(at: at, count: count, by: actor, author, &document) }
        }
    }

    package struct Caret: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Move this device's caret.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The draft's id.") var id: String
        @Argument(help: "Where to.") var position: Int
        @Option(help: ArgumentHelp("Where the selection ends.", valueName: "N")) var select: Int?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try DraftShow.edit(id, replica) { document, _, author throws(DocumentError) in try Draft.moveCaret(to: position, select: select, author, &document) }
        }
    }

    package struct Undo: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Take back the last thing that you did here, on any device.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The draft's id.") var id: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try DraftShow.edit(id, replica) { document, actor, author throws(DocumentError) in try Draft.undo(by: actor, author, &document) }
        }
    }

    package struct Redo: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Do again what you took back.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The draft's id.") var id: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try DraftShow.edit(id, replica) { document, actor, author throws(DocumentError) in try Draft.redo(by: actor, author, &document) }
        }
    }

    package struct Clear: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Erase what shows here; what others type meanwhile stays.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The draft's id.") var id: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try DraftShow.edit(id, replica) { document, actor, author throws(DocumentError) in try Draft.clear(by: actor, author, &document) }
        }
    }

    package struct Discard: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Throw a draft away; what others type meanwhile brings it back.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The draft's id.") var id: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try DraftShow.edit(id, replica) { document, actor, author throws(DocumentError) in try Draft.discard(by: actor, author, &document) }
        }
    }
}

enum DraftShow {
    static let kinds = ["draft", "reply"]

    static func find(_ name: String, _ replica: Replica) throws -> DocumentID { try replica.find(kinds, named: name, what: "draft") }

    static func edit(_ name: String, _ replica: Replica,
                     _ body: (inout Document, ActorID, Author) throws(DocumentError) -> Void) throws -> Output {
        let id = try find(name, replica)
        let (actor, author) = (try replica.currentActor(), replica.author)
        try replica.edit(id) { document throws in try body(&document, actor, author) }
        return try output(id, replica)
    }

    static func output(_ id: DocumentID, _ replica: Replica) throws -> Output {
        let (view, held) = (Draft.view(try replica.document(id)), try replica.held(id))
        return Output(json(id, view, held)) { style in
            let fields = view.fields.map { "\($0.key): \($0.value)" }.joined(separator: "  ")
            let notice = held == nil ? "" : style.yellow("held: something newer came; `baton draft send \(id.name) --anyway` sends it all the same")
            return ["\(style.bold(id.name))  \(style.dim("\(view.length) characters"))", fields, notice, view.text].filter { !$0.isEmpty }.joined(separator: "\n")
        }
    }

    static func json(_ id: DocumentID, _ view: DraftView, _ held: Value?) -> JSON {
        .fields(["draft": .string(id.name), "text": .string(view.text), "length": .int(Int64(view.length)),
                 "fields": .object(view.fields.map { (key: $0.key, value: .string($0.value)) }),
                 "caret": .object(view.carets.map { (key: $0.device, value: .int(Int64($0.at))) }), "held": held.map(JSON.init(value:)) ?? .null])
    }
}
