// The name of one operation inside one document: a small index for its actor, and a counter.
//
// The index is dense and local to a document in memory; what leaves the process names the whole
// actor. Counters of one actor are contiguous from 0, so ids need no hashing to be looked up.

package struct Dot: Hashable, Sendable {
    package var actor: UInt32
    package var counter: UInt32

    package init(actor: UInt32, counter: UInt32) {
        self.actor = actor
        self.counter = counter
    }

    /// Stands for "before the first" or "after the last" element of a sequence.
    package static let none = Dot(actor: .max, counter: 0)

    package var isNone: Bool { actor == .max }

    package func advanced(by count: Int) -> Dot {
        Dot(actor: actor, counter: UInt32(Int(counter) + count))
    }
}

/// The same name outside of a document's memory.
public struct OperationID: Hashable, Sendable, CustomStringConvertible {
    public let actor: ActorID
    public let counter: UInt32

    package init(actor: ActorID, counter: UInt32) {
        self.actor = actor
        self.counter = counter
    }

    public var description: String { "\(actor):\(counter)" }

    /// Reads what `description` wrote.
    package init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let actor = ActorID(String(parts[0])), let counter = UInt32(parts[1]) else { return nil }
        self.init(actor: actor, counter: counter)
    }
}
