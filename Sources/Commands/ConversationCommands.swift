// `baton conversation`: what was said on every channel, what staff note beside it, and how far it was read.
package import ArgumentParser
internal import Commerce
internal import CRDT
internal import Console
internal import Documents
package import Replica

package struct ConversationCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "conversation", abstract: "List, show and read conversations; import messages; note for colleagues.",
        subcommands: [List.self, Show.self, Note.self, Read.self, Unread.self, Import.self, Take.self, Assign.self])
    package init() {}

    package struct List: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "List the conversations that this device may see.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let all = try replica.find(["conversation"]).map { try ConversationView($0, replica) }
            return Output(.array(all.map(\.json))) { style in
                if all.isEmpty { return "There are no conversations yet. `baton conversation import FILE` takes messages in." }
                var table = Table([.text("Conversation"), .number("Messages"), .number("Unread"), .text("Last"), .text("From"), .text("At")])
                for view in all {
                    let last = view.messages.last
                    table.add(view.id.name, "\(view.messages.count)", "\(view.messages.count - view.readUpTo)", last?.text ?? "", last?.from ?? "", last.map { TimeText.short($0.at) } ?? "")
                }
                return table.rendered(style)
            }
        }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show a conversation.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "Its id, as `list` shows it.") var id: String
        package init() {}

        package func run(on replica: Replica) throws -> Output { try ConversationView(findConversation(id, replica), replica).output }
    }

    package struct Note: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "For staff: note something that the customer never sees.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The conversation's id.") var id: String
        @Argument(help: "The note.") var text: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            guard replica.isStaff else { throw CommandError("forbidden", "Notes are for staff: this device is a customer's.") }
            let id = try findConversation(id, replica)
            let author = replica.author
            try replica.edit(ConversationView.notes(of: id)) { document throws in try Conversation.note(text, by: author, &document) }
            return try ConversationView(id, replica).output
        }
    }

    package struct Read: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Mark as read, up to a message or to the end.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The conversation's id.") var id: String
        @Argument(help: "The message's number.") var sequence: Int?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let id = try findConversation(id, replica)
            try replica.edit(id) { document throws in try Conversation.read(sequence, &document) }
            return try ConversationView(id, replica).output
        }
    }

    package struct Unread: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Mark as unread.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The conversation's id.") var id: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let id = try findConversation(id, replica)
            try replica.edit(id) { document throws in Conversation.markUnread(&document) }
            return try ConversationView(id, replica).output
        }
    }

    package struct Import: LocalCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Take messages in, each once, from JSON lines {id, from, channel, at, text}.",
            discussion: "`at` is ISO 8601 or milliseconds since 1970. Nothing is taken where a line is wrong.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The file; - for standard input.") var file: String
        @Option(help: "The conversation's id; default: that of who is signed in, or of --person.") var conversation: String?
        @Option(help: "For staff: whose conversation.") var person: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let messages = try MessageFile.messages(in: file)
            let name = conversation ?? person ?? replica.ownConversation
            let id = try replica.id("conversation/\(name)", person: person)
            var imported = 0
            // In parts, so that one change stays within a frame.
            for start in stride(from: 0, to: messages.count, by: 2_000) {
                let part = Array(messages[start..<min(start + 2_000, messages.count)])
                imported += try replica.edit(id) { document throws in try Conversation.take(part, &document) }
            }
            let known = messages.count - imported
            return Output(.fields(["imported": .int(Int64(imported)), "known": .int(Int64(known))])) { [imported] _ in
                "\(imported) messages imported\(known > 0 ? ", \(known) were known" : "")."
            }
        }
    }
}

func findConversation(_ id: String, _ replica: Replica) throws -> DocumentID {
    try replica.find(["conversation"], named: id, what: "conversation")
}

struct ConversationView {
    let id: DocumentID
    let messages: [Message]
    let notes: [Documents.Note]
    let readUpTo: Int
    let assigned: Assigned

    init(_ id: DocumentID, _ replica: Replica) throws {
        self.id = id
        let document = try replica.document(id)
        messages = Conversation.messages(document)
        readUpTo = Conversation.readUpTo(document)
        assigned = try replica.assigned(id)
        notes = replica.isStaff ? Conversation.notes(try replica.document(ConversationView.notes(of: id))) : []
    }

    static func notes(of id: DocumentID) throws -> DocumentID {
        guard let notes = DocumentID(id.space, "notes/\(id.name)") else { throw CommandError("invalid-value", "The conversation's id is too long for notes.") }
        return notes
    }

    var json: JSON {
        .fields([
            "id": .string(id.name), "assignee": assigned.assignee.map(JSON.string) ?? .null, "epoch": .int(assigned.epoch),
            "messages": .array(messages.enumerated().map { index, message in
                .fields(["seq": .int(Int64(index + 1)), "channel": .string(message.channel), "from": .string(message.from),
                         "text": .string(message.text), "at": .string(TimeText.iso(message.at))])
            }),
            "notes": .array(notes.map { .fields(["text": .string($0.text), "by": .string($0.by), "at": .string(TimeText.iso($0.at))]) }),
            "readUpTo": .int(Int64(readUpTo)),
        ])
    }

    var output: Output {
        Output(json) { style in
            var lines = assigned.assignee.map { [style.dim("It is \($0)'s.")] } ?? []
            for (index, message) in messages.enumerated() {
                let mark = index + 1 > readUpTo ? style.yellow("•") : " "
                lines.append("\(mark) \(style.dim("\(index + 1)")) \(style.bold(message.from)) \(style.dim("\(message.channel) \(TimeText.short(message.at))"))\n  \(message.text)")
            }
            for note in notes { lines.append("\(style.yellow("note")) \(style.bold(note.by)) \(style.dim(TimeText.short(note.at)))\n  \(note.text)") }
            return lines.joined(separator: "\n")
        }
    }
}

/// Messages from a file of JSON lines.
enum MessageFile {
    static func messages(in path: String) throws -> [Message] {
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        var messages: [Message] = []
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            func wrong(_ rule: String) -> CommandError { CommandError("invalid-value", "Line \(number) of \(path): \(rule). Nothing was imported.") }
            let value: JSON
            do { value = try JSON(parsing: line) } catch { throw wrong("\(error.rule), at byte \(error.offset)") }
            guard let id = value["id"]?.text ?? value["id"]?.number.map(String.init), let text = value["text"]?.text else {
                throw wrong("a message has an id and a text")
            }
            let at: Int64
            switch value["at"] {
            case .string(let text)?:
                guard let time = TimeText.milliseconds(text) else { throw wrong("\"\(text.prefix(40))\" is no time: use 2026-01-31T10:00:00Z or milliseconds") }
                at = time
            case let number?: at = number.number ?? 0
            case nil: at = 0
            }
            messages.append(Message(id: id, from: value["from"]?.text ?? "", channel: value["channel"]?.text ?? "unknown", text: text, at: at))
        }
        return messages
    }
}
