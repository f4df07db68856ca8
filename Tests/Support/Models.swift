// What each container means, in the plainest words: from the edits that are known and what each had seen, with no
// state that grows. Protocol/merge.md says the same. `SequenceModel` has texts and lists.
package import CRDT

package protocol ContainerModel: Sendable {
    /// Whether edits are to something that `perform` names.
    var hasTargets: Bool { get }
    /// What is there before the replicas part.
    func begin(_ document: inout Document) throws
    /// - Returns: what it was done to.
    func perform(_ letter: Character, _ edit: Edit, _ document: inout Document) throws -> Character?
    /// - Throws: `BrokenLaw`.
    func check(_ document: Document, _ past: Past) throws
}

extension ContainerModel {
    package var hasTargets: Bool { false }
    package func begin(_ document: inout Document) throws {}
}

extension Edit {
    /// What it sets: no two edits the same.
    fileprivate var value: Int64 { Int64(index) }
    /// Ties go to the larger actor.
    var order: ActorID { Interleavings.actor(replica) }
}

func expect<Thing: Equatable>(_ found: Thing, _ expected: Thing, _ law: String) throws {
    if found != expected { throw BrokenLaw(description: "\(law): \(found), not \(expected)") }
}

/// `s`: sets one key · `r`: removes it, where there is something to remove.
package struct MapModel: ContainerModel {
    package init() {}

    package func perform(_ letter: Character, _ edit: Edit, _ document: inout Document) -> Character? {
        if letter == "s" { document.set("k", to: .int(edit.value)) } else { document.remove("k") }
        return nil
    }

    package func check(_ document: Document, _ past: Past) throws {
        // An edit replaces all that it had seen, and nothing else does.
        let live = past.unseen(amongst: past.edits).filter { past.letter($0) == "s" }
        let values = document.values("k")
        try expect(values.count, live.count, "as many values as nobody replaced")
        let last = live.max { (past.lamport($0), $0.order) < (past.lamport($1), $1.order) }
        try expect(document.value("k"), last.map { .int($0.value) }, "the last of them shows")
        for edit in live { try expect(values.contains(.int(edit.value)), true, "what nobody replaced is there") }
    }
}

/// `t`: grants · `f`: withdraws.
package struct FlagModel: ContainerModel {
    package init() {}

    package func perform(_ letter: Character, _ edit: Edit, _ document: inout Document) -> Character? {
        document.setFlag(letter == "t", in: document.container(.flag, "f"))
        return nil
    }

    package func check(_ document: Document, _ past: Past) throws {
        let live = past.unseen(amongst: past.edits)
        let isGranted = document.existingContainer(.flag, "f").map(document.flag) ?? false
        try expect(isGranted, !live.isEmpty && live.allSatisfy { past.letter($0) == "t" }, "granted where no concurrent withdrawal is")
    }
}

/// Digits: the number offered in hundreds, and the edit's own number, so that all offers differ.
package struct MaxModel: ContainerModel {
    package init() {}

    private func number(_ letter: Character, _ edit: Edit) -> Int64 { Int64(letter.wholeNumberValue ?? 0) * 100 + edit.value }

    package func perform(_ letter: Character, _ edit: Edit, _ document: inout Document) -> Character? {
        document.raise(to: number(letter, edit), in: document.container(.max, "m"))
        return nil
    }

    package func check(_ document: Document, _ past: Past) throws {
        let most = past.edits.map { number(past.letter($0), $0) }.max()
        try expect(document.existingContainer(.max, "m").flatMap(document.maximum), most, "the largest offer shows")
    }
}

