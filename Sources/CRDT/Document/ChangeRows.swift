// The rows of one actor in a change set: few as they are, which is fastest, many packed, which takes less room than the
// bytes that they were read from allow.

struct ChangeRows: RandomAccessCollection {
    /// Rows of a whole set that are kept as they are: they take three quarters of the mebibyte that decoding may take
    /// whatever the bytes are.
    static let plainMax = 16_384

    private(set) var plain: [Operation] = []
    private var packed: OperationRows?

    init(reserving count: Int, isPacked: Bool) {
        if isPacked { packed = OperationRows(reserving: count) } else { plain.reserveCapacity(count) }
    }

    init(_ rows: [Operation]) { plain = rows }

    var startIndex: Int { 0 }
    var endIndex: Int { packed?.count ?? plain.count }
    var isPacked: Bool { packed != nil }

    subscript(index: Int) -> Operation { packed?[index] ?? plain[index] }

    mutating func append(_ row: Operation) { if packed == nil { plain.append(row) } else { packed?.append(row) } }

    /// Changes rows that aren't packed where they are.
    mutating func changePlain(_ change: (inout Operation) -> Void) { for index in plain.indices { change(&plain[index]) } }

    /// The last row that begins at a counter or before it.
    func index(of counter: UInt32) -> Int? {
        if let packed { return packed.index(of: counter) }
        return plain.withUnsafeBufferPointer { rows in
            guard let first = rows.first, let last = rows.last, first.counter <= counter else { return nil }
            return Lane.lastIndex(of: rows.count, from: first.counter, to: last.end, counter) { rows[$0].counter }
        }
    }
}
