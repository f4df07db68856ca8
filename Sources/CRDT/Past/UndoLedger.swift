// What of a document's history was taken back, and which changes did that: found in the history alone, so it is the same
// after a restart, and on every replica.
//
//     steps / "ACTOR:START"   {undone}: whether the change that begins there is taken back
//     authors / ACTOR         the person, where a document says so
//
// A change that writes to `steps` is an undo or a redo. It says which change it takes back, or does again, and brings the
// containers to what they would be without it, or with it: what shows is always what the changes that count come to. A
// change counts that neither was taken back nor is an undo or redo. So what undo and redo wrote is never itself
// undone; whoever wants the value that should show asks the changes that count. Protocol/undo.md.

struct UndoLedger {
    /// By actor, ascending: the undos and redos.
    var derived: [[Range<UInt32>]]
    /// By actor, ascending: what is taken back, and when that was, in the order of last writers.
    var undone: [[(range: Range<UInt32>, since: UInt64)]]

    func isDerived(_ dot: Dot) -> Bool {
        let own = Int(dot.actor) < derived.count ? derived[Int(dot.actor)] : []
        return Lane.lastIndex(of: own.count) { own[$0].lowerBound <= dot.counter }.map { own[$0].contains(dot.counter) } ?? false
    }

    func counts(_ dot: Dot) -> Bool { lapse(of: dot) == nil }

    /// Since when an operation doesn't count, in the order of last writers; nil if it does. What undo and redo wrote never did.
    func lapse(of dot: Dot) -> UInt64? {
        if isDerived(dot) { return 0 }
        let own = Int(dot.actor) < undone.count ? undone[Int(dot.actor)] : []
        guard let last = Lane.lastIndex(of: own.count, where: { own[$0].range.lowerBound <= dot.counter }), own[last].range.contains(dot.counter) else { return nil }
        return own[last].since
    }

    /// - Parameter since: nil if it counts.
    mutating func set(_ range: Range<UInt32>, of actor: UInt32, undoneSince since: UInt64?) {
        undone[Int(actor)].removeAll { $0.range == range }
        guard let since else { return }
        undone[Int(actor)].append((range, since))
        undone[Int(actor)].sort { $0.range.lowerBound < $1.range.lowerBound }
    }
}

/// What of a document undo is about.
package struct UndoScope: Sendable {
    /// Names under the root that undo leaves alone: where the caret is, who is who.
    package var ignored: Set<String>
    /// Where given, only a change of something under these names is a step.
    package var about: Set<String>?

    package init(ignored: Set<String> = [], about: Set<String>? = nil) {
        self.ignored = ignored.union(Document.bookNames)
        self.about = about
    }
}

/// A change that can be taken back, or was.
package struct UndoStep: Equatable, Sendable {
    /// Its first operation.
    package let start: OperationID
    /// Its last one: how `history` names it.
    package let change: OperationID
    package let lamport: UInt64
    package let time: UInt64
    package let isUndone: Bool
    /// When it was last taken back or done again, in the order of last writers; 0 if never.
    package let flipped: UInt64

    var name: String { start.description }
}

extension Document {
    /// Roots that people don't write to: what undo and cuts keep their books in.
    package static let bookNames: Set<String> = ["steps", "authors", SignedCut.container]

    private var stepsMap: UInt32? { existingContainer(.map, "steps")?.index }

    func undoLedger() -> UndoLedger {
        var ledger = UndoLedger(derived: lanes.map { _ in [] }, undone: lanes.map { _ in [] })
        guard let steps = stepsMap else { return ledger }
        for (actor, lane) in lanes.enumerated() {
            for row in lane.operations where row.container == steps {
                guard let range = lane.change(holding: row.counter), ledger.derived[actor].last != range else { continue }
                ledger.derived[actor].append(range)
            }
        }
        for (key, live) in maps[slot(of: steps)].registers.all {
            guard let last = ordered(live).last, values[Int(last.value)]["undone"] == .bool(true), let start = OperationID(keys[Int(key)]),
                  let actor = actorIndex[start.actor], let range = lanes[Int(actor)].change(holding: start.counter) else { continue }
            ledger.set(range, of: actor, undoneSince: lanes[Int(last.dot.actor)].lamport(of: last.dot.counter))
        }
        return ledger
    }

    /// The changes of some actors that undo is about, oldest first.
    /// - Complexity: O(history).
    package func undoSteps(_ scope: UndoScope, isOwn: (ActorID) -> Bool) -> [UndoStep] {
        if let file { return file.document.undoSteps(scope, isOwn: isOwn) }
        let ledger = undoLedger()
        var steps: [UndoStep] = []
        for (index, lane) in lanes.enumerated() where lane.end > 0 && isOwn(actors[index]) {
            let actor = actors[index]
            var row = 0
            var start = lane.start
            for end in changeEnds(of: actor, after: 0) {
                defer { start = end }
                while lane.operations[row].end <= start { row += 1 }
                guard lane.operations[row...].prefix(while: { $0.counter < end }).contains(where: { isStep($0, scope) }),
                      !ledger.isDerived(Dot(actor: UInt32(index), counter: start)) else { continue }
                let name = OperationID(actor: actor, counter: start)
                let flip = stepsMap.flatMap { map in keyIndex[name.description].flatMap { maps[slot(of: map)].registers[$0] } }.flatMap { ordered($0).last?.dot }
                steps.append(UndoStep(start: name, change: OperationID(actor: actor, counter: end - 1), lamport: lane.lamport(of: start),
                                      time: lane.time(of: start), isUndone: !ledger.counts(Dot(actor: UInt32(index), counter: start)),
                                      flipped: flip.map { lanes[Int($0.actor)].lamport(of: $0.counter) } ?? 0))
            }
        }
        return steps.sorted { ($0.lamport, $0.start.actor) < ($1.lamport, $1.start.actor) }
    }

    /// Whether one of some actors ever offered a number to a max register, which can't be taken back.
    package func hasRaised(by isOwn: (ActorID) -> Bool) -> Bool {
        if let file { return file.document.hasRaised(by: isOwn) }
        return lanes.indices.contains { isOwn(actors[$0]) && lanes[$0].operations.contains { $0.kind == .max } }
    }

    /// What undo takes back next: the last step that stands.
    package static func undoable(_ steps: [UndoStep]) -> UndoStep? { steps.last { !$0.isUndone } }

    /// What redo does again: what was taken back last, unless something was done since.
    package static func redoable(_ steps: [UndoStep]) -> UndoStep? {
        let last = steps.last { !$0.isUndone }?.lamport ?? 0
        guard let step = steps.filter(\.isUndone).max(by: { ($0.flipped, $0.lamport) < ($1.flipped, $1.lamport) }) else { return nil }
        // What stands and is younger than the undo was done after it.
        return last > step.flipped ? nil : step
    }

    private func isStep(_ row: Operation, _ scope: UndoScope) -> Bool {
        guard row.kind != .max, row.kind != .extended else { return false }
        let name = rootName(of: row)
        return scope.about?.contains(name) ?? !scope.ignored.contains(name)
    }

    /// The name under the root that an operation is about.
    func rootName(of row: Operation) -> String {
        if row.container == 0 { return row.kind == .extended ? "" : keys[Int(row.key)] }
        var index = row.container
        while containers[Int(index)].parent != 0 { index = containers[Int(index)].parent }
        return keys[Int(containers[Int(index)].key)]
    }
}
