// What a store must do, for a device and for a hub: ordered tables of opaque rows, and batches that
// are applied whole and are on disk when the call returns.
//
// The engine above decides what a row means; a store keeps bytes. Every row carries a checksum that is
// held against it at each read: SQLite alone serves flipped bits without a word. A row that is damaged
// is named, so that what it belongs to can be set aside while everything else works on.

package enum StoreTable: UInt8, CaseIterable, Sendable {
    case meta = 1, documents, changes, log, facts, intents, actors, devices, cursors, quarantine, due
}

package enum StoreWrite: Equatable, Sendable {
    case put(StoreTable, key: [UInt8], value: [UInt8])
    case delete(StoreTable, key: [UInt8])

    package var table: StoreTable {
        switch self {
        case .put(let table, _, _), .delete(let table, _): table
        }
    }

    package var key: [UInt8] {
        switch self {
        case .put(_, let key, _), .delete(_, let key): key
        }
    }
}

package struct StoreRow: Equatable, Sendable {
    package let key: [UInt8]
    package let value: [UInt8]

    package init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// Rows found, and the keys of those that are damaged: a scan goes on past them.
package struct StoreScan: Equatable, Sendable {
    package var rows: [StoreRow] = []
    package var damaged: [[UInt8]] = []

    package init() {}
}

package protocol Store: AnyObject {
    /// Applies all writes in order, or none. When it returns they survive a power cut.
    /// - Throws: `.diskFull` (nothing applied; works again once there is room), `.tooLarge` (nothing
    ///   applied), `.failed` (the disk failed: this store answers nothing more until it is reopened).
    func commit(_ writes: [StoreWrite]) throws(StoreError)

    /// - Throws: `.damaged`, naming the row, where it isn't what was written.
    func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]?

    /// Rows with lower <= key < upper, in ascending order of bytes; nil is without an upper end.
    /// - Parameter limit: rows and damaged keys together.
    func scan(_ table: StoreTable, from lower: [UInt8], to upper: [UInt8]?, limit: Int) throws(StoreError) -> StoreScan

    func close()

    /// Whether this store is known to be the one that the last committed batch was written to: false for a
    /// copy, a restored file, another machine or boot; true for a new one. Decided when it's opened.
    /// The next batch makes it continuous for later openings, so that batch must bring the new writer id.
    var isContinuous: Bool { get }
}

extension Store {
    /// Rows whose keys begin with `prefix`.
    package func scan(_ table: StoreTable, prefix: [UInt8], limit: Int = .max) throws(StoreError) -> StoreScan {
        try scan(table, from: prefix, to: keyAfterAll(with: prefix), limit: limit)
    }
}

/// The first key after all that begin with `prefix`; nil where every larger key does.
package func keyAfterAll(with prefix: [UInt8]) -> [UInt8]? {
    var next = prefix
    while let last = next.popLast() {
        if last < .max { return next + [last + 1] }
    }
    return nil
}

package enum StoreLimits {
    /// Pages of 4 KiB in a store's log of writes before they are moved to their places: 16 MB, which a device has to spare.
    package static let logPages = 4_096
    /// The same of a hub, 64 MB: an order touches some ten pages, many of them again with the next from the same person, and
    /// what was written more than once is moved once.
    package static let hubLogPages = 16_384
    /// A key names a document and a place in it; SQLite keeps keys of this size within a page.
    package static let keyBytesMax = 512
    /// A sealed block is far smaller; SQLite reads a row whole into memory.
    package static let valueBytesMax = 8 << 20

    /// How long a command waits for another that has the store: one that asks the hub is done within that, and a person who
    /// waits for longer wants to know for whom.
    package static let lockedMilliseconds: Int64 = 5_000

    /// - Throws: `.tooLarge` for the first write above a limit.
    package static func check(_ writes: [StoreWrite]) throws(StoreError) {
        for write in writes {
            if write.key.count > keyBytesMax {
                throw StoreError(.tooLarge, "A key of \(write.key.count) bytes is above the limit of \(keyBytesMax).")
            }
            if case .put(_, _, let value) = write, value.count > valueBytesMax {
                throw StoreError(.tooLarge, "A row of \(value.count) bytes is above the limit of \(valueBytesMax).")
            }
        }
    }
}
