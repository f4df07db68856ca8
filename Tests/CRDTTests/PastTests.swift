// The past of a document: as it was at any version, what changed between two, and who put in what.
import Bytes
import CRDT
import Support
import Testing

@Suite struct PastTests {
    /// A world of three replicas that edit and meet, and the state that each had after each edit.
    private struct World {
        var replicas = [TestReplica(1), TestReplica(2), TestReplica(3)]
        var moments: [(version: VersionVector, bytes: [UInt8], heads: [OperationID])] = []

        init(_ random: inout SeededGenerator, edits: Int = 30) throws {
            for _ in 0..<edits {
                let index = random.below(3)
                try replicas[index].editRandomly(&random)
                moments.append((replicas[index].document.version, replicas[index].document.encodeBody(), replicas[index].document.frontier))
                if random.chance(40) { try replicas[index].receive(from: replicas[random.below(3)]) }
            }
            for one in 0..<3 { for other in 0..<3 where one != other { try replicas[one].receive(from: replicas[other]) } }
            try replicas[0].receive(from: replicas[2])
        }

        var whole: Document { replicas[0].document }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `a document at a version or a frontier is, to the byte, what a replica had then`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let world = try World(&random)
        let opened = try Document(opening: world.whole.save(shownFrom: 0), isTrusted: true)
        for moment in world.moments {
            let past = try world.whole.at(moment.version)
            past.checkInvariants()
            #expect(past.encodeBody() == moment.bytes && past.frontier == moment.heads)
            #expect(try world.whole.at(moment.heads).encodeBody() == moment.bytes)
            #expect(try opened.at(moment.heads).encodeBody() == moment.bytes)
        }
        #expect(try world.whole.at([OperationID]()).version == VersionVector())
        #expect(try world.whole.at(world.whole.frontier).encodeBody() == world.whole.encodeBody())
    }

