// The default store: one SQLite file, one writing connection, one process.
//
// `synchronous=FULL` makes a commit an fsync; `secure_delete` leaves no deleted byte. A lock on a file
// beside it keeps other processes out, and tells a copy (`Continuity.swift`). After a failed write the store stops for good: SQLite alone
// would acknowledge the next batch after an fsync that failed.
internal import Glibc
package import Store

package final class SQLiteStore: Store {
    private let connection: Connection
    private let witnesses: Witnesses
    /// Batches ever committed to this file, as it says itself.
    private var commits: Int64
    private var failure: StoreError?
    private var isClosed = false
    package let path: String
    package let isContinuous: Bool

    /// Opens or makes the store, readable by its owner only.
    /// - Parameter logPages: pages that are written to its log before they are moved to where they belong.
    /// - Throws: `.locked`, `.newer`, `.damaged`, `.failed`; a file that can't be opened isn't touched.
    package init(path: String, logPages: Int = StoreLimits.logPages, machine: Machine = .current()) throws(StoreError) {
        self.path = path
        let witnesses = try Witnesses(path: path, machine: machine)
        var opened: Connection?
        do {
            let connection = try Connection(path: path)
            opened = connection
            try SQLiteStore.prepare(connection, path: path, logPages: logPages)
            let last = try SQLiteStore.lastCommit(connection)
            isContinuous = witnesses.vouch(for: last)
            commits = if case .by(_, let count) = last { count } else { 0 }
            self.connection = connection
            self.witnesses = witnesses
        } catch {
            opened?.close()
            witnesses.close()
            throw error
        }
        chmod(path, 0o600)
    }

    /// For tests: makes the disk full at that many pages.
    package func limitPages(_ count: Int) throws(StoreError) { try connection.run("PRAGMA max_page_count=\(count)") }

    static func name(_ table: StoreTable) -> String { "\(table)_rows" }

    /// What is said for each row of a table, and for each batch.
    struct Statements {
        let put, delete, get, scan: Connection.Statement

        init(_ table: StoreTable) {
            let name = SQLiteStore.name(table)
            put = .init("INSERT OR REPLACE INTO \(name) VALUES (?, ?, ?)")
            delete = .init("DELETE FROM \(name) WHERE key = ?")
            get = .init("SELECT value, sum FROM \(name) WHERE key = ?")
            scan = .init("SELECT key, value, sum FROM \(name) WHERE key >= ? ORDER BY key LIMIT ?")
        }
    }

    /// By the tables' numbers, which begin at 1.
    private let statements = StoreTable.allCases.map(Statements.init)
    private let (beginning, end, undoing) = (Connection.Statement("BEGIN IMMEDIATE"), Connection.Statement("COMMIT"), Connection.Statement("ROLLBACK"))
    private let proof = Connection.Statement(SQLiteStore.proofSQL)

    private func statements(_ table: StoreTable) -> Statements { statements[Int(table.rawValue) - 1] }

    private func checkOpen() throws(StoreError) {
        if let failure { throw failure }
        if isClosed { throw StoreError(.failed, "The store at \(path) is closed.") }
    }

    package func commit(_ writes: [StoreWrite]) throws(StoreError) {
        try checkOpen()
        try StoreLimits.check(writes)
        guard !writes.isEmpty else { return }
        do {
            try connection.run(beginning)
            for write in writes {
                switch write {
                case .put(let table, let key, let value):
                    try connection.run(statements(table).put, .blob(key), .blob(value), .int(Int64(RowSum.of(table, key, value))))
                case .delete(let table, let key):
                    try connection.run(statements(table).delete, .blob(key))
                }
            }
            let count = commits &+ 1
            try connection.run(proof, .blob(witnesses.proof), .int(count), .int(SQLiteStore.sum(witnesses.proof, count)))
            try connection.run(end)
        } catch {
            // A full disk rolls back and can go on; after any other failure nobody knows what the disk has.
            do { try connection.run(undoing) } catch {}
            if error.code != .diskFull { failure = error }
            throw error
        }
        commits &+= 1
        witnesses.committed(commits)
    }

    package func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        try checkOpen()
        var found: (value: [UInt8], sum: Int64)?
        try connection.run(statements(table).get, .blob(key)) { row in
            found = (row.blob(0), row.int(1))
            return true
        }
        guard let found else { return nil }
        guard RowSum.holds(UInt32(truncatingIfNeeded: found.sum), table, key, found.value) else {
            throw StoreError(.damaged, "A row of \(table) in the store at \(path) is damaged. What it belongs to is set aside; sync to get it anew.", row: (table, key))
        }
        return found.value
    }

    package func scan(_ table: StoreTable, from lower: [UInt8], to upper: [UInt8]?, limit: Int) throws(StoreError) -> StoreScan {
        try checkOpen()
        var result = StoreScan()
        try connection.run(statements(table).scan, .blob(lower), .int(Int64(limit))) { row in
            let (key, value) = (row.blob(0), row.blob(1))
            if let upper, !key.lexicographicallyPrecedes(upper) { return false }
            if RowSum.holds(UInt32(truncatingIfNeeded: row.int(2)), table, key, value) {
                result.rows.append(StoreRow(key: key, value: value))
            } else {
                result.damaged.append(key)
            }
            return true
        }
        return result
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        connection.close()
        witnesses.close()
    }

    deinit { close() }
}
