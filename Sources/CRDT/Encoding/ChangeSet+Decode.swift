// Reading changes, from bytes that may come from anyone.
//
// Everything that can be known from the bytes alone is checked here: indices within their tables,
// counts within the bytes, rows and spans that cover the same counters, nothing left over. What needs
// the document (do these elements exist?) is checked when the set is applied.
package import Bytes

extension ChangeSet {
    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        if bytes.first == ChangeFormat.small {
            try self.init(SmallChange(decoding: bytes), in: bytes)
        } else {
            try self.init(body: ChangeFormat.reader(of: bytes))
        }
    }

    package init(body: [UInt8]) throws(DecodeError) { try self.init(body: ByteReader(body)) }

    private init(body: ByteReader) throws(DecodeError) {
        self.init()
        var reader = body
        try readTables(&reader)
        var heads: [(actor: UInt32, from: UInt32, spans: Int, rows: Int)] = []
        for _ in 0..<(try reader.count(limit: actors.count)) {
            let start = reader.offset
            let actor = try reader.actor(of: actors.count)
            if let last = heads.last, last.actor >= actor { throw .notCanonical(at: start) }
            let from = UInt32(try reader.count(limit: Limits.counterMax))
            heads.append((actor, from, try reader.count(limit: body.remaining), try reader.count(limit: body.remaining)))
        }
        var columns = try ChangeColumns(&reader, actors: actors.count, containers: containers, keys: keys.count)
        try reader.finish()
        for head in heads {
            var pieces = try columns.pieces(by: head.actor, from: head.from, spans: head.spans)
            try columns.rows(by: head.actor, from: head.from, count: head.rows, into: &pieces, &self)
            work.append(Work(actor: head.actor, pieces: pieces))
        }
        try columns.finish()
        utf8 = columns.text
    }

    private mutating func readTables(_ reader: inout ByteReader) throws(DecodeError) {
        for _ in 0..<(try reader.count(limit: min(Limits.actorsMax, reader.remaining / 16))) {
            let start = reader.offset
            let actor = try ActorID(&reader)
            if let last = actors.last, last >= actor { throw .notCanonical(at: start) }
            actors.append(actor)
        }
        var depths: [Int] = []
        for index in 0..<(try reader.count(limit: reader.remaining / 3)) {
            let start = reader.offset
            let parent = try reader.count(limit: index) - 1
            let tag = try reader.byte()
            guard let kind = ContainerKind(rawValue: tag) else { throw .newer(at: start, what: "a container", number: UInt64(tag)) }
            if parent >= 0, containers[parent].kind != .map { throw .inconsistent(at: start, what: "only maps hold containers") }
            let depth = parent >= 0 ? depths[parent] + 1 : 1
            guard depth <= Limits.depthMax else {
                throw .overLimit(at: start, found: UInt64(depth), limit: UInt64(Limits.depthMax))
            }
            depths.append(depth)
            containers.append(Place(parent: parent, name: try reader.string(limit: Limits.keyBytesMax), kind: kind))
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let start = reader.offset
            let key = try reader.string(limit: Limits.keyBytesMax)
            if let last = keys.last, !utf8Precedes(last, key) { throw .notCanonical(at: start) }
            keys.append(key)
        }
    }
}

/// The columns of a set, each read from its start.
struct ChangeColumns {
    /// Reads whichever column it is set to.
    private var reader: ByteReader
    /// One for each column: a reader for each would be counted in and out with every set.
    private var windows = InlineArray<17, ByteReader.Window>(repeating: ByteReader.Window())
    private var kinds: ColumnReader
    private var places: ColumnReader
    private var values: ByteReader.Window
    let text: [UInt8]
    private var textOffset = 0
    private let actors: Int
    private var near: Neighbourhood
    private let containers: [ChangeSet.Place]
    private let keys: Int

    init(_ reader: inout ByteReader, actors: Int, containers: [ChangeSet.Place], keys: Int) throws(DecodeError) {
        for column in windows.indices { windows[column] = try reader.part() }
        var part = reader
        part.window = windows[ChangeFormat.Column.kind.rawValue]
        kinds = try ColumnReader(part)
        part.window = windows[ChangeFormat.Column.container.rawValue]
        places = try ColumnReader(part)
        values = try reader.part()
        self.reader = part
        let start = reader.offset
        text = try reader.blob()
        guard text.isValidUTF8 else { throw .notUTF8(at: start) }
        self.actors = actors
        near = Neighbourhood(actors: actors)
        self.containers = containers
        self.keys = keys
    }

