// From the names of a change set to those of the document that takes it in.

struct Translation {
    let actors: [UInt32]
    private(set) var containers: [UInt32] = []
    let keys: [UInt32]
    private let utf8: [UInt8]

    init(_ set: ChangeSet, into document: inout Document) {
        actors = set.actors.map { document.index(of: $0) }
        keys = set.keys.map { document.index(ofKey: $0) }
        utf8 = set.utf8
        for place in set.containers {
            if place.parent < 0, place.name.isEmpty, place.kind == .map {
                containers.append(0)
                continue
            }
            let parent = place.parent < 0 ? 0 : containers[place.parent]
            containers.append(document.container(place.kind, key: document.index(ofKey: place.name), parent: parent))
        }
    }

    func dot(_ dot: Dot) -> Dot { dot.isNone ? dot : Dot(actor: actors[Int(dot.actor)], counter: dot.counter) }

    func step(_ step: Quantity.Step) -> Quantity.Step {
        var step = step
        step.consumed = step.consumed.map { (actors[Int($0.actor)], $0.upTo) }
        step.dropped = step.dropped.map(dot)
        step.lowered = step.lowered.map { (dot($0.dot), $0.cap) }
        return step
    }

    /// Where the content of a row's element begins, in the set's own text or values.
    func offset(of row: Operation, at index: UInt32) -> UInt32 {
        guard row.isWide else { return row.content + index }
        var offset = Int(row.content)
        for _ in 0..<index {
            offset += 1
            while offset < utf8.count, utf8[offset] & 0xC0 == 0x80 { offset += 1 }
        }
        return UInt32(offset)
    }
}
