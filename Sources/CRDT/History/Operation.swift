// One operation, or a row of like ones, as history keeps it.
//
// Consecutive operations of one actor that continue each other (a word typed, a word erased) are one
// record, so that history grows with what was done and not with how many keys were pressed.

struct Operation: Equatable {
    enum Kind: UInt8 {
        /// Elements put into a sequence: `first` and `second` are the origins, `content` their content.
        case insert = 0
        /// Elements deleted: `first` is the lowest dot, and `isBackward` says that the last went first.
        case delete = 1
        /// A register of a map set: `key`, and `content` an index into the values.
        case set = 2
        /// A key of a map removed.
        case remove = 3
        /// A step of a quantity: `content` an index into the quantity steps.
        case quantity = 4
        /// A value offered to a max register: `content` an index into the values.
        case max = 5
        /// An element of a list moved: `first` and `second` are the origins of its new slot, `element` says which.
        case move = 6
        /// Text marked: `first` and `second` are the elements that it begins and ends at, `sides` on which side of them,
        /// `key` its name, and `content` an index into the values.
        case mark = 7
        /// Of a newer version: `code` its number, and `content` an index into the values, where its bytes are. It changes
        /// nothing that shows here.
        case extended = 8
    }

    var kind: Kind
    var isBackward = false
    /// Elements inserted are wide: see `Run.isWide`.
    var isWide = false
    /// Of a mark: see `sides(_:_:)`.
    var sides: UInt8 = 0
    var container: UInt32
    var counter: UInt32
    var length: UInt32 = 1
    var first: Dot = .none
    var second: Dot = .none
    var key: UInt32 = 0
    var content: UInt32 = 0
    /// Of an insertion: bytes of text, or values.
    var contentLength: UInt32 = 0

    var contentEnd: UInt32 { kind == .insert ? content + contentLength : content }

    /// Of a mark: 1 where it begins behind its element, 2 where it ends behind its element.
    static func sides(_ start: Anchor, _ end: Anchor) -> UInt8 { (start.isBehind ? 1 : 0) | (end.isBehind ? 2 : 0) }
    var startAnchor: Anchor { Anchor(element: first, isBehind: sides & 1 != 0) }
    var endAnchor: Anchor { Anchor(element: second, isBehind: sides & 2 != 0) }

    /// Of a move: the element. It lies where other kinds have what a move has not.
    var element: Dot {
        get { Dot(actor: key, counter: contentLength) }
        set { (key, contentLength) = (newValue.actor, newValue.counter) }
    }

    /// Of an extension: its number on the wire. It lies where an extension has nothing else.
    var code: UInt32 {
        get { contentLength }
        set { contentLength = newValue }
    }

    var end: UInt32 { counter + length }

    /// The operations of the row from `from` on, without the first ones.
    /// - Parameter contentOffset: where the content of the element `from` begins.
    func dropping(_ from: UInt32, by actor: UInt32, contentOffset: (Operation, UInt32) -> UInt32) -> Operation {
        guard from > 0 else { return self }
        let to = length
        var part = self
        part.counter += from
        part.length = to - from
        switch kind {
        case .insert:
            part.content = contentOffset(self, from)
            part.contentLength = contentEnd - part.content
            part.first = Dot(actor: actor, counter: part.counter - 1)
        case .delete:
            // The lowest dot of the part: a backward row deletes its highest first.
            part.first = first.advanced(by: isBackward ? 0 : Int(from))
            if part.length == 1 { part.isBackward = false }
        default: break
        }
        return part
    }

    /// Whether `next` is the row that goes on where this one ends, and so can be the same record.
    /// Which rows are one is the same whatever the order or the batches they arrived in.
    func continues(with next: Operation, by actor: UInt32) -> Bool {
        guard kind == next.kind, container == next.container, end == next.counter else { return false }
        switch kind {
        case .insert:
            return next.first == Dot(actor: actor, counter: end - 1) && next.second == second && next.isWide == isWide
        case .delete:
            guard first.actor == next.first.actor else { return false }
            let isForward = (length == 1 || !isBackward) && (next.length == 1 || !next.isBackward)
                && next.first.counter == first.counter + length
            let goesBack = (length == 1 || isBackward) && (next.length == 1 || next.isBackward)
                && next.first.counter + next.length == first.counter
            return isForward || goesBack
        case .set, .remove, .quantity, .max, .move, .mark, .extended:
            return false
        }
    }

    /// Takes in a row for which `continues` holds.
    mutating func join(_ next: Operation) {
        if kind == .delete {
            isBackward = next.first.counter < first.counter
            first.counter = min(first.counter, next.first.counter)
        }
        length += next.length
        contentLength += next.contentLength
    }
}
