// The changes that nothing follows yet, by ascending actor: each actor has one at most, so that is where it is looked up.
// Of many newcomers apart from each other each is one.

extension Document {
    /// An actor's last change is a head, in place of the one before, if that was one.
    mutating func setHead(_ dot: Dot) {
        let index = headIndex(of: dot.actor)
        if index < heads.count, heads[index].actor == dot.actor { heads[index] = dot } else { heads.insert(dot, at: index) }
    }

    /// A change that another follows is none.
    mutating func removeHead(_ dot: Dot) {
        let index = headIndex(of: dot.actor)
        if index < heads.count, heads[index] == dot { heads.remove(at: index) }
    }

    /// Where an actor's head is, or would be.
    private func headIndex(of actor: UInt32) -> Int { Lane.lastIndex(of: heads.count) { heads[$0].actor < actor }.map { $0 + 1 } ?? 0 }
}
