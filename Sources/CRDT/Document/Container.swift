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
    var kind: ContainerKind
    /// Where its state is among those of its kind.
    var slot: Int
    var depth: Int
    /// Whether an operation is in it, or in one below: naming a container is not using it.
    var isUsed = false
}

struct ContainerKey: Hashable {
    var parent: UInt32
    var key: UInt32
    var kind: ContainerKind
}

/// One value of a register, by the operation that set it.
struct Entry: Equatable {
    var dot: Dot
    /// An index into the document's values.
    var value: UInt32
}

/// The registers of a map, a flag or a max register (whose only key is 0 of its own).
struct MapState {
    /// Live values by key. More than one: they were set concurrently.
    var registers: [UInt32: [Entry]] = [:]
}
