// Changes on their way: what was read of bytes and checked in itself, and what `Document.apply` takes in.
//
// Names are indices into this set's own tables; the document that takes it in translates them. It holds few bytes for each
// that it was read from: many rows are packed as history packs them, text and values stay where they lie in the bytes, and
// what a span has of its own is a number in an array of all.
internal import Bytes

package struct ChangeSet {
    struct Place {
        /// An index into `containers` before this one, or -1 for the root.
        var parent: Int32
        var depth: UInt8 = 1
        var kind: ContainerKind
        var name: String
    }

    /// Changes of one actor that each follow only the one before. It ends where the next one begins.
    struct Piece {
        /// The counter of its first operation.
        var start: UInt32
        /// The row with that operation, which may be one that began in the piece before.
        var row: UInt32
        /// Where its strides and its dependencies begin in the arrays of all; the next one's begin where they end.
        var stride: UInt32
        var dependency: UInt32
        var time: UInt64
        /// Its actor's change before, and nothing else, is what it depends on: told by no dependency of its own.
        var followsOwn: Bool {
            get { dependency & Piece.ownBit != 0 }
            set { dependency = newValue ? dependency | Piece.ownBit : dependency & ~Piece.ownBit }
        }
        var firstDependency: Int { Int(dependency & ~Piece.ownBit) }
        private static let ownBit: UInt32 = 1 << 31
    }

    /// All that is of one actor.
    struct Work {
        var actor: UInt32
        var end: UInt32
        var pieces: Range<Int>
        var rows: ChangeRows
    }

    var actors: [ActorID] = []
    var containers: [Place] = []
    var keys: [String] = []
    /// What it was read from. The content of a row is where its text, its values or its step begin in there; an insertion's
    /// content length is in bytes.
    var bytes: [UInt8] = []
    var pieces: [Piece] = []
    var strides: [Strides] = []
    var dependencies: [Dot] = []
    var work: [Work] = []
    /// Its one piece belongs to the span of its actor's change before, whose time it shares.
    var goesOn = false

    func end(of piece: Int, in work: Work) -> UInt32 { piece + 1 < work.pieces.upperBound ? pieces[piece + 1].start : work.end }

    func strides(of piece: Int) -> Range<Int> {
        Int(pieces[piece].stride)..<(piece + 1 < pieces.count ? Int(pieces[piece + 1].stride) : strides.count)
    }

    func dependencies(of piece: Int) -> Range<Int> {
        pieces[piece].firstDependency..<(piece + 1 < pieces.count ? pieces[piece + 1].firstDependency : dependencies.count)
    }

    /// The operations of a row that are in a range of counters, where it has any.
    /// - Parameters:
    ///   - actor: whose row it is, in the names that the row has.
    ///   - kind: of its container.
    func part(of row: Operation, by actor: UInt32, in kind: ContainerKind, from: UInt32, to: UInt32) -> Operation {
        func offset(_ row: Operation, _ index: UInt32) -> UInt32 { self.offset(of: row, in: kind, at: index) }
        let rest = row.counter < from ? row.dropping(from - row.counter, by: actor, contentOffset: offset) : row
        guard rest.end > to else { return rest }
        var part = rest
        part.length = to - rest.counter
        if rest.kind == .insert { part.contentLength = offset(rest, part.length) - rest.content }
        if rest.kind == .delete, rest.isBackward { part.first = rest.first.advanced(by: Int(rest.length - part.length)) }
        if part.length == 1 { part.isBackward = false }
        return part
    }

    /// Where the content of an element of an insertion begins.
    private func offset(of row: Operation, in kind: ContainerKind, at index: UInt32) -> UInt32 {
        guard kind == .text else { return UInt32(end(ofValues: Int(index), at: Int(row.content))) }
        guard row.isWide else { return row.content + index }
        var offset = Int(row.content)
        for _ in 0..<index {
            offset += 1
            while offset < row.contentEnd, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
        }
        return UInt32(offset)
    }

    /// The value that begins at a byte.
    func value(at offset: UInt32) -> Value { read(at: Int(offset)) { reader throws(DecodeError) in try reader.value() } }

    func step(at offset: UInt32) -> Quantity.Step {
        let actors = actors.count
        return read(at: Int(offset)) { reader throws(DecodeError) in try reader.step(actors: actors) }
    }

    /// Where so many values end.
    private func end(ofValues count: Int, at offset: Int) -> Int {
        read(at: offset) { reader throws(DecodeError) in
            for _ in 0..<count { try reader.skipValue() }
            return reader.offset
        }
    }

    private func read<Result>(at offset: Int, _ body: (inout ByteReader) throws(DecodeError) -> Result) -> Result {
        var reader = ByteReader(bytes)
        do {
            try reader.skip(offset)
            return try body(&reader)
        } catch {
            preconditionFailure("what was checked when it was read is read again: \(error)")
        }
    }
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
