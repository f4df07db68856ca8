// Marking text, and reading it with its marks.

/// A mark as it shows.
public struct Mark: Hashable, Sendable {
    public let name: String
    public let value: Value

    package init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}

/// Text of which every scalar has the same marks.
public struct MarkedText: Hashable, Sendable {
    public let text: String
    /// By name, in the order of their UTF-8.
    public let marks: [Mark]

    package init(_ text: String, _ marks: [Mark] = []) {
        self.text = text
        self.marks = marks
    }

    public subscript(name: String) -> Value? { marks.first { $0.name == name }?.value }
}

extension Document {
    /// Which edges of a mark take in what is typed there: bold grows at its end, a link doesn't grow.
    public enum Expand: String, Sendable, CaseIterable {
        case none, before, after, both
        var growsBefore: Bool { self == .before || self == .both }
        var growsAfter: Bool { self == .after || self == .both }
    }

    /// Marks the scalars in `range`. Of marks with one name the last shows, on each scalar; a mark that others may have
    /// beside one's own (a comment) has a name of its own. An empty range marks nothing.
    /// - Parameter value: null takes the mark away, as `unmark` does.
    public mutating func mark(_ range: Range<Int>, _ name: String, _ value: Value = .bool(true), expand: Expand = .after,
                              in text: ContainerID) throws(EditError) {
        let slot = ownSlot(text, .text)
        let count = sequences[slot].count
        guard range.lowerBound >= 0, range.upperBound <= count else { throw .outOfRange(position: range.upperBound, count: count) }
        guard name.utf8.count <= Limits.keyBytesMax else { throw .tooLarge(what: "mark's name", limit: Limits.keyBytesMax) }
        guard !range.isEmpty else { return }
        func element(_ position: Int) -> Dot {
            let place = sequences[slot].place(at: position).place
            return sequences[slot].run(at: place).first.advanced(by: place.offset)
        }
        let start = expand.growsBefore ? (range.lowerBound > 0 ? Anchor(element: element(range.lowerBound - 1), isBehind: true) : Anchor(element: .none))
            : Anchor(element: element(range.lowerBound))
        let end = expand.growsAfter ? Anchor(element: range.upperBound < count ? element(range.upperBound) : .none)
            : Anchor(element: element(range.upperBound - 1), isBehind: true)
        let (dot, lamport) = (nextDot, nextLamport)
        values.append(value)
        let span = MarkSpan(dot: dot, lamport: lamport, name: index(ofKey: name), value: UInt32(values.count - 1), start: start, end: end)
        sequences[slot].marks.add(span)
        record(Operation(kind: .mark, sides: Operation.sides(start, end), container: text.index, counter: dot.counter, first: start.element,
                         second: end.element, key: span.name, content: span.value))
    }

    /// Takes a mark away from the scalars in `range`.
    /// - Parameter expand: as the mark was set: what is typed at the edges stays plain where the mark would have grown.
    public mutating func unmark(_ range: Range<Int>, _ name: String, expand: Expand = .after, in text: ContainerID) throws(EditError) {
        try mark(range, name, .null, expand: expand, in: text)
    }

    /// The visible text in stretches of equal marks, as long as can be.
    /// - Complexity: O(n + m log n + m log m), m the marks that were ever set.
    public func spans(_ text: ContainerID) -> [MarkedText] {
        if let file { return file.document.spans(text) }
        let tree = sequences[slot(text, .text)]
        guard tree.count > 0 else { return [] }
        // Where the value of a name changes: at one place first what ends, then what begins.
        var edges: [(at: Int, name: Int, mark: Mark?)] = []
        let names = Set(tree.marks.spans.map(\.name)).sorted { utf8Precedes(keys[Int($0)], keys[Int($1)]) }
        let positions = tree.marks.spans.map { (tree.position(of: $0.start, isEnd: false), tree.position(of: $0.end, isEnd: true)) }
        let byName = Dictionary(grouping: tree.marks.spans.indices) { tree.marks.spans[$0].name }
        for (index, name) in names.enumerated() {
            for (range, value) in stretches(byName[name] ?? [], of: tree.marks, positions) where value != .null {
                edges.append((range.lowerBound, index, Mark(keys[Int(name)], value)))
                edges.append((range.upperBound, index, nil))
            }
        }
        edges.sort { ($0.at, $0.name, $0.mark == nil ? 0 : 1) < ($1.at, $1.name, $1.mark == nil ? 0 : 1) }
        return MarkedText.cut(tree.visibleBytes, edges)
    }

    /// Along a line: which value the marks of one name come to. Neighbours differ.
    /// - Parameters:
    ///   - spans: indices of the marks.
    ///   - positions: of all marks, where on the line they begin and end.
    func stretches(_ spans: [Int], of marks: Marks, _ positions: [(Int, Int)]) -> [(range: Range<Int>, value: Value)] {
        var joined: [(range: Range<Int>, value: Value)] = []
        let order = lastFirst(spans, of: marks)
        for stretch in MarkStretch.painted(order.map { MarkStretch.range(positions[$0]) }) {
            let value = values[Int(marks.spans[order[stretch.owner]].value)]
            if let last = joined.last, last.range.upperBound == stretch.range.lowerBound, last.value == value {
                joined[joined.count - 1].range = last.range.lowerBound..<stretch.range.upperBound
            } else {
                joined.append((stretch.range, value))
            }
        }
        return joined
    }

    /// Marks by (lamport, actor), the last first.
    func lastFirst(_ spans: [Int], of marks: Marks) -> [Int] {
        spans.sorted {
            let (one, other) = (marks.spans[$0], marks.spans[$1])
            return one.lamport == other.lamport ? precedes(other.dot.actor, one.dot.actor) : one.lamport > other.lamport
        }
    }
}

extension MarkStretch {
    /// A mark whose text is gone, or that ends before it begins, covers nothing.
    static func range(_ ends: (Int, Int)) -> Range<Int> { ends.0..<max(ends.0, ends.1) }
}

extension MarkedText {
    /// - Parameter edges: by position.
    fileprivate static func cut(_ bytes: [UInt8], _ edges: [(at: Int, name: Int, mark: Mark?)]) -> [MarkedText] {
        var result: [MarkedText] = []
        var active: [(name: Int, mark: Mark)] = []
        var (start, end, position) = (0, 0, 0)
        for edge in edges {
            while position < edge.at {
                end += 1
                while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
                position += 1
            }
            if end > start { result.append(MarkedText(String(decoding: bytes[start..<end], as: UTF8.self), active.map(\.mark))) }
            start = end
            active.removeAll { $0.name == edge.name }
            if let mark = edge.mark { active.insert((edge.name, mark), at: active.firstIndex { $0.name > edge.name } ?? active.count) }
        }
        if bytes.count > start { result.append(MarkedText(String(decoding: bytes[start...], as: UTF8.self), active.map(\.mark))) }
        return result
    }
}
