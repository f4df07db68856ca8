// What was decided about drafts and conversations, as facts of a person's space. Protocol/conversations.md.
internal import Bytes
package import CRDT

/// `sent/PATH`: how often a draft was sent, and the last time.
package struct SentDraft: Equatable, Sendable {
    package let epoch: Int64
    package let message: String?
    package let by: String

    package init(epoch: Int64, message: String?, by: String) { (self.epoch, self.message, self.by) = (epoch, message, by) }

    package init(_ value: Value?) throws(CommerceError) {
        guard let value else {
            self.init(epoch: 0, message: nil, by: "")
            return
        }
        self.init(epoch: try value.integer("epoch"), message: try value.text("message"), by: try value.text("by"))
    }

    package var value: Value { .map([("epoch", .int(epoch)), ("message", message.map(Value.string) ?? .null), ("by", .string(by))]) }

    package static let prefix = "sent/"
    package static func resource(_ draft: DocumentID) -> String { prefix + draft.path }

    /// The message that a draft becomes: the same for every retry.
    package static func message(_ draft: DocumentID, _ epoch: Int64) -> String {
        messages + Hex.encode(Array(Digest.sha256(Array("baton message".utf8), Array(draft.description.utf8), Array("\(epoch)".utf8)).prefix(16)))
    }

    package static let messages = "sent-"
}

/// `assigned/NAME`: whose a conversation is.
package struct Assigned: Equatable, Sendable {
    package let assignee: String?
    package let epoch: Int64

    package init(assignee: String?, epoch: Int64) { (self.assignee, self.epoch) = (assignee, epoch) }

    package init(_ value: Value?) throws(CommerceError) {
        guard let value else {
            self.init(assignee: nil, epoch: 0)
            return
        }
        self.init(assignee: try value.text("assignee"), epoch: try value.integer("epoch"))
    }

    package var value: Value { .map([("assignee", assignee.map(Value.string) ?? .null), ("epoch", .int(epoch))]) }

    package static let prefix = "assigned/"
    package static func resource(_ conversation: String) -> String { prefix + conversation }
}