    func finish() throws(DecodeError) {
        for column in windows.indices where column != ChangeFormat.Column.kind.rawValue && column != ChangeFormat.Column.container.rawValue {
            try windows[column].finish()
        }
        try kinds.finish()
        try places.finish()
        try values.finish()
        guard textOffset == text.count else { throw .trailing(at: textOffset) }
    }

    private mutating func next(_ column: ChangeFormat.Column) throws(DecodeError) -> UInt64 {
        reader.window = windows[column.rawValue]
        let value = try reader.varint()
        windows[column.rawValue] = reader.window
        return value
    }

    private mutating func nextSigned(_ column: ChangeFormat.Column) throws(DecodeError) -> Int64 {
        reader.window = windows[column.rawValue]
        let value = try reader.signed()
        windows[column.rawValue] = reader.window
        return value
    }

    private mutating func nextValue() throws(DecodeError) -> Value {
        reader.window = values
        let value = try reader.value()
        values = reader.window
        return value
    }

    private mutating func next(_ column: ChangeFormat.Column, below limit: Int) throws(DecodeError) -> Int {
        let at = windows[column.rawValue].offset
        let value = try next(column)
        guard value < UInt64(limit) else { throw .overLimit(at: at, found: value, limit: UInt64(limit)) }
        return Int(value)
    }

    private mutating func counter(_ column: ChangeFormat.Column, _ actor: UInt32) throws(DecodeError) -> UInt32 {
        let at = windows[column.rawValue].offset
        let counter = near.counter(actor, try nextSigned(column))
        guard counter >= 0, counter <= Int64(Limits.counterMax) else {
            throw .overLimit(at: at, found: UInt64(bitPattern: counter), limit: UInt64(Limits.counterMax))
        }
        return UInt32(counter)
    }

    mutating func pieces(by actor: UInt32, from: UInt32, spans: Int) throws(DecodeError) -> [ChangeSet.Piece] {
        var pieces: [ChangeSet.Piece] = []
        near.reset()
        var time: Int64 = 0
        var start = from
        for _ in 0..<spans {
            let length = UInt32(try next(.spanLength, below: Limits.counterMax - Int(start)))
            guard length > 0 else { throw .inconsistent(at: 0, what: "a span has operations") }
            time = time &+ (try nextSigned(.spanTime))
            let form = try next(.spanDependencies, below: actors + 2)
            var dependencies: [Dot] = []
            switch form {
            case 0: break
            case 1:
                guard start > 0 else { throw .inconsistent(at: 0, what: "the first change follows none of its actor") }
                dependencies = [Dot(actor: actor, counter: start - 1)]
            default:
                for _ in 1..<form {
                    let other = UInt32(try next(.dependencyActor, below: actors))
                    if let last = dependencies.last, last.actor >= other {
                        throw .inconsistent(at: 0, what: "dependencies are in the order of their actors")
                    }
                    let dot = Dot(actor: other, counter: try counter(.dependencyCounter, other))
                    guard other != actor || dot.counter < start else {
                        throw .inconsistent(at: 0, what: "a change doesn't depend on itself")
                    }
                    near.visit(dot)
                    dependencies.append(dot)
                }
            }
            let span = Span(start: start, dependencies: dependencies, lamport: 0, time: UInt64(bitPattern: time))
            start += length
            pieces.append(ChangeSet.Piece(span: span, strides: [], operations: [], end: start))
        }
        try readStrides(from: from, into: &pieces)
        return pieces
    }

    /// Cuts the strides of a lane at the ends of its spans.
    private mutating func readStrides(from: UInt32, into pieces: inout [ChangeSet.Piece]) throws(DecodeError) {
        var stride = Strides(length: 1, count: 0)
        var position = from
        for index in pieces.indices {
            while position < pieces[index].end {
                if stride.count == 0 {
                    stride.length = UInt32(try next(.strideLength, below: Limits.counterMax))
                    stride.count = UInt32(try next(.strideCount, below: Limits.counterMax))
                    guard stride.length > 0, stride.count > 0 else { throw .inconsistent(at: 0, what: "a change has operations") }
                }
                let taken = min(stride.count, (pieces[index].end - position) / stride.length)
                guard taken > 0 else { throw .inconsistent(at: 0, what: "spans end where changes do") }
                pieces[index].strides.append(Strides(length: stride.length, count: taken))
                stride.count -= taken
                position += taken * stride.length
            }
        }
        guard stride.count == 0 else { throw .inconsistent(at: 0, what: "changes lie within spans") }
    }

