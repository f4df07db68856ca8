// A settable counter: "one more" and "make it 5" are both what people mean, and both merge.
//
// For each actor, `added` (P: its own increments, growing) and `consumed` (N: how much of those was
// taken away, merged with max); and bases {dot, cap}, one for each `set` that nobody has seen
// replaced, whose caps merge with min. Value = max(live caps, 0) + sum(P - N), never negative. State
// is O(actors) and exact without history. Rows a to i of Protocol/merge.md section 4 are its promise.
internal import Bytes

struct Quantity: Equatable {
    struct Share: Equatable {
        var actor: UInt32
        var added: UInt64 = 0
        var consumed: UInt64 = 0
        var rest: UInt64 { added > consumed ? added - consumed : 0 }
    }

    struct Base: Equatable {
        var dot: Dot
        var cap: UInt64
    }

    /// One operation: what it adds, and what it takes of what its author had seen.
    struct Step: Equatable {
        var added: UInt64 = 0
        /// New values of N, for those actors where it rises.
        var consumed: [(actor: UInt32, upTo: UInt64)] = []
        /// Bases that its author had seen and replaced.
        var dropped: [Dot] = []
        /// Bases whose cap falls.
        var lowered: [(dot: Dot, cap: UInt64)] = []
        /// A base of its own.
        var base: UInt64?

        /// Whether nothing comes of it.
        var isEmpty: Bool { added == 0 && base == nil && consumed.isEmpty && dropped.isEmpty && lowered.isEmpty }

        static func == (left: Step, right: Step) -> Bool {
            left.added == right.added && left.base == right.base && left.dropped == right.dropped
                && left.consumed.elementsEqual(right.consumed, by: ==) && left.lowered.elementsEqual(right.lowered, by: ==)
        }
    }

    var shares: [Share] = []
    var bases: [Base] = []

    var value: UInt64 { saturated(bases.map(\.cap).max() ?? 0, rest) }

    private var rest: UInt64 { shares.reduce(0) { saturated($0, $1.rest) } }

    /// The values that concurrent `set`s left, in ascending order; one or none without a conflict.
    var conflict: [UInt64] {
        let rest = rest
        return Set(bases.map { saturated($0.cap, rest) }).sorted()
    }

    // MARK: Steps, from what is observed here

    func more(_ count: UInt64) -> Step { Step(added: count) }

    func remove() -> Step {
        Step(consumed: shares.filter { $0.rest > 0 }.map { ($0.actor, $0.added) }, dropped: bases.map(\.dot))
    }

    func set(_ count: UInt64) -> Step {
        var step = remove()
        step.base = count
        return step
    }

    /// Takes away at most what there is: from increments first, the largest share first, ties by
    /// actor; what remains lowers every base.
    func less(_ count: UInt64, precedes: (UInt32, UInt32) -> Bool) -> Step {
        less(count) { $0.rest == $1.rest ? precedes($0.actor, $1.actor) : $0.rest > $1.rest }
    }

    /// The same, from the shares in an order.
    func less(_ count: UInt64, from isBefore: (Share, Share) -> Bool) -> Step {
        var step = Step()
        var left = count
        for share in shares.filter({ $0.rest > 0 }).sorted(by: isBefore) where left > 0 {
            let taken = min(left, share.rest)
            step.consumed.append((share.actor, share.consumed + taken))
            left -= taken
        }
        if left > 0 {
            for base in bases where base.cap > 0 { step.lowered.append((base.dot, base.cap > left ? base.cap - left : 0)) }
        }
        return step
    }

    // MARK: Merging

    /// - Complexity: O(actors that ever stepped).
    mutating func apply(_ step: Step, dot: Dot) {
        if step.added > 0 {
            let share = shareIndex(of: dot.actor)
            shares[share].added = saturated(shares[share].added, step.added)
        }
        for (actor, upTo) in step.consumed where actor == dot.actor || !Plant.removedComesBack.isPlanted {
            let share = shareIndex(of: actor)
            shares[share].consumed = Plant.consumptionReplaced.isPlanted ? upTo : max(shares[share].consumed, upTo)
        }
        if step.base == nil, step.dropped.isEmpty, step.lowered.isEmpty { return }
        if step.dropped.count > Quantity.fewNames {
            let dropped = Set(step.dropped)
            bases.removeAll { dropped.contains($0.dot) }
        } else if !step.dropped.isEmpty {
            bases.removeAll { base in step.dropped.contains(base.dot) }
        }
        if step.lowered.count > Quantity.fewNames {
            let caps = Dictionary(step.lowered.map { ($0.dot, $0.cap) }) { min($0, $1) }
            for index in bases.indices { bases[index].cap = min(bases[index].cap, caps[bases[index].dot] ?? .max) }
        } else {
            for (lowered, cap) in step.lowered {
                if let index = bases.firstIndex(where: { $0.dot == lowered }) { bases[index].cap = min(bases[index].cap, cap) }
            }
        }
        if let cap = step.base { bases.append(Base(dot: dot, cap: cap)) }
    }

    /// Bases that a step names one by one; more are looked up.
    private static let fewNames = 16

    /// The share of an actor, which is made where it has none.
    private mutating func shareIndex(of actor: UInt32) -> Int {
        if let index = shares.firstIndex(where: { $0.actor == actor }) { return index }
        shares.append(Share(actor: actor))
        return shares.count - 1
    }
}

extension Quantity {
    /// The steps of a document. Most only add, and are that number alone.
    struct Steps {
        /// What is added, or `otherBit` and an index into `others`.
        private var numbers: [UInt64] = []
        private var others: [Step] = []
        private static let otherBit: UInt64 = 1 << 63

        var count: Int { numbers.count }

        subscript(index: Int) -> Step {
            let number = numbers[index]
            return number & Steps.otherBit == 0 ? Step(added: number) : others[Int(number & ~Steps.otherBit)]
        }

        mutating func append(_ step: Step) {
            let isPlain = step.added & Steps.otherBit == 0 && step.base == nil && step.consumed.isEmpty && step.dropped.isEmpty && step.lowered.isEmpty
            numbers.appendThriftily(isPlain ? step.added : Steps.otherBit | UInt64(others.count))
            if !isPlain { others.appendThriftily(step) }
        }
    }
}

/// A sum that stops at the largest number: hostile steps must not stop the program.
private func saturated(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, isOver) = left.addingReportingOverflow(right)
    return isOver ? .max : sum
}
