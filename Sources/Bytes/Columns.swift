// Columns: many integers of one meaning, written as runs so that regular data costs next to nothing.
//
// A column is `count of runs`, then for each run a `length` (>= 1) and a value. Three meanings of
// the value: the number itself, its difference to the number before, or a flag that flips.
// Canonical: a run is never followed by one of the same value, so equal columns give equal bytes.
// Protocol/encoding.md section 2.

/// Collects one column of unsigned numbers.
package struct ColumnWriter: Sendable {
    private var runs = ByteWriter()
    private var runCount = 0
    private var value: UInt64 = 0
    private var length: UInt64 = 0

    package init() {}

    package mutating func append(_ next: UInt64, times: UInt64 = 1) {
        if length > 0, next == value {
            length += times
            return
        }
        flush()
        value = next
        length = times
    }

    private mutating func flush() {
        guard length > 0 else { return }
        runs.varint(length)
        runs.varint(value)
        runCount += 1
        length = 0
    }

    /// Writes the column and is done.
    package mutating func finish(into writer: inout ByteWriter) {
        flush()
        writer.varint(runCount)
        writer.raw(runs.bytes)
    }
}

/// Reads one column, number by number.
package struct ColumnReader: Sendable {
    private var reader: ByteReader
    private var runsLeft: Int
    private var length: UInt64 = 0
    private var value: UInt64 = 0
    private var hasRun = false

    package init(_ bytes: [UInt8]) throws(DecodeError) { try self.init(ByteReader(bytes)) }

    package init(_ bytes: ByteReader) throws(DecodeError) {
        reader = bytes
        // A run takes two bytes at least, so no count can promise more than the bytes hold.
        runsLeft = try reader.count(limit: bytes.remaining / 2)
    }

    package mutating func next() throws(DecodeError) -> UInt64 {
        if length == 0 {
            guard runsLeft > 0 else { throw .truncated(at: reader.offset) }
            runsLeft -= 1
            let start = reader.offset
            length = try reader.varint()
            let next = try reader.varint()
            guard length > 0, !hasRun || next != value else { throw .notCanonical(at: start) }
            value = next
            hasRun = true
        }
        length -= 1
        return value
    }

    package mutating func signed() throws(DecodeError) -> Int64 { unzigzag(try next()) }

    /// - Throws: `.trailing` unless the column is used up.
    package func finish() throws(DecodeError) {
        guard length == 0, runsLeft == 0 else { throw .trailing(at: reader.offset) }
        try reader.finish()
    }
}
