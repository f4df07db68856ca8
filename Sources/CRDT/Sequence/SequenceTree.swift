// The order of a sequence's elements, for text and lists: runs in the leaves of a B-tree.
//
//              node ── counts of visible elements and of UTF-16 units below each child
//             /    \
//          leaf    leaf ── up to 32 runs, deleted ones included, in the order of the sequence
//
// Nodes are rows in arrays and refer to each other by index: no pointers, no reference counts, and a
// copy of the whole is a copy of a few arrays. A leaf never becomes empty, for tombstones stay; so
// there is no rebalancing. `SequenceTree+Local` edits by position, `+Remote` by identity.
//
// Cost: finding a position or an element O(log n); what is typed on at one place is found at once.

struct SequenceTree {
    static let fanout = 32

    struct Totals {
        var visible = 0
        var utf16 = 0
        static func += (left: inout Totals, right: Totals) {
            left.visible += right.visible
            left.utf16 += right.utf16
        }
        static func - (left: Totals, right: Totals) -> Totals {
            Totals(visible: left.visible - right.visible, utf16: left.utf16 - right.utf16)
        }
    }

    struct Leaf {
        var count = 0
        var parent = -1
        var next = -1
        var totals = Totals()
    }

    struct Node {
        var count = 0
        var parent = -1
        /// Its children are leaves, or nodes.
        var holdsLeaves: Bool
        var totals = Totals()
    }

    /// Leaf `i` has its runs at `i * fanout` and on. While one leaf is all there is, only as many as it has.
    var runs: [Run] = []
    var leaves = SequenceTree.onlyLeaf
    /// What a sequence begins with, shared by all that nothing was put into yet.
    private static let onlyLeaf = [Leaf()]
    var nodes: [Node] = []
    /// Node `i` has its children at `i * fanout` and on.
    var children: [Int32] = []
    /// The root node, or -1 while one leaf is all there is.
    var root = -1
    /// Which leaf an element is in: nothing while there is one leaf.
    var index = DotIndex()
    /// Text ever inserted, in the order it arrived; empty for lists.
    var utf8: [UInt8] = []
    /// Of a list: which slot each element stands in.
    var moves = Moves()
    /// Of places where many put something in while apart.
    var siblings = Siblings()
    /// Of a text.
    var marks = Marks()
    /// By actor: elements with lower counters are a baseline's. Empty where no history was cut.
    var floor: [UInt32] = []
    /// The leaf of the last edit and the visible position where it begins: -1 once unknown.
    var recentLeaf = -1
    var recentStart = 0

    init() {}

    var totals: Totals { root < 0 ? leaves[0].totals : nodes[root].totals }

    /// Elements that can be seen.
    /// - Complexity: O(1).
    var count: Int { totals.visible }

    mutating func newLeaf() -> Int {
        leaves.append(Leaf())
        runs.append(contentsOf: repeatElement(SequenceTree.noRun, count: leaves.count * SequenceTree.fanout - runs.count))
        return leaves.count - 1
    }

    /// Where a leaf has room for a run.
    static let noRun = Run(actor: 0, counter: 0, length: 0, content: 0, flags: 0)

    private mutating func newNode(holdsLeaves: Bool) -> Int {
        nodes.append(Node(holdsLeaves: holdsLeaves))
        children.append(contentsOf: repeatElement(-1, count: SequenceTree.fanout))
        return nodes.count - 1
    }

    // MARK: Finding

    /// The leaf with the visible element at `position`, and the position where that leaf begins.
    func leaf(at position: Int) -> (leaf: Int, start: Int) {
        if recentLeaf >= 0, position >= recentStart, position - recentStart < leaves[recentLeaf].totals.visible {
            return (recentLeaf, recentStart)
        }
        guard root >= 0 else { return (0, 0) }
        var node = root
        var start = 0
        while true {
            let base = node * SequenceTree.fanout
            var child = 0
            let last = nodes[node].count - 1
            let holdsLeaves = nodes[node].holdsLeaves
            while child < last {
                let below = Int(children[base + child])
                let visible = holdsLeaves ? leaves[below].totals.visible : nodes[below].totals.visible
                if position - start < visible { break }
                start += visible
                child += 1
            }
            let below = Int(children[base + child])
            if holdsLeaves { return (below, start) }
            node = below
        }
    }

