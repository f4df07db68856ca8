// What was staged since the last commit and has to be read again before it: the store doesn't have it yet.
internal import Store
internal import Sync

extension HubCore {
    struct Staged {
        /// Rows that a later decision of the same batch reads: outcomes, payments, numbers.
        var rows: [StoreTable: [[UInt8]: [UInt8]]] = [:]
        /// The latest of each resource of which one was decided or looked for since.
        private(set) var facts: [[UInt8]: Fact] = [:]
        /// The facts' keys, by every beginning that ends with / or @.
        private(set) var prefixes: [[UInt8]: Set<[UInt8]>] = [:]
        /// Beginnings of which all is among the facts.
        var complete: Set<[UInt8]> = []
        /// Decided, and where each goes in its space's log once it's signed.
        var unsigned: [(fact: Fact, position: UInt64)] = []
        /// Whether something was decided, so that the time must be kept with it.
        var isTimed = false

        mutating func note(_ fact: Fact, _ key: [UInt8]) {
            guard facts.updateValue(fact, forKey: key) == nil else { return }
            for (index, byte) in key.enumerated() where byte == UInt8(ascii: "/") || byte == UInt8(ascii: "@") { prefixes[Array(key[...index]), default: []].insert(key) }
        }
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
