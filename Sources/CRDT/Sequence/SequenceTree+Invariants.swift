// What always holds in a sequence: the leaves hang in the tree in their order, every count is the sum of what is below,
// and every element is found by its dot. Walks everything: for tests, and for builds with BATON_CHECKS.

extension SequenceTree {
    /// Stops the program where the structure contradicts itself.
    /// - Complexity: O(runs x fanout).
    func checkInvariants() {
        var inTree: [Int] = []
        var sum = Totals()
        if root < 0 {
            precondition(leaves.count == 1 && nodes.isEmpty, "without a root there is one leaf")
            inTree = [0]
            sum = leaves[0].totals
        } else {
            precondition(nodes[root].parent == -1, "the root hangs nowhere")
            sum = check(node: root, &inTree)
        }
        precondition(inTree.count == leaves.count, "every leaf hangs in the tree")
        var counted = Totals()
        for (position, leaf) in inTree.enumerated() {
            precondition(leaves[leaf].next == (position + 1 < inTree.count ? inTree[position + 1] : -1), "leaves follow each other as they hang")
            if leaf == recentLeaf { precondition(recentStart == counted.visible, "the leaf of the last edit begins where it is said to") }
            counted += check(leaf: leaf)
        }
        precondition(inTree.first == 0, "the first leaf stays the first")
        precondition(counted.visible == sum.visible && counted.utf16 == sum.utf16, "the root's totals are those of all leaves")
        precondition(recentLeaf < leaves.count, "the leaf of the last edit is there")
        checkMoves()
        checkSiblings()
    }

    /// Where an element's content begins, by its own slot.
    func content(of element: Dot) -> UInt32? { place(of: element).map { contentOffset(of: run(at: $0), at: $0.offset) } }

    private func check(node: Int, _ inTree: inout [Int]) -> Totals {
        precondition((1...SequenceTree.fanout).contains(nodes[node].count), "a node has children, and room for them")
        var sum = Totals()
        for slot in 0..<nodes[node].count {
            let child = Int(children[node * SequenceTree.fanout + slot])
            if nodes[node].holdsLeaves {
                precondition(leaves[child].parent == node, "a leaf knows its node")
                inTree.append(child)
                sum += leaves[child].totals
            } else {
                precondition(nodes[child].parent == node, "a node knows the one above")
                sum += check(node: child, &inTree)
            }
        }
        precondition(sum.visible == nodes[node].totals.visible && sum.utf16 == nodes[node].totals.utf16, "a node's totals are those of its children")
        return sum
    }

    private func check(leaf: Int) -> Totals {
        precondition(leaves.count == 1 || leaves[leaf].count > 0, "only the leaf of an empty sequence is empty")
        var own = Totals()
        for slot in 0..<leaves[leaf].count {
            let run = runs[leaf * SequenceTree.fanout + slot]
            precondition(run.length > 0, "a run is never empty")
            // What was deleted before a cut is a place and nothing more.
            if !utf8.isEmpty, !run.isDeleted || !isOfBaseline(run.first) {
                precondition(Int(contentEnd(of: run)) <= utf8.count, "a run's text is there")
                precondition(!run.isWide || run.length <= UInt32(Limits.wideRunMax), "a wide run is short enough to be scanned")
            }
            // An index page holds 256 counters: its borders are where an entry could be missing.
            var offset = 0
            while offset < Int(run.length) {
                precondition(place(of: run.first.advanced(by: offset)) == Place(leaf: leaf, slot: slot, offset: offset), "every element is found by its dot")
                offset += max(1, min(128, Int(run.length) - 1 - offset))
            }
            own += totals(of: run)
        }
        precondition(own.visible == leaves[leaf].totals.visible && own.utf16 == leaves[leaf].totals.utf16, "a leaf's totals are those of its runs")
        return own
    }
}
