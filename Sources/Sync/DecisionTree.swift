// One signature for all that was decided together: over the root of a tree of hashes, as RFC 9162 has them. What each fact brings
// along is its place and the hashes beside its way up, so that it stands alone and a thousand lines cost ten hashes each.
internal import Bytes
internal import CRDT

package struct DecisionPlace: Equatable, Sendable {
    /// How many facts were signed together, and which of them this one is, from 0.
    package let count: Int
    package let index: Int
    /// The hashes beside its way, from the bottom.
    package let beside: [[UInt8]]

    package static let alone = DecisionPlace(count: 1, index: 0, beside: [])

    package init(count: Int, index: Int, beside: [[UInt8]]) { (self.count, self.index, self.beside) = (count, index, beside) }

    /// The root that a hash at this place leads to.
    /// - Returns: nil where there are more or fewer hashes beside the way than there are steps.
    func root(from hash: [UInt8]) -> [UInt8]? {
        var (hash, index, size, next) = (hash, index, count, 0)
        while size > 1 {
            if index % 2 == 1 || index + 1 < size {
                guard next < beside.count else { return nil }
                hash = index % 2 == 1 ? DecisionPlace.node(beside[next], hash) : DecisionPlace.node(hash, beside[next])
                next += 1
            }
            (index, size) = (index / 2, (size + 1) / 2)
        }
        return next == beside.count ? hash : nil
    }

    /// - Parameter hashes: of all facts, in their order; not empty.
    static func all(_ hashes: [[UInt8]]) -> (root: [UInt8], places: [DecisionPlace]) {
        var beside = [[[UInt8]]](repeating: [], count: hashes.count)
        var level = hashes
        var above = Array(hashes.indices)
        while level.count > 1 {
            for (leaf, index) in above.enumerated() {
                let other = index % 2 == 1 ? index - 1 : index + 1
                if other < level.count { beside[leaf].append(level[other]) }
            }
            level = stride(from: 0, to: level.count, by: 2).map { $0 + 1 < level.count ? node(level[$0], level[$0 + 1]) : level[$0] }
            above = above.map { $0 / 2 }
        }
        return (level[0], hashes.indices.map { DecisionPlace(count: hashes.count, index: $0, beside: beside[$0]) })
    }

    private static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { Digest.sha256(Array("baton node".utf8), left, right) }

    init(_ reader: inout ByteReader) throws(DecodeError) {
        let start = reader.offset
        count = try reader.count(limit: SyncLimits.factsOfDecisionMax)
        index = try reader.count(limit: SyncLimits.factsOfDecisionMax)
        guard index < count else { throw .inconsistent(at: start, what: "a fact is one of those that were signed with it") }
        var beside: [[UInt8]] = []
        for _ in 0..<(try reader.count(limit: 32)) { beside.append(try reader.raw(Digest.byteCount)) }
        self.beside = beside
    }

    func write(to writer: inout ByteWriter) {
        writer.varint(count)
        writer.varint(index)
        writer.varint(beside.count)
        for hash in beside { writer.raw(hash) }
    }
}
