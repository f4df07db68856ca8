// A cart of 50 lines on the default store, its history one, ten and a hundred times as long; the cart itself stays as
// large. What is touched is one line, so what a cost is at x100 over what it is at x1 says whether it follows the history.
internal import CRDT
internal import Documents
internal import SQLiteStore
internal import Store

enum HistoryScale {
    struct Row: Encodable {
        var changes: Int
        /// A store that was closed is opened, and all lines of the cart are read.
        var openAndReadMilliseconds = 0.0
        /// The first edit after that, not yet on disk: it reads the history.
        var firstEditMilliseconds = 0.0
        /// An edit, and the commit that puts it on the disk: CPU time, and bytes that the store is given.
        var saveMilliseconds = 0.0
        var savedBytes = 0.0
        /// The same over a run in which the document is written whole whenever that is due: per edit.
        var saveWithSnapshotsMilliseconds = 0.0
        var savedWithSnapshotsBytes = 0.0
        /// The device's side of sending one change, and another's of taking it in.
        var syncMicroseconds = 0.0
        var syncBytes = 0
        /// The whole document encoded as a file: what a backup or a newcomer costs.
        var wholeMilliseconds = 0.0
    }

    struct Figures: Encodable {
        var rows: [Row] = []
        /// Of each figure, the last row's over the first's.
        var lastOverFirst: [String: Double] = [:]

        var table: String {
            func line(_ name: String, _ value: (Row) -> Double, _ unit: String) -> (String, String) {
                (name, rows.map { short(value($0)) }.joined(separator: "  ") + " \(unit), x100 / x1 = \(short(value(rows[rows.count - 1]) / value(rows[0])))")
            }
            return scaleTable("a cart of 50 lines after \(rows.map { "\($0.changes)" }.joined(separator: ", ")) changes", [
                line("opened, all lines read", \.openAndReadMilliseconds, "ms"), line("first edit after opening", \.firstEditMilliseconds, "ms"),
                line("an edit saved", \.saveMilliseconds, "ms"), line("  bytes for the disk", \.savedBytes, "bytes"),
                line("an edit saved, snapshots included", \.saveWithSnapshotsMilliseconds, "ms"), line("  bytes for the disk", \.savedWithSnapshotsBytes, "bytes"),
                line("a change sent and taken in", \.syncMicroseconds, "us"), line("  bytes on the wire", { Double($0.syncBytes) }, "bytes"),
                line("saved whole, as a file", \.wholeMilliseconds, "ms")])
        }
    }

    private static let (lines, base, saves) = (50, 1_000, 200)

    static func run() throws -> Figures {
        let place = try BenchPlace()
        var figures = Figures()
        for factor in [1, 10, 100] { figures.rows.append(try row(base * factor, place.folder + "/x\(factor).db")) }
        let ratio = { (value: (Row) -> Double) in value(figures.rows[2]) / value(figures.rows[0]) }
        figures.lastOverFirst = ["openAndRead": ratio(\.openAndReadMilliseconds), "firstEdit": ratio(\.firstEditMilliseconds), "save": ratio(\.saveMilliseconds),
                                 "saveWithSnapshots": ratio(\.saveWithSnapshotsMilliseconds), "sync": ratio(\.syncMicroseconds), "whole": ratio(\.wholeMilliseconds)]
        return figures
    }

    private static func row(_ changes: Int, _ path: String) throws -> Row {
        var row = Row(changes: changes)
        guard let space = SpaceID("person:ana"), let id = DocumentID(space, "cart/1") else { throw BenchPlace.Problem("a document has a name") }
        let keys = try (0..<lines).map { try LineKey(sku: "SKU-\($0)") }
        let actor = scaleActor(0)
        func step(_ number: Int, _ store: DocumentStore) throws {
            try store.edit(id, by: actor, at: 0) { _ = try Cart.add(keys[number % lines], 1, &$0) }
        }
        var made = try SQLiteStore(path: path)
        var store = DocumentStore(made)
        // Edits share commits here, or the making would take the time.
        for number in 0..<changes {
            try step(number, store)
            if number % 100 == 99 { try store.flush() }
        }
        made.close()
        row.openAndReadMilliseconds = try median((0..<5).map { _ in
            let counted = try SQLiteStore(path: path)
            defer { counted.close() }
            let opened = try cpuMilliseconds { Cart.lines(try DocumentStore(counted).open(id).document) }
            guard opened.result.reduce(0, { $0 + $1.quantity }) == changes else { throw BenchPlace.Problem("the opened cart has other lines") }
            return opened.milliseconds
        })
        made = try SQLiteStore(path: path)
        let counting = CountingStore(made)
        store = DocumentStore(counting)
        _ = try store.open(id)
        row.firstEditMilliseconds = try cpuMilliseconds { try step(0, store) }.milliseconds
        try store.flush()

        counting.bytes = 0
        let saves = try (1...saves).map { number in
            let before = counting.bytes
            let time = try cpuMilliseconds {
                try step(number, store)
                try store.flush()
            }.milliseconds
            return (time: time, bytes: Double(counting.bytes - before))
        }
        (row.saveMilliseconds, row.savedBytes) = (median(saves.map(\.time)), median(saves.map(\.bytes)))

        // As many edits as make the document an eighth longer: at least one snapshot is due among them.
        let many = max(changes / 8 + 1, 257)
        counting.bytes = 0
        let all = try cpuMilliseconds {
            for number in 0..<many {
                try step(number, store)
                if number % 100 == 99 { try store.flush() }
            }
            try store.flush()
        }
        (row.saveWithSnapshotsMilliseconds, row.savedWithSnapshotsBytes) = (all.milliseconds / Double(many), Double(counting.bytes) / Double(many))

        try sync(store.open(id).document, keys, &row)
        made.close()
        return row
    }

    private static func sync(_ document: Document, _ keys: [LineKey], _ row: inout Row) throws {
        var (author, reader) = (document, document)
        // What was shared is copied once, before it counts.
        let actor = scaleActor(1)
        var times: [Double] = []
        for number in 0...saves {
            let before = author.operationCount(of: actor)
            try scaleEdit(&author, by: actor) { _ = try Cart.add(keys[number % lines], 1, &$0) }
            let time = try cpuMilliseconds {
                let update = author.encode(of: actor, from: before)
                row.syncBytes = update.count
                try reader.take(update)
            }
            if number > 0 { times.append(time.milliseconds * 1_000) }
        }
        guard author.encodeBody() == reader.encodeBody() else { throw BenchPlace.Problem("the reader's cart differs") }
        row.syncMicroseconds = median(times)
        row.wholeMilliseconds = median((0..<3).map { _ in cpuMilliseconds { author.save() }.milliseconds })
    }
}

/// A store that counts the bytes it is given to write.
private final class CountingStore: Store {
    private let store: SQLiteStore
    var bytes = 0

    init(_ store: SQLiteStore) { self.store = store }

    var isContinuous: Bool { store.isContinuous }

    func commit(_ writes: [StoreWrite]) throws(StoreError) {
        for write in writes { if case .put(_, let key, let value) = write { bytes += key.count + value.count } }
        try store.commit(writes)
    }

    func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? { try store.get(table, key) }

    func scan(_ table: StoreTable, from lower: [UInt8], to upper: [UInt8]?, limit: Int) throws(StoreError) -> StoreScan {
        try store.scan(table, from: lower, to: upper, limit: limit)
    }

    func close() { store.close() }
}