    /// The place of the visible element at `position`, which must exist.
    func place(at position: Int) -> (place: Place, start: Int) {
        precondition(position >= 0 && position < count, "a position is within the sequence")
        let (leaf, start) = leaf(at: position)
        var rest = position - start
        let base = leaf * SequenceTree.fanout
        let slot: Int? = runs.withUnsafeBufferPointer { runs in
            for slot in 0..<leaves[leaf].count {
                let visible = Int(runs[base + slot].visible)
                if rest < visible { return slot }
                rest -= visible
            }
            return nil
        }
        if let slot { return (Place(leaf: leaf, slot: slot, offset: rest), start) }
        preconditionFailure("a leaf counts more visible elements than it holds")
    }

    /// The place of an element that was inserted here at any time.
    func place(of dot: Dot) -> Place? {
        guard let leaf = root < 0 ? 0 : index.leaf(of: dot) else { return nil }
        let base = leaf * SequenceTree.fanout
        let count = leaves[leaf].count
        return runs.withUnsafeBufferPointer { runs in
            for slot in 0..<count where runs[base + slot].contains(dot) {
                return Place(leaf: leaf, slot: slot, offset: Int(dot.counter - runs[base + slot].counter))
            }
            return nil
        }
    }

    func run(at place: Place) -> Run { runs[place.leaf * SequenceTree.fanout + place.slot] }

    /// The element right after a place, deleted or not; nil at the end.
    func element(after place: Place) -> Dot? {
        let run = run(at: place)
        if place.offset + 1 < Int(run.length) { return run.first.advanced(by: place.offset + 1) }
        return firstElement(ofRunAfter: place.leaf, slot: place.slot)
    }

    /// The place of the element right after one, deleted or not; nil at the end.
    func place(after place: Place) -> Place? {
        if place.offset + 1 < Int(run(at: place).length) { return Place(leaf: place.leaf, slot: place.slot, offset: place.offset + 1) }
        if place.slot + 1 < leaves[place.leaf].count { return Place(leaf: place.leaf, slot: place.slot + 1, offset: 0) }
        let next = leaves[place.leaf].next
        return next < 0 ? nil : Place(leaf: next, slot: 0, offset: 0)
    }

    private func firstElement(ofRunAfter leaf: Int, slot: Int) -> Dot? {
        if slot + 1 < leaves[leaf].count { return runs[leaf * SequenceTree.fanout + slot + 1].first }
        let next = leaves[leaf].next
        return next < 0 ? nil : runs[next * SequenceTree.fanout].first
    }

    /// The first element of all, deleted or not.
    var firstElement: Dot? { leaves[0].count == 0 ? nil : runs[0].first }

    /// How many visible elements stand before a place.
    /// - Complexity: O(log n).
    func position(of place: Place) -> Int {
        let base = place.leaf * SequenceTree.fanout
        var position = start(ofLeaf: place.leaf).visible
        for slot in 0..<place.slot { position += Int(runs[base + slot].visible) }
        return position + (runs[base + place.slot].isDeleted ? 0 : place.offset)
    }

    func start(ofLeaf leaf: Int) -> Totals {
        var sum = Totals()
        var node = leaves[leaf].parent
        var child = leaf
        var holdsLeaves = true
        while node >= 0 {
            for slot in 0..<nodes[node].count {
                let below = Int(children[node * SequenceTree.fanout + slot])
                if below == child { break }
                sum += holdsLeaves ? leaves[below].totals : nodes[below].totals
            }
            (child, node) = (node, nodes[node].parent)
            holdsLeaves = false
        }
        return sum
    }

    /// Whether one place comes before another in the order of the sequence.
    /// - Complexity: O(log n).
    func isBefore(_ left: Place, _ right: Place) -> Bool {
        if left.leaf == right.leaf { return (left.slot, left.offset) < (right.slot, right.offset) }
        // All leaves are as deep: up from both, to the node that has both below it.
        var (one, other) = (left.leaf, right.leaf)
        var (above, aboveOther) = (leaves[one].parent, leaves[other].parent)
        while above != aboveOther {
            (one, other) = (above, aboveOther)
            (above, aboveOther) = (nodes[one].parent, nodes[other].parent)
        }
        var slot = above * SequenceTree.fanout
        while Int(children[slot]) != one {
            if Int(children[slot]) == other { return false }
            slot += 1
        }
        return true
    }