    @Test func `a place that isn't there, or lacks what it builds on, is refused`() throws {
        var (one, other) = (TestReplica(1), TestReplica(2))
        one.edit { document in
            document.set("a", to: .int(1))
            document.set("b", to: .int(2))
        }
        try other.receive(from: one)
        other.edit { $0.set("a", to: .int(3)) }
        let (first, last) = (OperationID(actor: one.actor, counter: 0), OperationID(actor: one.actor, counter: 1))
        let unknown = OperationID(actor: other.actor, counter: 1)
        let stranger = OperationID(actor: actor(9), counter: 0)
        #expect(throws: PastError.insideChange(first, end: last)) { try other.document.at([first]) }
        #expect(throws: PastError.unknown(unknown)) { try other.document.at([unknown]) }
        #expect(throws: PastError.unknown(stranger)) { try other.document.at([stranger]) }
        #expect(throws: PastError.notClosed(actor: other.actor, needs: last)) {
            try other.document.at(VersionVector([VersionVector.Entry(actor: other.actor, count: 1)]))
        }
        #expect(throws: PastError.insideChange(first, end: last)) {
            try other.document.at(VersionVector([VersionVector.Entry(actor: one.actor, count: 1)]))
        }
        #expect(try other.document.at([last]).value("a") == .int(1))
    }

    /// What a difference makes of text and lists when its edits are applied one after the other.
    private func apply(_ difference: Difference, to old: Document) throws -> [String: [String]] {
        var shown = show(old)
        for item in difference.items {
            let path = item.path.joined(separator: "/")
            switch item.change {
            case .text(let edits, let marks):
                var text = shown[path] ?? []
                for edit in edits {
                    switch edit {
                    case .insert(let string, let at): text.insert(contentsOf: string.unicodeScalars.map { "\($0)" }, at: at)
                    case .delete(let string, let at):
                        #expect(text[at..<at + string.unicodeScalars.count].map { String($0.prefix { $0 != "|" }) } == string.unicodeScalars.map { "\($0)" })
                        text.removeSubrange(at..<at + string.unicodeScalars.count)
                    }
                }
                for mark in marks {
                    for position in mark.range {
                        if let before = mark.before { text[position] = text[position].replacingOnce("|\(mark.name)=\(before)", "") }
                        if let after = mark.after { text[position] += "|\(mark.name)=\(after)" }
                    }
                }
                shown[path] = text.isEmpty ? nil : text.map(\.withSortedMarks)
            case .list(let edits):
                var list = shown[path] ?? []
                for edit in edits {
                    switch edit {
                    case .insert(let value, let at): list.insert("\(value)", at: at)
                    case .delete(let value, let at): #expect(list.remove(at: at) == "\(value)")
                    case .move(let value, let from, let to):
                        #expect(list.remove(at: from) == "\(value)")
                        list.insert("\(value)", at: to)
                    }
                }
                shown[path] = list.isEmpty ? nil : list
            case .value(let before, let after):
                #expect(shown[path] == before.map { ["\($0)"] })
                shown[path] = after.map { ["\($0)"] }
            case .flag(let before, let after):
                #expect((shown[path] != nil) == before)
                shown[path] = after ? ["true"] : nil
            case .maximum(let before, let after):
                #expect(shown[path] == before.map { ["\($0)"] })
                shown[path] = after.map { ["\($0)"] }
            case .quantity(let before, let after):
                #expect(shown[path] == (before > 0 ? ["\(before)"] : nil))
                shown[path] = after > 0 ? ["\(after)"] : nil
            }
        }
        return shown
    }

    /// All that a document of `editRandomly` shows; each scalar with its marks.
    private func show(_ document: Document) -> [String: [String]] {
        var shown: [String: [String]] = [:]
        if let text = document.existingContainer(.text, "text"), document.count(text) > 0 {
            shown["text"] = document.spans(text).flatMap { span in
                span.text.unicodeScalars.map { scalar in (["\(scalar)"] + span.marks.map { "\($0.name)=\($0.value)" }.sorted()).joined(separator: "|") }
            }
        }
        if let list = document.existingContainer(.list, "list"), document.count(list) > 0 { shown["list"] = document.list(list).map { "\($0)" } }
        for key in document.keys() { shown[key] = document.value(key).map { ["\($0)"] } }
        if let lines = document.existingContainer(.map, "lines") {
            for key in document.keys(in: lines) { shown["lines/\(key)"] = document.value(key, in: lines).map { ["\($0)"] } }
            for name in document.containers(of: .map, in: lines) {
                guard let line = document.existingContainer(.map, name, in: lines), let quantity = document.existingContainer(.quantity, "quantity", in: line),
                      document.quantity(quantity) > 0 else { continue }
                shown["lines/\(name)/quantity"] = ["\(document.quantity(quantity))"]
            }
        }
        if let read = document.existingContainer(.max, "read") { shown["read"] = document.maximum(read).map { ["\($0)"] } }
        if let consent = document.existingContainer(.flag, "consent"), document.flag(consent) { shown["consent"] = ["true"] }
        return shown
    }

    @Test(arguments: 0..<120 as Range<UInt64>)
    func `a difference applied to what was gives what is, both ways`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let world = try World(&random)
        let versions = world.moments.map(\.version) + [VersionVector(), world.whole.version]
        for _ in 0..<12 {
            let (from, to) = (versions[random.below(versions.count)], versions[random.below(versions.count)])
            let difference = try world.whole.difference(from: from, to: to)
            #expect(try apply(difference, to: world.whole.at(from)) == show(world.whole.at(to)))
            #expect(difference.isEmpty == (try show(world.whole.at(from)) == show(world.whole.at(to))))
        }
    }

    @Test func `a difference says what was moved, and what was typed and erased where`() throws {
        var replica = TestReplica(1)
        try replica.edit { document in
            let list = document.container(.list, "list")
            for value in 0..<5 { try document.insert(.int(Int64(value)), at: value, in: list) }
            try document.insert("Hello world", at: 0, in: document.container(.text, "text"))
        }
        let before = replica.document.version
        try replica.edit { document in
            try document.move(at: 4, to: 0, in: document.container(.list, "list"))
            let text = document.container(.text, "text")
            try document.delete(at: 0, count: 1, in: text)
            try document.insert("J", at: 0, in: text)
            try document.insert("!", at: 11, in: text)
        }
        let difference = try replica.document.difference(from: before, to: replica.document.version)
        #expect(difference.items.map(\.path) == [["list"], ["text"]])
        #expect(difference.items.first?.change == .list([.move(.int(4), from: 4, to: 0)]))
        guard case .text(let edits, _)? = difference.items.last?.change else { Issue.record("a text changed"); return }
        #expect(edits.contains(.insert("!", at: 11)) && edits.count == 3)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `who put in what is the same on every replica, whatever way the changes came`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let world = try World(&random, edits: 40)
        func told(_ document: Document) -> [String] {
            var lines = document.changeSummaries().map { "\($0)" }
            for (kind, name) in [(ContainerKind.text, "text"), (.list, "list")] {
                guard let container = document.existingContainer(kind, name) else { continue }
                lines += document.blame(container).map { "\($0)" } + document.writes(to: container, key: nil).map { "\($0)" }
            }
            for key in document.keys() { lines += document.writes(to: .root, key: key).map { "\($0)" } }
            return lines
        }
        let expected = told(world.whole)
        for replica in world.replicas { #expect(told(replica.document) == expected) }
        #expect(told(try Document(opening: world.whole.save(shownFrom: 0), isTrusted: true)) == expected)
        var fresh = Document()
        try fresh.apply(ChangeSet(decoding: world.whole.encode()))
        #expect(told(fresh) == expected)
        if let text = world.whole.existingContainer(.text, "text") {
            #expect(world.whole.blame(text).map(\.text).joined() == world.whole.text(text))
            // Each stretch was put in by the change that it names: it isn't there before.
            for part in world.whole.blame(text) {
                let before = try world.whole.at(world.whole.version(before: part.change))
                let then = before.existingContainer(.text, "text").map { before.blame($0).filter { $0.change == part.change } } ?? []
                #expect(then.isEmpty)
            }
        }
    }
}

extension String {
    fileprivate func replacingOnce(_ part: String, _ other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }

    /// A scalar, then its marks by name.
    fileprivate var withSortedMarks: String {
        let parts = split(separator: "|").map(String.init)
        return (parts.prefix(1) + parts.dropFirst().sorted()).joined(separator: "|")
    }
}
