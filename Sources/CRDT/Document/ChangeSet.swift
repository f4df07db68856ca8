// Changes on their way: what `ChangeDecoder` read and `Document.apply` takes in.
//
// Names are indices into this set's own tables; the document that takes it in translates them.

package struct ChangeSet {
    struct Place: Equatable {
        /// An index into `containers` before this one, or -1 for the root.
        var parent: Int
        var name: String
        var kind: ContainerKind
    }

    /// Changes of one actor that each follow only the one before.
    struct Piece {
        var span: Span
        var strides: [Strides]
        var operations: [Operation]
        var end: UInt32
        /// It belongs to the span of its actor's change before, whose time it shares.
        var goesOn = false
    }

    struct Work {
        var actor: UInt32
        var pieces: [Piece]
    }

    var actors: [ActorID] = []
    var containers: [Place] = []
    var keys: [String] = []
    var values: [Value] = []
    var steps: [Quantity.Step] = []
    /// The text of all insertions, in the order of the operations.
    var utf8: [UInt8] = []
    var work: [Work] = []
}

/// Why changes can't be taken in.
public enum ApplyError: Error, Equatable {
    /// A change builds on one that is not here: ask for this actor's changes from `from` on.
    case missing(actor: ActorID, from: UInt32)
    /// A change names what doesn't exist, or breaks a rule; nothing of it was applied.
    case invalid(actor: ActorID, counter: UInt32, rule: String)
    /// A change had not seen all of the history that was cut away here: its author makes it again on what is here.
    case stale(actor: ActorID, counter: UInt32)
}
