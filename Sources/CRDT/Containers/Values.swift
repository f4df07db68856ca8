// The values of a document, in the bytes that they have on the wire: a small structure takes no memory block of its own for
// itself and for each list in it, and is written again without a look inside.
//
// A value that the wire would not give back (too deep, or fields out of order) is kept as it is: to refuse it is not this
// file's to decide.
internal import Bytes

struct Values {
    private var writer = ByteWriter()
    /// Where each value begins.
    private var starts: [UInt32] = []
    private var unusual: [Int: Value] = [:]

    var count: Int { starts.count }

    mutating func append(_ value: Value) {
        precondition(writer.count <= UInt32.max, "all values of a document lie within 4 GiB")
        starts.appendThriftily(UInt32(writer.count))
        if Values.comesBack(value, depth: 0) { writer.value(value) } else { unusual[starts.count - 1] = value }
    }

    /// Appends values in the bytes that they have on the wire, where they were read and checked.
    mutating func append(_ count: Int, at offset: UInt32, of bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        do {
            try reader.skip(Int(offset))
            for _ in 0..<count {
                precondition(writer.count <= UInt32.max, "all values of a document lie within 4 GiB")
                starts.appendThriftily(UInt32(writer.count))
                let start = reader.offset
                try reader.skipValue()
                writer.raw(bytes[start..<reader.offset])
            }
        } catch {
            preconditionFailure("what was checked when it was read is read again: \(error)")
        }
    }

    mutating func append(contentsOf values: ArraySlice<Value>) { for value in values { append(value) } }

    /// - Complexity: O(its bytes).
    subscript(index: Int) -> Value {
        if !unusual.isEmpty, let value = unusual[index] { return value }
        var reader = ByteReader(writer.bytes)
        do {
            try reader.skip(Int(starts[index]))
            return try reader.value()
        } catch {
            preconditionFailure("what was written here is read again: \(error)")
        }
    }

    subscript(range: Range<Int>) -> [Value] { range.map { self[$0] } }

    func write(_ index: Int, into other: inout ByteWriter) {
        if !unusual.isEmpty, let value = unusual[index] { return other.value(value) }
        other.raw(writer.bytes[Int(starts[index])..<(index + 1 < starts.count ? Int(starts[index + 1]) : writer.count)])
    }

    private static func comesBack(_ value: Value, depth: Int) -> Bool {
        guard depth < Limits.valueDepthMax else { return false }
        switch value {
        case .null, .bool, .int, .string, .bytes, .unknown: return true
        case .list(let values): return values.allSatisfy { comesBack($0, depth: depth + 1) }
        case .fields(let fields):
            for index in fields.indices {
                guard fields[index].key.utf8.count <= Limits.keyBytesMax, comesBack(fields[index].value, depth: depth + 1),
                      index == 0 || utf8Precedes(fields[index - 1].key, fields[index].key) else { return false }
            }
            return true
        }
    }
}
