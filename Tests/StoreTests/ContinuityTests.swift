// A store knows whether it is the one that its last batch was written to: held against real files,
// copied and restored in the ways people and their tools do it.
import Foundation
import SQLiteStore
import Store
import Testing

@Suite struct ContinuityTests {
    private let folder: TemporaryFolder
    private var home: String { folder.file("home") }
    private var path: String { home + "/store.db" }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
    }

    @Test func `a new store is continuous, and stays so when reopened after commits`() throws {
        #expect(try isContinuous())
        #expect(try isContinuous(), "never committed to: still new")
        for commits in 1...3 { #expect(try isContinuous(thenCommitting: commits)) }
        #expect(try isContinuous())
    }

    @Test func `a killed process leaves its store continuous`() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let store = try SQLiteStore(path: path)
            for key in 0..<5 as Range<UInt8> { try store.commit([.put(.log, key: [key], value: [1])]) }
            kill(getpid(), SIGKILL)
        }
        let store = try SQLiteStore(path: path)
        #expect(try store.scan(.log, prefix: []).rows.count == 5)
        #expect(store.isContinuous)
    }

    @Test(arguments: [(0, true), (1, true), (2, false), (-1, false)])
    func `a witness may be one commit behind the database, and no more`(behind: Int, expected: Bool) throws {
        _ = try isContinuous(thenCommitting: 7)
        try setWitness(count: "\(7 - behind)")
        #expect(try isContinuous() == expected)
        #expect(try isContinuous() == expected, "opening it did not change the verdict")
    }

    @Test(arguments: ["lost", "", "7 7", "9223372036854775807", "-9223372036854775808", "seven"])
    func `a witness of nonsense vouches for nothing`(count: String) throws {
        _ = try isContinuous(thenCommitting: 7)
        try setWitness(count: count)
        #expect(try !isContinuous())
    }

    @Test func `a copied folder isn't continuous, and the original still is`() throws {
        _ = try isContinuous(thenCommitting: 3)
        let copy = folder.file("copy")
        try run("cp", "-a", home, copy)
        #expect(try !isContinuous(copy + "/store.db"))
        #expect(try isContinuous())
    }

    @Test func `a moved folder is continuous`() throws {
        _ = try isContinuous(thenCommitting: 3)
        try run("mv", home, folder.file("moved"))
        #expect(try isContinuous(folder.file("moved/store.db")))
    }

    @Test func `a database put back from an older copy isn't continuous`() throws {
        let store = try SQLiteStore(path: path)
        try commit(3, to: store)
        let backup = folder.file("backup")
        try FileManager.default.createDirectory(atPath: backup, withIntermediateDirectories: false)
        try run("cp", "-a", path, path + "-wal", backup)
        try commit(2, to: store)
        store.close()
        try run("cp", "-a", backup + "/store.db", backup + "/store.db-wal", home)
        let restored = try SQLiteStore(path: path)
        #expect(try restored.scan(.log, prefix: []).rows.count == 3)
        #expect(!restored.isContinuous)
    }

    @Test(arguments: [["cp", "-a"], ["cp"], ["cp", "--preserve=timestamps"]])
    func `a folder restored in place isn't continuous`(command: [String]) throws {
        _ = try isContinuous(thenCommitting: 3)
        let backup = folder.file("backup")
        try run("cp", "-a", home, backup)
        _ = try isContinuous(thenCommitting: 2)
        let files = try FileManager.default.contentsOfDirectory(atPath: backup).map { backup + "/" + $0 }
        try run(command + files + [home])
        #expect(try !isContinuous())
        #expect(try !isContinuous())
    }

    @Test func `a folder restored by renaming into place what changed isn't continuous`() throws {
        _ = try isContinuous(thenCommitting: 3)
        let backup = folder.file("backup")
        try run("cp", "-a", home, backup)
        _ = try isContinuous(thenCommitting: 2)
        // As rsync does: the lock has the size and time it had, so it's left alone.
        for file in ["store.db", "store.db.witness"] {
            try run("cp", "-a", backup + "/" + file, home + "/.\(file).new")
            try run("mv", home + "/.\(file).new", home + "/" + file)
        }
        #expect(try !isContinuous())
    }

    @Test(arguments: [".lock", ".witness"])
    func `a lost witness isn't made good by a new one, even after several openings`(file: String) throws {
        _ = try isContinuous(thenCommitting: 1)
        try FileManager.default.removeItem(atPath: path + file)
        for _ in 0..<3 { #expect(try !isContinuous()) }
    }

    @Test func `another machine or boot isn't continuous, and a machine that can't tell its boots never is`() throws {
        let here = Machine(id: "here", boot: "first")
        #expect(try isContinuous(on: here, thenCommitting: 1))
        #expect(try isContinuous(on: here))
        #expect(try !isContinuous(on: Machine(id: "there", boot: "first")))
        #expect(try !isContinuous(on: Machine(id: "here", boot: "second")))
        #expect(try isContinuous(on: here, thenCommitting: 0))
        let blind = Machine(id: "here", boot: "")
        _ = try isContinuous(on: blind, thenCommitting: 1)
        #expect(try !isContinuous(on: blind))
    }

    @Test func `openings that commit nothing change no verdict, for good or ill`() throws {
        _ = try isContinuous(thenCommitting: 3)
        for _ in 0..<3 { #expect(try isContinuous()) }
        let copy = folder.file("copy")
        try run("cp", "-a", home, copy)
        for _ in 0..<3 { #expect(try !isContinuous(copy + "/store.db")) }
    }

    @Test func `one commit makes a copy a store of its own`() throws {
        _ = try isContinuous(thenCommitting: 3)
        let copy = folder.file("copy")
        try run("cp", "-a", home, copy)
        #expect(try !isContinuous(copy + "/store.db", thenCommitting: 1))
        #expect(try isContinuous(copy + "/store.db"))
        // And its database is of no use to the original.
        try run("cp", "-a", copy + "/store.db", path)
        #expect(try !isContinuous())
    }

    @Test func `a refused batch isn't counted`() throws {
        let store = try SQLiteStore(path: path)
        try commit(1, to: store)
        try store.limitPages(40)
        #expect(throws: StoreError.self) { try store.commit([.put(.log, key: [9], value: [UInt8](repeating: 3, count: 1 << 20))]) }
        try store.limitPages(100_000)
        try commit(1, to: store)
        store.close()
        #expect(try isContinuous())
        #expect(try witness().hasPrefix("\(getpid()) 2 "))
    }

    @Test func `the lock is written once, when it's made`() throws {
        _ = try isContinuous(thenCommitting: 1)
        let before = try Data(contentsOf: URL(fileURLWithPath: path + ".lock"))
        let changed = try status(path + ".lock")
        _ = try isContinuous(thenCommitting: 3)
        #expect(!before.isEmpty)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path + ".lock")) == before)
        #expect(try status(path + ".lock") == changed)
    }

    @Test func `a copy in memory has the rows, goes its own way, and isn't continuous unless told`() throws {
        let store = MemoryStore()
        try store.commit([.put(.log, key: [1], value: [1])])
        let copy = store.copy()
        try copy.commit([.put(.log, key: [2], value: [2])])
        #expect(store.isContinuous && !copy.isContinuous && store.copy(isContinuous: true).isContinuous)
        #expect(try store.scan(.log, prefix: []).rows.count == 1)
        #expect(try copy.scan(.log, prefix: []).rows.count == 2)
    }

    // MARK: What the tests are made of

    private func isContinuous(_ path: String? = nil, on machine: Machine = .current(), thenCommitting count: Int = 0) throws -> Bool {
        let store = try SQLiteStore(path: path ?? self.path, machine: machine)
        try commit(count, to: store)
        store.close()
        return store.isContinuous
    }

    private func commit(_ count: Int, to store: SQLiteStore) throws {
        for _ in 0..<count {
            let key = UInt8(try store.scan(.log, prefix: []).rows.count)
            try store.commit([.put(.log, key: [key], value: [key])])
        }
    }

    private func witness() throws -> String { try String(contentsOfFile: path + ".witness", encoding: .utf8) }

    /// In place, so that the file stays the same one.
    private func setWitness(count: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path + ".witness"))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data("1 \(count)\n".utf8))
        try handle.close()
    }

    private func status(_ path: String) throws -> [Int] {
        var state = stat()
        try #require(stat(path, &state) == 0)
        return [Int(state.st_ino), state.st_ctim.tv_sec, state.st_ctim.tv_nsec]
    }

    private func run(_ command: String...) throws { try run(command) }

    private func run(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command)")
    }
}
