// A document: its history, and the state that the history adds up to.
//
//   typed edit ──► operation ──► lane of its actor (history) ──► container (state)
//                                     ▲
//   changes from elsewhere ── decode ─┘  checked whole, then applied whole
//
// A value type: a copy is a fork. Nothing here reads a clock, a disk or chance. Two documents with the
// same changes have the same state and encode to the same bytes, whatever order the changes came in.
// `Document+Edit` is what a person does here, `+Apply` what arrives, `+Read` what shows.
internal import Bytes

public struct Document: Sendable {
    var actors: [ActorID] = []
    var actorIndex: [ActorID: UInt32] = [:]
    /// The last operation of each change that no other change follows, by ascending actor index.
    var heads: [Dot] = []

    var containers: [Container] = []
    var containerIndex: [ContainerKey: UInt32] = [:]
    var keyIndex = KeyTable()
    var keys: [String] { _read { yield keyIndex.names } }

    /// Its history and state; of a document whose history wasn't read yet, nothing: see `Document+Opened`.
    var opened = Opened()
    /// The file that it is from, until its history is read.
    var file: DocumentFile?

    /// Sections of its file that this version doesn't know and that are to be kept: they are written back as they are.
    var keptSections: [FileFormat.Part] = []

    /// What the last small change from elsewhere was about: a short cut, and no part of the content.
    var recent = Recent()
    /// The change being made, between its first operation and its end.
    var open: OpenChange?
    /// What the last change of an actor had seen, where it had to be found out: see `Document+Causality`.
    var knownByActor: [UInt32: [UInt32]] = [:]

    struct OpenChange {
        var actor: UInt32
        var start: UInt32
        var time: UInt64
    }

    public init() {
        containers.append(Container(parent: .max, key: 0, kind: .map, depth: 0))
        _ = ownSlot(0)
    }

    /// How many operations of each actor this document has.
    public var version: VersionVector {
        if let file { return VersionVector(zip(actors, file.counts).map { VersionVector.Entry(actor: $0, count: $1) }) }
        return VersionVector(zip(actors, lanes).map { VersionVector.Entry(actor: $0, count: $1.end) })
    }

    /// How many changes this document has.
    public var changeCount: Int { file?.changeCount ?? lanes.reduce(opened.baseline?.changeCount ?? 0) { $0 + $1.changeCount } }

    /// The changes that nothing follows yet, by ascending actor.
    public var frontier: [OperationID] {
        heads.map { OperationID(actor: actors[Int($0.actor)], counter: $0.counter) }.sorted { $0.actor < $1.actor }
    }

    // MARK: Dense names

    mutating func index(of actor: ActorID) -> UInt32 {
        if let index = actorIndex[actor] { return index }
        let index = UInt32(actors.count)
        actors.append(actor)
        lanes.append(Lane())
        actorIndex[actor] = index
        return index
    }

    /// Makes room for what a whole history names, where nothing is here yet: what grows holds itself twice on the way.
    mutating func reserve(actors count: Int, keys keyCount: Int, _ places: [ChangeSet.Place]) {
        if actors.isEmpty, count > Document.reservedMin {
            actors.reserveCapacity(count)
            actorIndex.reserveCapacity(count)
            opened.lanes.reserveCapacity(count)
        }
        guard containers.count == 1, places.count + keyCount > Document.reservedMin else { return }
        keyIndex.reserve(keyCount)
        containers.reserveCapacity(places.count + 1)
        containerIndex.reserveCapacity(places.count)
        opened.sequences.reserveCapacity(places.reduce(1) { $0 + ($1.kind == .text || $1.kind == .list ? 1 : 0) })
    }

    /// Names from which it is worth to make room for them.
    private static let reservedMin = 64

    mutating func index(ofKey key: String) -> UInt32 { keyIndex.index(of: key) }

    /// The order of actors that decides ties: by their bytes, the same on every replica.
    func precedes(_ left: UInt32, _ right: UInt32) -> Bool { actors[Int(left)] < actors[Int(right)] }

    // MARK: Containers

