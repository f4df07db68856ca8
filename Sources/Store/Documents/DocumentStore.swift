// Documents on a store: opened when they are needed, changed in memory, written in batches.
//
//     changes[name ‖ 0] = snapshot    changes[name ‖ n] = raw changes, a sealed block as it came, or the last signed cut
//     documents[name]   = record: whose changes are here, sealed how far, acknowledged how far
//
// Edits and blocks are staged; `flush` writes all that is staged in one batch, and what was staged
// before is on disk when it returns. A batch that fails takes the documents it touched out of memory,
// so that memory never shows what the disk hasn't got. The same for a device and for a hub.
package import CRDT
internal import Bytes

package final class DocumentStore {
    package final class Open {
        package let id: DocumentID
        package internal(set) var document = Document()
        package internal(set) var record = DocumentRecord()
        /// The record as the disk has it.
        var settled = DocumentRecord()
        /// Rows of changes that no block holds yet.
        var raw: [UInt64] = []
        /// Blocks before this row are with the hub of that epoch; nil where nobody looked.
        var lacking: (epoch: UInt64, row: UInt64)?
        /// What the hub is known to have had, though it is offered everything again.
        var hubHad: [ActorID: UInt32] = [:]
        /// The block and the ends of chains of the last cut, once somebody asked.
        var cut: (block: Block, ends: [SignedCut.ChainEnd])?

        init(id: DocumentID) { self.id = id }
    }

    enum RowTag {
        static let raw: UInt8 = 0
        static let block: UInt8 = 1
        static let snapshot: UInt8 = 2
        static let cut: UInt8 = 3
    }

    package let store: any Store
    var opened: [DocumentID: Open] = [:]
    private var staged: [StoreWrite] = []
    var sums: [SpaceID: Sums] = [:]
    /// Touched since the last flush; its record is written with the next.
    var touched: Set<DocumentID> = []
    /// Set aside because their rows were damaged, since this store was opened.
    package internal(set) var quarantined: [DocumentID] = []

    /// Stages what is only staged when the disk is written to. Called first by every `flush`.
    package var beforeFlush: () -> Void = {}

    package init(_ store: any Store) { self.store = store }

    package var hasStaged: Bool { !staged.isEmpty || !touched.isEmpty }

    package func stage(_ write: StoreWrite) { staged.append(write) }

    /// Writes everything that is staged, at once.
    package func flush() throws(StoreError) {
        guard hasStaged else { return }
        beforeFlush()
        var writes = DocumentStore.lastOfEach(staged)
        for id in touched.sorted() {
            guard let open = opened[id] else { continue }
            writes.append(.put(.documents, key: DocumentKeys.document(id), value: open.record.bytes))
        }
        do {
            try store.commit(writes)
        } catch {
            dropStaged()
            throw error
        }
        settle()
        staged.removeAll(keepingCapacity: true)
        touched.removeAll(keepingCapacity: true)
        if opened.count > StoreLimits.openDocumentsMax { opened.removeAll() }
    }

    /// A batch is there whole or not at all: of a row that was written more than once in it, the last counts.
    private static func lastOfEach(_ writes: [StoreWrite]) -> [StoreWrite] {
        struct Row: Hashable { let table: StoreTable, key: [UInt8] }
        var seen = Set<Row>(minimumCapacity: writes.count)
        return writes.reversed().filter { seen.insert(Row(table: $0.table, key: $0.key)).inserted }.reversed()
    }

    /// Forgets what is staged, and the documents that it changed.
    package func dropStaged() {
        staged = []
        for id in touched { opened[id] = nil }
        touched = []
    }

    /// A fresh look at a document whose memory can't be trusted; what is staged is written first, with its record: what
    /// came of this document before in the same turn will be acknowledged.
    func reload(_ id: DocumentID) throws(StoreError) {
        defer { opened[id] = nil }
        try flush()
    }

    // MARK: Reading

    /// The document, or an empty one where there is none yet.
    /// - Complexity: O(its rows) the first time, then O(1).
    package func open(_ id: DocumentID) throws(StoreError) -> Open {
        if let open = opened[id] { return open }
        let open = Open(id: id)
        do {
            if let bytes = try store.get(.documents, DocumentKeys.document(id)) {
                open.record = try DocumentRecord(decoding: bytes)
                open.settled = open.record
                try load(open)
            }
        } catch let error as StoreError where error.code != .damaged {
            throw error
        } catch {
            if case DecodeError.newer = error {
                throw StoreError(.newer, "\(id) was written by a newer version of this program. Update it; nothing was changed.")
            }
            return try quarantine(id)
        }
        opened[id] = open
        return open
    }

    /// The same with its history read, as every change needs it. One whose history can't be read is damaged.
    /// - Complexity: O(its history) the first time, then O(1).
    package func openWhole(_ id: DocumentID) throws(StoreError) -> Open {
        let open = try open(id)
        do { try open.document.readHistory() } catch { return try quarantine(id) }
        return open
    }

    private func load(_ open: Open) throws {
        let prefix = DocumentKeys.document(open.id)
        var arrival: UInt64 = 0
        if open.record.snapshot > 0 {
            guard let bytes = try store.get(.changes, DocumentKeys.row(open.id, 0)), bytes.first == RowTag.snapshot else {
                throw DecodeError.truncated(at: 0)
            }
            open.document = try Document(opening: Array(bytes.dropFirst()), isTrusted: true)
            arrival = open.record.snapshot
        }
        let scan = try store.scan(.changes, from: prefix + DocumentKeys.number(arrival + 1), to: keyAfterAll(with: prefix), limit: .max)
        guard scan.damaged.isEmpty else { throw DecodeError.truncated(at: 0) }
        for row in scan.rows {
            let number = DocumentKeys.number(row.key.suffix(8))
            switch row.value.first {
            case RowTag.raw:
                open.raw.append(number)
                try open.document.take(Array(row.value.dropFirst()))
            case RowTag.block:
                try open.document.apply(Block(decoding: Array(row.value.dropFirst())).open())
            case RowTag.cut: break
            default: throw DecodeError.unknownTag(at: 0, tag: UInt64(row.value.first ?? 0))
            }
        }
        for lane in open.record.lanes where open.document.version.count(of: lane.actor) != lane.count {
            throw DecodeError.inconsistent(at: 0, what: "a document has the changes that its record names")
        }
    }

    package func exists(_ id: DocumentID) throws(StoreError) -> Bool {
        if let open = opened[id] { return !open.record.lanes.isEmpty }
        do {
            return try store.get(.documents, DocumentKeys.document(id)) != nil
        } catch {
            if error.code == .damaged { return true }
            throw error
        }
    }

    /// The records of a space's documents, or of all, by name.
    package func records(in space: SpaceID? = nil) throws(StoreError) -> [(id: DocumentID, record: DocumentRecord)] {
        let prefix = space.map(DocumentKeys.space) ?? []
        let scan = try store.scan(.documents, prefix: prefix)
        var found: [DocumentID: DocumentRecord] = [:]
        for key in scan.damaged {
            if let id = DocumentKeys.documentID(key) { found[id] = try open(id).record }
        }
        for row in scan.rows {
            guard let id = DocumentKeys.documentID(row.key) else { continue }
            do { found[id] = try DocumentRecord(decoding: row.value) } catch { found[id] = try open(id).record }
        }
        for id in touched where space == nil || id.space == space { found[id] = opened[id]?.record }
        return found.sorted { $0.key < $1.key }.filter { !$0.value.lanes.isEmpty }.map { (id: $0.key, record: $0.value) }
    }

    /// Rows whose keys begin so, with what is staged, by ascending key; the damaged ones are left out.
    /// - Complexity: O(found + staged).
    package func rows(_ table: StoreTable, prefix: [UInt8]) throws(StoreError) -> [StoreRow] {
        var found: [[UInt8]: [UInt8]] = [:]
        for row in try store.scan(table, prefix: prefix).rows { found[row.key] = row.value }
        for write in staged where write.table == table && write.key.starts(with: prefix) {
            if case .put(_, let key, let value) = write { found[key] = value } else { found[write.key] = nil }
        }
        return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { StoreRow(key: $0.key, value: $0.value) }
    }

    // MARK: Quarantine

    /// Documents that were ever set aside here, by name.
    package func damagedDocuments() throws(StoreError) -> [DocumentID] {
        try store.scan(.quarantine, prefix: []).rows.filter(\.value.isEmpty).compactMap { DocumentKeys.documentID($0.key) }.sorted()
    }

    /// Sets a damaged document's rows aside, all of them, and begins it anew: the hub has what it had.
    private func quarantine(_ id: DocumentID) throws(StoreError) -> Open {
        var writes: [StoreWrite] = [.delete(.documents, key: DocumentKeys.document(id))]
        let scan = try store.scan(.changes, prefix: DocumentKeys.document(id))
        for row in scan.rows {
            writes.append(.put(.quarantine, key: row.key, value: row.value))
            writes.append(.delete(.changes, key: row.key))
        }
        for key in scan.damaged { writes.append(.delete(.changes, key: key)) }
        writes.append(.put(.quarantine, key: DocumentKeys.document(id), value: []))
        try store.commit(writes)
        sums[id.space] = nil
        quarantined.append(id)
        let open = Open(id: id)
        opened[id] = open
        return open
    }
}
