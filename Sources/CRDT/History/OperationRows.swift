// The rows of a lane, packed: of each kind only what that kind has. History is most of what a document holds in memory,
// and most of its rows are never looked at again.
//
//     head      kind, a bit for each yes or no, and the container where that fits into 16 bits
//     counter   of its first operation; its length is what is left until the next row's
//     then      insert: first, second unless none (its counter alone where the actor is the first's), content, its length
//               where that isn't the row's   delete: first
//               set: key, content   remove: key   quantity, max: content
//               move: first, second unless none, element   mark: first, second, key, content   extended: content, code
//
// The last row isn't packed yet: what is typed on makes it longer. The others lie in blocks of as many rows, so that none is
// ever copied to make room for the next, and what they are found by is two bytes each.

struct OperationRows: RandomAccessCollection {
    private var blocks: [OperationBlock] = []
    private var packedCount = 0
    private(set) var last: Operation?

    var startIndex: Int { 0 }
    var endIndex: Int { packedCount + (last == nil ? 0 : 1) }

    init() {}

    /// With room for so many rows, or for the first block's.
    init(reserving count: Int) {
        guard count > 1 else { return }
        blocks.reserveCapacity((count >> OperationBlock.rowsShift) + 1)
        reserved = count - 1
    }

    /// Rows that will come, as far as that was said.
    private var reserved = 0

    mutating func append(_ row: Operation) {
        if let last {
            precondition(last.end == row.counter, "an actor's rows follow each other")
            if packedCount & OperationBlock.rowsMask == 0 {
                if !blocks.isEmpty { blocks[blocks.count - 1].fit() }
                blocks.append(OperationBlock(counter: last.counter, reserving: Swift.min(reserved - packedCount, OperationBlock.rowsMask + 1)))
            }
            blocks[blocks.count - 1].append(last)
            packedCount += 1
        }
        last = row
    }

    /// Takes in a row for which `continues` holds of the last one.
    mutating func joinLast(_ next: Operation) { last?.join(next) }

    /// The last row that begins at a counter or before it.
    /// - Complexity: O(log n); where rows are of like lengths, mostly O(1).
    @inline(__always)
    func index(of counter: UInt32) -> Int? {
        if let last, last.counter <= counter { return packedCount }
        var (block, high) = (-1, blocks.count)
        while block + 1 < high {
            let middle = (block + 1 + high) >> 1
            if blocks[middle].counter <= counter { block = middle } else { high = middle }
        }
        guard block >= 0 else { return nil }
        let end = block + 1 < blocks.count ? blocks[block + 1].counter : last?.counter ?? .max
        return block << OperationBlock.rowsShift + blocks[block].index(of: counter, end: end)
    }

    /// The origins of an element that an actor put in or moved: those of its row where it is the first, else the element
    /// before it on the left.
    @inline(__always)
    func origins(of counter: UInt32, by actor: UInt32) -> SequenceTree.Origins {
        guard let index = index(of: counter) else { return SequenceTree.Origins(left: .none, right: .none) }
        let (first, left, right): (UInt32, Dot, Dot)
        if index == packedCount, let last {
            (first, left, right) = (last.counter, last.first, last.second)
        } else {
            (first, left, right) = blocks[index >> OperationBlock.rowsShift].origins(at: index & OperationBlock.rowsMask)
        }
        return SequenceTree.Origins(left: first == counter ? left : Dot(actor: actor, counter: counter - 1), right: right)
    }

    func counter(at index: Int) -> UInt32 {
        if index == packedCount, let last { return last.counter }
        return blocks[index >> OperationBlock.rowsShift].counter(at: index & OperationBlock.rowsMask)
    }

    /// Visits the rows from one on: faster than asking for each.
    func forEach(from first: Int, _ body: (Operation) -> Void) {
        var index = first
        while index < packedCount {
            let block = index >> OperationBlock.rowsShift
            let end = block + 1 < blocks.count ? blocks[block + 1].counter : last?.counter ?? .max
            blocks[block].forEach(from: index & OperationBlock.rowsMask, end: end, body)
            index = (block + 1) << OperationBlock.rowsShift
        }
        if let last { body(last) }
    }

