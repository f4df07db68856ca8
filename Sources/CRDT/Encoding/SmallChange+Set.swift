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
        var place = -1
        let names = try small.names(in: bytes)
        for (depth, name) in names.enumerated() {
            containers.append(Place(parent: place, name: name, kind: depth == names.count - 1 ? small.containerKind : .map))
            place = containers.count - 1
        }
        if names.isEmpty { containers = [Place(parent: -1, name: "", kind: .map)] }
        var row = Operation(kind: small.kind, isBackward: small.isBackward, isWide: small.isWide, container: UInt32(containers.count - 1),
                            counter: small.from, length: small.length)
        switch small.kind {
        case .insert:
            row.first = dot(small.left, &self)
            row.second = dot(small.right, &self)
            utf8 = Array(bytes[small.text])
            row.contentLength = small.containerKind == .text ? UInt32(utf8.count) : small.length
        case .delete:
            row.first = dot(small.left, &self)
            if small.isBackward { row.first.counter -= small.length - 1 }
        case .quantity: steps = [Quantity.Step(added: small.added)]
        case .move, .mark, .extended: break
        case .set, .remove, .max: if let key = small.key { keys = [key] }
        }
        values = small.values
        let dependencies = small.goesOn ? [Dot(actor: own, counter: small.from - 1)] : small.dependencies.map { dot($0, &self) }
        let piece = Piece(span: Span(start: small.from, dependencies: dependencies, lamport: 0, time: small.time), strides: [Strides(length: small.length, count: 1)],
                          operations: [row], end: small.end, goesOn: small.goesOn)
        work = [Work(actor: own, pieces: [piece])]
    }

    private mutating func index(of actor: ActorID) -> UInt32 {
        if let index = actors.firstIndex(of: actor) { return UInt32(index) }
        actors.append(actor)
        return UInt32(actors.count - 1)
    }
}
