// The format of a batch of changes: Protocol/encoding.md section 3 says the same in words.
//
//     format 1 · stored form · tables (actors, containers, keys) · columns · blobs
//
// Written by `Document.encode`, read by `ChangeSet.init(decoding:)`. Canonical before it is deflated:
// tables are sorted, rows are as long as they can be, and so equal changes give equal bytes.
package import Bytes

package enum ChangeFormat {
    package static let version: UInt8 = 1
    /// One change of one row: `SmallChange`.
    package static let small: UInt8 = 2
    /// The body follows as it is.
    package static let plain: UInt8 = 0
    /// The body's length follows, then its raw deflate.
    package static let deflated: UInt8 = 1
    /// Below this deflate gains nothing.
    package static let deflateMin = 96

    /// The columns, in the order in which they stand.
    enum Column: Int, CaseIterable {
        case spanLength, spanTime, spanDependencies, dependencyActor, dependencyCounter
        case strideLength, strideCount
        case kind, container, length
        case leftActor, leftDelta, rightActor, rightDelta
        case target, targetDelta, key
    }

    // How the right origin of an insertion is told: cheapest first.
    static let rightNone: UInt64 = 0
    /// The element after the left origin in its own row: inserting inside of a run.
    static let rightFollowsLeft: UInt64 = 1
    /// The same as the insertion before in this lane.
    static let rightAsBefore: UInt64 = 2
    /// This and above: the index of its actor, and a delta.
    static let rightExplicit: UInt64 = 3

    static let backwardFlag: UInt64 = 8
    static let wideFlag: UInt64 = 16
    /// All codes of known kinds with their flags are below.
    static let knownCodesEnd: UInt64 = 32

    /// - Returns: the body in its stored form.
    package static func store(_ body: [UInt8], level: Int32) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(version)
        let small = body.count >= deflateMin ? Deflate.compress(body, level: level) : body
        if small.count + 4 < body.count {
            writer.byte(deflated)
            writer.varint(body.count)
            writer.raw(small)
        } else {
            writer.byte(plain)
            writer.raw(body)
        }
        return writer.bytes
    }

    package static func body(of bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
        var reader = try reader(of: bytes)
        return try reader.raw(reader.remaining)
    }

    /// What a stored form says that it inflates to, at least.
    package static func inflatedCount(of bytes: [UInt8]) -> Int {
        var reader = ByteReader(bytes)
        guard let form = try? (reader.byte(), reader.byte()), form == (version, deflated), let count = try? reader.varint() else { return bytes.count }
        return Int(clamping: count)
    }

    /// Reads the body, where it lies if it is stored as it is.
    static func reader(of bytes: [UInt8]) throws(DecodeError) -> ByteReader {
        var reader = ByteReader(bytes)
        let found = try reader.byte()
        guard found == version else { throw .unknownTag(at: 0, tag: UInt64(found)) }
        switch try reader.byte() {
        case plain: return reader
        case deflated:
            let count = try reader.count(limit: Limits.batchBytesMax)
            return ByteReader(try Deflate.decompress(reader.raw(reader.remaining), count: count))
        case let tag: throw .unknownTag(at: 1, tag: UInt64(tag))
        }
    }
}

/// Where the last operations of a lane were, so that the next is told as a small step from there.
struct Neighbourhood {
    /// Of the first actors, and of the others where there are any: most changes name few.
    private var few = InlineArray<4, UInt32>(repeating: 0)
    private var more: [UInt32]
    /// Of the others, where it isn't 0.
    private var visited: [UInt32] = []

    init(actors: Int) { more = actors > 4 ? Array(repeating: 0, count: actors - 4) : [] }

    /// Begins anew for another lane, in the time that the last one took: with many actors, not in theirs.
    mutating func reset() {
        few = InlineArray(repeating: 0)
        if visited.isEmpty { return }
        for actor in visited { more[Int(actor) - 4] = 0 }
        visited.removeAll(keepingCapacity: true)
    }

    private func last(_ actor: UInt32) -> Int64 { Int64(actor < 4 ? few[Int(actor)] : more[Int(actor) - 4]) }

    func delta(to dot: Dot) -> Int64 { Int64(dot.counter) - last(dot.actor) }
    func counter(_ actor: UInt32, _ delta: Int64) -> Int64 { last(actor) &+ delta }
    mutating func visit(_ dot: Dot) {
        if dot.actor < 4 {
            few[Int(dot.actor)] = dot.counter
        } else {
            if more[Int(dot.actor) - 4] == 0, dot.counter > 0 { visited.append(dot.actor) }
            more[Int(dot.actor) - 4] = dot.counter
        }
    }
}
