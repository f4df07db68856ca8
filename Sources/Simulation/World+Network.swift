// Messages between devices and the hub. A connection is a stream: what is sent arrives, later, and in order;
// faults break each of these, for the engines must hold whatever arrives.
internal import HubCore
internal import Replica
internal import Store
internal import Sync
internal import Bytes

extension World {
    // MARK: Connecting

    func scheduleConnect(_ caller: Caller, after pause: UInt64? = nil) {
        let node = node(caller)
        node.attempt += 1
        let pause = pause ?? node.backoff.next(chance: chance.next())
        queue.add(.connect(caller, attempt: node.attempt), at: now + pause)
    }

    private func isRunning(_ caller: Caller) -> Bool {
        switch caller {
        case .device(let index): devices[index].isRunning
        case .hub(let index): hubs[index].core != nil
        }
    }

    private func isOnline(_ caller: Caller) -> Bool { if case .device(let index) = caller { devices[index].isOnline } else { true } }

    func connect(_ caller: Caller) {
        let (node, targets) = (node(caller), targets(caller))
        guard isRunning(caller), mayConnect(caller), node.connection == nil else { return }
        let target = targets[node.tries % targets.count]
        node.tries += 1
        guard hubs[target].core != nil else { return scheduleConnect(caller) }
        let id = nextConnection
        nextConnection += 1
        connections[id] = Connection(id: id, caller: caller, hub: target)
        node.connection = id
        trace.add(now, node.name, "connect", other: hubs[target].name, "connection \(id)")
        queue.add(.established(connection: id), at: now + 2 * latency())
    }

    func established(_ id: UInt64) {
        guard let connection = connections[id], connection.isOpenAtCaller else { return }
        guard let core = hubs[connection.hub].core else { return callerLost(id) }
        node(connection.caller).tries = 0
        switch connection.caller {
        case .device(let index): devices[index].replica?.connected()
        case .hub(let index): hubs[index].core?.uplinkConnected()
        }
        connections[id]?.isOpenAtHub = true
        core.connected(id)
        hubTurn(connection.hub) { _ in }
        switch connection.caller {
        case .device(let index):
            watchLater(index, id)
            if connection.hub != devices[index].via { queue.add(.goHome(index), at: now + SimulationLimits.goHomeMilliseconds) }
        case .hub(let index): watchUplinkLater(index)
        }
    }

    /// The caller's end is told, or tells, that the connection is gone.
    func callerLost(_ id: UInt64) {
        guard let connection = connections[id], connection.isOpenAtCaller else { return }
        connections[id]?.isOpenAtCaller = false
        let node = node(connection.caller)
        if node.connection == id {
            node.connection = nil
            trace.add(now, node.name, "disconnect", other: hubs[connection.hub].name, "connection \(id)")
            switch connection.caller {
            case .device(let index):
                devices[index].replica?.disconnected()
                seal(index)
            case .hub(let index): hubs[index].core?.uplinkLost()
            }
            if isRunning(connection.caller), isOnline(connection.caller) { scheduleConnect(connection.caller) }
        }
        forget(id)
        if connection.isOpenAtHub { queue.add(.noticed(connection: id, atHub: true), at: now + (connection.isSilentUp ? silence() : latency())) }
    }

    func hubLost(_ id: UInt64) {
        guard let connection = connections[id], connection.isOpenAtHub else { return }
        connections[id]?.isOpenAtHub = false
        hubs[connection.hub].core?.disconnected(id)
        forget(id)
        if connection.isOpenAtCaller { queue.add(.noticed(connection: id, atHub: false), at: now + (connection.isSilentDown ? silence() : latency())) }
    }

    /// The transport's pings are not answered.
    func noticeLater(_ id: UInt64) {
        for atHub in [false, true] { queue.add(.noticed(connection: id, atHub: atHub), at: now + silence()) }
    }

    private func forget(_ id: UInt64) {
        if let connection = connections[id], !connection.isOpenAtHub, !connection.isOpenAtCaller { connections[id] = nil }
    }

    func latency() -> UInt64 { range(SimulationLimits.latencyMilliseconds) }
    func silence() -> UInt64 { range(SimulationLimits.silenceMilliseconds) }
    func range(_ range: ClosedRange<UInt64>) -> UInt64 { range.lowerBound + chance.next() % (range.upperBound - range.lowerBound + 1) }

    // MARK: Sending

