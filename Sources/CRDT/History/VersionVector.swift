// How much of each actor's work is known: the actor, and how many of its operations.
//
// Kept in ascending order of actors, so that equal versions are equal bytes.

public struct VersionVector: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let actor: ActorID
        public let count: UInt32

        package init(actor: ActorID, count: UInt32) {
            self.actor = actor
            self.count = count
        }
    }

    public private(set) var entries: [Entry]

    package init(_ entries: [Entry] = []) {
        self.entries = entries.filter { $0.count > 0 }.sorted { $0.actor < $1.actor }
    }

    func setting(_ actor: ActorID, to count: UInt32) -> VersionVector {
        VersionVector(entries.filter { $0.actor != actor } + [Entry(actor: actor, count: count)])
    }

    /// How many operations of `actor` are known.
    /// - Complexity: O(log n).
    public func count(of actor: ActorID) -> UInt32 {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) >> 1
            if entries[middle].actor < actor { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].actor == actor ? entries[low].count : 0
    }
}
