// What a newer version writes and this one doesn't know: it comes through whatever this one does, byte for byte, and the newer
// version finds in it what it meant.
import Bytes
@testable import CRDT
import Support
import Testing

@Suite struct ExtensionTests {
    // MARK: Byte for byte

    @Test(arguments: 0..<80 as Range<UInt64>)
    func `what came from a newer version goes on as it came, after loads, edits, merges and saves`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (newer, older, third) = (TestReplica(1), TestReplica(2), TestReplica(3))
        /// What the newer version sealed, each from one count to the next.
        var sealed: [(from: UInt32, to: UInt32, bytes: [UInt8])] = []
        for _ in 0..<12 {
            let from = newer.document.operationCount(of: newer.actor)
            for _ in 0...random.below(2) { try newer.edit { try (random.chance(60) ? Subject.unknown : .everything).edit(&$0, &random) } }
            let to = newer.document.operationCount(of: newer.actor)
            if to > from { sealed.append((from, to, newer.document.encodeBody(of: newer.actor, from: from))) }
            try older.receive(from: newer)
            switch random.below(5) {
            case 0: try older.editRandomly(&random)
            case 1: older.document = try Document(opening: older.document.save(level: 1, shownFrom: 0), isTrusted: true)
            case 2: older.document = try Document(opening: older.document.save(level: 1, shownFrom: .max), isTrusted: false)
            case 3:
                try third.editRandomly(&random)
                try older.exchange(with: &third)
            default: try newer.receive(from: older)
            }
            older.document.checkInvariants()
        }
        for block in sealed { #expect(older.document.encodeBody(of: newer.actor, from: block.from, to: block.to) == block.bytes) }
        try newer.exchange(with: &older)
        #expect(older.document.encodeBody() == newer.document.encodeBody())
        let extensions = newer.document.extensions()
        #expect(try Document(opening: older.document.save(shownFrom: 0), isTrusted: true).extensions() == extensions)
        // Cut once and once more, each is there as it was.
        let cut = try older.document.cut(at: older.document.version)
        #expect(cut.extensions() == extensions)
        older.document = cut
        try older.edit { try Subject.unknown.edit(&$0, &random) }
        let since = older.document.extensions()
        #expect(since.filter { $0.id.actor != older.actor } == extensions.filter { $0.id.actor != older.actor })
        older.document = try older.document.cut(at: older.document.version)
        #expect(older.document.extensions() == since)
        #expect(try Document(opening: older.document.save(), isTrusted: false).extensions() == since)
        older.document.checkInvariants()
    }

    // MARK: What a newer version finds

    /// What only the newer version knows: a register of many values in a container of a kind of its own, 64 its writes. Those
    /// show that no other had seen, as the number of its first byte.
    private func registers(_ document: Document) -> [[UInt8]] {
        let writes = document.extensions().filter { $0.code == 64 && $0.kind == .unknown(70) && $0.path == ["choice"] }
        return writes.filter { one in !writes.contains { $0.hasSeen(one) } }.map(\.payload).sorted { $0.lexicographicallyPrecedes($1) }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a newer version finds in what an older one kept what it finds in its own`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (ana, bob, older) = (TestReplica(1), TestReplica(2), TestReplica(3))
        for step in 0..<16 {
            let choose: (inout Document) -> Void = { $0.extend(64, [UInt8(step)], at: ["choice"], .unknown(70)) }
            if random.chance(50) { ana.edit(choose) } else { bob.edit(choose) }
            // They hear of each other only through a device that knows nothing of it.
            if random.chance(40) {
                try older.exchange(with: &ana)
                if random.chance(50) { try older.edit { try $0.insert("x", at: 0, in: $0.container(.text, "text")) } }
                if random.chance(50) { older.document = try Document(opening: older.document.save(shownFrom: 0), isTrusted: true) }
            }
            if random.chance(40) { try older.exchange(with: &bob) }
        }
        try older.exchange(with: &ana)
        try older.exchange(with: &bob)
        try older.exchange(with: &ana)
        let shown = registers(ana.document)
        #expect(!shown.isEmpty && registers(bob.document) == shown && registers(older.document) == shown)
        #expect(try registers(Document(opening: older.document.save(shownFrom: 0), isTrusted: true)) == shown)
        var cut = older
        cut.document = try older.document.cut(at: older.document.version)
        #expect(registers(cut.document) == shown)
        cut.edit { $0.extend(64, [99], at: ["choice"], .unknown(70)) }
        #expect(registers(cut.document) == [[99]], "what is written after a cut has seen all before it")
        cut.document = try cut.document.cut(at: cut.document.version)
        #expect(registers(cut.document) == [[99]])
    }

    @Test func `a file says which numbers its shown part doesn't account for`() throws {
        var one = TestReplica(1)
        one.edit { document in
            document.extend(300, [1], at: ["text"], .text)
            document.extend(64, [], at: [])
            document.extend(300, [2], at: [])
        }
        #expect(try FileSections.bodies(one.document.save(shownFrom: 0))["64"] == [2, 64, 0xAC, 2])
        // Where there is nothing but the history, nothing is left open.
        #expect(try FileSections.bodies(one.document.save(shownFrom: .max)).keys.sorted() == ["4"])
    }

