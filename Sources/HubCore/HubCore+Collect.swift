// A hub that was put back to an older image doesn't know what it decided since: it may have sold the last unit. So it goes on
// under another name, which has no rights, and leaves what the old name had alone until those who were told have told it.
//
//     another epoch ──► another node; the staff devices that stand in a store are awaited
//     device: facts, then a barrier ──► it has told ──► all have ──► what the old name had is this one's
//
// Protocol/stock.md 7.
internal import Bytes
internal import CRDT
internal import Store
internal import Sync

extension HubCore {
    private static let nodeName = Array("hub-node".utf8)
    private static let collects = Array("hub-collects".utf8)
    private static func told(_ space: SpaceID) -> [UInt8] { Array("told:".utf8) + DocumentKeys.space(space) }
    private static func member(_ space: SpaceID) -> [UInt8] { Array("member:".utf8) + DocumentKeys.space(space) }

    /// Who stands in a store is asked what it was told, should this hub be put back. Noted once a day.
    func enrol(_ peer: Peer, in space: SpaceID) throws(StoreError) {
        guard space.scheme == "store", peer.role.isStaff, peer.store == space.owner else { return }
        let key = HubCore.member(space) + peer.device.bytes
        let (seen, now) = (try documents.store.get(.meta, key).map { DocumentKeys.number($0) } ?? 0, environment.nowMilliseconds())
        if seen > now || now - seen >= HubLimits.seenMilliseconds { documents.stage(.put(.meta, key: key, value: DocumentKeys.number(now))) }
    }

    /// Under what name this hub has rights now: its own, until it was put back.
    func loadNode() throws(StoreError) {
        node = try documents.store.get(.meta, HubCore.nodeName).map { String(decoding: $0, as: UTF8.self) } ?? name
        collectsFor = try documents.store.get(.meta, HubCore.collects).map { DocumentKeys.number($0) }
    }

    /// From now on another name has the rights, and what the old one had waits.
    func beginCollecting() {
        if Plant.rightsAfterRestore.isPlanted { return }
        node = "\(name)~\(Hex.encode(Array(DocumentKeys.number(epoch).suffix(4))))"
        collectsFor = epoch
        collected = []
        documents.stage(.put(.meta, key: HubCore.nodeName, value: Array(node.utf8)))
        documents.stage(.put(.meta, key: HubCore.collects, value: DocumentKeys.number(epoch)))
        dropOldQuestions()
    }

    /// Whether a name is, or was, this hub's.
    func isOwn(_ node: String) -> Bool { node == name || node.hasPrefix(name + "~") }

    /// Whether this hub knows all that it ever decided about a store.
    func isCollected(_ space: SpaceID) throws(StoreError) -> Bool {
        guard let collectsFor, !collected.contains(space) else { return true }
        // A store's hub that doesn't know where it belongs has not been told by it either.
        if serves != nil, home == nil { return false }
        let (members, told) = (try members(of: space), try told(space, for: collectsFor))
        if let home, serves != nil, !told.contains(home) { return false }
        guard members.allSatisfy({ !isAwaited($0) || told.contains($0.device.bytes) }), try members.count(where: { told.contains($0.device.bytes) }) >= HubCore.awaited(in: space, documents.store) else { return false }
        collected.insert(space)
        return true
    }

    /// Who stood in a store, and when that was last noted.
    private func members(of space: SpaceID) throws(StoreError) -> [(device: DeviceID, seen: UInt64)] {
        try documents.store.scan(.meta, prefix: HubCore.member(space)).rows.map { (DeviceID(bytes: Array($0.key.suffix(16))), DocumentKeys.number($0.value)) }
    }

    /// - Parameter isStaged: also by what isn't on the disk yet.
    private func told(_ space: SpaceID, for epoch: UInt64, isStaged: Bool = false) throws(StoreError) -> Set<[UInt8]> {
        let prefix = HubCore.told(space)
        let rows = try isStaged ? documents.rows(.meta, prefix: prefix) : documents.store.scan(.meta, prefix: prefix).rows
        return Set(rows.filter { DocumentKeys.number($0.value) == epoch }.map { Array($0.key.suffix(16)) })
    }

    /// Those that haven't told what they were told, also by what isn't on the disk yet, and are waited for.
    func missing(in space: SpaceID) throws(StoreError) -> [DeviceID] {
        guard let collectsFor else { return [] }
        let told = try told(space, for: collectsFor, isStaged: true)
        return try members(of: space).filter { isAwaited($0) && !told.contains($0.device.bytes) }.map(\.device)
    }

    /// Who wasn't seen for long is waited for no more.
    private func isAwaited(_ member: (device: DeviceID, seen: UInt64)) -> Bool {
        let now = environment.nowMilliseconds()
        return member.seen >= now || now - member.seen <= HubLimits.liveMilliseconds
    }

    /// What a device has was uploaded before its barrier.
    func noteTold(_ connection: Connection, _ peer: Peer) {
        guard collectsFor != nil else { return }
        for space in connection.positions.keys.sorted() where space.scheme == "store" && !collected.contains(space) {
            noteTold(space, by: peer.device.bytes)
        }
    }

    func noteTold(_ space: SpaceID, by device: [UInt8]) {
        guard let collectsFor else { return }
        documents.stage(.put(.meta, key: HubCore.told(space) + device, value: DocumentKeys.number(collectsFor)))
        if serves == nil { drop(StoreTold.id(DeviceID(bytes: device), in: space, epoch: collectsFor)) }
    }
}
