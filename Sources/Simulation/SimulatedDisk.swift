// A disk that a process can die on: a log that is replayed up to its first torn record, and rows with the
// same checksums as on the real one.
//
//     commit: record written ──► synced ──► applied, acknowledged
//
// What happens to a record at which power goes is decided by its bytes: whole, it's there after the restart;
// torn or lost, it isn't. No part of a batch is ever seen without the rest.
package import Store
package import Bytes

package final class SimulatedDisk: Store {
    package enum Trouble: Equatable {
        case full, syncFails
        /// The process dies before the record is written, or after it's synced.
        case diesBefore, diesAfter
        /// Power goes after so many hundredths of the record reached the disk.
        case powerCut(percent: Int)
    }

    private let rows: MemoryStore
    /// Decides what happens to the next commit.
    package var trouble: () -> Trouble? = { nil }
    /// The process that holds this disk is dead, or has to stop: it must be opened anew.
    package private(set) var hasStopped = false
    package private(set) var commitCount = 0
    package let isContinuous: Bool

    package init() {
        rows = MemoryStore()
        isContinuous = true
    }

    private init(rows: MemoryStore, isContinuous: Bool) {
        self.rows = rows
        self.isContinuous = isContinuous
    }

    /// The same disk for the next process.
    package func reopened() -> SimulatedDisk { SimulatedDisk(rows: rows, isContinuous: isContinuous || commitCount > 0) }

    /// - Parameter isContinuous: whether nothing shows that it is a copy.
    package func copy(isContinuous: Bool = false) -> SimulatedDisk { SimulatedDisk(rows: rows.copy(), isContinuous: isContinuous) }

    package func commit(_ writes: [StoreWrite]) throws(StoreError) {
        guard !hasStopped else { throw StoreError(.failed, "The simulated disk has stopped.") }
        try StoreLimits.check(writes)
        guard !writes.isEmpty else { return }
        switch trouble() {
        case nil: try apply(writes)
        case .full: throw StoreError(.diskFull, "The simulated disk is full.")
        case .syncFails:
            // Whether the record is there afterwards nobody knows: here it isn't.
            hasStopped = true
            throw StoreError(.failed, "The simulated disk could not sync.")
        case .diesBefore:
            hasStopped = true
            throw StoreError(.failed, "The process died before a write.")
        case .diesAfter:
            try apply(writes)
            hasStopped = true
            throw StoreError(.failed, "The process died after a write.")
        case .powerCut(let percent):
            let record = LogRecord.encode(writes)
            let rest = Array(record.prefix(record.count * percent / 100))
            if let whole = LogRecord.decode(rest) { try apply(whole) }
            hasStopped = true
            throw StoreError(.failed, "Power went during a write.")
        }
    }

    private func apply(_ writes: [StoreWrite]) throws(StoreError) {
        try rows.commit(writes.map { write in
            guard case .put(let table, let key, let value) = write else { return write }
            return .put(table, key: key, value: value + LogRecord.number(RowSum.of(table, key, value)))
        })
        commitCount += 1
    }

    package func get(_ table: StoreTable, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        guard !hasStopped else { throw StoreError(.failed, "The simulated disk has stopped.") }
        guard let stored = try rows.get(table, key) else { return nil }
        guard let value = SimulatedDisk.checked(stored, table, key) else {
            throw StoreError(.damaged, "A row of \(table) on the simulated disk is damaged.", row: (table, key))
        }
        return value
    }

    package func scan(_ table: StoreTable, from lower: [UInt8], to upper: [UInt8]?, limit: Int) throws(StoreError) -> StoreScan {
        guard !hasStopped else { throw StoreError(.failed, "The simulated disk has stopped.") }
        var result = StoreScan()
        for row in try rows.scan(table, from: lower, to: upper, limit: limit).rows {
            if let value = SimulatedDisk.checked(row.value, table, row.key) {
                result.rows.append(StoreRow(key: row.key, value: value))
            } else {
                result.damaged.append(row.key)
            }
        }
        return result
    }

    private static func checked(_ stored: [UInt8], _ table: StoreTable, _ key: [UInt8]) -> [UInt8]? {
        guard stored.count >= 4 else { return nil }
        let value = Array(stored.dropLast(4))
        return RowSum.holds(LogRecord.number(stored.suffix(4)), table, key, value) ? value : nil
    }

    package func close() {}

    /// Another bit somewhere in a table.
    /// - Returns: whether there was a row to damage.
    package func flipBit(in table: StoreTable, _ chance: inout SeededGenerator) throws(StoreError) -> Bool {
        let all = try rows.scan(table, prefix: []).rows
        guard !all.isEmpty else { return false }
        let row = all[chance.below(all.count)]
        var value = row.value
        value[chance.below(value.count)] ^= 1 << UInt8(chance.below(8))
        try rows.commit([.put(table, key: row.key, value: value)])
        return true
    }
}

/// One batch as the simulated disk's log has it: its length, its checksum, its writes.
private enum LogRecord {
    static func encode(_ writes: [StoreWrite]) -> [UInt8] {
        var body = ByteWriter()
        body.varint(writes.count)
        for write in writes {
            body.byte(write.table.rawValue)
            body.blob(write.key)
            if case .put(_, _, let value) = write {
                body.byte(1)
                body.blob(value)
            } else {
                body.byte(0)
            }
        }
        return number(UInt32(body.bytes.count)) + number(Checksum.crc32(body.bytes)) + body.bytes
    }

    /// - Returns: nil for a record that isn't whole.
    static func decode(_ record: [UInt8]) -> [StoreWrite]? {
        guard record.count >= 8, Int(number(record.prefix(4))) == record.count - 8 else { return nil }
        let body = Array(record.dropFirst(8))
        guard Checksum.crc32(body) == number(record[4..<8]) else { return nil }
        var reader = ByteReader(body)
        var writes: [StoreWrite] = []
        do {
            for _ in 0..<(try reader.count(limit: body.count)) {
                guard let table = StoreTable(rawValue: try reader.byte()) else { return nil }
                let key = try reader.blob()
                writes.append(try reader.byte() == 1 ? .put(table, key: key, value: try reader.blob()) : .delete(table, key: key))
            }
        } catch {
            return nil
        }
        return writes
    }

    static func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) } }
    static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
}
