// A device's process: what a person does on it, what arrives, and how it dies and comes back.
package import Replica
internal import Store
internal import CRDT
internal import Sync
internal import Bytes

extension World {
    package enum Performed<Result> {
        case done(Result)
        /// The process died; whether what it did is on the disk, only the world knows.
        case died(isDurable: Bool, Result?)
        /// The process isn't there.
        case down
    }

    /// Does something on a device as its person: it's on the disk when this returns, or the process died.
    /// - Throws: what `body` throws, and a full disk.
    package func perform<Result>(_ index: Int, _ what: String, _ body: (Replica) throws -> Result) throws -> Performed<Result> {
        let node = devices[index]
        guard let replica = node.replica, !node.isPaused else { return .down }
        commandCount += 1
        noteUse(index)
        trace.add(now, node.name, "command", what)
        var result: Result?
        let before = node.disk.commitCount
        do {
            let made = try body(replica)
            result = made
            try replica.flush()
            promise(node)
            checkKiosk(node)
            // What was done is done, though the disk may be full when it is sealed for sending: `watch` tries again.
            do { try pushOut(index) } catch {
                if node.disk.hasStopped { throw error }
                carryOut(index)
            }
            if replica.hasEnded { endKiosk(index) }
            return .done(made)
        } catch {
            guard node.disk.hasStopped else {
                if error is StoreError { replica.dropStaged() }
                throw error
            }
            die(index)
            return .died(isDurable: node.disk.commitCount > before, result)
        }
    }

    /// What a driver does after everything: seal and send.
    private func pushOut(_ index: Int) throws(StoreError) {
        guard let replica = devices[index].replica else { return }
        try replica.pump()
        try replica.sendIntents()
        carryOut(index)
    }

    func carryOut(_ index: Int) {
        let node = devices[index]
        for action in node.replica?.takeActions() ?? [] {
            guard let id = node.connection else { continue }
            switch action {
            case .send(let bytes): send(id, toHub: true, bytes)
            case .close(let reason):
                trace.add(now, node.name, "close", other: connections[id].map { hubs[$0.hub].name } ?? "", reason.message)
                noteClose(reason, by: node.name)
                callerLost(id)
            }
        }
        if let id = node.connection { watchLater(index, id) }
    }

    func received(_ index: Int, _ bytes: [UInt8]) {
        let node = devices[index]
        guard let replica = node.replica else { return }
        let trips = replica.isWaiting
        do {
            try replica.received(bytes)
            try replica.flush()
            try pushOut(index)
        } catch {
            if node.disk.hasStopped { return die(index) }
            // No room: nothing of it was kept. The connection is given up, and tried again later.
            replica.dropStaged()
            _ = replica.takeActions()
            if let id = node.connection { callerLost(id) }
            return
        }
        if trips, !replica.isWaiting { node.backoff.succeeded() }
        look(node, replica.takeEvents())
    }

    // MARK: The watchdog

    func watchLater(_ index: Int, _ id: UInt64) {
        let node = devices[index]
        guard !node.isWatched, node.replica?.isWaiting == true else { return }
        node.isWatched = true
        queue.add(.watch(.device(index), connection: id), at: now + 1_000)
    }

    func watch(_ index: Int, _ id: UInt64) {
        let node = devices[index]
        node.isWatched = false
        guard let replica = node.replica, let current = node.connection else { return }
        if current == id, !node.isPaused { replica.tick(steadyMilliseconds: now) }
        do {
            try replica.flush()
            try pushOut(index)
        } catch {
            if node.disk.hasStopped { return die(index) }
            carryOut(index)
        }
    }

    // MARK: Dying and coming back

    /// The process is gone, and comes back after a second.
    func die(_ index: Int, restarts: Bool = true) {
        let node = devices[index]
        guard let replica = node.replica else { return }
        noteRemade(node, replica.takeEvents())
        node.replica = nil
        node.waiting = []
        trace.add(now, node.name, "crash")
        if let id = node.connection { callerLost(id) }
        node.connection = nil
        if restarts { queue.add(.restart(device: index), at: now + SimulationLimits.restartMilliseconds) }
    }

    package func crash(_ index: Int, restarts: Bool) { die(index, restarts: restarts) }

    package func restart(_ index: Int) {
        let node = devices[index]
        guard node.replica == nil else { return }
        node.disk = node.disk.reopened()
        watchDisk(node)
        do {
            let replica = try Replica.open(node.disk, environment(node))
            node.replica = replica
            trace.add(now, node.name, "restart")
            // It was told that a share ended, and died before it could say so here.
            excuse { replica.isOwn($0.actor) && !replica.mayGive($0.document) }
            if node.isOnline { scheduleConnect(.device(index), after: 0) }
        } catch {
            fail("I2", "\(node.name) can't be opened again: \(error.message)")
        }
    }

    /// Its machine is switched off and on: what counted since the boot begins anew, and nothing shows that the disk is the same.
    package func reboot(_ index: Int) {
        let node = devices[index]
        die(index, restarts: false)
        node.boots += 1
        node.disk = node.disk.copy()
        restart(index)
    }

    // MARK: On- and offline

    package func setOnline(_ index: Int, _ isOnline: Bool) {
        let node = devices[index]
        guard node.isOnline != isOnline else { return }
        node.isOnline = isOnline
        trace.add(now, node.name, isOnline ? "online" : "offline")
        if let id = node.connection, !isOnline { callerLost(id) }
        if isOnline, node.isRunning {
            node.backoff.succeeded()
            scheduleConnect(.device(index), after: 0)
        }
    }

    package func setFull(_ index: Int, _ isFull: Bool) { devices[index].isFull = isFull }

    // MARK: Images of a disk

    package func save(_ index: Int, as name: String) { devices[index].saved[name] = devices[index].disk.copy() }

    /// Puts an image back and starts the process on it.
    /// - Parameter isNoticed: whether the store can tell that it is not the one that was last written.
    package func restore(_ index: Int, from name: String, isNoticed: Bool = true) -> Bool {
        let node = devices[index]
        guard let image = node.saved[name] else { return false }
        die(index, restarts: false)
        node.disk = image.copy(isContinuous: !isNoticed)
        node.wasCopied = true
        node.readCursors = [:]
        node.shown = [:]
        trace.add(now, node.name, "restore", name)
        excuse()
        restartFromImage(index)
        return true
    }

    func restartFromImage(_ index: Int) {
        let node = devices[index]
        watchDisk(node)
        guard let replica = try? Replica.open(node.disk, environment(node)) else { return fail("I2", "\(node.name) can't be opened from an image.") }
        node.replica = replica
        if node.isOnline { scheduleConnect(.device(index), after: 0) }
    }
}
