// "Did you mean": the nearest of what there is, where it is near.

package enum Suggestion {
    /// - Returns: the one with the fewest edits (Levenshtein), if these are two, or at most a third of the word.
    package static func nearest(to word: String, among known: [String]) -> String? {
        let scored = known.map { (distance($0, word), $0) }.min { $0.0 < $1.0 }
        guard let (distance, name) = scored, distance <= max(word.count > 3 ? 2 : 1, word.count / 3) else { return nil }
        return name
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let next = a == b ? diagonal : min(diagonal, row[j], row[j + 1]) + 1
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[right.count]
    }
}
