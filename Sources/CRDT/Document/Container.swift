// The containers of a document: a tree of maps, with sequences and counters at its ends.
//
// A container is its place: (parent, name, kind). Two devices that first use `lines/SHOE-42/quantity`
// while apart mean the same container and need no operation to make it, so nothing of either is lost.

public enum ContainerKind: Hashable, Sendable, CaseIterable {
    /// Keys with registers: the last writer's value shows, concurrent ones can be seen.
    case map
    /// Text with stable cursors.
    case text
    /// A list of values.
    case list
    /// A settable counter.
    case quantity
    /// The largest value ever offered.
    case max
    /// A register of true or false in which a concurrent false wins.
    case flag
    /// Of a newer version, by its number, which is 64 or above: carried along as it is, and neither read nor edited here.
    case unknown(UInt8)

    /// The kinds that this version knows.
    public static let allCases: [ContainerKind] = [.map, .text, .list, .quantity, .max, .flag]

    /// The number on the wire.
    public var rawValue: UInt8 {
        switch self {
        case .map: 0
        case .text: 1
        case .list: 2
        case .quantity: 3
        case .max: 4
        case .flag: 5
        case .unknown(let number): number
        }
    }

    /// - Returns: nil for a number that has to be known, and isn't.
    public init?(rawValue: UInt8) {
        switch rawValue {
        case 0: self = .map
        case 1: self = .text
        case 2: self = .list
        case 3: self = .quantity
        case 4: self = .max
        case 5: self = .flag
        case Limits.extensionMin...: self = .unknown(rawValue)
        default: return nil
        }
    }

    var isKnown: Bool {
        if case .unknown = self { false } else { true }
    }
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
    private var place: UInt32 = 0
    private let levels: UInt8
    var kind: ContainerKind
    /// Whether an operation is in it, or in one below: naming a container is not using it.
    var isUsed = false

    init(parent: UInt32, key: UInt32, kind: ContainerKind, depth: Int) {
        (self.parent, self.key, self.kind) = (parent, key, kind)
        levels = UInt8(depth)
    }

    /// Where its state is among those of its kind: 0, where nothing is, until an operation is in it.
    var slot: Int {
        get { Int(place) }
        set { place = UInt32(newValue) }
    }
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
