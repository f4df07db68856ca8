// An operation of a newer version in the place of history that was cut: whole, for it can't be known here whether it still
// counts. With it stands what its author had seen, so that who knows its kind can tell what it replaced from what was done
// at the same time: Protocol/compaction.md section 2.
//
// Told, and kept in memory, is what an author had newly seen since its own operation before in the list: a list of many,
// from anyone, takes no more room than its bytes.
internal import Bytes

struct KeptExtension {
    var container: UInt32
    var dot: Dot
    var lamport: UInt64
    var code: UInt32
    var payload: [UInt8]
    /// Of other actors: how many operations, where it is more than before.
    var news: [(actor: UInt32, count: UInt32)]
}

/// What one author had seen of each actor, as its operations go by.
struct SeenByAuthor {
    private var counts: [UInt32]
    /// Where it isn't 0.
    private var visited: [UInt32] = []

    init(actors: Int) { counts = Array(repeating: 0, count: actors) }

    /// Begins with another author.
    mutating func reset() {
        for actor in visited { counts[Int(actor)] = 0 }
        visited.removeAll(keepingCapacity: true)
    }

    /// - Returns: false where it is no more than before.
    mutating func learn(_ actor: UInt32, _ count: UInt32) -> Bool {
        guard count > counts[Int(actor)] else { return false }
        if counts[Int(actor)] == 0 { visited.append(actor) }
        counts[Int(actor)] = count
        return true
    }

    /// By ascending actor.
    var all: [(actor: UInt32, count: UInt32)] { visited.sorted().map { ($0, counts[Int($0)]) } }
}

extension Document {
    /// All that newer versions did, by actor and counter: what a cut keeps.
    /// - Complexity: O(history), and O(actors) for each.
    func keptExtensions() -> [KeptExtension] {
        let cut = opened.baseline?.extensions ?? []
        guard !opened.extensionCodes.isEmpty || !cut.isEmpty else { return [] }
        var found: [KeptExtension] = []
        var next = cut.startIndex
        for actor in actors.indices.map(UInt32.init) {
            var seen = SeenByAuthor(actors: actors.count)
            // A baseline's come in the order of its actors, which were a document's first ones.
            while next < cut.endIndex, cut[next].dot.actor == actor {
                for item in cut[next].news { _ = seen.learn(item.actor, item.count) }
                found.append(cut[next])
                next += 1
            }
            if !opened.extensionCodes.isEmpty { found += extensions(of: actor, &seen) }
        }
        return found.sorted { $0.dot.actor == $1.dot.actor ? $0.dot.counter < $1.dot.counter : precedes($0.dot.actor, $1.dot.actor) }
    }

    /// Those in an actor's history.
    private func extensions(of actor: UInt32, _ seen: inout SeenByAuthor) -> [KeptExtension] {
        let lane = opened.lanes[Int(actor)]
        var found: [KeptExtension] = []
        // What was cut away every change after it has seen.
        var known = opened.lanes.map(\.start)
        for row in lane.operations where row.kind == .extended {
            guard case .bytes(let payload) = opened.values[Int(row.content)] else { preconditionFailure("what an operation says is there") }
            let dot = Dot(actor: actor, counter: row.counter)
            follow([dot], &known)
            let news = known.indices.map { (actor: UInt32($0), count: known[$0]) }.filter { $0.actor != actor && seen.learn($0.actor, $0.count) }
            found.append(KeptExtension(container: row.container, dot: dot, lamport: lane.lamport(of: row.counter), code: row.code, payload: payload, news: news))
        }
        return found
    }
}
