// The laws of merging, tried on a small world by chance: three replicas, a few changes each, met now and then. Merging
// commutes, associates and may be repeated; what is loaded is what was saved; and changes may come one by one or in
// batches, in any order and any number of times. A document's file shows the same before its history is read and after.
// Equal means: the same version, the same bytes, and the same to see.
internal import Bytes
internal import CRDT

package struct BrokenLaw: Error, CustomStringConvertible {
    package let description: String
}

package enum Laws {
    /// - Throws: `BrokenLaw` with the first law that a world of this seed breaks.
    package static func check(_ subject: Subject, seed: UInt64) throws {
        var world = World(subject, SeededGenerator(seed: seed))
        try world.live()
        try world.checkMerging()
        try world.checkDelivery()
        try world.checkFile()
    }

    private struct World {
        let subject: Subject
        var random: SeededGenerator
        var replicas = [Document(), Document(), Document()]
        let actors = (0..<3).map { ActorID(publicKey: [UInt8($0)], incarnation: []) }
        /// Each change by itself, in the order in which they were made.
        var changes: [[UInt8]] = []
        /// What replicas were in between.
        var moments: [Document] = []
        var whole = Document()
        var expected = Summary(Document())

        init(_ subject: Subject, _ random: SeededGenerator) {
            self.subject = subject
            self.random = random
        }

        mutating func live() throws {
            for step in 0..<(6 + random.below(8)) {
                let one = random.below(3)
                if step > 0, random.chance(30) {
                    let other = random.below(3)
                    if one != other { try Laws.merge(replicas[other], into: &replicas[one]) }
                } else {
                    let version = replicas[one].version
                    let (subject, count) = (subject, 1 + random.below(2))
                    try replicas[one].change(by: actors[one], at: UInt64(step) * 40_000) { (document) throws in
                        for _ in 0..<count { try subject.edit(&document, &random) }
                    }
                    // An edit that changes nothing is no change.
                    if replicas[one].version == version { continue }
                    changes.append(replicas[one].encode(since: version))
                    moments.append(replicas[one])
                }
            }
            whole = replicas[0]
            try Laws.merge(replicas[1], into: &whole)
            try Laws.merge(replicas[2], into: &whole)
            whole.checkInvariants()
            expected = Summary(whole)
        }

        func checkMerging() throws {
            func merged(_ one: Document, _ others: Document...) throws -> Document {
                var result = one
                for other in others { try Laws.merge(other, into: &result) }
                return result
            }
            let (a, b, c) = (replicas[0], replicas[1], replicas[2])
            try Laws.expect(merged(a, b), Summary(merged(b, a)), "merging two commutes")
            try Laws.expect(merged(c, merged(b, a)), expected, "merging three commutes")
            try Laws.expect(merged(a, merged(b, c)), expected, "merging associates")
            var again = whole
            for document in replicas + [whole] {
                guard try again.apply(ChangeSet(decoding: document.encode())) == 0 else { throw BrokenLaw(description: "what is known is not taken in again") }
            }
            try Laws.expect(again, expected, "merging again changes nothing")
        }

        mutating func checkDelivery() throws {
            var replayed = Document()
            for change in changes { try replayed.take(change) }
            try Laws.expect(replayed, expected, "replaying every change gives the whole")
            var loaded = Document()
            try loaded.take(whole.encode())
            try Laws.expect(loaded, expected, "what is loaded is what was saved")
            try Laws.expect(deliver(changes.shuffled(using: &random)), expected, "changes may come in any order")
            try Laws.expect(deliver((changes + changes).shuffled(using: &random)), expected, "changes may come twice")
            try Laws.expect(batched(), expected, "changes may come in any batches")
        }

        mutating func checkFile() throws {
            let bytes = whole.save(level: 1, shownFrom: random.chance(80) ? 0 : .max)
            var opened = try Document(opening: bytes, isTrusted: true)
            try Laws.expect(opened, expected, "an opened document is the one that was saved")
            try Laws.expect(Document(opening: bytes, isTrusted: false), expected, "a file from anyone is what was saved")
            // The same edit here and there, the first thing that needs the history.
            opened = try Document(opening: bytes, isTrusted: true)
            var edited = whole
            let (subject, actor) = (subject, actors[random.below(3)])
            var again = random
            try opened.change(by: actor, at: 0) { (document) throws in try subject.edit(&document, &again) }
            try edited.change(by: actor, at: 0) { (document) throws in try subject.edit(&document, &random) }
            try Laws.expect(opened, Summary(edited), "an opened document is edited as the one that was saved")
        }

        /// What is missing something comes again later, as a peer that is told so sends it.
        private func deliver(_ changes: [[UInt8]]) throws -> Document {
            var document = Document()
            var waiting = changes
            while !waiting.isEmpty {
                var missing: [[UInt8]] = []
                for change in waiting {
                    do { try document.take(change) } catch ApplyError.missing { missing.append(change) }
                }
                guard missing.count < waiting.count else { throw BrokenLaw(description: "what was missing came, and was still missing") }
                waiting = missing
            }
            return document
        }

        /// From replicas as they were at any time, each as what one other lacked: overlapping, and with gaps.
        private mutating func batched() throws -> Document {
            var document = Document()
            for _ in 0..<8 {
                guard let from = moments.randomElement(using: &random), let since = (moments + [Document()]).randomElement(using: &random) else { break }
                do { try document.take(from.encode(since: since.version)) } catch ApplyError.missing {}
            }
            document.checkInvariants()
            try Laws.merge(whole, into: &document)
            return document
        }
    }

    static func merge(_ other: Document, into document: inout Document) throws {
        try document.take(other.encode(since: document.version))
    }

    /// What two documents have in common if they are the same.
    struct Summary {
        let version: VersionVector
        let frontier: [OperationID]
        let shows: String
        let body: [UInt8]

        init(_ document: Document) { (version, frontier, shows, body) = (document.version, document.frontier, describe(document), document.encodeBody()) }
    }

    static func expect(_ found: Document, _ expected: Summary, _ law: String) throws {
        let summary = Summary(found)
        guard summary.version == expected.version, summary.frontier == expected.frontier else { throw BrokenLaw(description: "\(law): other changes") }
        guard summary.shows == expected.shows else { throw BrokenLaw(description: "\(law): not\n\(summary.shows)\nbut\n\(expected.shows)") }
        guard summary.body == expected.body else { throw BrokenLaw(description: "\(law): other bytes") }
        found.checkInvariants()
    }
}
