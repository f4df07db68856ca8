// What was staged since the last commit and has to be read again before it: the store doesn't have it yet.
internal import Store
internal import Sync

extension HubCore {
    struct Staged {
        /// Rows that a later decision of the same batch reads: outcomes, payments, numbers.
        var rows: [StoreTable: [[UInt8]: [UInt8]]] = [:]
        var facts: [[UInt8]: Fact] = [:]
        /// The facts' keys, by every beginning that ends with / or @.
        var prefixes: [[UInt8]: Set<[UInt8]>] = [:]
        /// Whether something was decided, so that the time must be kept with it.
        var isTimed = false
    }

    /// Stages a row that `row` finds at once.
    func put(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) {
        staged.rows[table, default: [:]][key] = value
        documents.stage(.put(table, key: key, value: value))
    }

    /// A row of those that are staged by `put`, or on the disk.
    func row(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        if let value = staged.rows[table]?[key] { return value }
        return try documents.store.get(table, key)
    }
}