    mutating func rows(by actor: UInt32, from: UInt32, count: Int, into pieces: inout [ChangeSet.Piece],
                       _ set: inout ChangeSet) throws(DecodeError) {
        near.reset()
        var previousRight = Dot.none
        var position = from
        var piece = 0
        for _ in 0..<count {
            let row = try row(by: actor, at: position, &previousRight, &set)
            guard let last = pieces.last, UInt64(position) + UInt64(row.length) <= UInt64(last.end) else {
                throw .inconsistent(at: 0, what: "operations lie within spans")
            }
            position = row.end
            // A row may cross the end of a span: each piece gets its part.
            var rest = row
            while rest.end > pieces[piece].end {
                let cut = pieces[piece].end - rest.counter
                if cut > 0 { pieces[piece].operations.append(part(of: rest, cut)) }
                rest = rest.dropping(cut, by: actor, contentOffset: offset)
                piece += 1
            }
            pieces[piece].operations.append(rest)
            if rest.end == pieces[piece].end, piece + 1 < pieces.count { piece += 1 }
        }
        guard position == (pieces.last?.end ?? from) else { throw .inconsistent(at: 0, what: "spans are filled with operations") }
    }

    /// The first `count` operations of a row.
    private func part(of row: Operation, _ count: UInt32) -> Operation {
        var part = row
        part.length = count
        if row.kind == .insert { part.contentLength = offset(of: row, at: count) - row.content }
        if row.kind == .delete, row.isBackward { part.first = row.first.advanced(by: Int(row.length - count)) }
        if count == 1 { part.isBackward = false }
        return part
    }

    private func offset(of row: Operation, at index: UInt32) -> UInt32 {
        guard row.isWide else { return row.content + index }
        var offset = Int(row.content)
        for _ in 0..<index {
            offset += 1
            while offset < text.count, text[offset] & 0xC0 == 0x80 { offset += 1 }
        }
        return UInt32(offset)
    }

    private mutating func row(by actor: UInt32, at position: UInt32, _ previousRight: inout Dot, _ set: inout ChangeSet) throws(DecodeError) -> Operation {
        let code = try kinds.next()
        let place = try places.next()
        guard place < UInt64(containers.count) else { throw .overLimit(at: 0, found: place, limit: UInt64(containers.count)) }
        guard code < ChangeFormat.knownCodesEnd, let kind = Operation.Kind(rawValue: UInt8(code & 7)) else { return try extended(code, at: position, in: UInt32(place), &set) }
        let isBackward = code & ChangeFormat.backwardFlag != 0
        let isWide = code & ChangeFormat.wideFlag != 0
        guard !isBackward || kind == .delete || kind == .mark, !isWide || kind == .insert || kind == .mark else { throw .unknownTag(at: 0, tag: code) }
        var row = Operation(kind: kind, isBackward: isBackward && kind == .delete, isWide: isWide && kind == .insert, container: UInt32(place), counter: position)
        switch kind {
        case .insert:
            row.length = UInt32(try next(.length, below: Limits.counterMax - Int(position)))
            try readOrigins(&row, &previousRight)
            try readContent(&row, &set)
            near.visit(Dot(actor: actor, counter: row.end - 1))
        case .delete:
            row.length = UInt32(try next(.length, below: Limits.counterMax - Int(position)))
            guard row.length > 0, !isBackward || row.length > 1 else { throw .inconsistent(at: 0, what: "a row has operations") }
            let target = UInt32(try next(.target, below: actors))
            let edge = try counter(.targetDelta, target)
            guard isBackward ? edge >= row.length - 1 : UInt64(edge) + UInt64(row.length) < UInt64(Limits.counterMax) else {
                throw .inconsistent(at: 0, what: "a row of deleted elements lies within its actor's counters")
            }
            row.first = Dot(actor: target, counter: isBackward ? edge - (row.length - 1) : edge)
            near.visit(isBackward ? row.first : row.first.advanced(by: Int(row.length) - 1))
        case .mark:
            row.sides = UInt8(code >> 3)
            try readOrigins(&row, &previousRight)
            guard !(row.first.isNone && row.startAnchor.isBehind), !(row.second.isNone && row.endAnchor.isBehind) else {
                throw .inconsistent(at: 0, what: "an end of the text has one side")
            }
            if !row.second.isNone { near.visit(row.second) }
            row.key = UInt32(try next(.key, below: keys))
            row.content = UInt32(set.values.count)
            set.values.append(try nextValue())
        case .move:
            try readOrigins(&row, &previousRight)
            let target = UInt32(try next(.target, below: actors))
            row.element = Dot(actor: target, counter: try counter(.targetDelta, target))
            near.visit(row.element)
            near.visit(Dot(actor: actor, counter: position))
        case .set, .remove:
            let isMap = containers[Int(place)].kind == .map
            row.key = UInt32(try next(.key, below: isMap ? keys : 1))
            if kind == .set {
                row.content = UInt32(set.values.count)
                let value = try nextValue()
                if !isMap { guard case .bool = value else { throw .inconsistent(at: 0, what: "a flag is true or false") } }
                set.values.append(value)
            }
        case .max:
            row.content = UInt32(set.values.count)
            let value = try nextValue()
            guard case .int = value else { throw .inconsistent(at: 0, what: "a max register holds a number") }
            set.values.append(value)
        case .quantity:
            row.content = UInt32(set.steps.count)
            reader.window = values
            set.steps.append(try reader.step(actors: actors))
            values = reader.window
        case .extended: break
        }
        return row
    }