    /// The container of that kind under a key of a map. It is there as soon as it is named, and costs
    /// nothing on the wire until it is used.
    public mutating func container(_ kind: ContainerKind, _ key: String, in parent: ContainerID = .root) -> ContainerID {
        precondition(containers[Int(parent.index)].kind == .map, "only maps hold containers")
        precondition(kind != .map || parent != .root || !key.isEmpty, "the map without a name is the root itself")
        precondition(kind.isKnown, "a container of a kind that this version doesn't know is carried along, and not edited")
        if let known = existingContainer(kind, key, in: parent) { return known }
        wake()
        return ContainerID(index: container(kind, key: index(ofKey: key), parent: parent.index))
    }

    /// The same, where it was used before.
    public func existingContainer(_ kind: ContainerKind, _ key: String, in parent: ContainerID = .root) -> ContainerID? {
        guard let key = keyIndex[key] else { return nil }
        return containerIndex[ContainerKey(parent: parent.index, key: key, kind: kind)].map(ContainerID.init)
    }

    mutating func container(_ kind: ContainerKind, key: UInt32, parent: UInt32) -> UInt32 {
        let id = ContainerKey(parent: parent, key: key, kind: kind)
        if let index = containerIndex[id] { return index }
        let index = UInt32(containers.count)
        let depth = containers[Int(parent)].depth + 1
        containers.appendThriftily(Container(parent: parent, key: key, kind: kind, depth: depth))
        containerIndex[id] = index
        return index
    }

    mutating func markUsed(_ container: UInt32) {
        var index = container
        while index != .max, !containers[Int(index)].isUsed {
            containers[Int(index)].isUsed = true
            index = containers[Int(index)].parent
        }
    }

    /// Where a container has its state, which it gets with its first operation.
    @inline(__always)
    mutating func ownSlot(_ container: UInt32) -> Int {
        let slot = containers[Int(container)].slot
        return slot > 0 ? slot : makeState(container)
    }

    private mutating func makeState(_ container: UInt32) -> Int {
        let slot: Int
        switch containers[Int(container)].kind {
        case .map, .flag, .max:
            slot = opened.maps.count
            opened.maps.appendThriftily(MapState())
        case .text, .list:
            slot = opened.sequences.count
            opened.sequences.appendThriftily(SequenceTree())
        case .quantity:
            slot = opened.quantities.count
            opened.quantities.appendThriftily(Quantity())
        case .unknown: preconditionFailure("what isn't known has no state")
        }
        containers[Int(container)].slot = slot
        return slot
    }

    /// The same for who is about to change it.
    @inline(__always)
    mutating func ownSlot(_ id: ContainerID, _ kind: ContainerKind, or other: ContainerKind? = nil) -> Int {
        let found = containers[Int(id.index)].kind
        precondition(found == kind || found == other, "a \(found) can't be used as a \(kind)")
        return ownSlot(id.index)
    }

    /// The same for who reads what shows; 0 in a document from a file whose history wasn't read.
    func shownSlot(_ id: ContainerID, _ kinds: ContainerKind...) -> Int {
        let container = containers[Int(id.index)]
        precondition(kinds.contains(container.kind), "a \(container.kind) can't be used as a \(kinds)")
        return container.slot
    }

    /// The same for who reads more than what shows: then the history of a file is read.
    func slot(_ id: ContainerID, _ kinds: ContainerKind...) -> Int {
        precondition(kinds.contains(containers[Int(id.index)].kind), "a \(containers[Int(id.index)].kind) can't be used as a \(kinds)")
        return slot(of: id.index)
    }

    func slot(of container: UInt32) -> Int {
        file.map { $0.document.containers[Int(container)].slot } ?? containers[Int(container)].slot
    }

    /// The origins of an element: those of its row where it is the first, else the element before it.
    static func origins(of dot: Dot, in lanes: [Lane]) -> SequenceTree.Origins {
        // Where they lie, so that nothing is counted in and out for the call.
        lanes.withUnsafeBufferPointer { lanes in
            let actor = Int(dot.actor)
            guard dot.counter < lanes[actor].end, dot.counter >= lanes[actor].start else { return SequenceTree.Origins(left: .none, right: .none) }
            return lanes[actor].operations.origins(of: dot.counter, by: dot.actor)
        }
    }
}
