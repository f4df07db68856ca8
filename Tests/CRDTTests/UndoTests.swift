// Undo and redo: held against simple models, in worlds where others edit the same document.
import Bytes
@testable import CRDT
import Support
import Testing

@Suite struct UndoTests {
    /// What undo and redo do at a replica for a person whose actors these are.
    private func undo(_ replica: inout TestReplica, of actors: Set<ActorID>) throws -> [UndoRemainder]? {
        guard let step = Document.undoable(replica.document.undoSteps(UndoScope()) { actors.contains($0) }) else { return nil }
        return try replica.document.change(by: replica.actor, at: 0) { document throws in try document.flip(step, isUndone: true) }
    }

    private func redo(_ replica: inout TestReplica, of actors: Set<ActorID>) throws -> [UndoRemainder]? {
        guard let step = Document.redoable(replica.document.undoSteps(UndoScope()) { actors.contains($0) }) else { return nil }
        return try replica.document.change(by: replica.actor, at: 0) { document throws in try document.flip(step, isUndone: false) }
    }

    /// What shows, but for what only grows and what undo itself keeps.
    private func show(_ document: Document) -> String {
        var parts: [String] = []
        for key in document.keys() { parts.append("\(key)=\(document.value(key) ?? .null)") }
        if let text = document.existingContainer(.text, "text"), document.count(text) > 0 { parts.append("text=\(document.spans(text))") }
        if let list = document.existingContainer(.list, "list"), document.count(list) > 0 { parts.append("list=\(document.list(list))") }
        if let lines = document.existingContainer(.map, "lines") {
            for name in document.containers(of: .map, in: lines) {
                guard let line = document.existingContainer(.map, name, in: lines), let quantity = document.existingContainer(.quantity, "quantity", in: line),
                      document.quantity(quantity) > 0 else { continue }
                parts.append("\(name)=\(document.quantity(quantity))")
            }
        }
        if let consent = document.existingContainer(.flag, "consent"), document.flag(consent) { parts.append("consent") }
        return parts.joined(separator: " ")
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `of one person alone, undo and redo walk through what was there, also on another device and after a restart`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (phone, laptop) = (TestReplica(1), TestReplica(2))
        let ana: Set = [phone.actor, laptop.actor]
        // The model of an editor: the states, and where in them one is.
        var states = [show(phone.document)]
        var at = 0
        for _ in 0..<25 {
            switch random.below(10) {
            case 0...4:
                let before = phone.document.version
                try phone.editRandomly(&random)
                let steps = phone.document.undoSteps(UndoScope()) { ana.contains($0) }
                // A change of what only grows is no step.
                guard phone.document.version != before, steps.last.map({ $0.start.counter >= before.count(of: phone.actor) && $0.start.actor == phone.actor }) ?? false else { continue }
                states = states.prefix(at + 1) + [show(phone.document)]
                at += 1
            case 5...7:
                let done = try undo(&phone, of: ana)
                #expect((done == nil) == (at == 0))
                at = max(0, at - 1)
            default:
                let done = try redo(&phone, of: ana)
                #expect((done == nil) == (at == states.count - 1))
                at = min(states.count - 1, at + 1)
            }
            phone.document.checkInvariants()
            let shown = show(phone.document)
            #expect(shown == states[at])
            if shown != states[at] { return }
            if random.chance(30) {
                try laptop.receive(from: phone)
                swap(&phone, &laptop)
            } else if random.chance(20) {
                phone.document = try Document(opening: phone.document.save(shownFrom: 0), isTrusted: true)
            } else if seed % 2 == 1, random.chance(10) {
                // What was before a cut is taken back no more, and what is after it goes back to there.
                try laptop.receive(from: phone)
                phone.document = try phone.document.cut(at: phone.document.version)
                laptop.document = try laptop.document.cut(at: laptop.document.version)
                (states, at) = ([shown], 0)
            }
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `what one person undoes leaves what another did, and all see the same`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (ana, bob) = (TestReplica(1), TestReplica(2))
        // Each has keys and lines of their own, and they write one text: one in capitals.
        func edit(_ replica: inout TestReplica, _ name: String, _ letters: [String], _ random: inout SeededGenerator) throws {
            let choice = random.below(4), number = random.below(100), letter = letters[random.below(letters.count)]
            try replica.edit { document in
                let text = document.container(.text, "text")
                let at = number % (document.count(text) + 1)
                switch choice {
                case 0: document.set(name, to: .int(Int64(number)))
                case 1: try document.edit(.more(UInt64(1 + number % 3)), in: document.container(.quantity, name))
                default: try document.insert(letter, at: at, in: text)
                }
            }
        }
        for _ in 0..<20 {
            try edit(&ana, "ana", ["a", "b", "cd"], &random)
            if random.chance(60) { try edit(&bob, "bob", ["X", "Y", "ZZ"], &random) }
            if random.chance(30) { try ana.exchange(with: &bob) }
            if random.chance(30) { _ = try undo(&ana, of: [ana.actor]) }
        }
        while try undo(&ana, of: [ana.actor]) != nil {}
        var alone = Document()
        // Bob's own work, as if ana had never been there, is all that is left.
        try ana.exchange(with: &bob)
        alone = ana.document
        let text = alone.existingContainer(.text, "text").map(alone.text) ?? ""
        #expect(text.allSatisfy { "XYZ".contains($0) })
        let typed = bob.document.undoSteps(UndoScope()) { $0 == bob.actor }.count
        #expect(typed == 0 || !show(alone).isEmpty)
        #expect(alone.value("ana") == nil && alone.existingContainer(.quantity, "ana").map(alone.quantity) ?? 0 == 0)
        #expect(ana.document.encodeBody() == bob.document.encodeBody())
        // And again: everything of hers is back.
        while try redo(&ana, of: [ana.actor]) != nil {}
        while try undo(&bob, of: [bob.actor]) != nil {}
        try ana.exchange(with: &bob)
        #expect(ana.document.encodeBody() == bob.document.encodeBody())
        #expect((ana.document.existingContainer(.text, "text").map(ana.document.text) ?? "").allSatisfy { "abcd".contains($0) })
        #expect(ana.document.value("bob") == nil && ana.document.existingContainer(.quantity, "bob").map(ana.document.quantity) ?? 0 == 0)
    }

    // MARK: Registers

    @Test func `a key goes back to what was before, and stays where somebody wrote since`() throws {
        var (ana, bob) = (TestReplica(1), TestReplica(2))
        bob.edit { $0.set("size", to: .int(40)) }
        try ana.receive(from: bob)
        ana.edit { $0.set("size", to: .int(42)) }
        ana.edit { $0.set("size", to: .int(44)) }
        #expect(try undo(&ana, of: [ana.actor]) == [])
        #expect(ana.document.value("size") == .int(42))
        #expect(try undo(&ana, of: [ana.actor]) == [])
        #expect(ana.document.value("size") == .int(40))
        #expect(try redo(&ana, of: [ana.actor]) == [])
        #expect(ana.document.value("size") == .int(42))
        try bob.exchange(with: &ana)
        bob.edit { $0.set("size", to: .int(50)) }
        try ana.receive(from: bob)
        #expect(try undo(&ana, of: [ana.actor]) == [.overtaken(path: "size")])
        #expect(ana.document.value("size") == .int(50))
        #expect(try undo(&ana, of: [ana.actor]) == nil)
    }

    @Test func `a removed key comes back, and a key that wasn't there goes`() throws {
        var ana = TestReplica(1)
        ana.edit { $0.set("note", to: .string("gift")) }
        ana.edit { $0.remove("note") }
        _ = try undo(&ana, of: [ana.actor])
        #expect(ana.document.value("note") == .string("gift"))
        _ = try undo(&ana, of: [ana.actor])
        #expect(ana.document.value("note") == nil)
    }

    @Test func `where two wrote at once, taking one's back shows the other's`() throws {
        var (ana, bob) = (TestReplica(1), TestReplica(2))
        ana.edit { $0.set("size", to: .int(1)) }
        bob.edit { $0.set("size", to: .int(2)) }
        try ana.exchange(with: &bob)
        _ = try undo(&ana, of: [ana.actor])
        #expect(ana.document.value("size") == .int(2) && ana.document.values("size").count == 1)
    }

    // MARK: Quantities

    /// A quantity that starts at 2 and that both have seen.
    private func quantity() throws -> (ana: TestReplica, bob: TestReplica) {
        var (ana, bob) = (TestReplica(1), TestReplica(2))
        try bob.edit { try $0.edit(.set(2), in: $0.container(.quantity, "q")) }
        try ana.receive(from: bob)
        return (ana, bob)
    }

    private func step(_ replica: inout TestReplica, _ edit: Document.QuantityEdit) throws { try replica.edit { try $0.edit(edit, in: $0.container(.quantity, "q")) } }
    private func value(_ replica: TestReplica) -> UInt64 { replica.document.existingContainer(.quantity, "q").map(replica.document.quantity) ?? 0 }

    @Test(arguments: [Document.QuantityEdit.more(3), .less(1), .set(7), .remove], [Document.QuantityEdit.more(4), .less(2), .set(9), .remove])
    func `a step taken back leaves what somebody else did after it`(mine: Document.QuantityEdit, theirs: Document.QuantityEdit) throws {
        var (ana, bob) = try quantity()
        try step(&ana, mine)
        try bob.receive(from: ana)
        try step(&bob, theirs)
        try ana.receive(from: bob)
        _ = try undo(&ana, of: [ana.actor])
        // As if hers had not been: 2, then his; and who took the last away, or set it, took all that there was.
        let after: UInt64 = switch mine { case .more(let n): 2 + n; case .less(let n): 2 - n; case .set(let n): n; case .remove: 0 }
        let expected: UInt64 = switch theirs {
        case .more(let n): 2 + n
        case .less(let n): after <= n ? (after == 0 ? 2 : 0) : 2 - min(2, n)
        case .set(let n): n
        case .remove: after == 0 ? 2 : 0
        }
        #expect(value(ana) == expected, "\(mine) then \(theirs)")
        _ = try redo(&ana, of: [ana.actor])
        try bob.receive(from: ana)
        #expect(value(ana) == value(bob))
    }

    @Test func `what others removed is not brought back by taking a step back, nor spent again`() throws {
        var (ana, bob) = try quantity()
        try step(&ana, .less(1))
        try bob.receive(from: ana)
        try step(&bob, .remove)
        try ana.receive(from: bob)
        _ = try undo(&ana, of: [ana.actor])
        #expect(value(ana) == 0)
        // Bob's remove met it concurrently.
        var (eve, tom) = try quantity()
        try step(&eve, .set(6))
        try step(&tom, .remove)
        try eve.exchange(with: &tom)
        #expect(value(eve) == 6)
        _ = try undo(&eve, of: [eve.actor])
        #expect(value(eve) == 0)
    }

    @Test func `two devices of a person that undo the same step apart take it back once`() throws {
        var (phone, laptop) = (TestReplica(1), TestReplica(2))
        let ana: Set = [phone.actor, laptop.actor]
        for edit in [Document.QuantityEdit.more(3), .remove, .set(9), .less(1)] {
            (phone, laptop) = (TestReplica(1), TestReplica(2))
            try step(&phone, .more(5))
            try step(&phone, edit)
            try laptop.receive(from: phone)
            _ = try undo(&phone, of: ana)
            _ = try undo(&laptop, of: ana)
            try phone.exchange(with: &laptop)
            #expect(value(phone) == 5 && value(laptop) == 5, "\(edit)")
        }
    }

    // MARK: Lists, texts and what grows

    @Test func `a moved element goes back, and stays where somebody moved it since`() throws {
        var (ana, bob) = (TestReplica(1), TestReplica(2))
        try bob.edit { document in for value in 0..<5 { try document.insert(.int(Int64(value)), at: value, in: document.container(.list, "l")) } }
        try ana.receive(from: bob)
        func list(_ replica: TestReplica) -> [Int] {
            replica.document.existingContainer(.list, "l").map(replica.document.list)?.compactMap { if case .int(let number) = $0 { Int(number) } else { nil } } ?? []
        }
        try ana.edit { try $0.move(at: 0, to: 3, in: $0.container(.list, "l")) }
        #expect(list(ana) == [1, 2, 3, 0, 4])
        _ = try undo(&ana, of: [ana.actor])
        #expect(list(ana) == [0, 1, 2, 3, 4])
        _ = try redo(&ana, of: [ana.actor])
        #expect(list(ana) == [1, 2, 3, 0, 4])
        try bob.receive(from: ana)
        try bob.edit { try $0.move(at: 3, to: 1, in: $0.container(.list, "l")) }
        try ana.receive(from: bob)
        #expect(try undo(&ana, of: [ana.actor]) == [.overtaken(path: "l")])
        #expect(list(ana) == [1, 0, 2, 3, 4])
    }

    @Test func `text that somebody else deleted too doesn't come back, and their typing inside of mine stays`() throws {
        var (ana, bob) = (TestReplica(1), TestReplica(2))
        try bob.edit { try $0.insert("abcdef", at: 0, in: $0.container(.text, "t")) }
        try ana.receive(from: bob)
        func text(_ replica: TestReplica) -> String { replica.document.existingContainer(.text, "t").map(replica.document.text) ?? "" }
        try ana.edit { try $0.delete(at: 1, count: 4, in: $0.container(.text, "t")) }
        try bob.edit { try $0.delete(at: 2, count: 2, in: $0.container(.text, "t")) }
        try ana.exchange(with: &bob)
        #expect(text(ana) == "af")
        _ = try undo(&ana, of: [ana.actor])
        #expect(text(ana) == "abef")
        _ = try redo(&ana, of: [ana.actor])
        try ana.edit { try $0.insert("12", at: 1, in: $0.container(.text, "t")) }
        try bob.receive(from: ana)
        try bob.edit { try $0.insert("-", at: 2, in: $0.container(.text, "t")) }
        try ana.receive(from: bob)
        #expect(text(ana) == "a1-2f")
        _ = try undo(&ana, of: [ana.actor])
        #expect(text(ana) == "a-f")
    }

    @Test func `text that comes back again and again, on one device and another, keeps the marks that it had`() throws {
        var (phone, laptop) = (TestReplica(1), TestReplica(2))
        func spans(_ replica: TestReplica) -> [MarkedText] { replica.document.existingContainer(.text, "t").map(replica.document.spans) ?? [] }
        try phone.edit { document in
            let text = document.container(.text, "t")
            try document.insert("abc", at: 0, in: text)
            try document.mark(1..<2, "link", expand: .before, in: text)
        }
        let before = spans(phone)
        #expect(before == [MarkedText("a"), MarkedText("b", [Mark("link", .bool(true))]), MarkedText("c")])
        // What comes back is a copy, and the second time a copy of that, by a device that wrote little so far.
        for _ in 0..<4 {
            try laptop.receive(from: phone)
            try laptop.edit { try $0.delete(at: 0, count: 3, in: $0.container(.text, "t")) }
            _ = try undo(&laptop, of: [phone.actor, laptop.actor])
            #expect(spans(laptop) == before)
            try laptop.edit { try $0.delete(at: 0, count: 3, in: $0.container(.text, "t")) }
            try phone.receive(from: laptop)
            _ = try undo(&phone, of: [phone.actor, laptop.actor])
            #expect(spans(phone) == before)
        }
    }

    @Test func `text typed where a mark was taken back comes back as it was typed`() throws {
        var ana = TestReplica(1)
        func spans(_ replica: TestReplica) -> [MarkedText] { replica.document.existingContainer(.text, "t").map(replica.document.spans) ?? [] }
        try ana.edit { document in
            let text = document.container(.text, "t")
            try document.insert("ab", at: 0, in: text)
            try document.mark(0..<2, "bold", expand: .both, in: text)
        }
        _ = try undo(&ana, of: [ana.actor])
        #expect(spans(ana) == [])
        try ana.edit { try $0.insert("c", at: 0, in: $0.container(.text, "t")) }
        let typed = spans(ana)
        for _ in 0..<2 {
            _ = try undo(&ana, of: [ana.actor])
            #expect(spans(ana) == [])
            _ = try redo(&ana, of: [ana.actor])
            #expect(spans(ana) == typed)
        }
        // Of a mark that counted when somebody typed there, that text loses it with the rest.
        var bob = TestReplica(2)
        try ana.edit { try $0.mark(0..<1, "link", expand: .after, in: $0.container(.text, "t")) }
        try bob.receive(from: ana)
        try bob.edit { try $0.insert("d", at: 1, in: $0.container(.text, "t")) }
        try ana.receive(from: bob)
        #expect(spans(ana).allSatisfy { $0["link"] == .bool(true) })
        _ = try undo(&ana, of: [ana.actor])
        #expect(spans(ana).map(\.text).joined() == "cd" && spans(ana).allSatisfy { $0["link"] == nil })
    }

    @Test func `a deletion taken back belongs to what was typed: taking the typing back takes it along`() throws {
        var ana = TestReplica(1)
        func text(_ replica: TestReplica) -> String { replica.document.existingContainer(.text, "t").map(replica.document.text) ?? "" }
        try ana.edit { try $0.insert("abc", at: 0, in: $0.container(.text, "t")) }
        try ana.edit { try $0.delete(at: 1, count: 1, in: $0.container(.text, "t")) }
        _ = try undo(&ana, of: [ana.actor])
        #expect(text(ana) == "abc")
        _ = try undo(&ana, of: [ana.actor])
        #expect(text(ana) == "")
        _ = try redo(&ana, of: [ana.actor])
        _ = try redo(&ana, of: [ana.actor])
        #expect(text(ana) == "ac")
    }

    @Test func `what only grows stays, and is said, while the rest of its change goes back`() throws {
        var ana = TestReplica(1)
        ana.edit { document in
            document.raise(to: 7, in: document.container(.max, "read"))
            document.set("k", to: .int(1))
        }
        #expect(try undo(&ana, of: [ana.actor]) == [.grows(path: "read")])
        #expect(ana.document.value("k") == nil)
        #expect(ana.document.existingContainer(.max, "read").flatMap(ana.document.maximum) == 7)
        ana.edit { $0.raise(to: 9, in: $0.container(.max, "read")) }
        #expect(try undo(&ana, of: [ana.actor]) == nil)
        #expect(ana.document.hasRaised { $0 == ana.actor })
    }

    @Test func `blame of text that an undo brought back names who typed it, and the undo`() throws {
        var (ana, bob) = (TestReplica(1), TestReplica(2))
        try bob.edit { try $0.insert("bob", at: 0, in: $0.container(.text, "t")) }
        try ana.receive(from: bob)
        try ana.edit { try $0.delete(at: 0, count: 3, in: $0.container(.text, "t")) }
        _ = try undo(&ana, of: [ana.actor])
        let text = try #require(ana.document.existingContainer(.text, "t"))
        let blame = ana.document.blame(text)
        #expect(blame.map(\.text) == ["bob"] && blame[0].change.actor == bob.actor && blame[0].restored?.actor == ana.actor)
    }
}