/// `+`: one more · `-`: one less · `2`: set 2 · `0`: remove. Rules of Protocol/merge.md section 4. It begins with what
/// somebody set to 1 and made one more.
package struct QuantityModel: ContainerModel {
    package init() {}

    package func begin(_ document: inout Document) throws {
        let quantity = document.container(.quantity, "q")
        try document.edit(.set(1), in: quantity)
        try document.edit(.more(1), in: quantity)
    }

    package func perform(_ letter: Character, _ edit: Edit, _ document: inout Document) throws -> Character? {
        let quantity = document.container(.quantity, "q")
        switch letter {
        case "+": try document.edit(.more(1), in: quantity)
        case "-": try document.edit(.less(1), in: quantity)
        case "2": try document.edit(.set(2), in: quantity)
        default: try document.edit(.remove, in: quantity)
        }
        return nil
    }

    package func check(_ document: Document, _ past: Past) throws {
        let states = States(past)
        let value = states.all.value
        try expect(document.existingContainer(.quantity, "q").map(document.quantity) ?? 0, UInt64(value), "P, N and bases add up")
        for edit in past.history.lastEdits {
            // Without this one: what it did on top of all the others that are known.
            var counts = past.history.counts
            counts[edit.replica] -= 1
            let before = states.state(counts).value
            let hadSeenAll = past.history.seen(by: edit) == counts
            switch past.letter(edit) {
            case "+":
                guard value >= before, !hadSeenAll || value == before + 1 else { throw BrokenLaw(description: "one more made \(value) of \(before)") }
            case "-":
                guard value <= before, !hadSeenAll || value == max(before - 1, 0) else { throw BrokenLaw(description: "one less made \(value) of \(before)") }
            case "2":
                guard !hadSeenAll || value == 2 else { throw BrokenLaw(description: "what was set to 2 is \(value)") }
            default:
                guard value <= before, !hadSeenAll || value == 0 else { throw BrokenLaw(description: "removing made \(value) of \(before)") }
            }
        }
        let added = past.edits.count { past.letter($0) == "+" }
        guard value <= 2 + added else { throw BrokenLaw(description: "\(value) is more than anybody put in") }
    }

    /// Numbers by replica, the fourth being who was there before; caps by edit, the last being what was set before.
    private struct State {
        var added = SIMD4<Int8>(0, 0, 0, 1), taken = SIMD4<Int8>()
        /// -1: no base, or one that was replaced.
        var caps = SIMD16<Int8>(repeating: -1)
        var rest: SIMD4<Int8> { pointwiseMax(added &- taken, SIMD4()) }
        var value: Int { max(Int(caps.max()), 0) + Int(rest.wrappedSum()) }

        init() { caps[15] = 1 }
    }

    private static let orders = (0..<4).map(Interleavings.actor)

    private struct States {
        private let past: Past
        /// By edit: what its author saw.
        private var observed: [State]
        private(set) var all = State()

        init(_ past: Past) {
            self.past = past
            observed = Array(repeating: State(), count: 9)
            for edit in past.edits.sorted(by: { past.history.seen(by: $0).wrappedSum() < past.history.seen(by: $1).wrappedSum() }) {
                observed[edit.index] = state(past.history.seen(by: edit))
            }
            all = state(past.history.counts)
        }

        /// Additions are summed, what was taken is the most that anybody took, caps are the least that anybody left.
        func state(_ counts: Counts) -> State {
            var state = State()
            var isDropped = SIMDMask<SIMD16<Int8>>(repeating: false)
            let edits = past.edits.filter { $0.number < counts[$0.replica] }
            for edit in edits where past.letter(edit) == "+" { state.added[edit.replica] += 1 }
            for edit in edits where past.letter(edit) == "2" { state.caps[edit.index] = 2 }
            for edit in edits where past.letter(edit) != "+" {
                let seen = observed[edit.index]
                if past.letter(edit) == "-" {
                    // The largest share first, ties by actor; with one to take that is all.
                    let largest = (0..<4).filter { seen.rest[$0] > 0 }.max { (seen.rest[$0], orders[$1]) < (seen.rest[$1], orders[$0]) }
                    if let largest {
                        state.taken[largest] = max(state.taken[largest], seen.taken[largest] + 1)
                    } else {
                        let lower = pointwiseMin(state.caps, pointwiseMax(seen.caps &- 1, SIMD16()))
                        state.caps.replace(with: lower, where: seen.caps .>= 0)
                    }
                } else {
                    state.taken.replace(with: pointwiseMax(state.taken, seen.added), where: seen.rest .> 0)
                    isDropped .|= seen.caps .>= 0
                }
            }
            state.caps.replace(with: -1, where: isDropped)
            return state
        }
    }
}
