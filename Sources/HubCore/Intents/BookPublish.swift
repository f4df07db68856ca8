// A book is published once for each version, ahead of when it holds, and is never changed: what it says is signed by the hub.
// Protocol/prices.md 1.
import Commerce
import CRDT
import Sync

/// Those who decide what things cost.
protocol BookIntent: IntentKind {
    static var prefix: String { get }
    /// The book that a payload is, in its one form.
    static func book(_ payload: Value) throws(CommerceError) -> (head: BookHead, value: Value)
}

extension BookIntent {
    static var bytesMax: Int { HubLimits.bookIntentBytesMax }

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && (peer.role == .manager || peer.role == .operator) && space == BookNames.space }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (head, value) = try book(intent.payload)
        if peer.role == .manager, !peer.store.isEmpty, head.book.scope != "store:\(peer.store)" {
            throw Refused("forbidden", "A manager of \(peer.store) publishes books of that store, not of \(head.book.scope).")
        }
        let name = BookNames.resource(prefix, head.book)
        if let known = try ledger.value(intent.space, name), known != value {
            throw Refused("payload-conflict", "Version \(head.book.version) of \(head.book.scope) is published, and says something else: publish the next one.")
        }
        // What can't be worked out together with what is published is refused now, not at every till.
        let others = try ledger.resources(intent.space, prefix).filter { $0.resource != name }.map(\.value)
        guard others.count < CommerceLimits.booksMax else { throw Refused("too-large", "\(CommerceLimits.booksMax) versions are published, which is the most there can be.") }
        ledger.put(intent.space, name, value)
        return .map([("book", .string(head.book.scope)), ("version", .int(head.book.version)), ("validFrom", .int(head.validFrom))])
    }
}

enum PricesPublish: BookIntent {
    static let name = "prices-publish"
    static let prefix = BookNames.prices

    static func book(_ payload: Value) throws(CommerceError) -> (head: BookHead, value: Value) {
        let book = try PriceBook(payload)
        return (book.head, book.value)
    }
}

enum PromotionsPublish: BookIntent {
    static let name = "promotions-publish"
    static let prefix = BookNames.promotions

    static func book(_ payload: Value) throws(CommerceError) -> (head: BookHead, value: Value) {
        let book = try PromotionBook(payload)
        return (book.head, book.value)
    }
}
