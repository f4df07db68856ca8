// The default store: one SQLite file, one writing connection, one process.
//
// `synchronous=FULL` makes a commit an fsync; `secure_delete` leaves no deleted byte. A lock on a file
// beside it keeps other processes out. After a failed write the store stops for good: SQLite alone
// would acknowledge the next batch after an fsync that failed.
internal import Bytes
internal import Glibc
package import Store

package final class SQLiteStore: Store {
    /// "BatS" in the file's header: told apart from any other SQLite file.
    private static let applicationID: Int64 = 0x4261_7453
    /// Rises by one with each migration; a file with a larger one was made by a newer program.
    private static let schemaVersion: Int64 = 1

    private let connection: Connection
    private let lock: Int32
    private var failure: StoreError?
    private var isClosed = false
    package let path: String
    package let isContinuous = true

    /// Opens or makes the store, readable by its owner only.
    /// - Throws: `.locked`, `.newer`, `.damaged`, `.failed`; a file that can't be opened isn't touched.
    package init(path: String) throws(StoreError) {
        self.path = path
        lock = try SQLiteStore.takeLock(path + ".lock", for: path)
        do {
            connection = try Connection(path: path)
        } catch {
            Glibc.close(lock)
            throw error
        }
        do {
            try prepare()
        } catch {
            connection.close()
            Glibc.close(lock)
            throw error
        }
        chmod(path, 0o600)
    }

    private static func takeLock(_ lockPath: String, for path: String) throws(StoreError) -> Int32 {
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.failed, "Can't open the store at \(path): \(String(cString: strerror(errno))). Check the folder and its rights.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var holder = [UInt8](repeating: 0, count: 16)
            let count = max(0, pread(descriptor, &holder, holder.count, 0))
            Glibc.close(descriptor)
            let pid = String(decoding: holder.prefix(count), as: UTF8.self)
            throw StoreError(.locked, "Can't open the store at \(path): another process holds it (pid \(pid)). Close it, or use another profile.")
        }
        let pid = Array("\(getpid())".utf8)
        ftruncate(descriptor, 0)
        _ = pid.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return descriptor
    }

    private func prepare() throws(StoreError) {
        // Looked at before anything is set: a file that isn't ours stays as it is.
        let (application, version) = (try number("PRAGMA application_id"), try number("PRAGMA user_version"))
        let isNew = try number("SELECT count(*) FROM sqlite_master") == 0 && application == 0 && version == 0
        guard isNew || application == SQLiteStore.applicationID else {
            throw StoreError(.damaged, "The file at \(path) is a database of another program, not a store. Pass another path.")
        }
        guard version <= SQLiteStore.schemaVersion else {
            throw StoreError(.newer, "The store at \(path) has schema \(version), this program knows \(SQLiteStore.schemaVersion): a newer version wrote it. Use that version.")
        }
        for setting in ["journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "busy_timeout=5000",
                        "trusted_schema=OFF", "mmap_size=0", "cell_size_check=ON", "journal_size_limit=67108864"] {
            try connection.run("PRAGMA \(setting)")
        }
        guard isNew else { return }
        try connection.run("BEGIN IMMEDIATE")
        for table in StoreTable.allCases {
            try connection.run("CREATE TABLE \(SQLiteStore.name(table)) (key BLOB PRIMARY KEY, value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID")
        }
        try connection.run("PRAGMA application_id=\(SQLiteStore.applicationID)")
        try connection.run("PRAGMA user_version=\(SQLiteStore.schemaVersion)")
        try connection.run("COMMIT")
    }

    private func number(_ sql: String) throws(StoreError) -> Int64 {
        var result: Int64 = 0
        try connection.run(sql) { row in
            result = row.int(0)
            return true
        }
        return result
    }

    /// For tests: makes the disk full at that many pages.
    package func limitPages(_ count: Int) throws(StoreError) { try connection.run("PRAGMA max_page_count=\(count)") }

    private static func name(_ table: StoreTable) -> String { "\(table)_rows" }

    private static func sum(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) -> Int64 {
        var writer = ByteWriter()
        writer.byte(table.rawValue)
        writer.blob(key)
        writer.raw(value)
        return Int64(Checksum.crc32(writer.bytes))
    }

    private func checkOpen() throws(StoreError) {
        if let failure { throw failure }
        if isClosed { throw StoreError(.failed, "The store at \(path) is closed.") }
    }

    package func commit(_ writes: [StoreWrite]) throws(StoreError) {
        try checkOpen()
        try StoreLimits.check(writes)
        guard !writes.isEmpty else { return }
        do {
            try connection.run("BEGIN IMMEDIATE")
            for write in writes {
                let name = SQLiteStore.name(write.table)
                switch write {
                case .put(let table, let key, let value):
                    try connection.run("INSERT OR REPLACE INTO \(name) VALUES (?, ?, ?)", .blob(key), .blob(value),
                                       .int(SQLiteStore.sum(table, key, value)))
                case .delete(_, let key):
                    try connection.run("DELETE FROM \(name) WHERE key = ?", .blob(key))
                }
            }
            try connection.run("COMMIT")
        } catch {
            // A full disk rolls back and can go on; after any other failure nobody knows what the disk has.
            do { try connection.run("ROLLBACK") } catch {}
            if error.code != .diskFull { failure = error }
            throw error
        }
    }

    package func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        try checkOpen()
        var found: (value: [UInt8], sum: Int64)?
        try connection.run("SELECT value, sum FROM \(SQLiteStore.name(table)) WHERE key = ?", .blob(key)) { row in
            found = (row.blob(0), row.int(1))
            return true
        }
        guard let found else { return nil }
        guard found.sum == SQLiteStore.sum(table, key, found.value) else {
            throw StoreError(.damaged, "A row of \(table) in the store at \(path) is damaged. What it belongs to is set aside; sync to get it anew.", row: (table, key))
        }
        return found.value
    }

    package func scan(_ table: StoreTable, from lower: [UInt8], to upper: [UInt8]?, limit: Int) throws(StoreError) -> StoreScan {
        try checkOpen()
        var result = StoreScan()
        let sql = "SELECT key, value, sum FROM \(SQLiteStore.name(table)) WHERE key >= ? ORDER BY key LIMIT ?"
        try connection.run(sql, .blob(lower), .int(Int64(limit))) { row in
            let (key, value) = (row.blob(0), row.blob(1))
            if let upper, !key.lexicographicallyPrecedes(upper) { return false }
            if row.int(2) == SQLiteStore.sum(table, key, value) {
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
        Glibc.close(lock)
    }

    deinit { close() }
}
