// One change that is one row of operations, in about as many bytes as it takes to name its actor:
// a keystroke, an erased word, a preference, one more of a line. Protocol/encoding.md section 6.
//
//     format 2 · flags · actor · counter · [time · dependencies] · container · operation
//
// Written by `Document.smallForm`, read here; whatever doesn't fit is a batch (section 3). It means what the batch
// with the same change means, and is no other form of it for hashes: those are over the batch's body.
internal import Bytes

/// Never copied: of all that it may hold, a keystroke has next to nothing.
package struct SmallChange: ~Copyable {
    /// An element or a change: nothing, of the change's own actor, or of another.
    enum Reference: Equatable {
        case none
        case own(UInt32)
        case foreign(ActorID, UInt32)
    }

    static let kindMask: UInt8 = 7
    /// It follows its actor's change before, only, and shares its display time: neither is told.
    static let goesOnFlag: UInt8 = 8
    /// Of an insert: the left origin is the actor's operation before. Of a delete: one element.
    static let nearFlag: UInt8 = 16
    /// Of an insert: there is no right origin. Of a delete: the last element goes first.
    static let edgeFlag: UInt8 = 32
    /// More than a change of one row ever has; else it is a batch.
    static let dependenciesMax = 8

    var actor = ActorID(high: 0, low: 0)
    var from: UInt32 = 0
    var goesOn = false
    var time: UInt64 = 0
    var dependencies: [Reference] = []
    /// Where the container's names stand in the bytes, with their head.
    var path = 0..<0
    /// Whether these are the names that its reader was told of.
    var isPathKnown = false
    var containerKind = ContainerKind.map
    var kind = Operation.Kind.insert
    var isBackward = false
    var isWide = false
    var length: UInt32 = 1
    /// Origins of an insert; `left` is also the element that a delete takes first.
    var left = Reference.none
    var right = Reference.none
    /// The text of an insert, in the bytes.
    var text = 0..<0
    /// Elements of a list, or the value of a register, in the bytes.
    var values = 0..<0
    var key: String?
    var added: UInt64 = 0

    var end: UInt32 { from + length }

    /// Bytes that begin with the format's number.
    /// - Parameter known: the container's names of a change that was read before, which this one's mostly are.
    init(decoding bytes: [UInt8], knownPath known: [UInt8] = []) throws(DecodeError) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == ChangeFormat.small else { throw .unknownTag(at: 0, tag: UInt64(bytes[0])) }
        let flags = try reader.byte()
        guard flags < 64, let kind = Operation.Kind(rawValue: flags & SmallChange.kindMask), kind != .move, kind != .mark else { throw .unknownTag(at: 1, tag: UInt64(flags)) }
        let isNear = flags & SmallChange.nearFlag != 0, isEdge = flags & SmallChange.edgeFlag != 0
        guard kind == .insert || kind == .delete || !(isNear || isEdge) else { throw .unknownTag(at: 1, tag: UInt64(flags)) }
        self.kind = kind
        goesOn = flags & SmallChange.goesOnFlag != 0
        actor = try ActorID(&reader)
        from = UInt32(try reader.count(limit: Limits.counterMax - 1))
        guard from > 0 || !(goesOn || (isNear && kind == .insert)) else { throw .inconsistent(at: 1, what: "the first change follows none of its actor") }
        if !goesOn { try readPlace(&reader) }
        try readContainer(&reader, known)
        switch kind {
        case .insert: try readInsert(&reader, isNear, isEdge)
        case .delete: try readDelete(&reader, isNear, isEdge)
        case .set:
            guard containerKind == .map || containerKind == .flag else { throw .inconsistent(at: path.lowerBound, what: "maps and flags are set") }
            if containerKind == .map { key = try reader.string(limit: Limits.keyBytesMax) }
            let tag = try readValue(&reader)
            guard containerKind == .map || ValueTag.isBool(tag) else { throw .inconsistent(at: path.upperBound, what: "a flag is true or false") }
        case .remove:
            guard containerKind == .map else { throw .inconsistent(at: path.lowerBound, what: "keys are of maps") }
            key = try reader.string(limit: Limits.keyBytesMax)
        case .max:
            let tag = try readValue(&reader)
            guard containerKind == .max, tag == ValueTag.int else { throw .inconsistent(at: path.upperBound, what: "a max register holds a number") }
        case .quantity:
            guard containerKind == .quantity else { throw .inconsistent(at: path.lowerBound, what: "a step is of a quantity") }
            added = UInt64(try reader.count(limit: Int(Limits.quantityMax)))
            guard added > 0 else { throw .inconsistent(at: path.upperBound, what: "a step that changes nothing isn't made") }
        case .move, .mark, .extended: break
        }
        try reader.finish()
    }

    private mutating func readPlace(_ reader: inout ByteReader) throws(DecodeError) {
        time = try reader.varint()
        var others: [ActorID] = []
        for _ in 0..<(try reader.count(limit: SmallChange.dependenciesMax)) {
            let start = reader.offset
            let reference = try reference(&reader)
            let other: ActorID = if case .foreign(let other, _) = reference { other } else { actor }
            if let last = others.last, last >= other { throw .notCanonical(at: start) }
            if case .own(let counter) = reference, counter != from - 1 { throw .inconsistent(at: start, what: "a change follows its actor's last one") }
            guard reference != .none else { throw .inconsistent(at: start, what: "a dependency is a change") }
            others.append(other)
            dependencies.append(reference)
        }
    }

    private mutating func readContainer(_ reader: inout ByteReader, _ known: [UInt8]) throws(DecodeError) {
        let start = reader.offset
        if let head = known.first, let kind = ContainerKind(rawValue: head & SmallChange.kindMask), known.count <= reader.remaining,
           known.indices.allSatisfy({ reader.bytes[start + $0] == known[$0] }) {
            try reader.skip(known.count)
            (path, containerKind, isPathKnown) = (start..<reader.offset, kind, true)
            return
        }
        let head = try reader.byte()
        guard let kind = ContainerKind(rawValue: head & SmallChange.kindMask), head >> 3 <= Limits.depthMax, head >> 3 > 0 || kind == .map else {
            throw .unknownTag(at: start, tag: UInt64(head))
        }
        for _ in 0..<(head >> 3) { try reader.skip(reader.count(limit: Limits.keyBytesMax)) }
        // In a batch that is the root itself.
        guard head >> 3 == 0 || reader.bytes[start + 1] > 0 || (head >> 3 == 1 && kind != .map) else {
            throw .inconsistent(at: start, what: "a map in the root has a name")
        }
        path = start..<reader.offset
        containerKind = kind
        // ASCII, as most names are, needs no second look.
        if reader.bytes[path].contains(where: { $0 >= 0x80 }) { _ = try names(in: reader.bytes) }
    }

    private mutating func readInsert(_ reader: inout ByteReader, _ isNear: Bool, _ isEdge: Bool) throws(DecodeError) {
        let start = reader.offset
        left = isNear ? .own(from - 1) : try reference(&reader)
        right = isEdge ? .none : try reference(&reader)
        guard isNear || from == 0 || left != .own(from - 1), isEdge || right != .none else { throw .notCanonical(at: start) }
        switch containerKind {
        case .text:
            text = reader.offset..<reader.end
            guard let first = text.first else { throw .truncated(at: reader.offset) }
            isWide = reader.bytes[first] >= 0x80
            if text.count > 1 || isWide { try checkText(reader.bytes) }
            try reader.skip(text.count)
        case .list:
            let first = reader.offset
            var count = 0
            repeat {
                try reader.skipValue()
                count += 1
            } while !reader.isAtEnd
            values = first..<reader.offset
            guard count < Limits.counterMax - Int(from) else { throw .overLimit(at: start, found: UInt64(count), limit: UInt64(Limits.counterMax)) }
            length = UInt32(count)
        default: throw .inconsistent(at: path.lowerBound, what: "elements are of texts and lists")
        }
    }

    private mutating func readValue(_ reader: inout ByteReader) throws(DecodeError) -> UInt8 {
        let start = reader.offset
        let tag = try reader.skipValue()
        values = start..<reader.offset
        return tag
    }

    private mutating func checkText(_ bytes: [UInt8]) throws(DecodeError) {
        var scalars = 0
        for byte in bytes[text] {
            guard (byte >= 0x80) == isWide else { throw .inconsistent(at: text.lowerBound, what: "a row is wide or narrow as it says") }
            if byte & 0xC0 != 0x80 { scalars += 1 }
        }
        guard !isWide || String(validating: bytes[text], as: UTF8.self) != nil else { throw .notUTF8(at: text.lowerBound) }
        guard scalars > 0, scalars < Limits.counterMax - Int(from) else { throw .notUTF8(at: text.lowerBound) }
        length = UInt32(scalars)
    }

    private mutating func readDelete(_ reader: inout ByteReader, _ isOne: Bool, _ isBackward: Bool) throws(DecodeError) {
        let start = reader.offset
        guard containerKind == .text || containerKind == .list else { throw .inconsistent(at: path.lowerBound, what: "elements are of texts and lists") }
        left = try reference(&reader)
        if !isOne { length = UInt32(try reader.count(limit: Limits.counterMax - Int(from) - 1)) }
        guard isOne ? !isBackward : length > 1 else { throw .notCanonical(at: start) }
        self.isBackward = isBackward
        let edge: UInt32 = switch left {
        case .none: throw .inconsistent(at: start, what: "a row of deleted elements begins with one")
        case .own(let counter), .foreign(_, let counter): counter
        }
        guard isBackward ? edge >= length - 1 : UInt64(edge) + UInt64(length) < UInt64(Limits.counterMax) else {
            throw .inconsistent(at: start, what: "a row of deleted elements lies within its actor's counters")
        }
    }

    /// 0: none · 2 d - 1: of the own actor, d before `from` · 2 c + 2, then an actor: that actor's counter c.
    /// Mutating, so that nothing is copied to look at it.
    private mutating func reference(_ reader: inout ByteReader) throws(DecodeError) -> Reference {
        let start = reader.offset
        let value = try reader.varint()
        if value == 0 { return .none }
        if value & 1 == 1 {
            guard value / 2 + 1 <= UInt64(from) else { throw .inconsistent(at: start, what: "a change names what comes before it") }
            return .own(from - UInt32(value / 2 + 1))
        }
        let counter = value / 2 - 1
        guard counter < UInt64(Limits.counterMax) else { throw .overLimit(at: start, found: counter, limit: UInt64(Limits.counterMax)) }
        let other = try ActorID(&reader)
        guard other != actor else { throw .notCanonical(at: start) }
        return .foreign(other, UInt32(counter))
    }

    /// The names from the root to the container.
    func names(in bytes: [UInt8]) throws(DecodeError) -> [String] {
        var reader = ByteReader(bytes)
        try reader.skip(path.lowerBound + 1)
        var names: [String] = []
        while reader.offset < path.upperBound { names.append(try reader.string(limit: Limits.keyBytesMax)) }
        return names
    }
}
