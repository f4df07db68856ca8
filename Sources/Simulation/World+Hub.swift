// A hub's process: one turn for each message, as its driver takes them.
internal import HubCore
internal import Store
internal import Sync

extension World {
    /// Passes something on to a hub's core, commits, and carries out what follows.
    func hubTurn(_ index: Int = 0, _ body: (HubCore) -> Void) {
        let hub = hubs[index]
        guard let core = hub.core else { return }
        let cuts = core.metrics.cuts
        body(core)
        do throws(StoreError) {
            try core.flush()
            for id in core.connectionIDs {
                try core.pump(id) {
                    carryOutHub(index)
                    return (connections[id]?.queuedDown ?? 0) < SimulationLimits.queueBytesHigh
                }
            }
        } catch {
            // What a disk that failed leaves unsaid is not said; a full one closes every connection.
        }
        cutCount += core.metrics.cuts - cuts
        carryOutHub(index)
        // Also where a frame met the stopped disk and only its connection was closed: the process is gone with the disk.
        if hub.disk.hasStopped { hubDies(index) } else { watchUplinkLater(index) }
        if core.waitsForTime, !hub.isTicked {
            hub.isTicked = true
            queue.add(.turnHub(index), at: now + HubLimits.lendMilliseconds)
        }
        lookLater(index)
    }

    /// A hub's program looks at its clock all the time; here at the moment at which there is something to see. What is overdue waits for
    /// somebody, and is looked at with what they say.
    func lookLater(_ index: Int) {
        let hub = hubs[index]
        guard let due = hub.core?.millisecondsToDue, due > 0 || !hub.isLooking else { return }
        let time = now + (due > 0 ? due : SimulationLimits.lookMilliseconds)
        guard hub.looksAt.map({ time < $0 }) ?? true else { return }
        hub.looksAt = time
        queue.add(.due(index), at: time)
    }

    func due(_ index: Int, at time: UInt64) {
        guard hubs[index].looksAt == time else { return }
        hubs[index].looksAt = nil
        hubs[index].isLooking = true
        hubTurn(index) { try? $0.tick() }
        hubs[index].isLooking = false
    }

    func carryOutHub(_ index: Int = 0) {
        let hub = hubs[index]
        for action in hub.core?.takeActions() ?? [] {
            switch action {
            case .send(let id, let bytes):
                watchHub(id, bytes)
                send(id, toHub: false, bytes)
            case .sendUp(let bytes): if let id = hub.connection { send(id, toHub: true, bytes) }
            case .charge(let charge): ask(charge)
            case .close(let id, let reason):
                trace.add(now, hub.name, "close", other: connections[id].map { node($0.caller).name } ?? "", reason.message)
                noteClose(reason, by: hub.name)
                hubLost(id)
            case .closeUp(let reason):
                trace.add(now, hub.name, "close", other: self.hub.name, reason.message)
                noteClose(reason, by: hub.name)
                if let id = hub.connection { callerLost(id) }
            }
        }
    }

    func hubDies(_ index: Int = 0, restarts: Bool = true) {
        let hub = hubs[index]
        guard hub.core != nil else { return }
        hub.core = nil
        trace.add(now, hub.name, "crash")
        for id in connections.keys.sorted() where connections[id]?.hub == index { hubLost(id) }
        if let id = hub.connection { callerLost(id) }
        if restarts { queue.add(.restartHub(index), at: now + SimulationLimits.restartMilliseconds) }
    }

    package func crashHub(_ index: Int = 0, restarts: Bool) { hubDies(index, restarts: restarts) }

    package func restartHub(_ index: Int = 0) {
        guard hubs[index].core == nil else { return }
        openHub(index, hubs[index].disk.reopened())
    }

    /// Its machine is switched off and on.
    package func rebootHub(_ index: Int) {
        hubDies(index, restarts: false)
        hubs[index].boots += 1
        openHub(index, hubs[index].disk.copy())
    }

    /// The process of a hub on the disk that it has.
    func core(_ index: Int) throws(StoreError) -> HubCore {
        let hub = hubs[index]
        hub.disk.trouble = { [unowned self, unowned hub] in troubleAtCommit(hub.name, isFull: hub.isFull) }
        let core = try HubCore(store: hub.disk, environment: hubEnvironment(index), book: hub.book, name: hub.name, serves: hub.store)
        core.cutting = hub.cutting
        core.token = hub.name
        return core
    }

    private func openHub(_ index: Int, _ disk: SimulatedDisk) {
        let hub = hubs[index]
        hub.disk = disk
        do {
            hub.core = try core(index)
            trace.add(now, hub.name, "restart")
            if index > 0 { scheduleConnect(.hub(index), after: 0) }
            lookLater(index)
        } catch {
            // A disk that fails at the very start is tried again.
            if disk.hasStopped || error.code == .diskFull { return queue.add(.restartHub(index), at: now + SimulationLimits.restartMilliseconds) }
            fail("I2", "\(hub.name) can't be opened again: \(error.message)")
        }
    }

    /// From now on the hub cuts a history when so many blocks of it are with everybody.
    package func cutHistories(after blocks: Int, live milliseconds: UInt64 = HubLimits.liveMilliseconds) {
        hub.cutting = HubCore.Cutting(blocksMin: blocks, liveMilliseconds: milliseconds)
        hub.core?.cutting = hub.cutting
    }

    package func setHubFull(_ index: Int = 0, _ isFull: Bool) { hubs[index].isFull = isFull }

    package func saveHub(_ index: Int = 0, as name: String) { hubs[index].saved[name] = hubs[index].disk.copy() }

    package func restoreHub(_ index: Int = 0, from name: String, isNoticed: Bool = true) -> Bool {
        let hub = hubs[index]
        guard let image = hub.saved[name] else { return false }
        hubDies(index, restarts: false)
        hub.wasRestored = true
        trace.add(now, hub.name, "restore", name)
        openHub(index, image.copy(isContinuous: !isNoticed))
        excuse()
        return true
    }

    /// Its disk is lost, and it begins again with its key alone.
    /// - Parameter awaited: by store, how many staff devices stand there.
    package func recoverHub(_ index: Int = 0, awaiting awaited: [String: Int]) throws {
        let hub = hubs[index]
        guard let key = try HubCore.recoveryKey(in: hub.disk.copy()) else { return }
        hubDies(index, restarts: false)
        hub.wasRestored = true
        trace.add(now, hub.name, "recover")
        let disk = SimulatedDisk()
        try HubCore.recover(key, in: disk, awaiting: awaited)
        openHub(index, disk)
        excuse()
    }
}
