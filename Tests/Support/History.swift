// What a replica has heard of, in a world of three replicas with up to three edits each: of each the first edits, what
// they were, and what each of them had seen. A number in three words, so that millions of them can be told apart.

/// An edit's name: whose, and the how manieth.
package struct Edit: Hashable, Sendable {
    package let replica: Int
    package let number: Int
    package init(replica: Int, number: Int) { (self.replica, self.number) = (replica, number) }
    /// Below 9.
    var index: Int { replica * 3 + number }
}

/// How many edits of each replica.
package typealias Counts = SIMD4<UInt8>

package struct History: Hashable, Sendable {
    /// By replica: a byte for each edit, and their count in the last one. In an edit's byte: twice its letter's
    /// number in the vocabulary, then two bits for what it had seen of each replica.
    private var words = SIMD4<UInt32>()

    package init() {}

    package func count(of replica: Int) -> Int { Int(words[replica] >> 24) }
    package var counts: Counts { Counts(UInt8(words[0] >> 24), UInt8(words[1] >> 24), UInt8(words[2] >> 24), 0) }
    package var editCount: Int { count(of: 0) + count(of: 1) + count(of: 2) }

    private func byte(_ edit: Edit) -> UInt32 { words[edit.replica] >> (8 * UInt32(edit.number)) & 0xFF }
    package func letter(_ edit: Edit) -> Int { Int(byte(edit) >> 6) }
    package func seen(by edit: Edit) -> Counts {
        let byte = byte(edit)
        return Counts(UInt8(byte & 3), UInt8(byte >> 2 & 3), UInt8(byte >> 4 & 3), 0)
    }

    /// One more edit of a replica, which had seen that much.
    package func adding(_ replica: Int, seen: Counts, letter: Int) -> History {
        var result = self
        let count = words[replica] >> 24
        let byte = UInt32(letter) << 6 | UInt32(seen[0]) | UInt32(seen[1]) << 2 | UInt32(seen[2]) << 4
        result.words[replica] = (words[replica] & 0xFF_FFFF) | byte << (8 * count) | (count + 1) << 24
        return result
    }

    /// The first edits of each replica only.
    package func prefix(_ counts: Counts) -> History {
        var result = self
        for replica in 0..<3 {
            let count = UInt32(counts[replica])
            result.words[replica] = words[replica] & (1 << (8 * count) - 1) | count << 24
        }
        return result
    }

    /// An edit and all that it had seen.
    package func until(_ edit: Edit) -> History {
        var counts = seen(by: edit)
        counts[edit.replica] += 1
        return prefix(counts)
    }

    /// Whether those edits are all that any of them had seen.
    package func isClosed(_ counts: Counts) -> Bool {
        for replica in 0..<3 where counts[replica] > 0 {
            let seen = seen(by: Edit(replica: replica, number: Int(counts[replica]) - 1))
            for other in 0..<3 where seen[other] > counts[other] { return false }
        }
        return true
    }

    /// The edits that nobody had seen when they made theirs.
    package var lastEdits: [Edit] {
        (0..<3).compactMap { replica in
            guard count(of: replica) > 0 else { return nil }
            let isSeen = (0..<3).contains { other in
                other != replica && count(of: other) > 0
                    && Int(seen(by: Edit(replica: other, number: count(of: other) - 1))[replica]) == count(of: replica)
            }
            return isSeen ? nil : Edit(replica: replica, number: count(of: replica) - 1)
        }
    }

    /// Every part of it that some replica could have heard of and nothing else.
    package var parts: [Counts] {
        var parts: [Counts] = []
        let most = counts
        for one in 0...most[0] {
            for two in 0...most[1] {
                for three in 0...most[2] {
                    let counts = Counts(one, two, three, 0)
                    if isClosed(counts) { parts.append(counts) }
                }
            }
        }
        return parts
    }
}

/// A history with its words, as models read it.
package struct Past: CustomStringConvertible {
    package let history: History
    package let vocabulary: [Character]
    /// By edit: what it was done to, where it names something.
    package var targets: [Character?]
    package let edits: [Edit]

    package init(_ history: History, _ vocabulary: [Character], targets: [Character?] = []) {
        (self.history, self.vocabulary, self.targets) = (history, vocabulary, targets)
        edits = (0..<3).flatMap { replica in (0..<history.count(of: replica)).map { Edit(replica: replica, number: $0) } }
    }

    package func letter(_ edit: Edit) -> Character { vocabulary[history.letter(edit)] }
    package func had(_ later: Edit, seen earlier: Edit) -> Bool { Int(history.seen(by: later)[earlier.replica]) > earlier.number }
    /// The edits amongst some that no other of them had seen.
    package func unseen(amongst edits: [Edit]) -> [Edit] { edits.filter { edit in !edits.contains { $0 != edit && had($0, seen: edit) } } }
    /// One more than the largest of those it had seen: every edit here is a change of one operation.
    package func lamport(_ edit: Edit) -> Int { 1 + (edits.filter { had(edit, seen: $0) }.map(lamport).max() ?? 0) }

    package var description: String {
        edits.map { edit in
            let seen = history.seen(by: edit)
            return "\(edit.replica).\(edit.number) \(letter(edit)) after \(seen[0])-\(seen[1])-\(seen[2])"
        }.joined(separator: ", ")
    }
}
