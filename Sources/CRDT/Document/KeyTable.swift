// The names of keys and containers in a document: a small number for each, given out in the order in which they came.
//
// Few are found by looking at each, many through a table that keeps a piece of each hash, so that it grows without looking
// at a name again. Names come from anyone; the hash is the standard library's, seeded anew in each process, and orders nothing.
// Names are the same where their bytes are: `String` takes two spellings of é for one, and which of them was first here would
// decide what is encoded.
internal import Bytes

struct KeyTable {
    private(set) var names: [String] = []
    /// The name's number plus one, 0 where free, and the lower half of its hash. At most half full, its size a power of two.
    private var table: [(number: UInt32, hash: UInt32)] = []

    /// Names that are looked at one after the other.
    private static let scannedMax = 8

    /// Makes room for so many names, before the first.
    mutating func reserve(_ count: Int) {
        guard names.isEmpty, count > KeyTable.scannedMax else { return }
        names.reserveCapacity(count)
        var size = 4 * KeyTable.scannedMax
        while size < 2 * count { size *= 2 }
        table = Array(repeating: (0, 0), count: size)
    }

    subscript(name: String) -> UInt32? {
        if table.isEmpty { return scan(name) }
        return find(name, KeyTable.hash(name))
    }

    /// The number of a name, which is given one where it has none.
    mutating func index(of name: String) -> UInt32 {
        if table.isEmpty {
            if let index = scan(name) { return index }
            names.appendThriftily(name)
            if names.count > KeyTable.scannedMax {
                table = Array(repeating: (0, 0), count: 4 * KeyTable.scannedMax)
                for (index, name) in names.enumerated() { enter(UInt32(index + 1), KeyTable.hash(name)) }
            }
            return UInt32(names.count - 1)
        }
        let hash = KeyTable.hash(name)
        if let index = find(name, hash) { return index }
        names.appendThriftily(name)
        if names.count * 2 > table.count {
            let old = table
            table = Array(repeating: (0, 0), count: old.count * (old.count < 1_024 ? 4 : 2))
            for entry in old where entry.number != 0 { enter(entry.number, entry.hash) }
        }
        enter(UInt32(names.count), hash)
        return UInt32(names.count - 1)
    }

    private func scan(_ name: String) -> UInt32? { names.firstIndex { KeyTable.isSame($0, name) }.map { UInt32($0) } }

    private func find(_ name: String, _ hash: UInt32) -> UInt32? {
        var at = Int(hash) & (table.count - 1)
        while table[at].number != 0 {
            if table[at].hash == hash, KeyTable.isSame(names[Int(table[at].number) - 1], name) { return table[at].number - 1 }
            at = (at + 1) & (table.count - 1)
        }
        return nil
    }

    private mutating func enter(_ number: UInt32, _ hash: UInt32) {
        var at = Int(hash) & (table.count - 1)
        while table[at].number != 0 { at = (at + 1) & (table.count - 1) }
        table[at] = (number, hash)
    }

    private static func isSame(_ left: String, _ right: String) -> Bool { left == right && left.utf8.elementsEqual(right.utf8) }

    private static func hash(_ name: String) -> UInt32 { UInt32(truncatingIfNeeded: name.hashValue) }
}
