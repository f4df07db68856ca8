// A cut as it goes from one place to another: the hub's block that says it, and what stands in the place of the history.
//
//     the hub's block        names the hashes of the baseline and of the chains' ends; what it builds on is the cut's version
//     the ends of chains     for each actor the last block before the cut: its next one follows that
//     the baseline           as sections of a file
//
// The block is a change like any other: whoever lacks it can't take in what was made after it, so nobody applies
// to an uncut history what was made on a cut one. Protocol/compaction.md section 4.
package import Bytes

package struct SignedCut: Equatable, Sendable {
    /// The last block of an actor before the cut.
    package struct ChainEnd: Equatable, Sendable {
        package let actor: ActorID
        package let count: UInt32
        package let hash: [UInt8]

        package init(actor: ActorID, count: UInt32, hash: [UInt8]) { (self.actor, self.count, self.hash) = (actor, count, hash) }
    }

    /// The map that says it, and its key there.
    package static let container = "cuts"
    static let key = "last"

    package let block: Block
    /// By ascending actor.
    package let ends: [ChainEnd]
    /// The sections of a shallow file that hold the baseline.
    package let baseline: [UInt8]

    package init(block: Block, ends: [ChainEnd], baseline: [UInt8]) { (self.block, self.ends, self.baseline) = (block, ends, baseline) }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        block = try Block(decoding: reader.blob(limit: Limits.blockBytesMax))
        ends = try SignedCut.readEnds(&reader)
        baseline = try reader.blob(limit: Limits.baselineBytesMax)
        try reader.finish()
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.blob(block.bytes)
        writer.raw(SignedCut.bytes(of: ends))
        writer.blob(baseline)
        return writer.bytes
    }

    package static func bytes(of ends: [ChainEnd]) -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(ends.count)
        for end in ends {
            writer.raw(end.actor.bytes)
            writer.varint(UInt64(end.count))
            writer.raw(end.hash)
        }
        return writer.bytes
    }

    package static func readEnds(_ reader: inout ByteReader) throws(DecodeError) -> [ChainEnd] {
        var ends: [ChainEnd] = []
        for _ in 0..<(try reader.count(limit: min(Limits.actorsMax, reader.remaining / 49))) {
            let start = reader.offset
            let actor = try ActorID(&reader)
            if let last = ends.last, last.actor >= actor { throw .notCanonical(at: start) }
            ends.append(ChainEnd(actor: actor, count: UInt32(try reader.count(limit: Limits.counterMax)), hash: try reader.raw(Digest.byteCount)))
        }
        return ends
    }

    /// Whether it stands for all that was cut away of a document, but for what some actors did.
    package func covers(_ document: Document, but isLeftOut: (ActorID) -> Bool) -> Bool {
        (document.baseVersion?.entries ?? []).allSatisfy { entry in
            isLeftOut(entry.actor) || ends.contains { $0.actor == entry.actor && $0.count >= entry.count }
        }
    }

    /// The document at the cut with the hub's change on it, for whoever lacks the history.
    /// - Throws: `DecodeError`, `ApplyError`: it isn't what the block says.
    package func document() throws -> Document {
        var document = try Document(baseline: baseline)
        guard let told = block.cut, document.baselineHashes?.baseline == told.baseline, Digest.sha256(SignedCut.bytes(of: ends)) == told.ends,
              document.version == VersionVector(ends.map { VersionVector.Entry(actor: $0.actor, count: $0.count) }) else {
            throw DecodeError.inconsistent(at: 0, what: "a baseline is the one that the block of the cut names")
        }
        try document.apply(block.open())
        return document
    }
}

extension Block {
    /// What a block says of a cut: the hash of the baseline, and that of the ends of chains; nil where it says nothing of one.
    package var cut: (baseline: [UInt8], ends: [UInt8])? {
        guard let set = try? open() else { return nil }
        for row in set.work.flatMap(\.rows) where row.kind == .set {
            let place = set.containers[Int(row.container)]
            guard place.parent < 0, place.kind == .map, place.name == SignedCut.container, set.keys[Int(row.key)] == SignedCut.key,
                  case .bytes(let told) = set.value(at: row.content), told.count == 2 * Digest.byteCount else { continue }
            return (Array(told.prefix(Digest.byteCount)), Array(told.suffix(Digest.byteCount)))
        }
        return nil
    }
}

extension Document {
    /// A shallow document from its baseline alone.
    /// - Throws: `DecodeError`.
    package init(baseline sections: [UInt8]) throws {
        self = try Document(opening: [FileFormat.version] + Document.emptyHistory + sections, isTrusted: false)
    }

    /// Its baseline as the sections of a file; nil where all of its history is here.
    package var baselineSections: [UInt8]? {
        if let file { return file.document.baselineSections }
        return opened.baseline?.sections
    }

    /// This document cut at a version, and the change that says so: made on that version and nothing since, so that
    /// whoever has it has all that was cut.
    /// - Parameters:
    ///   - ends: the hash of the ends of the chains there.
    ///   - actor: the hub's. Of what it did before nothing may be newer than the version.
    /// - Throws: `CutError`, and nothing is cut.
    package func cut(at version: VersionVector, ends: [UInt8], by actor: ActorID, at time: UInt64) throws -> (document: Document, payload: [UInt8]) {
        guard operationCount(of: actor) == version.count(of: actor) else { throw CutError.isConcurrent }
        var cut = try cut(at: version)
        guard let hashes = cut.baselineHashes else { preconditionFailure("what was cut has a baseline") }
        var past = try cut.replayed(to: version)
        past.change(by: actor, at: time) { $0.set(SignedCut.key, to: .bytes(hashes.baseline + ends), in: $0.container(.map, SignedCut.container)) }
        let payload = past.encode(of: actor, from: version.count(of: actor))
        try cut.apply(ChangeSet(decoding: payload))
        return (cut, payload)
    }
}