    subscript(index: Int) -> Operation {
        if index == packedCount, let last { return last }
        return blocks[index >> OperationBlock.rowsShift].row(at: index & OperationBlock.rowsMask, end: counter(at: index + 1))
    }
}

private struct OperationBlock {
    /// Of the first row.
    let counter: UInt32
    private var words: [UInt32] = []
    /// Where each row begins: a row has nine words at most.
    private var starts: [UInt16] = []

    static let rowsShift = 9
    private static let kindMask: UInt32 = 15
    /// An insertion in a far container, with two origins of different actors and a length of its content.
    private static let wordsMax = 9
    static let rowsMask = 1 << rowsShift - 1
    private static let (edgeBit, backwardBit, wideBit, lengthBit): (UInt32, UInt32, UInt32, UInt32) = (1 << 4, 1 << 5, 1 << 6, 1 << 7)
    /// An insertion's second is of its first's actor. It has this where a deletion has `backwardBit`.
    private static let sameBit: UInt32 = 1 << 5
    /// A mark has its sides where other kinds have `wideBit` and `lengthBit`.
    private static let sidesShift: UInt32 = 6
    private static let containerShift: UInt32 = 8
    /// The container has a word of its own.
    private static let farContainer: UInt32 = 1 << 16 - 1

    init(counter: UInt32, reserving count: Int) {
        self.counter = counter
        guard count > 0 else { return }
        words.reserveCapacity(8 * count)
        starts.reserveCapacity(count)
    }

    /// Gives back the room that it grew into.
    mutating func fit() { words = words.withUnsafeBufferPointer { Array($0) } }

    /// The last row that begins at a counter or before it; the first does.
    /// - Parameter end: the counter of the row after the last.
    func index(of counter: UInt32, end: UInt32) -> Int {
        starts.withUnsafeBufferPointer { starts in
            words.withUnsafeBufferPointer { words in
                Lane.lastIndex(of: starts.count, from: self.counter, to: end, counter) { words[Int(starts[$0]) + 1] }
            }
        }
    }

    func counter(at index: Int) -> UInt32 { words[Int(starts[index]) + 1] }

    /// The counter and the two names of a row that puts something in or moves it.
    func origins(at index: Int) -> (counter: UInt32, first: Dot, second: Dot) {
        words.withUnsafeBufferPointer { words in
            let start = Int(starts[index])
            let head = words[start]
            let at = start + (head >> OperationBlock.containerShift == OperationBlock.farContainer ? 3 : 2)
            let first = Dot(actor: words[at], counter: words[at + 1])
            if head & OperationBlock.edgeBit != 0 { return (words[start + 1], first, .none) }
            let isSame = head & OperationBlock.kindMask == UInt32(Operation.Kind.insert.rawValue) && head & OperationBlock.sameBit != 0
            return (words[start + 1], first, isSame ? Dot(actor: first.actor, counter: words[at + 2]) : Dot(actor: words[at + 2], counter: words[at + 3]))
        }
    }

    /// - Parameter end: the counter of the row that follows.
    func row(at index: Int, end: UInt32) -> Operation { words.withUnsafeBufferPointer { OperationBlock.row(in: $0, at: Int(starts[index]), end: end) } }

    /// - Parameter end: the counter of the row after the last.
    func forEach(from first: Int, end: UInt32, _ body: (Operation) -> Void) {
        words.withUnsafeBufferPointer { words in
            starts.withUnsafeBufferPointer { starts in
                for index in first..<starts.count {
                    let next = index + 1 < starts.count ? words[Int(starts[index + 1]) + 1] : end
                    body(OperationBlock.row(in: words, at: Int(starts[index]), end: next))
                }
            }
        }
    }

