// Where many devices put something in at one place while apart, finds what the next goes behind without a scan of them all.
//
// Siblings are insertions with the same two origins. They stand by ascending actor, and what stands between the left origin
// and the last of them has its left origin there too: it ends no scan. So a scan for a newcomer may begin right behind
// the last sibling whose actor is not greater than its own, and comes to the same place as one from the left origin.
//
// That holds as long as each author's two origins stood side by side where it put something in. One who lies about that may
// break it, and is noticed: its right origin's own left origin stands right of its left one. Then what is noted here is
// forgotten, as it may be at any time, and scans take their length. Nothing is noted before a scan was long, and nothing
// of a sequence whose history was cut: few sequences ever have a note.

struct Siblings {
    /// Steps of a scan after which it is worth noting whom it passed.
    static let scannedMax = 16

    /// By origins, by ascending actor: the first element of each insertion.
    fileprivate(set) var notes: [SequenceTree.Origins: [Dot]] = [:]

    var isEmpty: Bool { notes.isEmpty }

    mutating func forget() { if !notes.isEmpty { notes = [:] } }
}

extension SequenceTree {
    /// What a newcomer's siblings are, as far as they were noted.
    struct Kin {
        /// The last sibling that the newcomer goes behind, if one was noted.
        var place: Place?
        /// How many go before the newcomer; nil where none were noted for its origins.
        var elders: Int?
    }

    /// - Complexity: O(log siblings), and O(log n) where anything was noted.
    mutating func kin(of run: Run, _ origins: Origins, precedes: (_ left: UInt32, _ right: UInt32) -> Bool,
                      originsOf: (Dot) -> Origins) -> Kin {
        guard !siblings.isEmpty else { return Kin() }
        guard floor.isEmpty, !crosses(origins, originsOf) else {
            siblings.forget()
            return Kin()
        }
        guard let known = siblings.notes[origins] else { return Kin() }
        guard let last = Lane.lastIndex(of: known.count, where: { !precedes(run.actor, known[$0].actor) }) else { return Kin(place: nil, elders: 0) }
        // One that became part of the run before it stood where no honest insertion does.
        guard let place = place(of: known[last]), place.offset == 0 || known[last] == origins.left.advanced(by: 1) else {
            siblings.forget()
            return Kin()
        }
        return Kin(place: place, elders: last + 1)
    }

    /// Notes a newcomer among its siblings; and those it has now, where the scan for its place was long.
    mutating func note(_ run: Run, _ origins: Origins, _ kin: Kin, steps: Int, from first: Place, rightPlace: Place?,
                       precedes: (_ left: UInt32, _ right: UInt32) -> Bool, originsOf: (Dot) -> Origins) {
        if let elders = kin.elders {
            siblings.notes[origins]?.insert(run.first, at: elders)
        } else if steps > Siblings.scannedMax, floor.isEmpty {
            var known = self.siblings(origins, from: first, rightPlace: rightPlace, precedes: precedes, originsOf: originsOf)
            known.insert(run.first, at: Lane.lastIndex(of: known.count) { !precedes(run.actor, known[$0].actor) }.map { $0 + 1 } ?? 0)
            siblings.notes[origins] = known
        }
    }

    /// The insertions between the same two origins, up to where every scan ends.
    private func siblings(_ origins: Origins, from first: Place, rightPlace: Place?, precedes: (UInt32, UInt32) -> Bool,
                          originsOf: (Dot) -> Origins) -> [Dot] {
        var known: [Dot] = []
        var current: Place? = first
        while let here = current, here != rightPlace {
            let run = run(at: here)
            let element = run.first.advanced(by: here.offset)
            let theirs = originsOf(element)
            if theirs == origins {
                if let last = known.last, precedes(element.actor, last.actor) { break }
                known.append(element)
            } else if compare(theirs.left, to: origins.left) < 0 {
                break
            }
            current = place(after: Place(leaf: here.leaf, slot: here.slot, offset: lastOffset(of: run, from: here.offset, rightPlace, here)))
        }
        return known
    }

    /// Whether what stood between the two when something was put in there can't have been unknown to its author.
    private func crosses(_ origins: Origins, _ originsOf: (Dot) -> Origins) -> Bool {
        !origins.right.isNone && compare(originsOf(origins.right).left, to: origins.left) > 0
    }

    /// Stops the program where a note is of something that doesn't stand where it is said to.
    func checkSiblings() {
        for (origins, known) in siblings.notes {
            var before = origins.left.isNone ? nil : place(of: origins.left)
            for dot in known {
                guard let place = place(of: dot) else { preconditionFailure("a sibling that was noted is there") }
                if let before { precondition(isBefore(before, place), "siblings stand behind their left origin, in the order of their notes") }
                before = place
            }
            if let before, let right = origins.right.isNone ? nil : place(of: origins.right) {
                precondition(isBefore(before, right), "siblings stand before their right origin")
            }
        }
    }
}
