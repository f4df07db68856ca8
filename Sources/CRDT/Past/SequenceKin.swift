// Which elements stand for which: what an undo or a redo brings back is a copy of what was deleted.
//
// A copy stands right behind what it is a copy of. So history tells: in an undo or a redo, elements put in side by side are
// one stretch; its left origin is the last element of what it is a copy of, and as many before that, by counters, as the
// stretch is long. In a list a stretch is one element, and its left origin the slot that the other one stands in.
// Protocol/undo.md section 3.

struct SequenceKin {
    /// By copy.
    private var original: [Dot: Dot] = [:]
    /// By who is no copy: all copies of it, and of these.
    private var copies: [Dot: [Dot]] = [:]

    var isEmpty: Bool { original.isEmpty }
    func root(_ element: Dot) -> Dot { original.isEmpty ? element : original[element] ?? element }
    /// The element and its copies, by the order of last writers.
    func members(_ root: Dot) -> [Dot] { [root] + (copies[root] ?? []) }
    func isCopy(_ element: Dot) -> Bool { original[element] != nil }

    fileprivate init(_ pairs: [(copy: Dot, original: Dot)]) {
        for (copy, other) in pairs {
            let root = root(other)
            original[copy] = root
            copies[root, default: []].append(copy)
        }
    }
}

extension Document {
    func kin(in sequence: ContainerID, _ ledger: UndoLedger) -> SequenceKin {
        let tree = sequences[slot(sequence, .text, .list)]
        var found: [(copy: Dot, original: Dot, lamport: UInt64)] = []
        for (index, ranges) in ledger.derived.enumerated() where lanes[index].end > 0 {
            let actor = UInt32(index)
            for range in ranges {
                var stretch: (left: Dot, first: UInt32, length: UInt32)?
                func close() {
                    guard let (left, first, length) = stretch, !left.isNone else { return }
                    let last = tree.moves.element(inSlot: left)
                    guard last.counter >= length - 1 else { return }
                    for offset in 0..<length {
                        let original = Dot(actor: last.actor, counter: last.counter - (length - 1 - offset))
                        guard tree.place(of: original) != nil else { continue }
                        found.append((Dot(actor: actor, counter: first + offset), original, arrival(of: Dot(actor: actor, counter: first + offset))))
                    }
                }
                for row in rows(of: actor, range.lowerBound..<min(range.upperBound, lanes[index].end)) where row.kind == .insert && row.container == sequence.index {
                    if let open = stretch, open.first + open.length == row.counter, row.first == Dot(actor: actor, counter: row.counter - 1) {
                        stretch?.length += row.length
                    } else {
                        close()
                        stretch = (row.first, row.counter, row.length)
                    }
                }
                close()
            }
        }
        found.sort { $0.lamport == $1.lamport ? precedes($0.copy.actor, $1.copy.actor) : $0.lamport < $1.lamport }
        return SequenceKin(found.map { ($0.copy, $0.original) })
    }

    /// When an element was put in, in the order of last writers. What the open change puts in comes after all: its lamport
    /// numbers are known when it closes.
    func arrival(of dot: Dot) -> UInt64 {
        if let open, open.actor == dot.actor, dot.counter >= open.start { return .max }
        return lanes[Int(dot.actor)].lamport(of: dot.counter)
    }
}
