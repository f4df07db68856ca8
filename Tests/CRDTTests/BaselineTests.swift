// A document whose history was cut: it shows what it showed, goes on with those who cut theirs and those who haven't
// yet, and nothing that was removed comes back.
import Bytes
import CRDT
import Support
import Testing

@Suite struct BaselineTests {

    /// Three devices that read one log: each cuts its history when it comes to the cut in the log, before anything that
    /// was written by one who had cut.
    private struct World {
        var replicas = (1...3).map { TestReplica(UInt8($0)) }
        var random: SeededGenerator
        var cuts: [VersionVector] = []
        var taken = [0, 0, 0]

        init(_ seed: UInt64) { random = SeededGenerator(seed: seed) }

        mutating func take(_ index: Int, upTo count: Int) throws {
            while taken[index] < count {
                replicas[index].document = try replicas[index].document.cut(at: cuts[taken[index]])
                taken[index] += 1
            }
        }

        mutating func deliver(_ from: Int, to other: Int) throws {
            // Whose last cut is behind the sender's needs the one between first; what the sender lacks of the other's cut it is told as well.
            try take(other, upTo: taken[from])
            try take(from, upTo: taken[other])
            try replicas[other].receive(from: replicas[from])
        }

        mutating func meet() throws {
            for _ in 0..<2 { for from in 0..<3 { for other in 0..<3 where from != other { try deliver(from, to: other) } } }
        }

        /// Edits, with a cut that each comes to in its own time.
        mutating func round() throws {
            cuts.append(replicas[0].document.version)
            for _ in 0..<12 {
                let index = random.below(3)
                if random.chance(25) { try take(index, upTo: cuts.count) }
                try replicas[index].editRandomly(&random)
                if random.chance(40) {
                    let other = random.below(3)
                    if other != index { try deliver(index, to: other) }
                }
            }
            for index in 0..<3 { try take(index, upTo: cuts.count) }
            try meet()
        }
    }

    /// It is held against the same change from elsewhere by its bytes.
    @Test(arguments: 0..<40 as Range<UInt64>) func `a change has one form, whatever of what stood before it was cut away`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (first, second) = (TestReplica(1), TestReplica(2))
        try first.editRandomly(&random)
        try second.receive(from: first)
        try second.editRandomly(&random)
        let version = second.document.version
        try second.editRandomly(&random)
        let (shallow, from) = (try second.document.cut(at: version), version.count(of: second.actor))
        #expect(shallow.encodeBody(of: second.actor, from: from) == second.document.encodeBody(of: second.actor, from: from))
    }

    @Test(arguments: 0..<120 as Range<UInt64>) func `who cut and who hasn't yet come to the same`(_ seed: UInt64) throws {
        var world = World(seed)
        for _ in 0..<6 { try world.replicas[world.random.below(3)].editRandomly(&world.random) }
        try world.meet()
        for _ in 0..<4 {
            try world.round()
            let shown = shownOf(world.replicas[0].document)
            for replica in world.replicas {
                replica.document.checkInvariants()
                #expect(shownOf(replica.document) == shown)
                #expect(replica.document.save() == world.replicas[0].document.save())
                #expect(replica.document.baselineHashes?.baseline == world.replicas[0].document.baselineHashes?.baseline)
            }
            let opened = try Document(opening: world.replicas[0].document.save(), isTrusted: false)
            #expect(shownOf(opened) == shown)
        }
    }

    @Test(arguments: 0..<100 as Range<UInt64>) func `a cut anywhere that all later changes had seen changes nothing that shows`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var replicas = (1...3).map { TestReplica(UInt8($0)) }
        var versions: [VersionVector] = []
        for step in 0..<40 {
            try replicas[random.below(3)].editRandomly(&random)
            if step % 8 == 7 {
                for _ in 0..<2 { for from in 0..<3 { for other in 0..<3 where from != other { try replicas[other].receive(from: replicas[from]) } } }
                versions.append(replicas[0].document.version)
            }
        }
        let document = replicas[0].document
        let shown = shownOf(document)
        for version in versions {
            let cut = try document.cut(at: version)
            cut.checkInvariants()
            #expect(shownOf(cut) == shown)
            #expect(cut.version == document.version && cut.frontier == document.frontier && cut.changeCount == document.changeCount)
            #expect(cut.baseVersion == version)
        }
        // Cut twice, a document has what was cut once at the later place, but for the places of deleted elements.
        if let first = versions.first, let last = versions.last {
            #expect(try shownOf(document.cut(at: first).cut(at: last)) == shown)
        }
    }

    @Test func `what had not seen what was cut away is refused, and so is a cut that others had not seen`() throws {
        var (one, other) = (TestReplica(1), TestReplica(2))
        try one.edit { try $0.insert("both", at: 0, in: $0.container(.text, "text")) }
        try one.exchange(with: &other)
        let known = one.document.version
        try one.edit { try $0.insert("one ", at: 0, in: $0.container(.text, "text")) }
        try other.edit { try $0.insert(" other", at: 4, in: $0.container(.text, "text")) }
        var cut = try one.document.cut(at: one.document.version)
        let before = cut.save()
        #expect(throws: ApplyError.stale(actor: other.actor, counter: 0)) { try cut.apply(ChangeSet(decoding: other.document.encode(since: known))) }
        #expect(cut.save() == before)
        try one.exchange(with: &other)
        #expect(throws: CutError.isConcurrent) { try one.document.cut(at: VersionVector([.init(actor: one.actor, count: 8)])) }
        #expect(throws: CutError.unknownVersion) { try one.document.cut(at: VersionVector([.init(actor: one.actor, count: 99)])) }
        #expect(throws: CutError.isCut) { try one.document.cut(at: one.document.version).cut(at: known) }
    }

    @Test func `cursors stay beside their elements, and what is deleted is dropped by the second cut`() throws {
        var one = TestReplica(1)
        try one.edit { try $0.insert("to be deleted, to stay", at: 0, in: $0.container(.text, "text")) }
        let text = try #require(one.document.existingContainer(.text, "text"))
        let cursor = try one.document.cursor(at: 18, in: text)
        try one.edit { try $0.delete(at: 0, count: 15, in: text) }
        one.document = try one.document.cut(at: one.document.version)
        #expect(one.document.text(text) == "to stay" && one.document.position(of: cursor, in: text) == 3)
        let first = one.document.save()
        one.document = try one.document.cut(at: one.document.version)
        #expect(one.document.text(text) == "to stay" && one.document.position(of: cursor, in: text) == 3)
        #expect(one.document.save().count < first.count)
        try one.edit { try $0.insert("it is ", at: 0, in: text) }
        #expect(one.document.text(text) == "it is to stay" && one.document.position(of: cursor, in: text) == 9)
    }

    @Test func `a file with a baseline is refused with any byte changed, and a stranger's that is written otherwise`() throws {
        var one = TestReplica(1)
        var random = SeededGenerator(seed: 5)
        for _ in 0..<20 { try one.editRandomly(&random) }
        let bytes = try one.document.cut(at: one.document.version).save()
        #expect(try Document(opening: bytes, isTrusted: false).save() == bytes)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            #expect(throws: (any Error).self, "byte \(index)") { try Document(opening: damaged, isTrusted: true) }
        }
    }

    private func shownOf(_ document: Document) -> [String] { ["\(document.version)", "\(document.frontier)", describe(document)] }
}
