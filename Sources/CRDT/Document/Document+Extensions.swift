// What newer versions do, for who doesn't know it: operations with a number of 64 or above, in any container, and containers
// of a kind of 64 or above, in which there is nothing else. They are part of history and go where it goes, byte for byte; they
// change nothing that shows. Protocol/changes.md section 8.
//
// A version that learns a number reads here what others kept for it.

/// An operation of a kind that this version doesn't know.
package struct Extension: Equatable, Sendable {
    package let id: OperationID
    /// Names from the root, and the kind.
    package let path: [String]
    package let kind: ContainerKind
    package let code: UInt16
    package let payload: [UInt8]
    /// Its place in the order of last writers, with the actor.
    package let lamport: UInt64
    /// How much its author had seen of each actor.
    package let seen: VersionVector

    /// Whether its author had seen another.
    package func hasSeen(_ other: Extension) -> Bool { seen.count(of: other.id.actor) > other.id.counter }
}

extension Document {
    /// All of them, by actor and counter; a cut loses none.
    /// - Complexity: O(history).
    package func extensions() -> [Extension] {
        if let file { return file.document.extensions() }
        var (seen, last) = (SeenByAuthor(actors: actors.count), UInt32?.none)
        return keptExtensions().map { item in
            if item.dot.actor != last {
                seen.reset()
                last = item.dot.actor
            }
            for other in item.news { _ = seen.learn(other.actor, other.count) }
            let own = VersionVector.Entry(actor: actors[Int(item.dot.actor)], count: item.dot.counter)
            let others = seen.all.map { VersionVector.Entry(actor: actors[Int($0.actor)], count: $0.count) }
            return Extension(id: OperationID(actor: own.actor, counter: own.count), path: names(of: item.container), kind: containers[Int(item.container)].kind,
                             code: UInt16(item.code), payload: item.payload, lamport: item.lamport, seen: VersionVector(others + [own]))
        }
    }

    /// The containers in a map whose kind this version doesn't know, and that are used, in the order of their names' UTF-8.
    public func unknownContainers(in map: ContainerID = .root) -> [(name: String, kind: ContainerKind)] {
        containers.filter { $0.parent == map.index && !$0.kind.isKnown && $0.isUsed }.map { (keys[Int($0.key)], $0.kind) }
            .sorted { $0.0 == $1.0 ? $0.1.rawValue < $1.1.rawValue : utf8Precedes($0.0, $1.0) }
    }

    /// Adds an operation as a newer version would, which this one has to carry along. Call it inside of `change`.
    /// - Parameters:
    ///   - code: 64 or above.
    ///   - container: names from the root, and the kind of the last; all above it are maps.
    package mutating func extend(_ code: UInt16, _ payload: [UInt8], at names: [String], _ kind: ContainerKind = .map) {
        precondition(code >= UInt16(Limits.extensionMin) && payload.count <= Limits.extensionBytesMax, "an operation of a newer version keeps to the bounds")
        var container: UInt32 = 0
        for (depth, name) in names.enumerated() {
            container = self.container(depth == names.count - 1 ? kind : .map, key: index(ofKey: name), parent: container)
        }
        let dot = nextDot
        opened.values.append(.bytes(payload))
        opened.note(UInt32(code))
        var row = Operation(kind: .extended, container: container, counter: dot.counter, content: UInt32(opened.values.count - 1))
        row.code = UInt32(code)
        record(row)
    }
}
