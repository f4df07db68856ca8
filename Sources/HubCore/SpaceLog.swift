// The log of each space: what was taken in, numbered from 1. Devices keep the number up to which they
// know it, so that catching up costs what is new. An entry points at the block's row: nothing is kept twice.
internal import CRDT
internal import Store
internal import Sync
internal import Bytes

final class SpaceLog {
    enum Reference: Equatable {
        case actor(ActorID)
        case block(DocumentID, arrival: UInt64)
        case fact(Fact)
        /// In the place of blocks that were cut away: the last of them.
        case cut(DocumentID, arrival: UInt64)
    }

    struct Item {
        let position: UInt64
        let reference: Reference
        /// It came from the central hub, which needn't get it back.
        let isFromAbove: Bool
    }

    private let documents: DocumentStore
    /// The number of the last entry of each space.
    private(set) var ends: [SpaceID: UInt64] = [:]

    init(_ documents: DocumentStore) throws(StoreError) {
        self.documents = documents
        try load()
    }

    /// What the store says, whatever was staged.
    func load() throws(StoreError) {
        ends = [:]
        for row in try documents.store.scan(.cursors, prefix: []).rows {
            guard let space = SpaceID(String(decoding: row.key, as: UTF8.self)) else { continue }
            ends[space] = DocumentKeys.number(row.value)
        }
    }

    var isEmpty: Bool { ends.isEmpty }

    func end(of space: SpaceID) -> UInt64 { ends[space] ?? 0 }

    /// Stages an entry.
    /// - Returns: its number.
    @discardableResult
    func append(_ reference: Reference, to space: SpaceID, isFromAbove: Bool = false) -> UInt64 {
        let position = reserve(in: space)
        put(reference, space, at: position, isFromAbove: isFromAbove)
        return position
    }

    /// The number of an entry that is `put` before the next commit.
    func reserve(in space: SpaceID) -> UInt64 {
        let position = end(of: space) + 1
        ends[space] = position
        documents.stage(.put(.cursors, key: Array(space.name.utf8), value: DocumentKeys.number(position)))
        return position
    }

    /// Takes out of the log what was cut away of a document, and says where it ended that there is a baseline: for who
    /// read only so far, or nothing.
    /// - Parameters:
    ///   - dropped: the rows that went.
    ///   - arrival: the row of the signed cut.
    ///   - isAtEnd: whether all who follow need it, however far they read.
    /// - Complexity: O(entries of the space).
    func cut(_ id: DocumentID, dropped: Set<UInt64>, arrival: UInt64, isAtEnd: Bool = false) throws(StoreError) {
        var last: UInt64?
        for item in try read(id.space, after: 0, limit: .max) {
            switch item.reference {
            case .block(id, let number) where dropped.contains(number): last = item.position
            case .cut(id, _): last = max(last ?? 0, item.position)
            default: continue
            }
            documents.stage(.delete(.log, key: key(id.space, item.position)))
        }
        if let last, !isAtEnd { put(.cut(id, arrival: arrival), id.space, at: last) } else { append(.cut(id, arrival: arrival), to: id.space) }
    }

    private func key(_ space: SpaceID, _ position: UInt64) -> [UInt8] { DocumentKeys.space(space) + DocumentKeys.number(position) }

    func put(_ reference: Reference, _ space: SpaceID, at position: UInt64, isFromAbove: Bool = false) {
        var writer = ByteWriter()
        switch reference {
        case .actor(let actor):
            writer.byte(1)
            writer.raw(actor.bytes)
        case .block(let id, let arrival), .cut(let id, let arrival):
            if case .cut = reference { writer.byte(4) } else { writer.byte(2) }
            writer.string(id.path)
            writer.varint(arrival)
        case .fact(let fact):
            let bytes = fact.bytes
            writer.reserve(bytes.count + 2)
            writer.byte(3)
            writer.raw(bytes)
        }
        if isFromAbove { writer.byte(1) }
        documents.stage(.put(.log, key: key(space, position), value: writer.bytes))
    }

    /// Entries after a position, in order.
    func read(_ space: SpaceID, after position: UInt64, limit: Int) throws(StoreError) -> [Item] {
        let prefix = DocumentKeys.space(space)
        let scan = try documents.store.scan(.log, from: prefix + DocumentKeys.number(position + 1), to: keyAfterAll(with: prefix), limit: limit)
        return scan.rows.compactMap { row in
            var reader = ByteReader(row.value)
            guard let reference = try? SpaceLog.decode(&reader, space) else { return nil }
            return Item(position: DocumentKeys.number(row.key.suffix(8)), reference: reference, isFromAbove: reader.remaining > 0)
        }
    }

    /// The fact of an entry.
    func fact(_ space: SpaceID, at position: UInt64) throws(StoreError) -> Fact? {
        guard let row = try documents.store.get(.log, key(space, position)) else { return nil }
        var reader = ByteReader(row)
        guard case .fact(let fact)? = try? SpaceLog.decode(&reader, space) else { return nil }
        return fact
    }

    private static func decode(_ reader: inout ByteReader, _ space: SpaceID) throws(DecodeError) -> Reference {
        switch try reader.byte() {
        case 1: return .actor(try ActorID(&reader))
        case let tag where tag == 2 || tag == 4:
            guard let id = DocumentID(space, try reader.string()) else { throw .inconsistent(at: 0, what: "an entry names a document") }
            let arrival = try reader.varint()
            return tag == 2 ? .block(id, arrival: arrival) : .cut(id, arrival: arrival)
        case 3: return .fact(try Fact(&reader))
        case let tag: throw .unknownTag(at: 0, tag: UInt64(tag))
        }
    }
}
