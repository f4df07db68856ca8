// Hubs of stores in a world: their lines to the central hub, and what can't be decided while one is cut.
internal import Commerce
internal import CRDT
internal import HubCore
package import Sync

extension World {
    /// Whether a store's hub reaches the central one.
    func hasLine(_ index: Int) -> Bool { index == 0 || !hubs[index].cutFrom.contains(0) && isUp(0) && isUp(index) }

    /// Whether a hub is running, or comes back by itself.
    func isUp(_ index: Int) -> Bool { hubs[index].core != nil || queue.items.contains { if case .restartHub(index) = $0.event { true } else { false } } }

    /// Hubs that a device knows, the one that it is meant to talk to first.
    private func hubsOf(_ index: Int) -> [Int] { devices[index].via == 0 ? [0] : [devices[index].via, 0] }

    /// Whether nothing that was set by hand keeps a device, or a hub's line, from this hub. Who stands in a store reaches
    /// the central hub by the store's line.
    func mayReach(_ caller: Caller, _ target: Int) -> Bool {
        guard !node(caller).cutFrom.contains(target) else { return false }
        if case .device(let index) = caller, target == 0, devices[index].via != 0 { return !hubs[devices[index].via].cutFrom.contains(0) }
        return true
    }

    func targets(_ caller: Caller) -> [Int] {
        switch caller {
        case .device(let index): hubsOf(index).filter { mayReach(caller, $0) }
        case .hub: mayReach(caller, 0) ? [0] : []
        }
    }

    func mayConnect(_ caller: Caller) -> Bool {
        if case .device(let index) = caller, !devices[index].isOnline || devices[index].isCutOff { return false }
        return !targets(caller).isEmpty
    }

    /// Whether what a device asked can't be decided now, whoever is online: it needs a hub that is away, or one that was put
    /// back and waits for those who stand in its store.
    package func waitsForOthers(_ intent: Intent, of index: Int) -> Bool {
        let connected = devices[index].connection.flatMap { connections[$0]?.hub } ?? devices[index].via
        // What it is connected to may be out of reach, and it will notice.
        return waitsForOthers(intent, at: mayReach(.device(index), connected) ? connected : devices[index].via)
    }

    /// - Parameter here: the hub that was asked.
    private func waitsForOthers(_ intent: Intent, at here: Int) -> Bool {
        let authority = intent.space.scheme == "store" ? hubs.firstIndex { $0.store == String(intent.space.owner) } ?? 0 : 0
        if here != authority, !hasLine(here) || !hasLine(authority) { return true }
        guard hubs[authority].wasRestored || hub.wasRestored else { return false }
        func isAway(_ node: DeviceNode) -> Bool { !node.isOnline || node.isCutOff || node.isRevoked || !node.isRunning }
        if intent.space.scheme == "store", HubCore.needsAll(intent.kind) {
            return !hasLine(authority) || devices.contains { $0.setting.store == intent.space.owner && isAway($0) }
        }
        // Uses of a voucher, and holds of before, are known again with what was sold.
        let named = (try? intent.context.items("holds")) ?? []
        return (intent.payload.isThere("vouchers") || !named.isEmpty) && devices.contains { !$0.setting.store.isEmpty && isAway($0) }
    }

    func whyHubUnsettled(_ index: Int) -> String? {
        let node = hubs[index]
        guard let core = node.core else { return isUp(index) ? "\(node.name) is being restarted" : nil }
        if let asked = core.askedByParcels.first(where: { !waitsForOthers($0, at: index) }) { return "\(node.name) has a parcel whose \(asked.kind) is not decided" }
        if index == 0, core.awaitsRecall { return "\(node.name) waits for units of an order that somebody brought" }
        if index == 0 { return core.awaitsRows || core.passedToStoreHubs.contains { !waitsForOthers($0, at: 0) } ? "\(node.name) waits for a store's hub" : nil }
        guard mayConnect(.hub(index)), hub.core != nil else { return nil }
        if node.connection == nil { return "\(node.name) is not connected" }
        return core.uplinkIsBusy ? "\(node.name) waits for \(hub.name)" : nil
    }

    /// One link: neither end is told, and no new connection comes about.
    package func setCut(_ caller: String, from target: String, _ isCut: Bool) {
        guard let index = hub(target), let caller = device(caller).map(Caller.device) ?? hub(caller).map(Caller.hub) else { return }
        let node = node(caller)
        if isCut { node.cutFrom.insert(index) } else { node.cutFrom.remove(index) }
        trace.add(now, node.name, isCut ? "cut" : "join", other: target)
        for id in connections.keys.sorted() {
            guard let connection = connections[id], connection.isOpenAtCaller, connection.hub == index || index == 0 else { continue }
            if isCut, !mayReach(connection.caller, connection.hub) {
                connections[id]?.isSilentUp = true
                connections[id]?.isSilentDown = true
                noticeLater(id)
            } else if !isCut, connection.isSilentUp || connection.isSilentDown {
                callerLost(id)
            }
        }
        guard !isCut else { return }
        for waiting in devices.indices.map(Caller.device) + hubs.indices.dropFirst().map(Caller.hub) where self.node(waiting).connection == nil && mayConnect(waiting) {
            scheduleConnect(waiting, after: 0)
        }
    }

    /// Who talks to another hub than its own looks now and then whether that is back.
    func goHome(_ index: Int) {
        let node = devices[index]
        guard let id = node.connection, let hub = connections[id]?.hub, hub != node.via else { return }
        if hubs[node.via].core != nil, mayReach(.device(index), node.via) { return callerLost(id) }
        queue.add(.goHome(index), at: now + SimulationLimits.goHomeMilliseconds)
    }

    // MARK: The line

    func uplinkReceived(_ index: Int, _ bytes: [UInt8]) {
        hubTurn(index) { $0.uplinkReceived(bytes) }
        if hubs[index].core?.uplinkIsSettled == true { hubs[index].backoff.succeeded() }
    }

    func watchUplink(_ index: Int, _ id: UInt64) {
        let node = hubs[index]
        node.isWatched = false
        guard node.connection == id else { return }
        hubTurn(index) { $0.tickUplink(steadyMilliseconds: now) }
        watchUplinkLater(index)
    }

    func watchUplinkLater(_ index: Int) {
        let node = hubs[index]
        guard let id = node.connection, !node.isWatched, node.core?.uplinkIsBusy == true else { return }
        node.isWatched = true
        queue.add(.watch(.hub(index), connection: id), at: now + 1_000)
    }
}