    // MARK: Beside what is known

    @Test func `what isn't known changes nothing that shows, and stays when the rest is undone`() throws {
        var (one, other) = (TestReplica(1), TestReplica(2))
        try one.edit { document in
            try document.insert("Hello", at: 0, in: document.container(.text, "text"))
            document.extend(64, [1, 2, 3], at: ["text"], .text)
            try document.insert("!", at: 5, in: document.container(.text, "text"))
            try document.edit(.set(2), in: document.container(.quantity, "quantity"))
            document.extend(65, [], at: ["quantity"], .quantity)
            document.extend(65, [9], at: [])
            document.extend(66, [9], at: ["tree"], .unknown(80))
        }
        let text = try #require(one.document.existingContainer(.text, "text"))
        #expect(one.document.text(text) == "Hello!" && one.document.blame(text).map(\.text) == ["Hello!"])
        #expect(one.document.unknownContainers().map(\.name) == ["tree"] && one.document.unknownContainers().map(\.kind) == [.unknown(80)])
        let summary = try #require(one.document.changeSummaries().first?.summary)
        #expect(summary == "text +5, did what only a newer version knows (64) in text, text +1, quantity = 2, did what only a newer version knows (65) in quantity, did what only a newer version knows (65), did what only a newer version knows (66) in tree")
        let quantity = try #require(one.document.existingContainer(.quantity, "quantity"))
        #expect(one.document.writes(to: quantity, key: nil).map(\.what) == ["= 2", "did what only a newer version knows (65)"])
        let tree = try #require(one.document.existingContainer(.unknown(80), "tree"))
        #expect(one.document.writes(to: tree, key: nil).map(\.what) == ["did what only a newer version knows (66)"])
        #expect(try one.document.difference(from: VersionVector(), to: one.document.version).items.map(\.path) == [["quantity"], ["text"]])
        let step = try #require(Document.undoable(one.document.undoSteps(UndoScope()) { $0 == one.actor }))
        let before = one.document.extensions()
        var remainders: [UndoRemainder] = []
        try one.edit { remainders = try $0.flip(step, isUndone: true) }
        #expect(remainders == [.unknown(path: "text"), .unknown(path: "quantity"), .unknown(path: ""), .unknown(path: "tree")])
        #expect(one.document.text(text) == "" && one.document.quantity(quantity) == 0 && one.document.extensions() == before)
        // A change of nothing else is no step.
        try other.receive(from: one)
        other.edit { $0.extend(64, [7], at: ["text"], .text) }
        #expect(other.document.undoSteps(UndoScope()) { $0 == other.actor }.isEmpty)
        other.document.checkInvariants()
    }

    @Test func `a value of a newer version shows as one, is replaced, and comes back with an undo`() throws {
        var one = TestReplica(1)
        let value = try #require(Value.unknown(tag: 77, [1, 2, 255]))
        let nested = Value.list([.int(1), .map([("new", value)])])
        one.edit { $0.set("size", to: value) }
        one.edit { $0.set("sizes", to: nested) }
        try one.edit { try $0.insert(value, at: 0, in: $0.container(.list, "list")) }
        one.document = try Document(opening: one.document.save(shownFrom: 0), isTrusted: true)
        #expect(one.document.value("size") == value && one.document.value("sizes") == nested)
        one.edit { $0.set("size", to: .int(42)) }
        let step = try #require(Document.undoable(one.document.undoSteps(UndoScope()) { $0 == one.actor }))
        try one.edit { try $0.flip(step, isUndone: true) }
        #expect(one.document.value("size") == value)
        let cut = try one.document.cut(at: one.document.version)
        let list = try #require(cut.existingContainer(.list, "list"))
        #expect(cut.value("size") == value && cut.value("sizes") == nested && cut.list(list) == [value])
        #expect(Value.unknown(tag: 63, []) == nil)
    }

