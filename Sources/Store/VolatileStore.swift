// A store whose rows are in memory, but for a few that are named: what a kiosk has. When its process ends, or power goes,
// nothing is left but these.
//
//     commit ──► rows of `meta` that are named ──► disk
//            └─► all else ──► memory, once that is on the disk

package final class VolatileStore: Store {
    package let disk: any Store
    private let kept: [[UInt8]]
    private let memory = MemoryStore()

    /// - Parameter kept: how the keys of rows in `meta` begin that are on the disk.
    package init(over disk: any Store, keeping kept: [[UInt8]]) { (self.disk, self.kept) = (disk, kept) }

    /// Nothing is there that could be of another time.
    package var isContinuous: Bool { true }

    package func commit(_ writes: [StoreWrite]) throws(StoreError) {
        var lasting: [StoreWrite] = []
        for write in writes where isKept(write.table, write.key) {
            // What is on the disk already isn't written again: a kiosk is opened often.
            if case .put(_, _, let value) = write, try disk.get(write.table, write.key) == value { continue }
            lasting.append(write)
        }
        if !lasting.isEmpty { try disk.commit(lasting) }
        try memory.commit(writes.filter { !isKept($0.table, $0.key) })
    }

    private func isKept(_ table: StoreTable, _ key: [UInt8]) -> Bool { table == .meta && kept.contains { key.starts(with: $0) } }

    package func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        isKept(table, key) ? try disk.get(table, key) : try memory.get(table, key)
    }

    /// Rows that are on the disk are found by keys that begin as theirs do.
    package func scan(_ table: StoreTable, from lower: [UInt8], to upper: [UInt8]?, limit: Int) throws(StoreError) -> StoreScan {
        try (isKept(table, lower) ? disk : memory).scan(table, from: lower, to: upper, limit: limit)
    }

    package func close() { disk.close() }
}
