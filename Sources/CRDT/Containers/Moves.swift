// Where the elements of a list stand, once any was moved.
//
// An insertion makes an element and the slot of the sequence that it stands in; a move makes another slot, and nothing
// else. The slot is the element's last-writer-wins register: the move that is last by (lamport, actor) says where it
// stands, so it stands in one slot, whoever moved it how often. (M. Kleppmann: "Moving Elements in List CRDTs", PaPoC
// 2020.) A deleted element stays deleted wherever it is moved: nothing that was removed comes back.
//
//     slots     [a] [ ] [c] [b]      the second was b's until it was moved behind c: a place, no more
//
// Slots are named by dots like elements; an element's first slot has its own dot.

struct Moves {
    struct Standing {
        var slot: Dot
        /// Of the move that made the slot.
        var lamport: UInt64
        var isDeleted: Bool
    }

    /// By element, for those that were ever moved.
    private(set) var standings: [Dot: Standing] = [:]
    /// By slot that a move made: the element it was made for.
    private(set) var elements: [Dot: Dot] = [:]

    var isEmpty: Bool { elements.isEmpty }

    func element(inSlot slot: Dot) -> Dot { elements.isEmpty ? slot : elements[slot] ?? slot }
    func slot(of element: Dot) -> Dot { standings.isEmpty ? element : standings[element]?.slot ?? element }

    mutating func markDeleted(_ element: Dot) { standings[element]?.isDeleted = true }

    mutating func add(slot: Dot, for element: Dot) { elements[slot] = element }
    mutating func stand(_ element: Dot, _ standing: Standing) { standings[element] = standing }
}

extension SequenceTree {
    /// Moves the visible element at `from` to where it then has the position `position`.
    /// - Parameter slot: the move's own dot.
    /// - Returns: the element, and what the slot was put between.
    /// - Complexity: O(log n).
    mutating func moveLocally(from: Int, to position: Int, slot: Dot, lamport: UInt64) -> (element: Dot, origins: Origins) {
        let old = place(at: from).place
        let oldSlot = run(at: old).first.advanced(by: old.offset)
        let element = moves.element(inSlot: oldSlot)
        let new = Run(actor: slot.actor, counter: slot.counter, length: 1, content: contentOffset(of: run(at: old), at: old.offset), flags: 0)
        // While it still stands where it stood, what lies behind it is one further on.
        let origins = insertLocally(new, at: position > from ? position + 1 : position)
        vacate(oldSlot)
        moves.add(slot: slot, for: element)
        moves.stand(element, Moves.Standing(slot: slot, lamport: lamport, isDeleted: false))
        return (element, origins)
    }

    /// Moves a visible element right behind a slot, used or not, or to the beginning.
    /// - Complexity: O(log n).
    mutating func moveLocally(_ element: Dot, behind place: Place?, slot: Dot, lamport: UInt64) -> Origins {
        let oldSlot = moves.slot(of: element)
        guard let old = self.place(of: oldSlot) else { preconditionFailure("an element stands in a slot") }
        let new = Run(actor: slot.actor, counter: slot.counter, length: 1, content: contentOffset(of: run(at: old), at: old.offset), flags: 0)
        let origins = insertLocally(new, behind: place)
        vacate(oldSlot)
        moves.add(slot: slot, for: element)
        moves.stand(element, Moves.Standing(slot: slot, lamport: lamport, isDeleted: false))
        return origins
    }

    /// Takes in a move from elsewhere. The slot is made in any case, for others may stand beside it.
    /// - Complexity: as `integrate`.
    mutating func move(_ element: Dot, to slot: Dot, _ origins: Origins, lamport: UInt64, precedes: (_ left: UInt32, _ right: UInt32) -> Bool,
                       originsOf: (Dot) -> Origins) {
        guard let birthplace = place(of: element) else { preconditionFailure("what a change moves is checked before it is applied") }
        let known = moves.standings[element]
        let isDeleted = known?.isDeleted ?? run(at: birthplace).isDeleted
        let isLast = known.map { $0.lamport == lamport ? precedes($0.slot.actor, slot.actor) : $0.lamport < lamport } ?? true
        // Where it stands has its content; of a birthplace before a cut nothing is left but the name.
        let stand = known.flatMap { place(of: $0.slot) } ?? birthplace
        let new = Run(actor: slot.actor, counter: slot.counter, length: 1, content: contentOffset(of: run(at: stand), at: stand.offset),
                      flags: isLast && !isDeleted ? 0 : Run.deletedFlag)
        integrate(new, origins, precedes: precedes, originsOf: originsOf)
        moves.add(slot: slot, for: element)
        guard isLast else { return }
        if !isDeleted { vacate(known?.slot ?? element) }
        moves.stand(element, Moves.Standing(slot: slot, lamport: lamport, isDeleted: isDeleted))
    }

    /// Deletes an element where it stands; one that is deleted already stays so.
    mutating func deleteElement(_ element: Dot) {
        vacate(moves.slot(of: element))
        moves.markDeleted(element)
    }

    /// Deletes the visible elements from `position` on, in a list with moves.
    /// - Returns: the elements, which are not the slots that they stood in.
    mutating func deleteElementsLocally(at position: Int, count: Int) -> [Dot] {
        var elements: [Dot] = []
        deleteLocally(at: position, count: count) { first, length in elements += (0..<length).map { first.advanced(by: $0) } }
        for index in elements.indices {
            elements[index] = moves.element(inSlot: elements[index])
            moves.markDeleted(elements[index])
        }
        return elements
    }

    private mutating func vacate(_ slot: Dot) {
        recentLeaf = -1
        guard let place = place(of: slot) else { preconditionFailure("an element stands in a slot") }
        if !run(at: place).isDeleted { markDeleted(leaf: place.leaf, slot: place.slot, from: place.offset, to: place.offset + 1) }
    }

    /// Stops the program where an element stands in several slots, or in none without being deleted. For tests.
    func checkMoves() {
        for (slot, element) in moves.elements {
            guard let standing = moves.standings[element], let place = place(of: slot), let birthplace = self.place(of: element) else {
                preconditionFailure("every slot is an element's, and has a place")
            }
            precondition(run(at: birthplace).isDeleted, "a moved element has left its first slot")
            precondition(run(at: place).isDeleted == (standing.slot != slot || standing.isDeleted), "an element shows in its last slot only")
        }
    }
}