    func send(_ id: UInt64, toHub: Bool, _ bytes: [UInt8]) {
        guard let connection = connections[id] else { return }
        let (node, hub) = (node(connection.caller), hubs[connection.hub])
        let number = nextMessage
        nextMessage += 1
        var bytes = bytes
        if !toHub, hub.speaksOtherVersion { bytes = World.ofOtherVersion(bytes) }
        trace.add(now, toHub ? node.name : hub.name, "send", other: toHub ? hub.name : node.name, number: number, bytes: bytes, World.describe(bytes))
        guard toHub ? !connection.isSilentUp : !connection.isSilentDown else { return fault("silence", number) }
        let planned = onMessage?.number == number ? onMessage?.what : nil
        if planned == .drop || roll(faults.drop) {
            // A stream has no holes: nothing that follows arrives either, until the ends notice.
            if toHub { connections[id]?.isSilentUp = true } else { connections[id]?.isSilentDown = true }
            noticeLater(id)
            return fault("drop", number)
        }
        if roll(faults.mangle) { hostile(bytes, number) }
        var copies = planned == .triple ? 3 : 1
        if roll(faults.duplicate) {
            copies = 2 + chance.below(2)
            fault("duplicate", number)
        }
        let last = toHub ? connection.lastUp : connection.lastDown
        for _ in 0..<copies {
            var at = now + latency()
            if let rate = (node as? DeviceNode)?.bytesPerSecond { at = max(at, last) + UInt64(bytes.count) * 1_000 / rate }
            if planned == .delay || roll(faults.delay) {
                at += planned == .delay ? 5_000 : chance.next() % (faults.delayMilliseconds + 1)
                fault("delay", number)
            }
            let overtakes = planned == .reorder || roll(faults.reorder)
            if overtakes {
                fault("reorder", number)
                // The one that is held back is overtaken by what follows.
                at += 200
            } else {
                at = max(at, toHub ? connections[id]?.lastUp ?? 0 : connections[id]?.lastDown ?? 0)
                if toHub { connections[id]?.lastUp = at } else { connections[id]?.lastDown = at }
            }
            if !toHub { connections[id]?.queuedDown += bytes.count }
            queue.add(.deliver(connection: id, toHub: toHub, bytes, number: number), at: at)
        }
        checkQueue(id)
    }

    func deliver(_ id: UInt64, toHub: Bool, _ bytes: [UInt8], _ number: UInt64) {
        guard let connection = connections[id] else { return }
        let (node, hub) = (node(connection.caller), hubs[connection.hub])
        if !toHub {
            connections[id]?.queuedDown -= bytes.count
            if connection.isOpenAtHub { queue.add(.pumpHub(connection: id), at: now) }
        }
        guard toHub ? connection.isOpenAtHub && !connection.isSilentUp : connection.isOpenAtCaller && !connection.isSilentDown else { return }
        if !toHub, let device = node as? DeviceNode, device.isPaused { return device.waiting.append(.deliver(connection: id, toHub: false, bytes, number: number)) }
        trace.add(now, toHub ? hub.name : node.name, "deliver", other: toHub ? node.name : hub.name, number: number, World.describe(bytes))
        if toHub { return hubTurn(connection.hub) { $0.received(id, bytes) } }
        switch connection.caller {
        case .device(let index): received(index, bytes)
        case .hub(let index): uplinkReceived(index, bytes)
        }
    }

    func fault(_ name: String, _ number: UInt64 = 0, node: String = "") {
        faultCounts[name, default: 0] += 1
        trace.add(now, node, "fault", number: number, name)
    }

    func roll(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return Double(chance.next() >> 11) * 0x1p-53 < probability
    }

    /// Somebody sends the hub a message that was tampered with, on a connection of their own; and every decoder
    /// reads it. Nothing may come of it but that connection's end.
    private func hostile(_ bytes: [UInt8], _ number: UInt64) {
        // As the first that is said: behind one that never comes it would only wait.
        var bytes = Array(World.frame(bytes))
        if chance.chance(50) {
            bytes[chance.below(bytes.count)] ^= UInt8(1 + chance.below(255))
        } else {
            // A length of 2^62, somewhere near the front.
            let at = chance.below(min(bytes.count, 80))
            bytes.replaceSubrange(at..<min(bytes.count, at + 1), with: Array(repeating: 0xFF, count: 8) + [0x3F])
        }
        bytes = [1] + bytes
        fault("mangle", number)
        _ = try? NumberedFrame(decoding: bytes)
        guard let core = hub.core else { return }
        let id = nextConnection
        nextConnection += 1
        core.connected(id)
        _ = core.takeActions().filter { if case .send(id, _) = $0 { false } else { true } }
        core.received(id, bytes)
        let said = core.takeActions()
        guard said.contains(where: { if case .close(id, _) = $0 { true } else { false } }) else { return fail("I11", "The hub kept a connection that sent it nonsense.") }
    }

    /// The same greeting from a hub that speaks only the next version.
    private static func ofOtherVersion(_ bytes: [UInt8]) -> [UInt8] {
        guard var message = try? NumberedFrame(decoding: bytes), case .greeting(var greeting) = message.frame else { return bytes }
        greeting.versionMin = Frame.version + 1
        greeting.versionMax = Frame.version + 1
        message.frame = .greeting(greeting)
        return message.bytes
    }

    /// What stands behind a message's number.
    private static func frame(_ bytes: [UInt8]) -> ArraySlice<UInt8> { bytes.drop { $0 & 0x80 != 0 }.dropFirst() }
    static func tag(_ bytes: [UInt8]) -> UInt8? { frame(bytes).first }

    /// What a message is, for the trace.
    static func describe(_ bytes: [UInt8]) -> String {
        let names: [UInt8: String] = [1: "greeting", 2: "welcome", 3: "entries", 4: "acknowledged", 5: "outcome", 6: "caught-up", 7: "refused", 8: "kept",
                                      32: "hello", 33: "subscribe", 34: "unsubscribe", 35: "upload", 36: "intent", 37: "barrier", 38: "standing", 39: "parcel", 64: "forward"]
        return "\(tag(bytes).flatMap { names[$0] } ?? "?"), \(bytes.count) bytes"
    }
}
