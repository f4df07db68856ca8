// What breaks by itself: rolled at each durable write, and for each minute of the world.
internal import CRDT
internal import HubCore
internal import Replica
internal import Store
internal import Sync
internal import Bytes

extension World {
    // MARK: At a durable write

    /// The next commits of a node die so, one after the other.
    package func plan(_ node: String, _ troubles: [SimulatedDisk.Trouble]) { planned[node, default: []] += troubles }

    func troubleAtCommit(_ node: String, isFull: Bool) -> SimulatedDisk.Trouble? {
        commitCount += 1
        trace.add(now, node, "commit", number: commitCount)
        if isFull { return .full }
        if planned[node]?.isEmpty == false { return planned[node]?.removeFirst() }
        if let onCommit, onCommit.number == commitCount { return onCommit.what }
        guard !faults.isQuiet else { return nil }
        let found: SimulatedDisk.Trouble? = if roll(faults.crash) { chance.chance(50) ? .diesBefore : .diesAfter }
            else if roll(faults.lose) { .powerCut(percent: 0) }
            else if roll(faults.tear) { .powerCut(percent: 1 + chance.below(100)) }
            else if roll(faults.syncFailure) { .syncFails }
            else if roll(faults.diskFull) { .full }
            else { nil }
        if let found { fault("\(found)".split(separator: "(").first.map(String.init) ?? "", node: node) }
        return found
    }

    // MARK: For each minute

    func scheduleTrouble() {
        guard !isTroubleScheduled, Faults.eachMinute.contains(where: { faults[keyPath: $0.path] > 0 }) else { return }
        isTroubleScheduled = true
        queue.add(.trouble, at: now + 1_000 + chance.next() % 4_000)
    }

    /// Every five seconds or so, each kind with a twelfth of its probability.
    func trouble() {
        isTroubleScheduled = false
        for (name, path) in Faults.eachMinute where roll(faults[keyPath: path] / 12) { happen(name) }
        scheduleTrouble()
    }

    private func happen(_ name: String) {
        guard !devices.isEmpty else { return }
        let index = chance.below(devices.count)
        let node = devices[index]
        let seconds = 1_000 * UInt64(1 + chance.below(40))
        fault(name, node: ["storm", "restore-hub", "version-skew"].contains(name) ? hub.name : node.name)
        switch name {
        case "one-way", "half-open":
            guard let id = node.connection else { return }
            let up = chance.chance(50)
            if name == "half-open" || up { connections[id]?.isSilentUp = true }
            if name == "half-open" || !up { connections[id]?.isSilentDown = true }
            noticeLater(id)
        case "bandwidth":
            node.bytesPerSecond = 2_000
            queue.add(.ends(.bandwidth(index)), at: now + seconds)
        case "offline":
            node.isCutOff = true
            if let id = node.connection { callerLost(id) }
            queue.add(.ends(.offline(index)), at: now + seconds)
        case "storm": for id in connections.keys.sorted() { callerLost(id) }
        case "bit-flip":
            let table: StoreTable = chance.chance(70) ? .changes : .documents
            // The process reads what it needs only once: it finds out when it's opened anew.
            die(index)
            if (try? node.disk.flipBit(in: table, &chance)) == true {
                node.wasCopied = true
                excuse(without: index)
            }
        case "clock-jump": node.clock.offset += Int64(chance.next() % 631_152_000_000) - 315_576_000_000
        case "clock-drift": node.clock.rate = 0.5 + Double(chance.below(150)) / 100
        case "pause":
            node.isPaused = true
            queue.add(.ends(.pause(index)), at: now + seconds)
        case "restore-device":
            node.saved["fault"] = node.saved["fault"] ?? node.disk.copy()
            _ = restore(index, from: "fault", isNoticed: chance.chance(70))
            node.saved["fault"] = nil
        case "clone-device": clone(index)
        case "restore-hub":
            if hub.saved["fault"] == nil { return saveHub(as: "fault") }
            _ = restoreHub(from: "fault", isNoticed: chance.chance(70))
            hub.saved["fault"] = nil
        case "version-skew":
            hub.speaksOtherVersion = true
            for id in connections.keys.sorted() { callerLost(id) }
            queue.add(.ends(.skew), at: now + seconds)
        case "revoke":
            setRevoked(index, true)
            queue.add(.ends(.revoked(index)), at: now + seconds)
        default: break
        }
    }

    package func setRevoked(_ index: Int, _ isRevoked: Bool) {
        let node = devices[index]
        node.isRevoked = isRevoked
        let token = node.replica?.profile.token ?? node.name
        for (index, hub) in hubs.enumerated() {
            if isRevoked { hub.book.revoked.insert(token) } else { hub.book.revoked.remove(token) }
            hub.core?.accessChanged()
            carryOutHub(index)
        }
    }

    /// A copy of a device's disk goes on elsewhere, as a device of the same name and key.
    private func clone(_ index: Int) {
        let node = devices[index]
        guard devices.count(where: { $0.name.contains("~") }) < SimulationLimits.clonesMax, !node.name.contains("~") else { return }
        var setting = node.setting
        setting.name += "~\(devices.count)"
        let copy = DeviceNode(setting: setting, disk: node.disk.copy(isContinuous: chance.chance(30)), via: node.via)
        copy.wasCopied = true
        node.wasCopied = true
        devices.append(copy)
        restartFromImage(devices.count - 1)
    }

    func end(_ ending: EventQueue.Ending) {
        switch ending {
        case .offline(let index):
            devices[index].isCutOff = false
            if devices[index].isOnline { scheduleConnect(.device(index), after: 0) }
        case .pause(let index):
            devices[index].isPaused = false
            let waiting = devices[index].waiting
            devices[index].waiting = []
            for event in waiting { queue.add(event, at: now) }
        case .bandwidth(let index): devices[index].bytesPerSecond = nil
        case .revoked(let index): setRevoked(index, false)
        case .skew: hub.speaksOtherVersion = false
        }
    }

    /// From here on nothing breaks, and what was broken is mended: the second half of every random world.
    package func heal() {
        faults = Faults()
        planned = [:]
        onMessage = nil
        onCommit = nil
        for hub in hubs {
            hub.isFull = false
            hub.cutFrom = []
        }
        hub.speaksOtherVersion = false
        for (index, node) in devices.enumerated() {
            if node.isRevoked { setRevoked(index, false) }
            if node.isPaused { end(.pause(index)) }
            node.isCutOff = false
            node.cutFrom = []
            node.isFull = false
            node.bytesPerSecond = nil
            if let id = node.connection, connections[id]?.isSilentUp == true || connections[id]?.isSilentDown == true { callerLost(id) }
        }
        for index in hubs.indices {
            if let id = hubs[index].connection, connections[id]?.isSilentUp == true || connections[id]?.isSilentDown == true { callerLost(id) }
            if hubs[index].core == nil { restartHub(index) } else if index > 0, hubs[index].connection == nil { scheduleConnect(.hub(index), after: 0) }
        }
        for (index, node) in devices.enumerated() {
            if node.replica == nil { restart(index) }
            if !node.isOnline { setOnline(index, true) } else if node.connection == nil { scheduleConnect(.device(index), after: 0) }
        }
    }
}
