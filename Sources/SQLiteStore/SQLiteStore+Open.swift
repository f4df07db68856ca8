// Opening: whose file it is, its settings, its schema, and what it says of its last batch.
internal import Bytes
internal import Store

extension SQLiteStore {
    /// "BatS" in the file's header: told apart from any other SQLite file.
    private static let applicationID: Int64 = 0x4261_7453
    /// Rises by one with each migration; a file with a larger one was made by a newer program.
    private static let schemaVersion: Int64 = 2

    static func prepare(_ connection: Connection, path: String, logPages: Int) throws(StoreError) {
        // Looked at before anything is set: a file that isn't ours stays as it is.
        let (application, version) = (try number("PRAGMA application_id", connection), try number("PRAGMA user_version", connection))
        let isNew = try number("SELECT count(*) FROM sqlite_master", connection) == 0 && application == 0 && version == 0
        guard isNew || application == applicationID else {
            throw StoreError(.damaged, "The file at \(path) is a database of another program, not a store. Pass another path.")
        }
        guard version <= schemaVersion else {
            throw StoreError(.newer, "The store at \(path) has schema \(version), this program knows \(schemaVersion): a newer version wrote it. Use that version.")
        }
        for setting in ["journal_mode=WAL", "synchronous=\(Plant.synchronousNormal.isPlanted ? "NORMAL" : "FULL")", "secure_delete=ON", "foreign_keys=ON", "busy_timeout=5000",
                        "trusted_schema=OFF", "mmap_size=0", "cell_size_check=ON", "journal_size_limit=\(2 * logPages * 4_096)",
                        "wal_autocheckpoint=\(logPages)",
                        // 16 MB, taken as they are needed: a hub's names are spread by chance over all of its pages.
                        "cache_size=-16384"] {
            try connection.run("PRAGMA \(setting)")
        }
        if isNew { try makeTables(connection) } else if version < 2 { try migrate(connection) }
    }

    /// From version 1, which had nothing due. What it had asked and decided was written in another form, and was of sessions
    /// only: a device takes its baton anew.
    private static func migrate(_ connection: Connection) throws(StoreError) {
        try connection.run("BEGIN IMMEDIATE")
        try makeTable(.due, connection)
        for table in [StoreTable.facts, .intents] { try connection.run("DELETE FROM \(name(table))") }
        try connection.run("PRAGMA user_version=\(schemaVersion)")
        try connection.run("COMMIT")
    }

    /// Rows that are written once lie in the order in which they came, one batch in a few pages, and an index finds them. In the
    /// order of their keys each person's would be on pages of their own; and an inner node, which holds whole rows there, has
    /// room for five. What is written again and again, or is small, lies by its key. Both are read and written alike.
    private static func makeTable(_ table: StoreTable, _ connection: Connection) throws(StoreError) {
        let isWrittenOnce = [.log, .changes, .intents].contains(table)
        try connection.run("CREATE TABLE \(name(table)) (key BLOB PRIMARY KEY, value BLOB NOT NULL, sum INTEGER NOT NULL)\(isWrittenOnce ? "" : " WITHOUT ROWID")")
    }

    private static func makeTables(_ connection: Connection) throws(StoreError) {
        try connection.run("BEGIN IMMEDIATE")
        for table in StoreTable.allCases { try makeTable(table, connection) }
        // One row at most, and none before the first batch. No `StoreTable` has this name.
        try connection.run("CREATE TABLE continuity (id INTEGER PRIMARY KEY CHECK (id = 1), proof BLOB NOT NULL, count INTEGER NOT NULL, sum INTEGER NOT NULL)")
        try connection.run("PRAGMA application_id=\(applicationID)")
        try connection.run("PRAGMA user_version=\(schemaVersion)")
        try connection.run("COMMIT")
    }

    static func lastCommit(_ connection: Connection) throws(StoreError) -> LastCommit {
        var last = LastCommit.none
        try connection.run("SELECT proof, count, sum FROM continuity") { row in
            let (proof, count) = (row.blob(0), row.int(1))
            last = row.int(2) == sum(proof, count) ? .by(proof: proof, count: count) : .unknown
            return false
        }
        return last
    }

    /// Within the transaction of a batch, so that both are there or neither.
    static let proofSQL = "INSERT OR REPLACE INTO continuity VALUES (1, ?, ?, ?)"

    static func sum(_ proof: [UInt8], _ count: Int64) -> Int64 {
        var writer = ByteWriter()
        writer.blob(proof)
        writer.signed(count)
        return Int64(Checksum.crc32(writer.bytes))
    }

    private static func number(_ sql: String, _ connection: Connection) throws(StoreError) -> Int64 {
        var result: Int64 = 0
        try connection.run(sql) { row in
            result = row.int(0)
            return true
        }
        return result
    }
}