    private static func row(in words: UnsafeBufferPointer<UInt32>, at start: Int, end: UInt32) -> Operation {
        var at = start
        func next() -> UInt32 {
            defer { at += 1 }
            return words[at]
        }
        func nextDot() -> Dot { Dot(actor: next(), counter: next()) }
        let head = next()
        let counter = next()
        guard let kind = Operation.Kind(rawValue: UInt8(head & OperationBlock.kindMask)) else { preconditionFailure("a row is of a kind") }
        var container = head >> OperationBlock.containerShift
        if container == OperationBlock.farContainer { container = next() }
        var row = Operation(kind: kind, container: container, counter: counter, length: end - counter)
        let isEdge = head & OperationBlock.edgeBit != 0
        switch kind {
        case .insert:
            row.isWide = head & OperationBlock.wideBit != 0
            row.first = nextDot()
            if !isEdge { row.second = head & OperationBlock.sameBit != 0 ? Dot(actor: row.first.actor, counter: next()) : nextDot() }
            row.content = next()
            row.contentLength = head & OperationBlock.lengthBit != 0 ? next() : row.length
        case .delete:
            row.isBackward = head & OperationBlock.backwardBit != 0
            row.first = nextDot()
        case .set: (row.key, row.content) = (next(), next())
        case .remove: row.key = next()
        case .quantity, .max: row.content = next()
        case .move:
            row.first = nextDot()
            if !isEdge { row.second = nextDot() }
            row.element = nextDot()
        case .mark:
            row.sides = UInt8(head >> OperationBlock.sidesShift & 3)
            (row.first, row.second) = (nextDot(), nextDot())
            (row.key, row.content) = (next(), next())
        case .extended: (row.content, row.code) = (next(), next())
        }
        return row
    }

    mutating func append(_ row: Operation) {
        starts.append(UInt16(words.count))
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: OperationBlock.wordsMax) { packed in
            var count = 0
            OperationBlock.pack(row) { word in
                packed[count] = word
                count += 1
            }
            words.append(contentsOf: UnsafeBufferPointer(rebasing: packed[..<count]))
        }
    }

    private static func pack(_ row: Operation, _ put: (UInt32) -> Void) {
        func putDot(_ dot: Dot) {
            put(dot.actor)
            put(dot.counter)
        }
        let isFar = row.container >= OperationBlock.farContainer
        var head = UInt32(row.kind.rawValue) | (isFar ? OperationBlock.farContainer : row.container) << OperationBlock.containerShift
        let hasEdge = row.kind == .insert || row.kind == .move
        if hasEdge, row.second.isNone { head |= OperationBlock.edgeBit }
        if row.kind == .insert, row.second.actor == row.first.actor { head |= OperationBlock.sameBit }
        if row.kind == .delete, row.isBackward { head |= OperationBlock.backwardBit }
        if row.isWide { head |= OperationBlock.wideBit }
        let hasLength = row.kind == .insert && row.contentLength != row.length
        if hasLength { head |= OperationBlock.lengthBit }
        if row.kind == .mark { head |= UInt32(row.sides) << OperationBlock.sidesShift }
        put(head)
        put(row.counter)
        if isFar { put(row.container) }
        switch row.kind {
        case .insert, .move, .mark:
            putDot(row.first)
            if head & OperationBlock.edgeBit != 0 { break }
            if row.kind == .insert, head & OperationBlock.sameBit != 0 { put(row.second.counter) } else { putDot(row.second) }
        case .delete: putDot(row.first)
        case .set, .remove, .quantity, .max, .extended: break
        }
        switch row.kind {
        case .insert:
            put(row.content)
            if hasLength { put(row.contentLength) }
        case .delete: break
        case .set, .mark:
            put(row.key)
            put(row.content)
        case .remove: put(row.key)
        case .quantity, .max: put(row.content)
        case .move: putDot(row.element)
        case .extended:
            put(row.content)
            put(row.code)
        }
    }
}
