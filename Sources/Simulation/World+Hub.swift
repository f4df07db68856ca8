// The hub's process: one turn for each message, as its driver takes them.
internal import HubCore
internal import Store
internal import Sync

extension World {
    /// Passes something on to the core, commits, and carries out what follows.
    func hubTurn(_ body: (HubCore) -> Void) {
        guard let core = hub.core else { return }
        let cuts = core.metrics.cuts
        body(core)
        do throws(StoreError) {
            try core.flush()
            for id in core.connectionIDs {
                try core.pump(id) {
                    carryOutHub()
                    return (connections[id]?.queuedDown ?? 0) < SimulationLimits.queueBytesHigh
                }
            }
        } catch {
            // What a disk that failed leaves unsaid is not said; a full one closes every connection.
        }
        cutCount += core.metrics.cuts - cuts
        carryOutHub()
        // Also where a frame met the stopped disk and only its connection was closed: the process is gone with the disk.
        if hub.disk.hasStopped { hubDies() }
    }

    func carryOutHub() {
        for action in hub.core?.takeActions() ?? [] {
            switch action {
            case .send(let id, let bytes):
                watchHub(id, bytes)
                send(id, toHub: false, bytes)
            case .charge(let charge): ask(charge)
            case .close(let id, let reason):
                trace.add(now, "hub", "close", other: connections[id].map { devices[$0.device].name } ?? "", reason.message)
                noteClose(reason, by: "hub")
                hubLost(id)
            }
        }
    }

    func hubDies(restarts: Bool = true) {
        guard hub.core != nil else { return }
        hub.core = nil
        trace.add(now, "hub", "crash")
        for id in connections.keys.sorted() { hubLost(id) }
        if restarts { queue.add(.restartHub, at: now + SimulationLimits.restartMilliseconds) }
    }

    package func crashHub(restarts: Bool) { hubDies(restarts: restarts) }

    package func restartHub() {
        guard hub.core == nil else { return }
        openHub(hub.disk.reopened())
    }

    private func openHub(_ disk: SimulatedDisk) {
        hub.disk = disk
        disk.trouble = { [unowned self] in troubleAtCommit("hub", isFull: hub.isFull) }
        do {
            hub.core = try HubCore(store: disk, environment: hubEnvironment, book: hub.book)
            hub.core?.cutting = hub.cutting
            trace.add(now, "hub", "restart")
        } catch {
            // A disk that fails at the very start is tried again.
            if disk.hasStopped || error.code == .diskFull { return queue.add(.restartHub, at: now + SimulationLimits.restartMilliseconds) }
            fail("I2", "The hub can't be opened again: \(error.message)")
        }
    }

    /// From now on the hub cuts a history when so many blocks of it are with everybody.
    package func cutHistories(after blocks: Int, live milliseconds: UInt64 = HubLimits.liveMilliseconds) {
        hub.cutting = HubCore.Cutting(blocksMin: blocks, liveMilliseconds: milliseconds)
        hub.core?.cutting = hub.cutting
    }

    package func setHubFull(_ isFull: Bool) { hub.isFull = isFull }

    package func saveHub(as name: String) { hub.saved[name] = hub.disk.copy() }

    package func restoreHub(from name: String, isNoticed: Bool = true) -> Bool {
        guard let image = hub.saved[name] else { return false }
        hubDies(restarts: false)
        hub.wasRestored = true
        trace.add(now, "hub", "restore", name)
        openHub(image.copy(isContinuous: !isNoticed))
        excuse()
        return true
    }
}
