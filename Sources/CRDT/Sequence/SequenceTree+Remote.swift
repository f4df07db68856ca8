// Editing by identity, as changes from elsewhere do.
//
// The order of concurrent insertions is FugueMax (Weidner and Kleppmann, "The Art of the Fugue",
// 2023): each element remembers its neighbours at birth, its origins, and concurrent runs never
// interleave, whether typed forwards or backwards. The scan below is the form with two origins that
// is proven equal to it; ties go to the smaller actor on the left.

extension SequenceTree {
    /// Puts a run where its origins say, among what was put there concurrently.
    /// - Parameters:
    ///   - origins: both must name elements of this sequence, or none.
    ///   - originsOf: the origins of any element here that begins an insertion.
    /// - Complexity: O(log n), and O(log n) for each concurrent run between the origins; of many with the same origins,
    ///   for those from the last one that it goes behind: see `Siblings`.
    mutating func integrate(_ run: Run, _ origins: Origins, precedes: (_ left: UInt32, _ right: UInt32) -> Bool,
                            originsOf: (Dot) -> Origins) {
        let left = origins.left.isNone ? nil : place(of: origins.left)
        recentLeaf = -1
        guard let next = element(behind: left), next != origins.right, let first = left.map({ self.place(after: $0) }) ?? Place(leaf: 0, slot: 0, offset: 0) else {
            insert(run, after: left)
            return
        }
        let right = origins.right.isNone ? nil : place(of: origins.right)
        let kin = kin(of: run, origins, precedes: precedes, originsOf: originsOf)
        let (place, steps, elders) = scan(run, origins, from: first, leftPlace: left, rightPlace: right, behind: kin.place, precedes: precedes, originsOf: originsOf)
        // Of one sibling there is nothing to note: where two type at one place, each meets one of the other's.
        note(run, origins, kin, steps: elders > 1 ? steps : 0, from: first, rightPlace: right, precedes: precedes, originsOf: originsOf)
        insert(run, after: place)
    }

    /// Puts a run right behind a place, where its origins say that it stands there.
    mutating func put(_ run: Run, behind place: Place?) {
        recentLeaf = -1
        insert(run, after: place)
    }

    /// The element right behind a place, or the first one; nil at the end.
    func element(behind place: Place?) -> Dot? { place.map { element(after: $0) } ?? firstElement }

    /// The place after which the run belongs, how many runs were looked at, and how many of them have the same origins.
    /// - Parameter sibling: of an insertion with the same origins that the run goes behind, where one is known.
    private func scan(_ run: Run, _ origins: Origins, from first: Place, leftPlace: Place?, rightPlace: Place?, behind sibling: Place?,
                      precedes: (UInt32, UInt32) -> Bool, originsOf: (Dot) -> Origins) -> (Place?, steps: Int, elders: Int) {
        var (steps, elders) = (0, 0)
        // The elements that were passed last: what follows one of them follows none before.
        var passed = (from: Dot(actor: .max, counter: 1), to: UInt32(0))
        var destination = leftPlace
        var isScanning = false
        var current: Place? = first
        // The element before `current`: where the run goes if the scan ends here.
        var before = leftPlace
        if let sibling {
            let last = Place(leaf: sibling.leaf, slot: sibling.slot, offset: lastOffset(of: self.run(at: sibling), from: sibling.offset, rightPlace, sibling))
            (before, current) = (last, place(after: last))
        }
        // A baseline counts as typed in one go from left to right, by an actor that comes before any other: each of its
        // elements follows the one before. Nil: one that stands left of the left origin.
        var baseline: Dot? = origins.left.isNone || isOfBaseline(origins.left) ? origins.left : nil
        while let here = current, here != rightPlace {
            steps += 1
            if !isScanning { destination = before }
            let other = self.run(at: here)
            let element = other.first.advanced(by: here.offset)
            let theirs = isOfBaseline(element) ? Origins(left: baseline ?? .none, right: .none) : originsOf(element)
            let order = baseline == nil && isOfBaseline(element) ? -1
                : theirs.left.actor == passed.from.actor && theirs.left.counter >= passed.from.counter && theirs.left.counter <= passed.to ? 1
                : compare(theirs.left, to: origins.left, leftPlace)
            if order < 0 { break }
            if order == 0 {
                let sides = compareRight(theirs.right, to: origins.right, rightPlace)
                if sides == 0 {
                    elders += 1
                    if !isOfBaseline(element), precedes(run.actor, other.actor) { break }
                    isScanning = false
                } else {
                    isScanning = sides < 0
                }
            }
            // The other elements of this run have their left origin inside it: they can't end the scan.
            let last = Place(leaf: here.leaf, slot: here.slot, offset: lastOffset(of: other, from: here.offset, rightPlace, here))
            if isOfBaseline(element) { baseline = Dot(actor: other.actor, counter: min(other.counter + UInt32(last.offset), floor[Int(other.actor)] - 1)) }
            before = last
            passed = (element, other.counter + UInt32(last.offset))
            current = self.place(after: last)
        }
        if !isScanning, current == nil || current == rightPlace { destination = before }
        return (destination, steps, elders)
    }

    /// The last element of the run that still comes before the right origin.
    func lastOffset(of run: Run, from offset: Int, _ right: Place?, _ here: Place) -> Int {
        guard let right, right.leaf == here.leaf, right.slot == here.slot, right.offset > offset else {
            return Int(run.length) - 1
        }
        return right.offset - 1
    }

    func compare(_ left: Dot, to right: Dot) -> Int { compare(left, to: right, right.isNone || left == right ? nil : place(of: right)) }

    /// - Parameter place: of the right one, where it is one.
    private func compare(_ left: Dot, to right: Dot, _ place: Place?) -> Int {
        if left == right { return 0 }
        if left.isNone { return -1 }
        if right.isNone { return 1 }
        guard let one = self.place(of: left), let place else { return 0 }
        return isBefore(one, place) ? -1 : 1
    }

    private func compareRight(_ theirs: Dot, to ours: Dot, _ ourPlace: Place?) -> Int {
        if theirs == ours { return 0 }
        if theirs.isNone { return 1 }
        guard let ourPlace, let theirPlace = place(of: theirs) else { return -1 }
        return isBefore(theirPlace, ourPlace) ? -1 : 1
    }

    /// Deletes elements by their dots; those deleted already stay so.
    /// - Complexity: O(log n) for each run touched; for each element, in a list with moves.
    mutating func delete(_ first: Dot, length: Int) {
        recentLeaf = -1
        guard moves.isEmpty else {
            for offset in 0..<length { deleteElement(first.advanced(by: offset)) }
            return
        }
        var done = 0
        while done < length {
            guard let place = place(of: first.advanced(by: done)) else {
                preconditionFailure("what a change deletes is checked before it is applied")
            }
            let run = run(at: place)
            let count = min(length - done, Int(run.length) - place.offset)
            if !run.isDeleted {
                markDeleted(leaf: place.leaf, slot: place.slot, from: place.offset, to: place.offset + count)
            }
            done += count
        }
    }
}
