// What both ends compare once a device has caught up: one number over whose changes of which documents are there. Equal
// numbers and no fork mean equal documents.
//
// A sum of hashes (AdHash: Bellare and Micciancio, "A new paradigm for collision-free hashing", 1997), so that a document that
// changed costs itself, and not all that there are. Whoever could make two sets of documents with one sum would only
// miss what is theirs: each block is in a chain of hashes, and signed.
package import CRDT
internal import Bytes

package struct Heads: Equatable, Sendable {
    /// From the lowest.
    private var limbs: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Of no document.
    package init() {}

    /// Of one document.
    /// - Parameter lanes: by ascending actor.
    package init(_ id: DocumentID, _ lanes: [(actor: ActorID, count: UInt32)]) {
        let known = lanes.filter { $0.count > 0 }
        guard !known.isEmpty else { return }
        var writer = ByteWriter()
        id.write(to: &writer)
        writer.varint(known.count)
        for (actor, count) in known {
            writer.raw(actor.bytes)
            writer.varint(UInt64(count))
        }
        let hash = Digest.sha256(writer.bytes)
        func limb(_ index: Int) -> UInt64 { DocumentKeys.number(hash[(24 - 8 * index)..<(32 - 8 * index)]) }
        limbs = (limb(0), limb(1), limb(2), limb(3))
    }

    /// Thirty-two bytes, big-endian.
    package var bytes: [UInt8] { [limbs.3, limbs.2, limbs.1, limbs.0].flatMap { DocumentKeys.number($0) } }

    package static func == (left: Heads, right: Heads) -> Bool { left.limbs == right.limbs }

    /// Modulo 2^256.
    package static func += (left: inout Heads, right: Heads) { left.add(right.limbs, carry: false) }

    /// What was added is taken out: its complement, and one, are added.
    package static func -= (left: inout Heads, right: Heads) { left.add((~right.limbs.0, ~right.limbs.1, ~right.limbs.2, ~right.limbs.3), carry: true) }

    private mutating func add(_ other: (UInt64, UInt64, UInt64, UInt64), carry first: Bool) {
        var carry = first
        func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
            let (sum, isOver) = one.addingReportingOverflow(other)
            let (result, isOverByCarry) = sum.addingReportingOverflow(carry ? 1 : 0)
            carry = isOver || isOverByCarry
            return result
        }
        limbs = (sum(limbs.0, other.0), sum(limbs.1, other.1), sum(limbs.2, other.2), sum(limbs.3, other.3))
    }
}
