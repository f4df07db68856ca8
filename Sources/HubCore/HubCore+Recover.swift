// A hub whose disk is lost begins again with its key alone. It is the same hub, which was put back to before it ever decided
// anything: what it has to know again comes from its devices and from the other hubs, and its rights wait for that. Which staff
// devices stand in a store it doesn't know any more, so it is told how many.
//
//     DATA/hub.key, kept elsewhere ──► baton-hub recover ──► an empty store with the key ──► HubCore+Collect
//
// Protocol/stock.md 7.
internal import Bytes
internal import Commerce
internal import CRDT
package import Store

/// What a hub is known by, as text to be kept where its disk isn't: who has it can be that hub.
package struct RecoveryKey: Equatable, Sendable {
    private static let prefix = "bhk_"
    package let seed: [UInt8]

    package init(seed: [UInt8]) { self.seed = seed }

    /// - Returns: nil where it was mistyped or cut off.
    package init?(_ text: String) {
        let text = text.filter { !$0.isWhitespace }
        guard text.hasPrefix(RecoveryKey.prefix), let bytes = Hex.decode(String(text.dropFirst(RecoveryKey.prefix.count))), bytes.count == 36 else { return nil }
        seed = Array(bytes[..<32])
        guard RecoveryKey.sum(seed) == Array(bytes[32...]) else { return nil }
    }

    package var text: String { RecoveryKey.prefix + Hex.encode(seed + RecoveryKey.sum(seed)) }

    private static func sum(_ seed: [UInt8]) -> [UInt8] { Array(Digest.sha256(seed).prefix(4)) }
}

extension HubCore {
    private static let awaitedPrefix = Array("await:".utf8)
    private static func awaitedRow(_ space: SpaceID) -> [UInt8] { awaitedPrefix + DocumentKeys.space(space) }

    package var recoveryKey: RecoveryKey { RecoveryKey(seed: key.seed) }

    /// The key of the hub that a store holds; nil for an empty one.
    package static func recoveryKey(in store: any Store) throws(StoreError) -> RecoveryKey? { try store.get(.meta, keyName).map { RecoveryKey(seed: $0) } }

    /// Puts a hub's key into an empty store, for `init` to begin with. On a hub that was recovered so, and is not running, it says
    /// anew who is awaited.
    /// - Parameter awaited: by store, how many of the devices that stand there must have told what they were told.
    /// - Throws: `.failed` where the store holds another hub, or a store can't be called that.
    package static func recover(_ key: RecoveryKey, in store: any Store, awaiting awaited: [String: Int]) throws(StoreError) {
        guard DeviceKey(seed: key.seed) != nil, try recoveryKey(in: store).map({ $0 == key }) ?? true else {
            throw StoreError(.failed, "Another hub's store is here: recover a hub in an empty folder.")
        }
        var writes = [StoreWrite.put(.meta, key: keyName, value: key.seed)]
        for (name, count) in awaited.sorted(by: { $0.key < $1.key }) {
            let space: SpaceID
            do throws(CommerceError) { space = try StockNames.space(name) } catch { throw StoreError(.failed, error.message) }
            writes.append(.put(.meta, key: awaitedRow(space), value: DocumentKeys.number(UInt64(max(0, count)))))
        }
        try store.commit(writes)
    }

    /// Of a hub that was put back: stores that it has anything of, or of which somebody is awaited. Of any other: none.
    func awaitedStores() throws(StoreError) -> [String] {
        guard collectsFor != nil else { return [] }
        let prefix = HubCore.awaitedPrefix + Array("store:".utf8)
        return stores + (try documents.store.scan(.meta, prefix: prefix).rows.map { String(decoding: $0.key.dropFirst(prefix.count).prefix { $0 != 0 }, as: UTF8.self) })
    }

    static func awaited(in space: SpaceID, _ store: any Store) throws(StoreError) -> Int {
        try store.get(.meta, awaitedRow(space)).map { Int(clamping: DocumentKeys.number($0)) } ?? 0
    }
}
