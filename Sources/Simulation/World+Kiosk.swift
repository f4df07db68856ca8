// A kiosk in a world: it ends when nobody used it for a while, and its disk has nothing of anybody's at any time.
internal import Commerce
internal import Replica
internal import Store

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
        die(index, restarts: false)
        restart(index)
    }

    /// Whatever became of its customers, a kiosk's disk says what it is, and no more (I8).
    func checkKiosk(_ node: DeviceNode) {
        guard node.setting.kind == "kiosk" else { return }
        let disk = node.disk.copy()
        let rows = StoreTable.allCases.map { (try? disk.scan($0, prefix: []).rows) ?? [] }.joined()
        if rows.count > 1 { fail("I8", "The disk of \(node.name), a kiosk, has \(rows.count) rows: only its profile may be there.") }
    }
}
