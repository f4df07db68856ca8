// The columns of a batch, read row by row where they lie.
//
// Each column is a cursor into the bytes. That a cursor's end lies within them is seen once, when the columns are found;
// after that each byte is held against the end of its own column, and against nothing else.
internal import Bytes

/// What of a column is still to be read.
private struct Cursor {
    var offset = 0
    var end = 0
}

/// Never copied: it is larger than most batches.
struct ChangeColumns: ~Copyable {
    /// For what isn't read byte by byte: values, and numbers of several bytes.
    private var reader: ByteReader
    private let source: UnsafeBufferPointer<UInt8>
    /// The columns, then the values, then the text.
    private var cursors: InlineArray<19, Cursor>
    /// The same whole, for the reader.
    private var windows: InlineArray<19, ByteReader.Window>
    private var kinds: ColumnReader
    private var places: ColumnReader
    private var near: Neighbourhood
    private let actors: Int
    /// Which containers and keys the rows read so far name.
    private(set) var isContainerUsed: [Bool]
    private(set) var isKeyUsed: [Bool]
    /// Whether there are so many rows that they are to be packed.
    private var isPacked: Bool

    private static let (values, text) = (17, 18)

    /// - Parameter source: the reader's bytes.
    init(_ reader: inout ByteReader, _ source: UnsafeBufferPointer<UInt8>, actors: Int, containers: Int, keys: Int) throws(DecodeError) {
        var cursors = InlineArray<19, Cursor>(repeating: Cursor())
        var windows = InlineArray<19, ByteReader.Window>(repeating: ByteReader.Window())
        let (kind, container) = (ChangeFormat.Column.kind.rawValue, ChangeFormat.Column.container.rawValue)
        var part = reader
        var (kinds, places): (ColumnReader?, ColumnReader?)
        for column in 0..<19 {
            let window = try reader.part()
            part.window = window
            switch column {
            case kind: kinds = try ColumnReader(part)
            case container: places = try ColumnReader(part)
            default: (windows[column], cursors[column]) = (window, Cursor(offset: part.offset, end: part.end))
            }
        }
        guard let kinds, let places else { preconditionFailure("two of the columns are runs") }
        let text = cursors[ChangeColumns.text]
        guard ChangeColumns.isValidUTF8(UnsafeBufferPointer(rebasing: source[text.offset..<text.end])) else { throw .notUTF8(at: text.offset) }
        (self.source, self.actors, self.reader) = (source, actors, reader)
        (self.cursors, self.windows, self.kinds, self.places) = (cursors, windows, kinds, places)
        (isContainerUsed, isKeyUsed) = (Array(repeating: false, count: containers), Array(repeating: false, count: keys))
        near = Neighbourhood(actors: actors)
        isPacked = false
    }

    /// Mutating, so that no column is copied to look at it.
    mutating func finish() throws(DecodeError) {
        for column in 0..<19 where cursors[column].offset != cursors[column].end { throw .trailing(at: cursors[column].offset) }
        try kinds.finish()
        try places.finish()
    }

    private static func isValidUTF8(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var all: UInt8 = 0
        for byte in text { all |= byte }
        return all < 0x80 || String(validating: text, as: UTF8.self) != nil
    }

    /// Makes room for what there will be: a span has a byte of each of three columns, a dependency of each of two.
    mutating func reserve(spans counts: [(spans: Int, rows: Int)], _ set: inout ChangeSet) throws(DecodeError) {
        func size(_ column: ChangeFormat.Column) -> Int { cursors[column.rawValue].end - cursors[column.rawValue].offset }
        var left = size(.spanLength)
        for count in counts {
            guard count.spans <= left else { throw .truncated(at: cursors[0].end) }
            left -= count.spans
        }
        let spans = size(.spanLength) - left
        isPacked = counts.reduce(0) { $0 + min($1.rows, source.count) } > ChangeRows.plainMax
        set.pieces.reserveCapacity(spans)
        set.strides.reserveCapacity(spans + size(.strideLength))
        set.dependencies.reserveCapacity(size(.dependencyActor))
    }

    // MARK: Numbers

    private mutating func next(_ column: ChangeFormat.Column) throws(DecodeError) -> UInt64 {
        let cursor = cursors[column.rawValue]
        // Most numbers are one byte.
        if cursor.offset < cursor.end, source[cursor.offset] < 0x80 {
            cursors[column.rawValue].offset &+= 1
            return UInt64(source[cursor.offset])
        }
        return try read(column.rawValue) { reader throws(DecodeError) in try reader.varint() }
    }

    /// Reads from a column, or from the values, what a reader of bytes reads.
    private mutating func read<Result>(_ column: Int, _ body: (inout ByteReader) throws(DecodeError) -> Result) throws(DecodeError) -> Result {
        reader.window = windows[column]
        try reader.skip(cursors[column].offset - windows[column].offset)
        let result = try body(&reader)
        cursors[column].offset = reader.offset
        return result
    }

    private mutating func nextSigned(_ column: ChangeFormat.Column) throws(DecodeError) -> Int64 { unzigzag(try next(column)) }

