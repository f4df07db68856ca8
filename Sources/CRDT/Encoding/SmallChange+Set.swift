// A small change as a change set, for whoever takes any.
internal import Bytes

extension ChangeSet {
    init(_ small: borrowing SmallChange, in bytes: [UInt8]) throws(DecodeError) {
        self.init()
        let own = index(of: small.actor)
        func dot(_ reference: SmallChange.Reference, _ set: inout ChangeSet) -> Dot {
            switch reference {
            case .none: .none
            case .own(let counter): Dot(actor: own, counter: counter)
            case .foreign(let actor, let counter): Dot(actor: set.index(of: actor), counter: counter)
            }
        }
        var place: Int32 = -1
        let names = try small.names(in: bytes)
        for (depth, name) in names.enumerated() {
            containers.append(Place(parent: place, kind: depth == names.count - 1 ? small.containerKind : .map, name: name))
            place = Int32(containers.count - 1)
        }
        if names.isEmpty { containers = [Place(parent: -1, kind: .map, name: "")] }
        var row = Operation(kind: small.kind, isBackward: small.isBackward, isWide: small.isWide, container: UInt32(containers.count - 1),
                            counter: small.from, length: small.length)
        self.bytes = bytes
        let content = small.containerKind == .text ? small.text : small.values
        row.content = UInt32(content.lowerBound)
        switch small.kind {
        case .insert:
            row.contentLength = UInt32(content.count)
            row.first = dot(small.left, &self)
            row.second = dot(small.right, &self)
        case .delete:
            row.first = dot(small.left, &self)
            if small.isBackward { row.first.counter -= small.length - 1 }
        case .quantity:
            var writer = ByteWriter()
            writer.step(Quantity.Step(added: small.added)) { $0 }
            self.bytes = writer.bytes
        case .move, .mark, .extended: break
        case .set, .remove, .max: if let key = small.key { keys = [key] }
        }
        goesOn = small.goesOn
        var piece = Piece(start: small.from, row: 0, stride: 0, dependency: 0, time: small.time)
        piece.followsOwn = goesOn
        dependencies = small.dependencies.map { dot($0, &self) }
        pieces = [piece]
        strides = [Strides(length: small.length, count: 1)]
        work = [Work(actor: own, end: small.end, pieces: 0..<1, rows: ChangeRows([row]))]
    }

    private mutating func index(of actor: ActorID) -> UInt32 {
        if let index = actors.firstIndex(of: actor) { return UInt32(index) }
        actors.append(actor)
        return UInt32(actors.count - 1)
    }
}
