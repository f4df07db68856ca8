// Work that had not seen all of a history that was cut: made again as its author meant it, on what is there now.
import Bytes
import CRDT
import Support
import Testing

@Suite struct RebaseTests {
    /// The hub that cuts, and the actor under which work is made again.
    private let hub = actor(90), fresh = actor(91)
    private let ends = Digest.sha256([])

    /// One and two are together all the time; three is away while they go on and the history is cut.
    private struct World {
        var one = TestReplica(1), two = TestReplica(2), three = TestReplica(3)

        /// Everybody has the same.
        mutating func meet() throws {
            for _ in 0..<2 {
                try one.exchange(with: &two)
                try two.exchange(with: &three)
                try one.exchange(with: &three)
            }
        }
    }

    private func begin(_ body: (inout Document) throws -> Void) throws -> World {
        var world = World()
        try world.one.edit { try body(&$0) }
        try world.meet()
        return world
    }

    /// The history is cut at what one and two have; three makes its work again.
    private func cutAndRebase(_ world: inout World) throws -> Rebased {
        try world.one.exchange(with: &world.two)
        let version = world.one.document.version
        let (cut, payload) = try world.one.document.cut(at: version, ends: ends, by: hub, at: 0)
        world.one.document = cut
        var base = try Document(baseline: #require(cut.baselineSections))
        try base.apply(ChangeSet(decoding: payload))
        let rebased = try world.three.document.rebased(on: base, isOwn: { [three = world.three.actor] in $0 == three }, fresh: { _ in fresh })
        rebased.document.checkInvariants()
        // What was made again is changes like any other.
        try world.one.document.apply(ChangeSet(decoding: rebased.document.encode(since: world.one.document.version)))
        world.one.document.checkInvariants()
        #expect(describe(world.one.document) == describe(rebased.document))
        let isSame = world.one.document.save() == rebased.document.save()
        #expect(isSame)
        return rebased
    }

    @Test func `text goes where its neighbours still are, and none is doubled or lost`() throws {
        var world = try begin { try $0.insert("one two three", at: 0, in: $0.container(.text, "text")) }
        let text = try #require(world.one.document.existingContainer(.text, "text"))
        try world.three.edit { try $0.insert(" and a half", at: 7, in: text) }
        try world.three.edit { try $0.insert("!", at: $0.count(text), in: text) }
        try world.three.edit { try $0.delete(at: 0, count: 4, in: text) }
        try world.one.edit { try $0.delete(at: 3, count: 4, in: text) }
        try world.two.edit { try $0.insert("zero ", at: 0, in: text) }
        let rebased = try cutAndRebase(&world)
        #expect(world.one.document.text(text) == "zero  and a half three!")
        #expect(rebased.lost.isEmpty && rebased.fresh == fresh)
        #expect(rebased.stale.map(\.actor) == [world.three.actor] && rebased.stale.map(\.from) == [0])
    }

    @Test func `nothing is made again twice, and what was sent in time stays as it was`() throws {
        var world = try begin { try $0.insert("a", at: 0, in: $0.container(.text, "text")) }
        let text = try #require(world.one.document.existingContainer(.text, "text"))
        try world.three.edit { try $0.insert("b", at: 1, in: text) }
        try world.meet()
        let rebased = try cutAndRebase(&world)
        #expect(rebased.fresh == nil && rebased.stale.isEmpty)
        #expect(world.one.document.text(text) == "ab")
    }

    @Test func `a value that somebody set unseen stands, and the other is kept to be looked at`() throws {
        var world = try begin { document in
            document.set("language", to: .string("de"))
            document.set("size", to: .int(40))
            document.setFlag(true, in: document.container(.flag, "marketing"))
            document.setFlag(true, in: document.container(.flag, "profiling"))
        }
        world.three.edit { document in
            document.set("language", to: .string("fr"))
            document.set("size", to: .int(42))
            document.set("theme", to: .string("dark"))
            document.remove("language")
            document.setFlag(false, in: document.container(.flag, "marketing"))
            document.raise(to: 7, in: document.container(.max, "read"))
        }
        world.two.edit { document in
            document.set("language", to: .string("es"))
            document.setFlag(true, in: document.container(.flag, "marketing"))
            document.raise(to: 5, in: document.container(.max, "read"))
        }
        let rebased = try cutAndRebase(&world)
        let document = world.one.document
        #expect(document.value("language") == .string("es"))
        #expect(document.value("size") == .int(42) && document.value("theme") == .string("dark"))
        // Withdrawing wins, as it does without a cut.
        #expect(document.existingContainer(.flag, "marketing").map { document.flag($0) } == false)
        #expect(document.existingContainer(.flag, "profiling").map { document.flag($0) } == true)
        #expect(document.existingContainer(.max, "read").flatMap { document.maximum($0) } == 7)
        #expect(rebased.lost.map(\.path) == ["language"] && rebased.lost.map(\.value) == [.string("fr")])
    }

    @Test func `quantities are stepped as they were: what was removed stays removed, what was added is added once`() throws {
        var world = try begin { document in
            try document.edit(.set(3), in: document.container(.quantity, "shoes"))
            try document.edit(.more(2), in: document.container(.quantity, "socks"))
            try document.edit(.set(4), in: document.container(.quantity, "coffee"))
        }
        try world.three.edit { try $0.edit(.more(1), in: $0.container(.quantity, "shoes")) }
        try world.three.edit { try $0.edit(.more(2), in: $0.container(.quantity, "socks")) }
        try world.three.edit { try $0.edit(.less(3), in: $0.container(.quantity, "socks")) }
        try world.three.edit { try $0.edit(.remove, in: $0.container(.quantity, "coffee")) }
        try world.three.edit { try $0.edit(.set(9), in: $0.container(.quantity, "tea")) }
        try world.three.edit { try $0.edit(.less(2), in: $0.container(.quantity, "tea")) }
        try world.two.edit { try $0.edit(.remove, in: $0.container(.quantity, "shoes")) }
        try world.two.edit { try $0.edit(.more(5), in: $0.container(.quantity, "coffee")) }
        // What a merge without a cut comes to is what it must come to with one.
        var merged = world.one
        try merged.receive(from: world.two)
        try merged.receive(from: world.three)
        _ = try cutAndRebase(&world)
        for name in ["shoes", "socks", "coffee", "tea"] {
            let quantity = try #require(world.one.document.existingContainer(.quantity, name))
            let expected = merged.document.existingContainer(.quantity, name).map { merged.document.quantity($0) }
            #expect(world.one.document.quantity(quantity) == expected, "\(name)")
        }
    }

    @Test func `lists, moves and marks are made again on what still shows`() throws {
        var world = try begin { document in
            let list = document.container(.list, "list")
            for (index, name) in ["a", "b", "c", "d"].enumerated() { try document.insert(.string(name), at: index, in: list) }
            try document.insert("plain text", at: 0, in: document.container(.text, "text"))
        }
        let list = try #require(world.one.document.existingContainer(.list, "list")), text = try #require(world.one.document.existingContainer(.text, "text"))
        try world.three.edit { try $0.move(at: 3, to: 0, in: list) }
        try world.three.edit { try $0.insert(.string("e"), at: 1, in: list) }
        try world.three.edit { try $0.move(at: 2, to: 4, in: list) }
        try world.three.edit { try $0.mark(0..<5, "bold", in: text) }
        try world.one.edit { try $0.delete(at: 2, count: 1, in: list) }
        try world.one.edit { try $0.delete(at: 0, count: 2, in: text) }
        let rebased = try cutAndRebase(&world)
        #expect(world.one.document.list(list) == ["d", "e", "b", "a"].map(Value.string))
        #expect(world.one.document.spans(text) == [MarkedText("ain", [Mark("bold", .bool(true))]), MarkedText(" text")])
        #expect(rebased.lost.isEmpty)
    }

    @Test func `what others made and nobody has seen is left to them`() throws {
        var world = try begin { try $0.insert("a", at: 0, in: $0.container(.text, "text")) }
        let text = try #require(world.one.document.existingContainer(.text, "text"))
        var four = TestReplica(4)
        try four.receive(from: world.three)
        try four.edit { try $0.insert("four", at: 1, in: text) }
        try world.three.receive(from: four)
        try world.three.edit { try $0.insert("three", at: 0, in: text) }
        try world.one.edit { try $0.insert("one", at: 0, in: text) }
        let rebased = try cutAndRebase(&world)
        #expect(rebased.stale.map(\.actor).sorted() == [world.three.actor, four.actor].sorted())
        #expect(rebased.stale.filter(\.isOwn).map(\.actor) == [world.three.actor])
        #expect(world.one.document.text(text).contains("three") && !world.one.document.text(text).contains("four"))
    }

    @Test(arguments: 0..<150 as Range<UInt64>) func `any work is made again, on any state, once or twice cut`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var world = try begin { document in for _ in 0..<6 { try editRandomly(&document, &random) } }
        if random.chance(50) {
            // Cut once before, by all.
            let version = world.one.document.version
            world.one.document = try world.one.document.cut(at: version)
            world.two.document = try world.two.document.cut(at: version)
            world.three.document = try world.three.document.cut(at: version)
        }
        for _ in 0..<random.below(12) { try world.three.editRandomly(&random) }
        for _ in 0..<random.below(12) {
            try world.one.editRandomly(&random)
            try world.two.editRandomly(&random)
            if random.chance(30) { try world.one.exchange(with: &world.two) }
        }
        let count = world.three.document.changeCount
        let rebased = try cutAndRebase(&world)
        // Nothing to make again, or somebody under whom it is.
        #expect(rebased.stale.isEmpty == (rebased.fresh == nil) && world.three.document.changeCount == count)
    }

