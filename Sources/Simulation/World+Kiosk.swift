// A kiosk in a world: it ends when nobody used it for a while, and its disk has nothing of anybody's
// at any time that others than its hubs can read.
internal import Bytes
internal import Commerce
internal import CRDT
internal import Replica
internal import Store
internal import Sync

extension World {
    /// Somebody does something on a device: a kiosk waits from now on for them to go.
    func noteUse(_ index: Int) {
        let node = devices[index]
        guard node.replica?.profile.isKiosk == true else { return }
        node.uses += 1
        queue.add(.idle(device: index, use: node.uses), at: now + CommerceLimits.kioskIdleMilliseconds)
    }

    /// The customer is gone, and all that the kiosk had.
    func endKiosk(_ index: Int) {
        guard let replica = devices[index].replica, replica.profile.isKiosk else { return }
        trace.add(now, devices[index].name, "ended")
        replica.end()
        seal(index)
        die(index, restarts: false)
        restart(index)
    }

    /// What the hub may not have is sealed; where the disk takes nothing, it's gone with the customer.
    func seal(_ index: Int) {
        let node = devices[index]
        guard let replica = node.replica, replica.profile.isKiosk else { return }
        try? replica.flush()
        if node.disk.hasStopped { die(index) }
    }

    /// Whatever became of its customers, a kiosk's disk says what it is, for which hubs it seals, and what only those can read (I8).
    func checkKiosk(_ node: DeviceNode) {
        guard node.setting.kind == "kiosk" else { return }
        let disk = node.disk.copy()
        if let actor = try? node.replica?.currentActor() { node.actors.insert(actor) }
        // What stands in every block, intent and subscription of a customer's.
        let plain = node.actors.map(\.bytes) + [Array("person:".utf8), Array("device:".utf8), Array("proof-".utf8)]
        for table in StoreTable.allCases {
            for row in (try? disk.scan(table, prefix: []).rows) ?? [] {
                let isOwn = table == .meta && [Replica.profileKey, Replica.receiversKey].contains(row.key)
                if !isOwn, table != .meta || (try? SealedParcel(decoding: row.value)) == nil {
                    fail("I8", "The disk of \(node.name), a kiosk, has a row in \(table) that is neither its profile nor a parcel.")
                }
                if let found = plain.first(where: { row.value.firstRange(of: $0) != nil || row.key.firstRange(of: $0) != nil }) {
                    fail("I8", "The disk of \(node.name), a kiosk, has \(Hex.encode(found)) of a customer's in plain bytes.")
                }
            }
        }
    }
}
