// Building a sequence from a baseline, run after run.
internal import Bytes

extension SequenceTree {
    /// Puts a run at the end, after the one that was put there last.
    /// - Parameter place: of the last element; nil before the first run.
    mutating func append(_ run: Run, after place: inout Place?) {
        insert(run, after: place)
        place = self.place(of: run.last)
        recentLeaf = -1
    }

    /// The same with text: narrow and wide scalars in runs of their own.
    /// - Parameters:
    ///   - start: the byte at which it begins.
    ///   - utf8: the text of the whole sequence: valid UTF-8.
    /// - Returns: the byte at which it ends.
    /// - Throws: `.truncated` where the text has fewer scalars.
    mutating func append(_ first: Dot, length: Int, textAt start: Int, of utf8: [UInt8], after place: inout Place?) throws(DecodeError) -> Int {
        var (done, offset) = (0, start)
        while done < length {
            guard offset < utf8.count else { throw .truncated(at: offset) }
            let isWide = utf8[offset] >= 0x80
            let (from, content) = (done, offset)
            while done < length, offset < utf8.count, (utf8[offset] >= 0x80) == isWide, !isWide || done - from < Limits.wideRunMax {
                offset += 1
                while offset < utf8.count, utf8[offset] & 0xC0 == 0x80 { offset += 1 }
                done += 1
            }
            append(Run(first: first.advanced(by: from), length: UInt32(done - from), content: UInt32(content), flags: isWide ? Run.wideFlag : 0), after: &place)
        }
        return offset
    }

    /// Whether any of these elements is here.
    func holdsAny(_ first: Dot, length: Int) -> Bool {
        func isIn(_ leaf: Int, _ range: Range<UInt32>) -> Bool {
            (0..<leaves[leaf].count).contains { slot in
                let run = runs[leaf * SequenceTree.fanout + slot]
                return run.actor == first.actor && run.counter < range.upperBound && range.lowerBound < run.counter + run.length
            }
        }
        return root < 0 ? isIn(0, first.counter..<first.counter + UInt32(length)) : index.holdsAny(first, length: length, isIn)
    }

    /// For each leaf, how many elements that don't fade stand before it; at last, how many there are.
    func stayingStarts() -> [Int] {
        var starts = Array(repeating: 0, count: leaves.count)
        var (leaf, sum) = (0, 0)
        while leaf >= 0 {
            starts[leaf] = sum
            for slot in 0..<leaves[leaf].count { sum += staying(runs[leaf * SequenceTree.fanout + slot]) }
            leaf = leaves[leaf].next
        }
        return starts + [sum]
    }

    /// Where an anchor is on a line of elements that don't fade and the gaps around them, in which somebody may type:
    /// gap 0, element 1, gap 2, element 3, …
    func staying(_ anchor: Anchor, _ starts: [Int], isEnd: Bool) -> Int {
        guard let place = anchor.element.isNone ? nil : place(of: anchor.element) else { return isEnd ? 2 * (starts.last ?? 0) + 1 : 0 }
        let base = place.leaf * SequenceTree.fanout
        let before = (0..<place.slot).reduce(starts[place.leaf]) { $0 + staying(runs[base + $1]) }
        // Beside one that fades: somewhere in the gap, all of which counts.
        if runs[base + place.slot].isFading { return 2 * before + (isEnd ? 1 : 0) }
        return 2 * (before + place.offset) + (anchor.isBehind ? 2 : 1)
    }

    private func staying(_ run: Run) -> Int { run.isFading ? 0 : Int(run.length) }
}