    @Test func `a signed cut is read as it was written, and one whose block says something else is refused`() throws {
        let key = try #require(DeviceKey(seed: Array(repeating: 7, count: 32)))
        let id = try #require(SpaceID("person:ana").flatMap { DocumentID($0, "draft/1") })
        var one = TestReplica(1)
        try one.edit { try $0.insert("history", at: 0, in: $0.container(.text, "text")) }
        let ends = [SignedCut.ChainEnd(actor: one.actor, count: 7, hash: Digest.sha256([1]))]
        let record = ActorRecord(publicKey: key.publicKey, nonce: Array(repeating: 1, count: 16), name: "hub", kind: "hub")
        let (cut, payload) = try one.document.cut(at: one.document.version, ends: Digest.sha256(SignedCut.bytes(of: ends)), by: record.actor, at: 5)
        let block = Block(document: id, actor: record.actor, first: 0, count: 1, previous: Digest.none, payload: payload, key: key)
        let signed = SignedCut(block: block, ends: ends, baseline: try #require(cut.baselineSections))
        #expect(try SignedCut(decoding: signed.bytes) == signed)
        let document = try signed.document()
        #expect(document.isShallow && document.save() == cut.save())
        let other = SignedCut(block: block, ends: [SignedCut.ChainEnd(actor: one.actor, count: 7, hash: Digest.sha256([2]))], baseline: signed.baseline)
        #expect(throws: DecodeError.self) { try other.document() }
        for index in stride(from: 0, to: signed.bytes.count, by: 7) {
            var damaged = signed.bytes
            damaged[index] ^= 0x10
            // Whatever byte it is: not read, or not what the block says, or the block's signature is void.
            let isGood = (try? SignedCut(decoding: damaged)).map { (try? $0.document()) != nil && $0.block.isSigned(by: record) } ?? false
            #expect(!isGood, "byte \(index)")
        }
    }
}