    @Test func `a branch made again under another actor keeps what isn't known`() throws {
        var one = TestReplica(1)
        one.edit { $0.set("a", to: .int(1)) }
        let base = one.document
        one.edit { document in
            document.extend(64, [5, 6], at: ["tree"], .unknown(64))
            document.set("a", to: .int(2))
        }
        let fresh = actor(9)
        let set = try ChangeSet(decoding: one.document.encode(since: base.version)).reissued([Document.Cut(actor: one.actor, from: 1, fresh: fresh)], on: base)
        var again = base
        try again.apply(set)
        #expect(again.value("a") == .int(2) && again.extensions().map(\.payload) == [[5, 6]] && again.extensions().map(\.id) == [OperationID(actor: fresh, counter: 0)])
        again.checkInvariants()
        #expect(try one.document.without(one.document.dependents(of: one.actor, from: 1)).encodeBody() == base.encodeBody())
    }

    @Test func `work that had not seen a cut is made again with what isn't known`() throws {
        var (hub, phone) = (TestReplica(1), TestReplica(2))
        try hub.edit { try $0.insert("Hello", at: 0, in: $0.container(.text, "text")) }
        try hub.exchange(with: &phone)
        phone.edit { document in
            document.extend(64, [1], at: ["map", "tree"], .unknown(70))
            document.set("a", to: .int(1))
            document.extend(65, [2], at: [])
        }
        hub.edit { $0.extend(66, [3], at: ["text"], .text) }
        phone.document.keptSections = [FileFormat.Part(number: 200, isDeflated: false, count: 1, stored: [9])]
        let base = try hub.document.cut(at: hub.document.version)
        let rebased = try phone.document.rebased(on: base, isOwn: { $0 == phone.actor }, fresh: { _ in actor(9) })
        #expect(rebased.lost.isEmpty && rebased.document.value("a") == .int(1))
        let found = rebased.document.extensions().map { ($0.id.actor == hub.actor, $0.path, $0.code, $0.payload) }.sorted { $0.2 < $1.2 }
        #expect(found.map(\.0) == [false, false, true] && found.map(\.1) == [["map", "tree"], [], ["text"]] && found.map(\.3) == [[1], [2], [3]])
        #expect(rebased.document.keptSections.map(\.number) == [200])
        rebased.document.checkInvariants()
    }

    // MARK: What has to be known

    /// A batch with one operation of a newer version in a container of one, and a value of one.
    private func sample() throws -> [UInt8] {
        var one = TestReplica(1)
        let value = try #require(Value.unknown(tag: 99, [4]))
        one.edit { document in
            document.extend(88, [1, 2], at: ["tree"], .unknown(77))
            document.set("a", to: value)
        }
        return one.document.encodeBody()
    }

    private func replacing(_ old: [UInt8], _ new: [UInt8], in bytes: [UInt8]) throws -> [UInt8] {
        let at = try #require((0...bytes.count - old.count).first { Array(bytes[$0..<$0 + old.count]) == old })
        return bytes[..<at] + new + bytes[(at + old.count)...]
    }

