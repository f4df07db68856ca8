// The registers of a map, a flag or a max register: for each key its live values, mostly one.
//
// A row for each key ever set, in the order in which they came; few are found by looking at each, many through a table of
// hashes. Keys are the document's own small numbers, given out one after the other, so nobody can choose them to collide.
// A key that was removed keeps its row, empty, for when it comes back: its name is kept by history anyway.
internal import Bytes

/// One value of a register, by the operation that set it.
struct Entry: Equatable {
    var dot: Dot
    /// An index into the document's values.
    var value: UInt32
}

struct Registers {
    private struct Row {
        var key: UInt32
        /// Without a dot where there is no value.
        var first: Entry
        /// Values that were set concurrently.
        var others: [Entry] = []
    }

    private static let noEntry = Entry(dot: .none, value: 0)
    /// Rows that are looked at one after the other: as fast as a table, and nothing beside them.
    private static let scannedMax = 8

    private var rows: [Row] = []
    /// Row numbers plus one by hash; 0 is free. At most half full, its size a power of two.
    private var table: [UInt32] = []

    /// The live values of a key; nil where there are none.
    subscript(key: UInt32) -> [Entry]? { find(key).flatMap { rows[$0].first.dot.isNone ? nil : [rows[$0].first] + rows[$0].others } }

    /// The value of a key where it has just one, or the first of several, and whether there are more.
    func first(_ key: UInt32) -> (entry: Entry, isOnly: Bool)? {
        guard let index = find(key), !rows[index].first.dot.isNone else { return nil }
        return (rows[index].first, rows[index].others.isEmpty)
    }

    /// Sets a key to one value.
    mutating func set(_ key: UInt32, to entry: Entry) {
        guard let index = find(key) else { return add(Row(key: key, first: entry)) }
        rows[index].first = entry
        if !rows[index].others.isEmpty { rows[index].others = [] }
    }

    /// Takes away all values of a key.
    mutating func remove(_ key: UInt32) { if find(key) != nil { set(key, to: Registers.noEntry) } }

    /// Takes away those values of a key that were seen, and puts a new one behind what stays.
    mutating func write(_ key: UInt32, _ entry: Entry?, replacing isSeen: (Dot) -> Bool) {
        guard let index = find(key) else {
            if let entry { add(Row(key: key, first: entry)) }
            return
        }
        if !rows[index].others.isEmpty { rows[index].others.removeAll { isSeen($0.dot) } }
        let isFirstKept = !rows[index].first.dot.isNone && !isSeen(rows[index].first.dot)
        if !isFirstKept, rows[index].others.isEmpty {
            rows[index].first = entry ?? Registers.noEntry
        } else {
            if !isFirstKept { rows[index].first = rows[index].others.removeFirst() }
            if let entry { rows[index].others.append(entry) }
        }
    }

    /// Puts one more value of a key behind those that are there.
    mutating func add(_ key: UInt32, _ entry: Entry) {
        guard let index = find(key) else { return add(Row(key: key, first: entry)) }
        if rows[index].first.dot.isNone { rows[index].first = entry } else { rows[index].others.append(entry) }
    }

    /// The keys that have a value.
    var keys: [UInt32] { rows.lazy.filter { !$0.first.dot.isNone }.map(\.key) }

    /// Keys and live values, in no order that means anything.
    var all: [(key: UInt32, entries: [Entry])] { rows.lazy.filter { !$0.first.dot.isNone }.map { ($0.key, [$0.first] + $0.others) } }

    // MARK: Finding

    private func find(_ key: UInt32) -> Int? {
        if table.isEmpty { return rows.firstIndex { $0.key == key } }
        var at = slot(of: key)
        while table[at] != 0 {
            let row = Int(table[at]) - 1
            if rows[row].key == key { return row }
            at = (at + 1) & (table.count - 1)
        }
        return nil
    }

    /// Fibonacci hashing: the upper bits of a product with 2^32 divided by the golden ratio (Knuth, TAOCP vol. 3, 6.4).
    private func slot(of key: UInt32) -> Int { Int((key &* 2_654_435_769) >> (32 - UInt32(table.count.trailingZeroBitCount))) }

    private mutating func add(_ row: Row) {
        rows.appendThriftily(row)
        if rows.count <= Registers.scannedMax { return }
        if rows.count * 2 > table.count {
            table = Array(repeating: 0, count: max(table.count, Registers.scannedMax) * 4)
            for index in rows.indices { enter(index) }
        } else {
            enter(rows.count - 1)
        }
    }

    private mutating func enter(_ row: Int) {
        var at = slot(of: rows[row].key)
        while table[at] != 0 { at = (at + 1) & (table.count - 1) }
        table[at] = UInt32(row + 1)
    }
}
