// From elements to bytes: where an element's text lies, and what a run measures in UTF-16.
//
// A run without wide characters has a byte for each element, so offsets are sums. In a wide run they
// are counted, which `Limits.wideRunMax` keeps short.

extension SequenceTree {
    func totals(of run: Run) -> Totals {
        guard !run.isDeleted else { return Totals() }
        guard run.isWide else { return Totals(visible: Int(run.length), utf16: Int(run.length)) }
        var units = 0
        walk(run, scalars: Int(run.length)) { lead in units += lead >= 0xF0 ? 2 : 1 }
        return Totals(visible: Int(run.length), utf16: units)
    }

    func contentOffset(of run: Run, at offset: Int) -> UInt32 {
        guard run.isWide else { return run.content + UInt32(offset) }
        return UInt32(walk(run, scalars: offset) { _ in })
    }

    func contentEnd(of run: Run) -> UInt32 { contentOffset(of: run, at: Int(run.length)) }

    /// Visits the lead byte of each scalar.
    /// - Returns: the byte offset after them.
    @discardableResult
    private func walk(_ run: Run, scalars: Int, _ visit: (UInt8) -> Void) -> Int {
        var offset = Int(run.content)
        for _ in 0..<scalars {
            let lead = utf8[offset]
            visit(lead)
            offset += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        }
        return offset
    }

    /// All runs in order, deleted ones included.
    func forEachRun(_ body: (Run) -> Void) {
        var leaf = 0
        while leaf >= 0 {
            for slot in 0..<leaves[leaf].count { body(runs[leaf * SequenceTree.fanout + slot]) }
            leaf = leaves[leaf].next
        }
    }

    func forEachVisibleRun(_ body: (Run) -> Void) {
        forEachRun { if !$0.isDeleted { body($0) } }
    }

    /// The visible text.
    /// - Complexity: O(n).
    var text: String { String(decoding: visibleBytes, as: UTF8.self) }

    var visibleBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(totals.visible)
        appendText(to: &bytes)
        return bytes
    }

    func appendText(to bytes: inout [UInt8]) {
        forEachVisibleRun { bytes.append(contentsOf: utf8[Int($0.content)..<Int(contentEnd(of: $0))]) }
    }

    /// The UTF-16 offset of a visible position.
    /// - Complexity: O(log n).
    func utf16Offset(of position: Int) -> Int {
        guard position < count else { return totals.utf16 }
        let place = place(at: position).place
        var units = start(ofLeaf: place.leaf).utf16
        let base = place.leaf * SequenceTree.fanout
        for slot in 0..<place.slot { units += totals(of: runs[base + slot]).utf16 }
        return units + totals(of: piece(of: runs[base + place.slot], from: 0, to: place.offset)).utf16
    }
}