    private mutating func next(_ column: ChangeFormat.Column, below limit: Int) throws(DecodeError) -> Int {
        let at = cursors[column.rawValue].offset
        let value = try next(column)
        guard value < UInt64(limit) else { throw .overLimit(at: at, found: value, limit: UInt64(limit)) }
        return Int(value)
    }

    private mutating func counter(_ column: ChangeFormat.Column, _ actor: UInt32) throws(DecodeError) -> UInt32 {
        let at = cursors[column.rawValue].offset
        let counter = near.counter(actor, try nextSigned(column))
        guard counter >= 0, counter <= Int64(Limits.counterMax) else {
            throw .overLimit(at: at, found: UInt64(bitPattern: counter), limit: UInt64(Limits.counterMax))
        }
        return UInt32(counter)
    }

    /// Goes past values.
    /// - Returns: where they begin, and the tag of the last.
    private mutating func skipValues(_ count: UInt32) throws(DecodeError) -> (offset: UInt32, tag: UInt8) {
        let start = cursors[ChangeColumns.values].offset
        var tag: UInt8 = 0
        try read(ChangeColumns.values) { reader throws(DecodeError) in for _ in 0..<count { tag = try reader.skipValue() } }
        return (UInt32(start), tag)
    }

    // MARK: Spans

    mutating func readPieces(of index: Int, count: Int, _ set: inout ChangeSet) throws(DecodeError) {
        near.reset()
        let (actor, first) = (set.work[index].actor, set.pieces.count)
        let from = set.work[index].end
        var time: Int64 = 0
        var start = from
        for _ in 0..<count {
            let length = UInt32(try next(.spanLength, below: Limits.counterMax - Int(start)))
            guard length > 0 else { throw .inconsistent(at: 0, what: "a span has operations") }
            time = time &+ (try nextSigned(.spanTime))
            var piece = ChangeSet.Piece(start: start, row: 0, stride: 0, dependency: UInt32(set.dependencies.count), time: UInt64(bitPattern: time))
            let form = try next(.spanDependencies, below: actors + 2)
            if form == 1 {
                guard start > 0 else { throw .inconsistent(at: 0, what: "the first change follows none of its actor") }
                piece.followsOwn = true
            } else if form > 1 {
                try readDependencies(form - 1, of: actor, before: start, &set)
            }
            set.pieces.append(piece)
            start += length
        }
        set.work[index].end = start
        set.work[index].pieces = first..<set.pieces.count
        try readStrides(from: from, of: index, &set)
    }

    private mutating func readDependencies(_ count: Int, of actor: UInt32, before start: UInt32, _ set: inout ChangeSet) throws(DecodeError) {
        var last: UInt32?
        for _ in 0..<count {
            let other = UInt32(try next(.dependencyActor, below: actors))
            if let last, last >= other { throw .inconsistent(at: 0, what: "dependencies are in the order of their actors") }
            let dot = Dot(actor: other, counter: try counter(.dependencyCounter, other))
            guard other != actor || dot.counter < start else { throw .inconsistent(at: 0, what: "a change doesn't depend on itself") }
            near.visit(dot)
            set.dependencies.append(dot)
            last = other
        }
    }

    /// Cuts the strides of a lane at the ends of its spans.
    private mutating func readStrides(from: UInt32, of index: Int, _ set: inout ChangeSet) throws(DecodeError) {
        var stride = Strides(length: 1, count: 0)
        var position = from
        for piece in set.work[index].pieces {
            set.pieces[piece].stride = UInt32(set.strides.count)
            let end = set.end(of: piece, in: set.work[index])
            while position < end {
                if stride.count == 0 {
                    stride.length = UInt32(try next(.strideLength, below: Limits.counterMax))
                    stride.count = UInt32(try next(.strideCount, below: Limits.counterMax))
                    guard stride.length > 0, stride.count > 0 else { throw .inconsistent(at: 0, what: "a change has operations") }
                }
                let taken = min(stride.count, (end - position) / stride.length)
                guard taken > 0 else { throw .inconsistent(at: 0, what: "spans end where changes do") }
                set.strides.append(Strides(length: stride.length, count: taken))
                stride.count -= taken
                position += taken * stride.length
            }
        }
        guard stride.count == 0 else { throw .inconsistent(at: 0, what: "changes lie within spans") }
    }

    // MARK: Rows

    mutating func readRows(of index: Int, count: Int, _ set: inout ChangeSet) throws(DecodeError) {
        near.reset()
        var previousRight = Dot.none
        let (actor, end, pieces) = (set.work[index].actor, set.work[index].end, set.work[index].pieces)
        var rows = ChangeRows(reserving: min(count, source.count), isPacked: isPacked)
        var piece = pieces.lowerBound
        var position = piece < pieces.upperBound ? set.pieces[piece].start : end
        for number in 0..<count {
            let row = try row(by: actor, at: position, &previousRight, set)
            guard UInt64(position) + UInt64(row.length) <= UInt64(end) else { throw .inconsistent(at: 0, what: "operations lie within spans") }
            position = row.end
            while piece < pieces.upperBound, set.pieces[piece].start < position {
                set.pieces[piece].row = UInt32(number)
                piece += 1
            }
            rows.append(row)
        }
        guard position == end else { throw .inconsistent(at: 0, what: "spans are filled with operations") }
        set.work[index].rows = rows
    }

