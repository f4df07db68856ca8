// What every store promises, held against each of them.
import CSQLite
import Foundation
import SQLiteStore
import Store
import Testing

/// A folder of its own for one test, gone afterwards.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("baton-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

enum Kind: CaseIterable, Sendable {
    case memory, sqlite

    func make(in folder: TemporaryFolder) throws -> any Store {
        switch self {
        case .memory: MemoryStore()
        case .sqlite: try SQLiteStore(path: folder.file("store.db"))
        }
    }
}

@Suite struct StoreContractTests {
    @Test(arguments: Kind.allCases)
    func `rows come back in the order of their keys, within their range and limit`(kind: Kind) throws {
        let store = try kind.make(in: TemporaryFolder())
        try store.commit([[2], [1, 0], [1], [255], [1, 255]].map { .put(.log, key: $0, value: $0 + $0) })
        #expect(try store.scan(.log, from: [], to: nil, limit: 9).rows.map(\.key) == [[1], [1, 0], [1, 255], [2], [255]])
        #expect(try store.scan(.log, from: [1, 0], to: [2], limit: 9).rows.map(\.key) == [[1, 0], [1, 255]])
        #expect(try store.scan(.log, prefix: [1]).rows.map(\.key) == [[1], [1, 0], [1, 255]])
        #expect(try store.scan(.log, prefix: [255]).rows.map(\.key) == [[255]])
        #expect(try store.scan(.log, from: [], to: nil, limit: 2).rows.count == 2)
        #expect(try store.scan(.meta, from: [], to: nil, limit: 9) == StoreScan())
    }

