// Names by their UTF-8 bytes: the order of every list here, and what makes two names the same. The language's own comparison
// takes two spellings of one letter for the same, and another client's doesn't.
internal import CRDT

extension String {
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension Array where Element == String {
    /// Ascending, each once.
    var inByteOrder: [String] {
        var result: [String] = []
        for name in sorted(by: utf8Precedes) where result.last.map({ !$0.isSame(as: name) }) ?? true { result.append(name) }
        return result
    }

    /// - Precondition: it is in byte order.
    func holds(_ name: String) -> Bool { place(of: name) { $0 } != nil }
}

extension Array {
    /// - Precondition: the keys are in byte order, each once.
    func place(of name: String, _ key: (Element) -> String) -> Int? {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if utf8Precedes(key(self[middle]), name) { low = middle + 1 } else { high = middle }
        }
        return low < count && key(self[low]).isSame(as: name) ? low : nil
    }
}
