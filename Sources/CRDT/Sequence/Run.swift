// A run: elements of one actor with consecutive counters that stand side by side, all visible or all
// deleted. Text and lists are rows of runs; deleted runs stay as tombstones until history is cut.

struct Run {
    var actor: UInt32
    var counter: UInt32
    /// Where the elements' content begins: a byte offset into the text, or an index into the values.
    var content: UInt32
    /// The length, and above it the flags.
    private var bits: UInt32

    static let deletedFlag: UInt32 = 1 << 31
    /// Holds characters beyond ASCII: bytes, scalars and UTF-16 units differ, and are counted.
    static let wideFlag: UInt32 = 1 << 30
    /// Deleted before a cut, and named by nobody's edit since: the next cut drops it.
    static let fadingFlag: UInt32 = 1 << 29
    /// What would be longer becomes two runs.
    static let lengthMax: UInt32 = 1 << 29 - 1

    init(actor: UInt32, counter: UInt32, length: UInt32, content: UInt32, flags: UInt32) {
        (self.actor, self.counter, self.content) = (actor, counter, content)
        precondition(length <= Run.lengthMax, "a run has at most \(Run.lengthMax) elements")
        bits = length | flags
    }

    init(first: Dot, length: UInt32, content: UInt32, flags: UInt32) {
        self.init(actor: first.actor, counter: first.counter, length: length, content: content, flags: flags)
    }

    var length: UInt32 {
        get { bits & Run.lengthMax }
        set {
            precondition(newValue <= Run.lengthMax, "a run has at most \(Run.lengthMax) elements")
            bits = bits & ~Run.lengthMax | newValue
        }
    }
    var flags: UInt32 {
        get { bits & ~Run.lengthMax }
        set { bits = bits & Run.lengthMax | newValue }
    }

    var isDeleted: Bool {
        get { flags & Run.deletedFlag != 0 }
        set { flags = newValue ? flags | Run.deletedFlag : flags & ~Run.deletedFlag }
    }
    var isWide: Bool { flags & Run.wideFlag != 0 }
    var isFading: Bool { flags & Run.fadingFlag != 0 }
    var visible: UInt32 { isDeleted ? 0 : length }
    var first: Dot { Dot(actor: actor, counter: counter) }
    var last: Dot { Dot(actor: actor, counter: counter + length - 1) }

    func contains(_ dot: Dot) -> Bool {
        actor == dot.actor && counter <= dot.counter && dot.counter - counter < length
    }
}

/// A place in the tree: an element of a run, or the end of the run where `offset == length`.
struct Place: Equatable {
    var leaf: Int
    var slot: Int
    var offset: Int
}
