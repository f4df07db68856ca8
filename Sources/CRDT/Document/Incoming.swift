// A change set in the names of the document that takes it in. Rows that are packed are translated when they are looked at,
// so that a large set takes no more room than it came in.

/// One for each set, and never changed: whoever looks at a row has it without a count of what it holds.
final class Incoming {
    let set: ChangeSet
    /// The document's index of each actor of the set.
    let actors: [UInt32]
    private let containers: [UInt32]
    private let keys: [UInt32]

    init(_ changes: consuming ChangeSet, into document: inout Document) {
        var set = changes
        document.reserve(actors: set.actors.count, keys: set.keys.count, set.containers)
        let actors = set.actors.map { document.index(of: $0) }
        let keys: [UInt32] = set.keys.isEmpty ? [] : set.keys.map { document.index(ofKey: $0) }
        var containers: [UInt32] = []
        containers.reserveCapacity(set.containers.count)
        for place in set.containers {
            if place.parent < 0, place.name.isEmpty, place.kind == .map {
                containers.append(0)
                continue
            }
            let parent = place.parent < 0 ? 0 : containers[Int(place.parent)]
            containers.append(document.container(place.kind, key: document.index(ofKey: place.name), parent: parent))
        }
        let places = set.containers
        for work in set.work.indices {
            set.work[work].rows.changePlain { Incoming.translate(&$0, actors, containers, keys, places) }
        }
        self.actors = actors
        self.containers = containers
        self.keys = keys
        self.set = set
    }

    private static func translate(_ row: inout Operation, _ actors: [UInt32], _ containers: [UInt32], _ keys: [UInt32], _ places: [ChangeSet.Place]) {
        func dot(_ dot: Dot) -> Dot { dot.isNone ? dot : Dot(actor: actors[Int(dot.actor)], counter: dot.counter) }
        switch row.kind {
        case .set, .remove: row.key = places[Int(row.container)].kind == .map ? keys[Int(row.key)] : 0
        case .move: row.element = dot(row.element)
        case .mark: row.key = keys[Int(row.key)]
        case .insert, .delete, .quantity, .max, .extended: break
        }
        row.container = containers[Int(row.container)]
        row.first = dot(row.first)
        row.second = dot(row.second)
    }

    func dot(_ dot: Dot) -> Dot { dot.isNone ? dot : Dot(actor: actors[Int(dot.actor)], counter: dot.counter) }

    /// A row in the document's names; content is still the set's.
    func row(_ row: Operation) -> Operation {
        var row = row
        Incoming.translate(&row, actors, containers, keys, set.containers)
        return row
    }

    func step(of row: Operation) -> Quantity.Step {
        var step = set.step(at: row.content)
        step.consumed = step.consumed.map { (actors[Int($0.actor)], $0.upTo) }
        step.dropped = step.dropped.map(dot)
        step.lowered = step.lowered.map { (dot($0.dot), $0.cap) }
        return step
    }

    /// What a piece depends on.
    func dependencies(of piece: Int, by actor: UInt32) -> [Dot] {
        if set.pieces[piece].followsOwn { return [Dot(actor: actor, counter: set.pieces[piece].start - 1)] }
        let range = set.dependencies(of: piece)
        return range.isEmpty ? [] : set.dependencies[range].map(dot)
    }
}

/// A piece of a set, in the document's names.
struct IncomingPiece {
    let index: Int
    let work: Int
    let actor: UInt32
    let start: UInt32
    let end: UInt32
    let time: UInt64
    let dependencies: [Dot]

    init(_ index: Int, of work: Int, by actor: UInt32, _ incoming: Incoming) {
        (self.index, self.work, self.actor) = (index, work, actor)
        (start, time) = (incoming.set.pieces[index].start, incoming.set.pieces[index].time)
        end = incoming.set.end(of: index, in: incoming.set.work[work])
        dependencies = incoming.dependencies(of: index, by: actor)
    }
}
