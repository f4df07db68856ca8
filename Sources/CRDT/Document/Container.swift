// The containers of a document: a tree of maps, with sequences and counters at its ends.
//
// A container is its place: (parent, name, kind). Two devices that first use `lines/SHOE-42/quantity`
// while apart mean the same container and need no operation to make it, so nothing of either is lost.

public enum ContainerKind: UInt8, Sendable, CaseIterable {
    /// Keys with registers: the last writer's value shows, concurrent ones can be seen.
    case map = 0
    /// Text with stable cursors.
    case text = 1
    /// A list of values.
    case list = 2
    /// A settable counter.
    case quantity = 3
    /// The largest value ever offered.
    case max = 4
    /// A register of true or false in which a concurrent false wins.
    case flag = 5
}

/// A container of one document. Good for the document it came from, and its copies.
public struct ContainerID: Hashable, Sendable {
    let index: UInt32
    /// The root map of every document.
    public static let root = ContainerID(index: 0)
}

struct Container {
    var parent: UInt32
    var key: UInt32
    private let place: UInt32
    private let levels: UInt16
    var kind: ContainerKind
    /// Whether an operation is in it, or in one below: naming a container is not using it.
    var isUsed = false

    init(parent: UInt32, key: UInt32, kind: ContainerKind, slot: Int, depth: Int) {
        (self.parent, self.key, self.kind) = (parent, key, kind)
        (place, levels) = (UInt32(slot), UInt16(depth))
    }

    /// Where its state is among those of its kind.
    var slot: Int { Int(place) }
    var depth: Int { Int(levels) }
}

struct ContainerKey: Hashable {
    var parent: UInt32
    var key: UInt32
    var kind: ContainerKind
}

/// The registers of a map, a flag or a max register (whose only key is 0 of its own).
struct MapState {
    var registers = Registers()
}
