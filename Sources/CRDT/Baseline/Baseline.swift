// What stands in the place of history that was cut: the state it had come to, and a hash of it.
//
//     history ─────────────┬──────────► history since          a document with all of its history
//     baseline {state, F} ─┴──────────► history since          the same document, cut at the frontier F
//
// A change is taken in after a cut only if it has seen all of F. So nothing of the cut part is ever asked for again
// but its names: elements are places for later ones, values are replaced by who saw them. The state keeps the names of
// all that shows. Deleted elements stay as places for one cut more, for someone who had not heard of it may still have
// named one; from then on nobody's edit names them (they fade), and the next cut drops them.

internal import Bytes

final class Baseline: Sendable {
    /// The state and its texts, as the sections of a file.
    let sections: [UInt8]
    /// Of the two: what a hub signs, and replicas compare.
    let hash: [UInt8]
    /// Of the history that it stands for: its encoding, after the hash of the baseline before where there was one.
    let historyHash: [UInt8]
    /// The last operations at the cut.
    let heads: [Dot]
    /// How many changes were cut away, in all.
    let changeCount: Int
    /// Of values that were set concurrently: their places in the order of last writers.
    let lamports: [Dot: UInt64]
    /// What newer versions did before the cut, by actor and counter.
    let extensions: [KeptExtension]

    init(body: [UInt8], texts: [UInt8], historyHash: [UInt8], heads: [Dot], changeCount: Int, lamports: [Dot: UInt64], extensions: [KeptExtension] = []) {
        (self.historyHash, self.heads, self.changeCount, self.lamports, self.extensions) = (historyHash, heads, changeCount, lamports, extensions)
        hash = Digest.sha256(body, texts)
        var writer = ByteWriter()
        FileFormat.write(.baseline, body, level: Limits.baselineDeflateLevel, into: &writer)
        FileFormat.write(.baselineText, texts, level: Limits.baselineDeflateLevel, into: &writer)
        sections = writer.bytes
    }
}

extension Document {
    /// Whether the beginning of its history was cut away.
    public var isShallow: Bool { baseVersion != nil }

    /// Up to where its history was cut away; nil where all of it is here.
    public var baseVersion: VersionVector? {
        if let file { return file.document.baseVersion }
        guard opened.baseline != nil else { return nil }
        return VersionVector(zip(actors, opened.lanes).map { VersionVector.Entry(actor: $0, count: $1.start) })
    }

    /// How many changes were cut away.
    public var cutChangeCount: Int {
        if let file { return file.document.cutChangeCount }
        return opened.baseline?.changeCount ?? 0
    }

    /// How many operations of an actor were cut away.
    package func baseCount(of actor: ActorID) -> UInt32 {
        if let file { return file.document.baseCount(of: actor) }
        return actorIndex[actor].map { opened.lanes[Int($0)].start } ?? 0
    }

    /// The hash of its baseline and of the history that it stands for; nil where all of it is here.
    package var baselineHashes: (baseline: [UInt8], history: [UInt8])? {
        if let file { return file.document.baselineHashes }
        return opened.baseline.map { ($0.hash, $0.historyHash) }
    }

    /// Whether an operation was cut away.
    package func isCut(_ id: OperationID) -> Bool { id.counter < baseCount(of: id.actor) }

    /// The same by the document's own names.
    func isCut(_ dot: Dot) -> Bool { dot.counter < opened.lanes[Int(dot.actor)].start }
}
