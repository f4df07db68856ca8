// A conversation: messages of all channels, each once, in an order that is the same everywhere.
//
//     messages / ID   register {channel, from, text, at}
//     order           list of ids; one that was taken in twice while apart counts where it stands first
//     read            max register: epoch << 32 | sequence, so that the furthest reading wins, and
//                     "mark unread" begins an epoch
//
// What only staff see is a document of its own: `notes`, a list of {text, by, at}.
package import CRDT

public struct Message: Equatable, Sendable {
    public let id: String
    public let from: String
    public let channel: String
    public let text: String
    /// Milliseconds since 1970, as the channel says.
    public let at: Int64

    public init(id: String, from: String, channel: String, text: String, at: Int64) {
        self.id = id
        self.from = from
        self.channel = channel
        self.text = text
        self.at = at
    }
}

public struct Note: Equatable, Sendable {
    public let text: String
    public let by: String
    public let at: Int64
}

public enum Conversation {
    /// In order; the first has sequence number 1.
    package static func messages(_ document: Document) -> [Message] {
        guard let messages = document.existingContainer(.map, "messages"), let order = document.existingContainer(.list, "order") else { return [] }
        var seen: Set<String> = []
        return document.list(order).compactMap { item in
            guard case .string(let id) = item, seen.insert(id).inserted, let fields = document.value(id, in: messages) else { return nil }
            return Message(id: id, from: fields.text("from"), channel: fields.text("channel"), text: fields.text("text"), at: fields.number("at"))
        }
    }

    package static func isKnown(_ id: String, _ document: Document) -> Bool {
        document.existingContainer(.map, "messages").map { document.value(id, in: $0) != nil } ?? false
    }

    /// Takes in messages that are new.
    /// - Returns: how many were.
    package static func take(_ new: [Message], _ document: inout Document) throws(DocumentError) -> Int {
        for message in new {
            try checkName("The message's id", message.id)
            try checkName("The channel", message.channel)
            try checkText("A message", message.text, DocumentLimits.messageBytesMax)
        }
        let messages = document.container(.map, "messages")
        let order = document.container(.list, "order")
        var count = 0
        for message in new where document.value(message.id, in: messages) == nil {
            let fields: Value = .map([("from", .string(message.from)), ("channel", .string(message.channel)),
                                      ("text", .string(message.text)), ("at", .int(message.at))])
            document.set(message.id, to: fields, in: messages)
            do { try document.insert(.string(message.id), at: document.count(order), in: order) } catch {
                throw .tooLarge("The conversation", DocumentLimits.messagesMax)
            }
            count += 1
        }
        return count
    }

    // MARK: Reading

    /// The sequence number up to which it was read.
    package static func readUpTo(_ document: Document) -> Int {
        Int((document.existingContainer(.max, "read").flatMap(document.maximum) ?? 0) & 0xFFFF_FFFF)
    }

    /// - Parameter sequence: nil for all.
    package static func read(_ sequence: Int?, _ document: inout Document) throws(DocumentError) {
        let count = messages(document).count
        let sequence = sequence ?? count
        guard (0...count).contains(sequence) else { throw .unknownMessage(sequence, count) }
        let cursor = document.container(.max, "read")
        let epoch = (document.maximum(cursor) ?? 0) >> 32
        document.raise(to: epoch << 32 | Int64(sequence), in: cursor)
    }

    package static func markUnread(_ document: inout Document) {
        let cursor = document.container(.max, "read")
        let epoch = (document.maximum(cursor) ?? 0) >> 32
        document.raise(to: (epoch + 1) << 32, in: cursor)
    }

    // MARK: Notes

    package static func notes(_ document: Document) -> [Note] {
        guard let notes = document.existingContainer(.list, "notes") else { return [] }
        return document.list(notes).map { Note(text: $0.text("text"), by: $0.text("by"), at: $0.number("at")) }
    }

    package static func note(_ text: String, by author: Author, _ document: inout Document) throws(DocumentError) {
        try checkText("The note", text)
        guard !text.isEmpty else { throw .invalid("The note", text, "it must not be empty") }
        let notes = document.container(.list, "notes")
        let fields: Value = .map([("text", .string(text)), ("by", .string(author.person.isEmpty ? author.device : author.person)), ("at", .int(author.at))])
        do { try document.insert(fields, at: document.count(notes), in: notes) } catch { throw .tooLarge("The notes", DocumentLimits.noteBytesMax) }
    }
}
