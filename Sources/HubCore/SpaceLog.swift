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

    /// Persons' spaces, by name.
    var persons: [SpaceID] { ends.keys.filter { $0.scheme == "person" }.sorted() }

    /// Stages an entry.
    /// - Returns: its number.
    @discardableResult
    func append(_ reference: Reference, to space: SpaceID) -> UInt64 {
        let position = end(of: space) + 1
        ends[space] = position
        var writer = ByteWriter()
        switch reference {
        case .actor(let actor):
            writer.byte(1)
            writer.raw(actor.bytes)
        case .block(let id, let arrival):
            writer.byte(2)
            writer.string(id.path)
            writer.varint(arrival)
        case .fact(let fact):
            writer.byte(3)
            fact.write(to: &writer)
        }
        documents.stage(.put(.log, key: DocumentKeys.space(space) + DocumentKeys.number(position), value: writer.bytes))
        documents.stage(.put(.cursors, key: Array(space.name.utf8), value: DocumentKeys.number(position)))
        return position
    }

    /// Entries after a position, in order.
    func read(_ space: SpaceID, after position: UInt64, limit: Int) throws(StoreError) -> [(position: UInt64, reference: Reference)] {
        let prefix = DocumentKeys.space(space)
        let scan = try documents.store.scan(.log, from: prefix + DocumentKeys.number(position + 1), to: keyAfterAll(with: prefix), limit: limit)
        return scan.rows.compactMap { row in
            guard let reference = try? SpaceLog.decode(row.value, space) else { return nil }
            return (DocumentKeys.number(row.key.suffix(8)), reference)
        }
    }

    private static func decode(_ bytes: [UInt8], _ space: SpaceID) throws(DecodeError) -> Reference {
        var reader = ByteReader(bytes)
        switch try reader.byte() {
        case 1: return .actor(try ActorID(&reader))
        case 2:
            guard let id = DocumentID(space, try reader.string()) else { throw .inconsistent(at: 0, what: "an entry names a document") }
            return .block(id, arrival: try reader.varint())
        case 3: return .fact(try Fact(&reader))
        case let tag: throw .unknownTag(at: 0, tag: UInt64(tag))
        }
    }
}
