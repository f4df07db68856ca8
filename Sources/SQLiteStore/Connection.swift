// One connection to SQLite, with the settings that make a commit mean "on disk".
//
// SQL and the extended result code are part of every error. A statement that is kept is prepared once, when it's first run.
internal import CSQLite
internal import Glibc
internal import Store

final class Connection {
    private let handle: OpaquePointer
    /// Prepared, to be let go of at the end.
    private var prepared: [OpaquePointer] = []
    private let path: String

    /// For what is said more than once.
    final class Statement {
        let sql: String
        fileprivate var handle: OpaquePointer?

        init(_ sql: String) { self.sql = sql }
    }

    /// - Throws: `.damaged` where the file is no database; the file is not touched.
    init(path: String) throws(StoreError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let status = sqlite3_open_v2(path, &opened, flags, nil)
        guard status == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw StoreError(.failed, "Can't open the store at \(path): \(message) (SQLite \(status)). Check the folder and its rights.")
        }
        handle = opened
        self.path = path
    }

    func close() {
        for statement in prepared { sqlite3_finalize(statement) }
        prepared = []
        sqlite3_close_v2(handle)
    }

    /// Says something once: it stays prepared until the end, so what is said again and again is a `Statement` that is kept.
    func run(_ sql: String, row: (Row) -> Bool = { _ in true }) throws(StoreError) { try run(Statement(sql), row: row) }

    /// Runs a statement; calls `row` for each row of its result until that says false.
    func run(_ kept: Statement, _ arguments: Argument..., row: (Row) -> Bool = { _ in true }) throws(StoreError) {
        let (statement, sql) = (try handle(of: kept), kept.sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, argument) in arguments.enumerated() {
            let status = switch argument {
            case .blob(let bytes): bytes.withUnsafeBytes { baton_bind_blob(statement, Int32(index + 1), $0.baseAddress, Int32($0.count)) }
            case .int(let number): sqlite3_bind_int64(statement, Int32(index + 1), number)
            }
            if status != SQLITE_OK { throw error(status, sql) }
        }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: if !row(Row(statement: statement)) { return }
            case SQLITE_DONE: return
            case let status: throw error(status, sql)
            }
        }
    }

    enum Argument {
        case blob([UInt8]), int(Int64)
    }

    struct Row {
        let statement: OpaquePointer

        func int(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

        func blob(_ column: Int32) -> [UInt8] {
            guard let start = sqlite3_column_blob(statement, column) else { return [] }
            return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
        }
    }

    private func handle(of statement: Statement) throws(StoreError) -> OpaquePointer {
        if let handle = statement.handle { return handle }
        var made: OpaquePointer?
        let status = sqlite3_prepare_v2(handle, statement.sql, -1, &made, nil)
        guard status == SQLITE_OK, let made else { throw error(status, statement.sql) }
        statement.handle = made
        prepared.append(made)
        return made
    }

    private func error(_ status: Int32, _ sql: String) -> StoreError {
        let detail = "\(String(cString: sqlite3_errmsg(handle))) (SQLite \(status), \(sql))"
        // On a full disk the file that SQLite shares with readers can't grow: 4874 is SQLITE_IOERR_SHMSIZE.
        let isFull = status & 0xFF == SQLITE_FULL || status == 4_874 || sqlite3_system_errno(handle) == ENOSPC
        switch status & 0xFF {
        case _ where isFull:
            return StoreError(.diskFull, "The disk of the store at \(path) is full: \(detail). Nothing of the last edit was kept; make room and try again.")
        case SQLITE_NOTADB, SQLITE_CORRUPT:
            return StoreError(.damaged, "The store at \(path) is damaged: \(detail). Move it aside, restore a backup or sync anew; it was left as it is.")
        default:
            return StoreError(.failed, "The store at \(path) failed: \(detail). What was acknowledged is kept; check the disk and start again.")
        }
    }
}