    /// An operation of a newer version: its bytes are a value, and that is all that is known of it.
    private mutating func extended(_ code: UInt64, at position: UInt32, in container: UInt32, _ set: inout ChangeSet) throws(DecodeError) -> Operation {
        guard code >= UInt64(Limits.extensionMin), code <= Limits.operationCodeMax else { throw .newer(at: 0, what: "an operation", number: code) }
        let start = values.offset
        let payload = try nextValue()
        guard case .bytes(let bytes) = payload else { throw .inconsistent(at: start, what: "what an operation of a newer version says is a blob") }
        guard bytes.count <= Limits.extensionBytesMax else { throw .overLimit(at: start, found: UInt64(bytes.count), limit: UInt64(Limits.extensionBytesMax)) }
        var row = Operation(kind: .extended, container: container, counter: position, content: UInt32(set.values.count))
        row.code = UInt32(code)
        set.values.append(payload)
        return row
    }

    private mutating func readOrigins(_ row: inout Operation, _ previousRight: inout Dot) throws(DecodeError) {
        let left = try next(.leftActor, below: actors + 1)
        if left > 0 { row.first = Dot(actor: UInt32(left - 1), counter: try counter(.leftDelta, UInt32(left - 1))) }
        switch UInt64(try next(.rightActor, below: actors + Int(ChangeFormat.rightExplicit))) {
        case ChangeFormat.rightNone: break
        case ChangeFormat.rightFollowsLeft:
            guard left > 0, row.first.counter < Limits.counterMax else { throw .inconsistent(at: 0, what: "a right origin follows a left one") }
            row.second = row.first.advanced(by: 1)
        case ChangeFormat.rightAsBefore: row.second = previousRight
        case let right:
            let actor = UInt32(right - ChangeFormat.rightExplicit)
            row.second = Dot(actor: actor, counter: try counter(.rightDelta, actor))
        }
        previousRight = row.second
    }

    private mutating func readContent(_ row: inout Operation, _ set: inout ChangeSet) throws(DecodeError) {
        guard row.length > 0 else { throw .inconsistent(at: 0, what: "a row has operations") }
        if containers[Int(row.container)].kind == .text {
            let start = textOffset
            for _ in 0..<row.length {
                guard textOffset < text.count else { throw .truncated(at: textOffset) }
                guard (text[textOffset] >= 0x80) == row.isWide else { throw .inconsistent(at: textOffset, what: "a row is wide or narrow as it says") }
                textOffset += 1
                while textOffset < text.count, text[textOffset] & 0xC0 == 0x80 { textOffset += 1 }
            }
            row.content = UInt32(start)
            row.contentLength = UInt32(textOffset - start)
        } else {
            guard !row.isWide else { throw .inconsistent(at: 0, what: "only text is wide") }
            row.content = UInt32(set.values.count)
            row.contentLength = row.length
            for _ in 0..<row.length { set.values.append(try nextValue()) }
        }
    }
}

extension [UInt8] {
    var isValidUTF8: Bool { allSatisfy { $0 < 0x80 } || String(validating: self, as: UTF8.self) != nil }
}
