// Messages between devices and the hub. A connection is a stream: what is sent arrives, later, and in order;
// faults break each of these, for the engines must hold whatever arrives.
internal import HubCore
internal import Replica
internal import Store
internal import Sync
internal import Bytes

extension World {
    // MARK: Connecting

    func scheduleConnect(_ index: Int, after pause: UInt64? = nil) {
        let node = devices[index]
        node.attempt += 1
        let pause = pause ?? node.backoff.next(chance: chance.next())
        queue.add(.connect(device: index, attempt: node.attempt), at: now + pause)
    }

    func connect(_ index: Int) {
        let node = devices[index]
        guard node.isRunning, node.isOnline, !node.isCutOff, node.connection == nil else { return }
        guard hub.core != nil else { return scheduleConnect(index) }
        let id = nextConnection
        nextConnection += 1
        connections[id] = Connection(id: id, device: index)
        node.connection = id
        trace.add(now, node.name, "connect", other: "hub", "connection \(id)")
        queue.add(.established(connection: id), at: now + 2 * latency())
    }

    func established(_ id: UInt64) {
        guard let connection = connections[id], connection.isOpenAtDevice else { return }
        guard let core = hub.core else { return deviceLost(id) }
        let index = connection.device
        devices[index].replica?.connected()
        connections[id]?.isOpenAtHub = true
        core.connected(id)
        hubTurn { _ in }
        watchLater(index, id)
    }

    /// The device's end is told, or tells, that the connection is gone.
    func deviceLost(_ id: UInt64) {
        guard let connection = connections[id], connection.isOpenAtDevice else { return }
        connections[id]?.isOpenAtDevice = false
        let node = devices[connection.device]
        if node.connection == id {
            node.connection = nil
            node.replica?.disconnected()
            trace.add(now, node.name, "disconnect", other: "hub", "connection \(id)")
            if node.isRunning, node.isOnline { scheduleConnect(connection.device) }
        }
        forget(id)
        if connection.isOpenAtHub { queue.add(.noticed(connection: id, atHub: true), at: now + (connection.isSilentUp ? silence() : latency())) }
    }

    func hubLost(_ id: UInt64) {
        guard let connection = connections[id], connection.isOpenAtHub else { return }
        connections[id]?.isOpenAtHub = false
        hub.core?.disconnected(id)
        forget(id)
        if connection.isOpenAtDevice { queue.add(.noticed(connection: id, atHub: false), at: now + (connection.isSilentDown ? silence() : latency())) }
    }

    /// The transport's pings are not answered.
    func noticeLater(_ id: UInt64) {
        for atHub in [false, true] { queue.add(.noticed(connection: id, atHub: atHub), at: now + silence()) }
    }

    private func forget(_ id: UInt64) {
        if let connection = connections[id], !connection.isOpenAtHub, !connection.isOpenAtDevice { connections[id] = nil }
    }

    func latency() -> UInt64 { range(SimulationLimits.latencyMilliseconds) }
    func silence() -> UInt64 { range(SimulationLimits.silenceMilliseconds) }
    func range(_ range: ClosedRange<UInt64>) -> UInt64 { range.lowerBound + chance.next() % (range.upperBound - range.lowerBound + 1) }

    // MARK: Sending

    func send(_ id: UInt64, toHub: Bool, _ bytes: [UInt8]) {
        guard let connection = connections[id] else { return }
        let node = devices[connection.device]
        let number = nextMessage
        nextMessage += 1
        var bytes = bytes
        if !toHub, hub.speaksOtherVersion { bytes = World.ofOtherVersion(bytes) }
        trace.add(now, toHub ? node.name : "hub", "send", other: toHub ? "hub" : node.name, number: number, bytes: bytes, World.describe(bytes))
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
            if let rate = node.bytesPerSecond { at = max(at, last) + UInt64(bytes.count) * 1_000 / rate }
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
        let node = devices[connection.device]
        if !toHub {
            connections[id]?.queuedDown -= bytes.count
            if connection.isOpenAtHub { queue.add(.pumpHub(connection: id), at: now) }
        }
        guard toHub ? connection.isOpenAtHub && !connection.isSilentUp : connection.isOpenAtDevice && !connection.isSilentDown else { return }
        if node.isPaused {
            if !toHub { return node.waiting.append(.deliver(connection: id, toHub: false, bytes, number: number)) }
        }
        trace.add(now, toHub ? "hub" : node.name, "deliver", other: toHub ? node.name : "hub", number: number, World.describe(bytes))
        if toHub { hubTurn { $0.received(id, bytes) } } else { received(connection.device, bytes) }
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
        var bytes = bytes
        if chance.chance(50) {
            bytes[chance.below(bytes.count)] ^= UInt8(1 + chance.below(255))
        } else {
            // A length of 2^62, somewhere near the front.
            let at = chance.below(min(bytes.count, 80))
            bytes.replaceSubrange(at..<min(bytes.count, at + 1), with: Array(repeating: 0xFF, count: 8) + [0x3F])
        }
        fault("mangle", number)
        _ = try? Frame(decoding: bytes)
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
        guard case .greeting(var greeting)? = try? Frame(decoding: bytes) else { return bytes }
        greeting.versionMin = Frame.version + 1
        greeting.versionMax = Frame.version + 1
        return Frame.greeting(greeting).bytes
    }

    /// What a message is, for the trace.
    static func describe(_ bytes: [UInt8]) -> String {
        let names: [UInt8: String] = [1: "greeting", 2: "welcome", 3: "entries", 4: "acknowledged", 5: "outcome", 6: "caught-up", 7: "refused",
                                      32: "hello", 33: "subscribe", 34: "unsubscribe", 35: "upload", 36: "intent", 37: "barrier", 38: "standing"]
        return "\(bytes.first.flatMap { names[$0] } ?? "?"), \(bytes.count) bytes"
    }
}
