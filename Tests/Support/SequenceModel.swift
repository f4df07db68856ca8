// What texts and lists mean: all that was put in and not deleted is there once, in one order that never changes, each
// element where its author put it or where its last mover did; and what two people typed side by side without knowing
// stays in one piece each.
package import CRDT

/// Begins as xyz. `e`: types at the end · `b`: before everything · `d`: deletes the first element · `v`: moves the first to
/// the end (a list) · `m`: marks the first, and what is typed behind it (a text).
package struct SequenceModel: ContainerModel {
    private let isText: Bool
    package init(isText: Bool) { self.isText = isText }

    package var hasTargets: Bool { true }

    private func container(_ document: inout Document) -> ContainerID { document.container(isText ? .text : .list, "s") }

    private func insert(_ name: Character, at position: Int, _ document: inout Document) throws {
        let sequence = container(&document)
        if isText { try document.insert(String(name), at: position, in: sequence) } else { try document.insert(.string(String(name)), at: position, in: sequence) }
    }

    package func begin(_ document: inout Document) throws {
        for (position, name) in "xyz".enumerated() { try insert(name, at: position, &document) }
    }

    package func perform(_ letter: Character, _ edit: Edit, _ document: inout Document) throws -> Character? {
        let sequence = container(&document)
        let first = shown(document).first
        switch letter {
        case "e": try insert(name(edit), at: document.count(sequence), &document)
        case "b": try insert(name(edit), at: 0, &document)
        case _ where first == nil: break
        case "d": try document.delete(at: 0, count: 1, in: sequence)
        case "v": try document.move(at: 0, to: document.count(sequence) - 1, in: sequence)
        default: try document.mark(0..<1, "m", .int(Int64(edit.index)), in: sequence)
        }
        return letter == "e" || letter == "b" ? nil : first
    }

    /// a-i: after x, y, z no other name is needed.
    private func name(_ edit: Edit) -> Character { Character(UnicodeScalar(UInt8(97 + edit.index))) }

    private func shown(_ document: Document) -> [Character] {
        guard let sequence = document.existingContainer(isText ? .text : .list, "s") else { return [] }
        if isText { return Array(document.text(sequence)) }
        return document.list(sequence).compactMap { if case .string(let text) = $0 { text.first } else { nil } }
    }

    package func check(_ document: Document, _ past: Past) throws {
        let shown = shown(document)
        let typed = past.edits.filter { past.letter($0) == "e" || past.letter($0) == "b" }
        func targets(of letter: Character) -> [(edit: Edit, target: Character)] {
            zip(past.edits, past.targets).compactMap { edit, target in past.letter(edit) == letter ? target.map { (edit, $0) } : nil }
        }
        let deleted = Set(targets(of: "d").map(\.target))
        try expect(shown.sorted(), (typed.map(name) + "xyz").filter { !deleted.contains($0) }.sorted(), "what was put in and not deleted shows, once")
        let moves = targets(of: "v")
        let moved = Set(moves.map(\.target))
        let positions = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
        func position(_ name: Character) -> Int? { moved.contains(name) ? nil : positions[name] }
        for (one, other) in ["xy", "yz", "xz"].map({ ($0.first ?? "x", $0.last ?? "x") }) {
            if let one = position(one), let other = position(other), one > other { throw BrokenLaw(description: "xyz stay in their order") }
        }
        for edit in typed {
            guard let own = position(name(edit)) else { continue }
            // Each is where it was put, seen from what its author saw.
            let others = typed.filter { past.had(edit, seen: $0) }.map(name) + "xyz"
            for other in others {
                guard let theirs = position(other) else { continue }
                guard (theirs < own) == (past.letter(edit) == "e") else { throw BrokenLaw(description: "\(name(edit)) is where it was put") }
            }
        }
        for element in moved {
            // Its last mover put it behind all that stood there.
            guard let own = positions[element], let last = last(moves.filter { $0.target == element }.map(\.edit), past) else { continue }
            for other in typed.filter({ past.had(last, seen: $0) }).map(name) + "xyz" {
                guard let theirs = position(other) else { continue }
                guard theirs < own else { throw BrokenLaw(description: "\(element) is where its last mover put it") }
            }
        }
        if isText { try checkMarks(document, shown, targets(of: "m"), past) }
        try checkRuns(typed, past) { position(name($0)) }
    }

    private func last(_ edits: [Edit], _ past: Past) -> Edit? { edits.max { (past.lamport($0), $0.order) < (past.lamport($1), $1.order) } }

    /// On an element that was marked shows its last mark, or one that is later still and came to cover it.
    private func checkMarks(_ document: Document, _ shown: [Character], _ marks: [(edit: Edit, target: Character)], _ past: Past) throws {
        guard let text = document.existingContainer(.text, "s") else { return }
        let values = document.spans(text).flatMap { span in span.text.map { _ in span["m"] } }
        try expect(values.count, shown.count, "spans are the text")
        for (name, value) in zip(shown, values) {
            var showing: Edit?
            if let value {
                showing = marks.map(\.edit).first { .int(Int64($0.index)) == value }
                guard showing != nil else { throw BrokenLaw(description: "what shows on \(name) was set") }
            }
            guard let own = last(marks.filter { $0.target == name }.map(\.edit), past) else { continue }
            guard let showing, last([own, showing], past) == showing else { throw BrokenLaw(description: "the last mark of \(name) shows") }
        }
    }

    /// Of two replicas that knew nothing of each other's, neither's run has an element of the other's inside.
    private func checkRuns(_ typed: [Edit], _ past: Past, _ position: (Edit) -> Int?) throws {
        for first in typed {
            // A run: the next is typed on at the same side, and its author had heard of nothing in between.
            let next = Edit(replica: first.replica, number: first.number + 1)
            var seen = past.history.seen(by: first)
            seen[first.replica] += 1
            guard typed.contains(next), past.letter(next) == past.letter(first), past.history.seen(by: next) == seen,
                  let one = position(first), let other = position(next) else { continue }
            for foreign in typed where foreign.replica != first.replica && !past.had(foreign, seen: first) && !past.had(next, seen: foreign) {
                guard let place = position(foreign) else { continue }
                if (min(one, other)..<max(one, other)).contains(place) { throw BrokenLaw(description: "\(name(foreign)) was typed into a run that its author didn't know") }
            }
        }
    }
}
