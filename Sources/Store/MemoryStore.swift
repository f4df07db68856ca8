// A store in memory: for tests, simulations and kiosks that must leave nothing on a disk.

package final class MemoryStore: Store {
    private var tables: [[StoreRow]] = Array(repeating: [], count: StoreTable.allCases.count + 1)
    /// Called before a batch is applied; what it throws is the batch's failure. For faults in tests.
    package var beforeCommit: ([StoreWrite]) throws(StoreError) -> Void = { _ in }

    package var isContinuous = true

    package init() {}

    package func commit(_ writes: [StoreWrite]) throws(StoreError) {
        try StoreLimits.check(writes)
        try beforeCommit(writes)
        for write in writes {
            let table = Int(write.table.rawValue)
            let (index, isThere) = position(of: write.key, in: tables[table])
            switch write {
            case .put(_, let key, let value):
                let row = StoreRow(key: key, value: value)
                if isThere { tables[table][index] = row } else { tables[table].insert(row, at: index) }
            case .delete:
                if isThere { tables[table].remove(at: index) }
            }
        }
    }

    package func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        let rows = tables[Int(table.rawValue)]
        let (index, isThere) = position(of: key, in: rows)
        return isThere ? rows[index].value : nil
    }

    package func scan(_ table: StoreTable, from lower: [UInt8], to upper: [UInt8]?, limit: Int) throws(StoreError) -> StoreScan {
        let rows = tables[Int(table.rawValue)]
        var result = StoreScan()
        var index = position(of: lower, in: rows).index
        while index < rows.count, result.rows.count < limit {
            if let upper, !rows[index].key.lexicographicallyPrecedes(upper) { break }
            result.rows.append(rows[index])
            index += 1
        }
        return result
    }

    package func close() {}

    /// - Complexity: O(log n).
    private func position(of key: [UInt8], in rows: [StoreRow]) -> (index: Int, isThere: Bool) {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) >> 1
            if rows[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return (low, low < rows.count && rows[low].key == key)
    }

    /// The same rows in another store, as a backup or a clone has them.
    /// - Parameter isContinuous: true for a copy that nothing shows to be one.
    package func copy(isContinuous: Bool = false) -> MemoryStore {
        let copy = MemoryStore()
        copy.tables = tables
        copy.isContinuous = isContinuous
        return copy
    }
}