    @Test func `a number below 64 has to be known, and one that isn't is refused as newer`() throws {
        let body = try sample()
        var document = Document()
        try document.apply(ChangeSet(body: body))
        #expect(document.encodeBody() == body)
        func number(_ bytes: [UInt8]) -> UInt64? {
            do {
                _ = try ChangeSet(body: bytes)
                return nil
            } catch { if case .newer(_, _, let number) = error { return number } else { return nil } }
        }
        let tree = [4] + Array("tree".utf8)
        for kind: UInt8 in [6, 63] { #expect(try number(replacing([77] + tree, [kind] + tree, in: body)) == UInt64(kind)) }
        for code: UInt8 in [32, 63] { #expect(try number(replacing([2, 1, 88], [2, 1, code], in: body)) == UInt64(code)) }
        for tag: UInt8 in [8, 63] { #expect(try number(replacing([99, 1, 4], [tag, 1, 4], in: body)) == UInt64(tag)) }
        for kind: UInt8 in [64, 255] { #expect(throws: Never.self) { try ChangeSet(body: replacing([77] + tree, [kind] + tree, in: body)) } }
    }

    @Test func `in a container that isn't known nothing known can be done, and it holds no other`() throws {
        let body = try sample()
        // As a set or a remove: keys are of maps alone.
        var document = Document()
        var set = try ChangeSet(body: body)
        let rows = set.work[0].rows
        set.work[0].rows = ChangeRows([Operation(kind: .remove, container: rows[0].container, counter: 0)] + rows.dropFirst())
        let empty = document
        #expect(throws: ApplyError.invalid(actor: actor(1), counter: 0, rule: "an operation is one of its container's kind")) { try document.apply(set) }
        #expect(document.encodeBody() == empty.encodeBody())
        // A map in the tree.
        let tree = [77, 4] + Array("tree".utf8)
        var nested = try replacing([0] + tree, [0] + tree + [2, 0, 1, 97], in: body)
        nested = try replacing([2, 0, 0, 0], [3, 0, 0, 0], in: nested)
        #expect(throws: DecodeError.self) { try ChangeSet(body: nested) }
    }

    @Test func `what an operation of a newer version says is a blob within its bound`() throws {
        let body = try sample()
        #expect(throws: DecodeError.self) { try ChangeSet(body: replacing([5, 2, 1, 2], [4, 2, 97, 98], in: body)) }
        var one = TestReplica(1)
        one.edit { $0.extend(64, Array(repeating: 7, count: Limits.extensionBytesMax), at: []) }
        var document = Document()
        try document.take(one.document.encode())
        #expect(document.extensions() == one.document.extensions())
        func add(_ bytes: [UInt8], to document: inout Document) {
            document.opened.values.append(.bytes(bytes))
            document.opened.note(64)
            var row = Operation(kind: .extended, container: 0, counter: document.nextDot.counter, content: UInt32(document.opened.values.count - 1))
            row.code = 64
            document.record(row)
        }
        var forger = TestReplica(2)
        forger.edit { add(Array(repeating: 7, count: Limits.extensionBytesMax + 1), to: &$0) }
        #expect(throws: DecodeError.self) { try ChangeSet(decoding: forger.document.encode()) }
    }

    // MARK: Sections of a file

    private func section(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        FileFormat.write(FileFormat.Part(number: number, isDeflated: false, count: body.count, stored: body), into: &writer)
        return writer.bytes
    }

    @Test(arguments: [0, Int.max]) func `a section of a newer version is kept, left out or refused, as its number says`(shownFrom: Int) throws {
        var one = TestReplica(1)
        try one.edit { try $0.insert("text", at: 0, in: $0.container(.text, "text")) }
        let (derived, kept) = (section(100, [1, 2]), section(128, [3, 4]) + section(255, []))
        func file(_ sections: [UInt8], _ document: Document, shownFrom: Int = .max) -> [UInt8] { [3] + sections + document.save(shownFrom: shownFrom).dropFirst() }
        let bytes = file(derived + kept, one.document, shownFrom: shownFrom)
        for isTrusted in [true, false] {
            var opened = one
            opened.document = try Document(opening: bytes, isTrusted: isTrusted)
            #expect(opened.document.text(opened.document.container(.text, "text")) == "text")
            #expect(opened.document.save(shownFrom: shownFrom) == file(kept, one.document, shownFrom: shownFrom))
            try opened.edit { try $0.insert("more ", at: 0, in: $0.container(.text, "text")) }
            var plain = one
            try plain.edit { try $0.insert("more ", at: 0, in: $0.container(.text, "text")) }
            #expect(opened.document.save(shownFrom: shownFrom) == file(kept, plain.document, shownFrom: shownFrom))
            let cut = try opened.document.cut(at: opened.document.version)
            #expect(try cut.save() == file(kept, plain.document.cut(at: plain.document.version)))
            #expect(try Document(opening: cut.save(), isTrusted: isTrusted).save() == cut.save())
        }
        for number: UInt8 in [7, 63] {
            #expect(throws: DecodeError.newer(at: 1, what: "a section of a file", number: UInt64(number))) {
                try Document(opening: file(section(number, []), one.document), isTrusted: true)
            }
        }
        for wrong in [kept + derived, kept + kept, section(64, []) + section(64, [])] {
            #expect(throws: DecodeError.self) { try Document(opening: file(wrong, one.document), isTrusted: true) }
        }
        #expect(throws: DecodeError.self) { try Document(opening: one.document.save() + kept, isTrusted: true) }
        // Damaged or cut off, it is refused like any other.
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            #expect(throws: DecodeError.self, "byte \(index)") { try Document(opening: damaged, isTrusted: true) }
            #expect(throws: DecodeError.self, "\(index) bytes") { try Document(opening: Array(bytes.prefix(index)), isTrusted: true) }
        }
    }

    @Test func `known containers and rows are as small as before`() {
        #expect(MemoryLayout<Container>.stride == 16 && MemoryLayout<Operation>.stride == 44 && MemoryLayout<Value>.stride <= 24)
    }
}