    func isOfBaseline(_ dot: Dot) -> Bool { dot.actor < floor.count && dot.counter < floor[Int(dot.actor)] }

    // MARK: Growing

    mutating func add(_ change: Totals, toLeaf leaf: Int) {
        leaves[leaf].totals += change
        var node = leaves[leaf].parent
        while node >= 0 {
            nodes[node].totals += change
            node = nodes[node].parent
        }
    }

    /// Says that the elements of a run are in a leaf now.
    @inline(__always)
    mutating func assign(_ run: Run, to leaf: Int) {
        if root >= 0 { index.assign(actor: run.actor, counter: run.counter, length: run.length, leaf: leaf) }
    }

    /// Moves the upper half of a full leaf into a new one after it.
    mutating func splitLeaf(_ leaf: Int) {
        let new = newLeaf()
        let base = leaf * SequenceTree.fanout
        let newBase = new * SequenceTree.fanout
        let kept = leaves[leaf].count / 2
        if root < 0 {
            for slot in 0..<kept { index.assign(actor: runs[slot].actor, counter: runs[slot].counter, length: runs[slot].length, leaf: 0) }
        }
        var moved = Totals()
        for slot in kept..<leaves[leaf].count {
            let run = runs[base + slot]
            runs[newBase + slot - kept] = run
            moved += totals(of: run)
            index.assign(actor: run.actor, counter: run.counter, length: run.length, leaf: new)
        }
        leaves[new].count = leaves[leaf].count - kept
        leaves[leaf].count = kept
        leaves[new].next = leaves[leaf].next
        leaves[leaf].next = new
        leaves[new].totals = moved
        leaves[leaf].totals = leaves[leaf].totals - moved
        recentLeaf = -1
        attach(new, after: leaf, isLeaf: true)
    }

    /// Hangs a new child beside its sibling, whose totals have already given up the child's.
    private mutating func attach(_ new: Int, after sibling: Int, isLeaf: Bool) {
        var parent = isLeaf ? leaves[sibling].parent : nodes[sibling].parent
        if parent < 0 {
            parent = newNode(holdsLeaves: isLeaf)
            children[parent * SequenceTree.fanout] = Int32(sibling)
            nodes[parent].count = 1
            nodes[parent].totals = isLeaf ? leaves[sibling].totals : nodes[sibling].totals
            nodes[parent].totals += isLeaf ? leaves[new].totals : nodes[new].totals
            setParent(of: sibling, isLeaf: isLeaf, to: parent)
            root = parent
        } else if nodes[parent].count == SequenceTree.fanout {
            let old = parent
            splitNode(old)
            parent = isLeaf ? leaves[sibling].parent : nodes[sibling].parent
            if parent != old {
                // The new child's totals were still counted where its sibling was.
                let totals = isLeaf ? leaves[new].totals : nodes[new].totals
                nodes[old].totals = nodes[old].totals - totals
                nodes[parent].totals += totals
            }
        }
        let base = parent * SequenceTree.fanout
        var slot = nodes[parent].count
        while Int(children[base + slot - 1]) != sibling {
            children[base + slot] = children[base + slot - 1]
            slot -= 1
        }
        children[base + slot] = Int32(new)
        nodes[parent].count += 1
        setParent(of: new, isLeaf: isLeaf, to: parent)
    }

    private mutating func splitNode(_ node: Int) {
        let new = newNode(holdsLeaves: nodes[node].holdsLeaves)
        let base = node * SequenceTree.fanout
        let newBase = new * SequenceTree.fanout
        let half = SequenceTree.fanout / 2
        var moved = Totals()
        for slot in 0..<half {
            let child = Int(children[base + half + slot])
            children[newBase + slot] = Int32(child)
            moved += nodes[node].holdsLeaves ? leaves[child].totals : nodes[child].totals
            setParent(of: child, isLeaf: nodes[node].holdsLeaves, to: new)
        }
        nodes[new].count = half
        nodes[node].count = half
        nodes[new].totals = moved
        // A child that was just split off is not hung up yet: its totals stay with this node until then.
        nodes[node].totals = nodes[node].totals - moved
        attach(new, after: node, isLeaf: false)
    }

    private mutating func setParent(of child: Int, isLeaf: Bool, to parent: Int) {
        if isLeaf { leaves[child].parent = parent } else { nodes[child].parent = parent }
    }
}