    private mutating func row(by actor: UInt32, at position: UInt32, _ previousRight: inout Dot, _ set: borrowing ChangeSet) throws(DecodeError) -> Operation {
        let code = try kinds.next()
        let place = try places.next()
        guard place < UInt64(set.containers.count) else { throw .overLimit(at: 0, found: place, limit: UInt64(set.containers.count)) }
        let container = set.containers[Int(place)].kind
        isContainerUsed[Int(place)] = true
        guard code < ChangeFormat.knownCodesEnd, let kind = Operation.Kind(rawValue: UInt8(code & 7)) else { return try extended(code, at: position, in: UInt32(place)) }
        let isBackward = code & ChangeFormat.backwardFlag != 0
        let isWide = code & ChangeFormat.wideFlag != 0
        guard !isBackward || kind == .delete || kind == .mark, !isWide || kind == .insert || kind == .mark else { throw .unknownTag(at: 0, tag: code) }
        var row = Operation(kind: kind, isBackward: isBackward && kind == .delete, isWide: isWide && kind == .insert, container: UInt32(place), counter: position)
        switch kind {
        case .insert:
            row.length = UInt32(try next(.length, below: Limits.counterMax - Int(position)))
            try readOrigins(&row, &previousRight)
            try readContent(&row, in: container)
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
            row.key = UInt32(try next(.key, below: isKeyUsed.count))
            isKeyUsed[Int(row.key)] = true
            row.content = try skipValues(1).offset
        case .move:
            try readOrigins(&row, &previousRight)
            let target = UInt32(try next(.target, below: actors))
            row.element = Dot(actor: target, counter: try counter(.targetDelta, target))
            near.visit(row.element)
            near.visit(Dot(actor: actor, counter: position))
        case .set, .remove:
            let isMap = container == .map
            row.key = UInt32(try next(.key, below: isMap ? isKeyUsed.count : 1))
            if isMap { isKeyUsed[Int(row.key)] = true }
            if kind == .set {
                let value = try skipValues(1)
                guard isMap || ValueTag.isBool(value.tag) else { throw .inconsistent(at: 0, what: "a flag is true or false") }
                row.content = value.offset
            }
        case .max:
            let value = try skipValues(1)
            guard value.tag == ValueTag.int else { throw .inconsistent(at: 0, what: "a max register holds a number") }
            row.content = value.offset
        case .quantity:
            row.content = UInt32(cursors[ChangeColumns.values].offset)
            let actors = actors
            try read(ChangeColumns.values) { reader throws(DecodeError) in try reader.skipStep(actors: actors) }
        case .extended: break
        }
        return row
    }

    /// An operation of a newer version: its bytes are a value, and that is all that is known of it.
    private mutating func extended(_ code: UInt64, at position: UInt32, in container: UInt32) throws(DecodeError) -> Operation {
        guard code >= UInt64(Limits.extensionMin), code <= Limits.operationCodeMax else { throw .newer(at: 0, what: "an operation", number: code) }
        let start = cursors[ChangeColumns.values].offset
        try read(ChangeColumns.values) { reader throws(DecodeError) in
            guard try reader.byte() == ValueTag.blob else { throw .inconsistent(at: start, what: "what an operation of a newer version says is a blob") }
            try reader.skip(reader.count(limit: Limits.extensionBytesMax))
        }
        var row = Operation(kind: .extended, container: container, counter: position, content: UInt32(start))
        row.code = UInt32(code)
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

    private mutating func readContent(_ row: inout Operation, in container: ContainerKind) throws(DecodeError) {
        guard row.length > 0 else { throw .inconsistent(at: 0, what: "a row has operations") }
        guard container == .text else {
            guard !row.isWide else { throw .inconsistent(at: 0, what: "only text is wide") }
            row.content = try skipValues(row.length).offset
            row.contentLength = UInt32(cursors[ChangeColumns.values].offset) - row.content
            return
        }
        let cursor = cursors[ChangeColumns.text]
        var offset = cursor.offset
        if row.isWide {
            for _ in 0..<row.length {
                guard offset < cursor.end else { throw .truncated(at: offset) }
                guard source[offset] >= 0x80 else { throw .inconsistent(at: offset, what: "a row is wide or narrow as it says") }
                offset += 1
                while offset < cursor.end, source[offset] & 0xC0 == 0x80 { offset += 1 }
            }
        } else {
            guard Int(row.length) <= cursor.end - offset else { throw .truncated(at: cursor.end) }
            var all: UInt8 = 0
            for index in offset..<offset + Int(row.length) { all |= source[index] }
            guard all < 0x80 else { throw .inconsistent(at: offset, what: "a row is wide or narrow as it says") }
            offset += Int(row.length)
        }
        row.content = UInt32(cursor.offset)
        row.contentLength = UInt32(offset - cursor.offset)
        cursors[ChangeColumns.text].offset = offset
    }
}