    @Test(arguments: Kind.allCases)
    func `a batch with a row above a limit changes nothing`(kind: Kind) throws {
        let store = try kind.make(in: TemporaryFolder())
        let tooLarge = [UInt8](repeating: 0, count: StoreLimits.keyBytesMax + 1)
        #expect(throws: StoreError.self) {
            try store.commit([.put(.meta, key: [1], value: [1]), .put(.meta, key: tooLarge, value: [])])
        }
        #expect(try store.get(.meta, [1]) == nil)
    }

    /// Of rows that lie by their keys, and of rows that lie as they came.
    @Test(arguments: Kind.allCases, 0..<25 as Range<UInt64>)
    func `any row of batches leaves what a dictionary would hold`(kind: Kind, seed: UInt64) throws {
        let store = try kind.make(in: TemporaryFolder())
        let table = seed % 2 == 0 ? StoreTable.facts : .changes
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func below(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        var model: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<20 {
            var writes: [StoreWrite] = []
            for _ in 0..<below(6) {
                let key = [UInt8(below(8)), UInt8(below(3))]
                if below(3) == 0 {
                    writes.append(.delete(table, key: key))
                    model[key] = nil
                } else {
                    let value = [UInt8](repeating: UInt8(below(256)), count: below(40))
                    writes.append(.put(table, key: key, value: value))
                    model[key] = value
                }
            }
            try store.commit(writes)
            let expected = model.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(StoreRow.init)
            #expect(try store.scan(table, prefix: []).rows == expected)
        }
        for (key, value) in model { #expect(try store.get(table, key) == value) }
    }
}

@Suite struct SQLiteStoreTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("store.db") }

    init() throws { folder = try TemporaryFolder() }

    @Test func `what was committed is there after reopening`() throws {
        let store = try SQLiteStore(path: path)
        try store.commit([.put(.documents, key: [7], value: [1, 2, 3])])
        store.close()
        #expect(try SQLiteStore(path: path).get(.documents, [7]) == [1, 2, 3])
    }

    @Test func `a second opener is refused and told who holds the store`() throws {
        let store = try SQLiteStore(path: path)
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.code == .locked)
        #expect(error?.message == "Can't open the store at \(path): another process holds it (pid \(getpid())). Close it, or use another profile.")
        store.close()
        #expect(throws: Never.self) { try SQLiteStore(path: path) }
    }

    @Test func `a store of a newer version is refused and left as it is`() throws {
        try SQLiteStore(path: path).close()
        try execute("PRAGMA user_version=99")
        #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.code == .newer)
    }

    @Test func `a store of the version before keeps its documents, and gets what it lacks`() throws {
        let store = try SQLiteStore(path: path)
        try store.commit([.put(.documents, key: [7], value: [1]), .put(.facts, key: [8], value: [2]), .put(.intents, key: [9], value: [3])])
        store.close()
        try execute("DROP TABLE due_rows")
        try execute("PRAGMA user_version=1")
        let again = try SQLiteStore(path: path)
        #expect(try again.get(.documents, [7]) == [1])
        #expect(try again.get(.facts, [8]) == nil && again.get(.intents, [9]) == nil)
        try again.commit([.put(.due, key: [1], value: [2])])
        again.close()
        #expect(try SQLiteStore(path: path).get(.due, [1]) == [2])
    }

    @Test func `a store whose log lies by its keys, as it did before, is read and written alike`() throws {
        try SQLiteStore(path: path).close()
        try execute("DROP TABLE log_rows")
        try execute("CREATE TABLE log_rows (key BLOB PRIMARY KEY, value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID")
        for (value, others) in [(1, []), (2, [[3]])] as [(UInt8, [[UInt8]])] {
            let store = try SQLiteStore(path: path)
            try store.commit([.put(.log, key: [2], value: [value]), .put(.log, key: [3], value: [value]), .put(.log, key: [1], value: [value])])
            #expect(try store.scan(.log, prefix: []).rows == [[1], [2], [3]].map { StoreRow(key: $0, value: [value]) })
            try store.commit(others.map { .delete(.log, key: $0) })
            store.close()
        }
        #expect(try SQLiteStore(path: path).scan(.log, prefix: []).rows.map(\.key) == [[1], [2]])
    }

    @Test func `a file that is no store is refused and left as it is`() throws {
        let garbage = Data("this is not a database, but it is long enough to look like one".utf8) + Data(count: 4_096)
        try garbage.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.code == .damaged)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == garbage)
    }

    @Test func `a flipped bit is named, and the other rows are read`() throws {
        let store = try SQLiteStore(path: path)
        try store.commit((0..<5).map { .put(.changes, key: [$0], value: [1, 2, 3]) })
        store.close()
        try execute("UPDATE changes_rows SET value = x'010203FF' WHERE key = x'02'")
        let reopened = try SQLiteStore(path: path)
        let error = #expect(throws: StoreError.self) { try reopened.get(.changes, [2]) }
        #expect(error?.code == .damaged)
        #expect(error?.row?.key == [2])
        let scan = try reopened.scan(.changes, prefix: [])
        #expect(scan.rows.map(\.key) == [[0], [1], [3], [4]])
        #expect(scan.damaged == [[2]])
    }

    @Test func `a full disk refuses the batch whole, reads go on, and with room so do writes`() throws {
        let store = try SQLiteStore(path: path)
        try store.commit([.put(.log, key: [1], value: [1])])
        try store.limitPages(40)
        let error = #expect(throws: StoreError.self) {
            try store.commit([.put(.log, key: [2], value: [2]), .put(.log, key: [3], value: [UInt8](repeating: 3, count: 1 << 20))])
        }
        #expect(error?.code == .diskFull)
        #expect(try store.scan(.log, prefix: []).rows.map(\.key) == [[1]])
        try store.limitPages(100_000)
        try store.commit([.put(.log, key: [2], value: [2])])
        #expect(try store.get(.log, [2]) == [2])
    }

    @Test(arguments: [StoreTable.facts, .changes]) func `a deleted row is in no byte of the files`(table: StoreTable) throws {
        let canary = Array("CANARY-a-secret-that-must-go".utf8)
        let store = try SQLiteStore(path: path)
        try store.commit([.put(table, key: [1], value: canary)])
        try store.commit([.delete(table, key: [1])])
        store.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
            #expect(bytes.range(of: Data(canary)) == nil, "\(name)")
        }
    }

    /// Changes the file behind the store's back.
    private func execute(_ sql: String) throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(path, &handle) == SQLITE_OK)
        defer { sqlite3_close(handle) }
        try #require(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
    }
}
