// A hub and devices in one thread, on simulated time: the same seed and the same calls give the same world,
// byte for byte. It drives the engines that the programs drive, as their drivers do.
//
//     perform ──► Replica ──► messages ──► events, by time ──► HubCore ──► messages ──► …
//
// Real time plays no part: what is not due costs nothing.
internal import CRDT
internal import HubCore
internal import Replica
package import Store
internal import Sync
package import Bytes

package final class World {
    struct Connection {
        let id: UInt64
        let device: Int
        var isOpenAtDevice = true
        var isOpenAtHub = false
        /// Messages on their way, from the device and to it, go nowhere.
        var isSilentUp = false
        var isSilentDown = false
        /// When the last message of each direction arrives: a stream keeps its order.
        var lastUp: UInt64 = 0
        var lastDown: UInt64 = 0
        /// Bytes on their way to the device.
        var queuedDown = 0
    }

    package let seed: UInt64
    /// Picks delays and faults.
    package var chance: SeededGenerator
    /// The devices' and the hub's own chance: keys, ids. Apart, so that a fault more changes no id.
    var keys: SeededGenerator
    /// Milliseconds since the start, by a clock that only goes forward.
    package internal(set) var now: UInt64 = 0
    package var faults = Faults() {
        didSet {
            areStreamsWhole = areStreamsWhole && [faults.drop, faults.duplicate, faults.reorder, faults.mangle].allSatisfy { $0 == 0 }
            scheduleTrouble()
        }
    }
    /// Whether no fault has touched a message yet: then each comes once, in its order, with its own bytes.
    private(set) var areStreamsWhole = true
    package internal(set) var devices: [DeviceNode] = []
    package let hub = HubNode()
    /// The payment provider, outside of it all: no disk of ours that is put back changes what it did.
    package let provider = FakeProvider()
    package internal(set) var trace: Trace
    /// What was found wrong so far; a world goes on all the same.
    package internal(set) var failures: [Failure] = []

    var queue = EventQueue()
    var connections: [UInt64: Connection] = [:]
    var nextConnection: UInt64 = 1
    var nextMessage: UInt64 = 1
    var isTroubleScheduled = false
    /// A commit is due to die: set by a step, before the dice.
    var planned: [String: [SimulatedDisk.Trouble]] = [:]
    /// Of the message with this number something happens: set by the fault wrapper.
    package var onMessage: (number: UInt64, what: MessageFault)? {
        didSet { if onMessage != nil { areStreamsWhole = false } }
    }
    /// At the commit with this number, over all nodes, something happens.
    package var onCommit: (number: UInt64, what: SimulatedDisk.Trouble)?
    package internal(set) var commitCount: UInt64 = 0
    package internal(set) var faultCounts: [String: Int] = [:]
    package internal(set) var commandCount = 0
    /// Histories that the hub cut, and times that a device made work again which had not seen all of one.
    package internal(set) var cutCount = 0, remadeCount = 0
    /// What nodes said is on their disks.
    var promises: [Promise] = []

    package enum MessageFault: String, CaseIterable, Sendable { case drop, triple, reorder, delay }

    package struct Failure: Equatable, Sendable {
        /// I1 to I12, or a step's own.
        package let rule: String
        package let message: String
        package let at: UInt64
    }

    package var messageCount: UInt64 { nextMessage - 1 }

    package init(seed: UInt64, keepsTrace: Bool = false) throws(StoreError) {
        self.seed = seed
        chance = SeededGenerator(seed: seed)
        keys = SeededGenerator(seed: seed ^ 0x5EED_0F5E_ED0F_5EED)
        trace = Trace(isKept: keepsTrace)
        hub.disk.trouble = { [unowned self] in troubleAtCommit("hub", isFull: hub.isFull) }
        hub.core = try HubCore(store: hub.disk, environment: hubEnvironment, book: hub.book)
    }

    // MARK: Nodes

    /// Adds a device that was registered and signed in.
    /// - Returns: its index.
    @discardableResult
    package func add(_ setting: DeviceSetting) throws(StoreError) -> Int {
        let node = DeviceNode(setting: setting, disk: SimulatedDisk())
        hub.book.roles[setting.name] = Role(rawValue: setting.role) ?? .customer
        let profile = DeviceProfile(name: setting.name, kind: setting.kind, role: setting.role, hub: "ws://hub", token: setting.name, store: setting.store)
        let replica = try Replica.create(in: node.disk, environment(node), profile)
        if let person = setting.person { replica.signIn(SignIn(person: person, proof: "proof-\(person)")) }
        try replica.flush()
        node.replica = replica
        devices.append(node)
        watchDisk(node)
        scheduleConnect(devices.count - 1, after: 0)
        return devices.count - 1
    }

    func watchDisk(_ node: DeviceNode) {
        node.disk.trouble = { [unowned self, unowned node] in troubleAtCommit(node.name, isFull: node.isFull) }
    }

    package func device(_ name: String) -> Int? { devices.firstIndex { $0.name == name } }

    func environment(_ node: DeviceNode) -> Environment {
        Environment(nowMilliseconds: { [unowned self, unowned node] in node.clock.time(at: now) }, random: { [unowned self] in keys.bytes($0) })
    }

    var hubEnvironment: Environment {
        Environment(nowMilliseconds: { [unowned self] in hub.clock.time(at: now) }, uptime: { [unowned self] in Uptime(boot: "boot", milliseconds: now) }, random: { [unowned self] in keys.bytes($0) })
    }

    package func fail(_ rule: String, _ message: String) {
        // One of a kind says it; a hundred of them hide the rest.
        guard failures.count < 50 else { return }
        failures.append(Failure(rule: rule, message: message, at: now))
        trace.add(now, "", "fail", "\(rule): \(message)")
    }

    /// An expectation of a scenario did not hold: in the trace, at this moment.
    package func noteFailure(_ message: String) { trace.add(now, "", "fail", message) }

    // MARK: Time

    /// Lets time pass.
    package func advance(_ milliseconds: UInt64) {
        let end = now + milliseconds
        while let next = queue.first, next.at <= end { step() }
        now = end
    }

    /// Lets everything happen that is under way or due. Where it doesn't come to rest, that is a failure, unless
    /// connections are broken each minute: then there may be no moment at which all devices are quiet.
    /// - Returns: whether all was quiet, and every node had all there is, within the time allowed.
    @discardableResult
    package func settle() -> Bool {
        let start = now
        let limit = now + (faults.isQuiet ? SimulationLimits.settleMilliseconds : SimulationLimits.settleAmidFaultsMilliseconds)
        while let next = queue.first, next.at <= limit {
            if isQuiet { break }
            step()
        }
        let unsettled = devices.indices.compactMap(whyUnsettled)
        for reason in unsettled where !Faults.eachMinute.contains(where: { faults[keyPath: $0.path] > 0 }) { fail("I12", "After \((now - start) / 1_000) s \(reason).") }
        return unsettled.isEmpty
    }

    /// Whether only what doesn't concern settling is in the queue, and no node waits for anything.
    private var isQuiet: Bool {
        for item in queue.items {
            switch item.event {
            case .trouble, .ends, .watch: continue
            case .connect(let device, let attempt) where devices[device].attempt != attempt || !devices[device].isOnline: continue
            default: return false
            }
        }
        return devices.indices.allSatisfy { whyUnsettled($0) == nil }
    }

    private func step() {
        let item = queue.removeFirst()
        now = max(now, item.at)
        switch item.event {
        case .deliver(let connection, let toHub, let bytes, let number): deliver(connection, toHub: toHub, bytes, number)
        case .connect(let device, let attempt): if devices[device].attempt == attempt { connect(device) }
        case .established(let connection): established(connection)
        case .noticed(let connection, let atHub): if atHub { hubLost(connection) } else { deviceLost(connection) }
        case .watch(let device, let connection): watch(device, connection)
        case .restart(let device): restart(device)
        case .restartHub: restartHub()
        case .pumpHub(let connection): if connections[connection]?.isOpenAtHub == true { hubTurn { _ in } }
        case .trouble: trouble()
        case .ends(let ending): end(ending)
        case .provider(let result): hear(result)
        }
    }

    /// A hub that was put back decides nothing about a store before all who stand there have told it what they know.
    private func waitsForOthers(_ intent: Intent) -> Bool {
        guard hub.wasRestored, intent.space.scheme == "store" else { return false }
        return devices.contains { $0.setting.store == intent.space.owner && (!$0.isOnline || $0.isCutOff || $0.isRevoked || !$0.isRunning) }
    }

    /// Why a device isn't done, in words; nil where it is.
    func whyUnsettled(_ index: Int) -> String? {
        let node = devices[index]
        guard node.isOnline, !node.isCutOff, !node.isRevoked else { return nil }
        guard let replica = node.replica else { return isRestartDue(index) ? "\(node.name) is being restarted" : nil }
        if node.connection == nil || !replica.isOnline { return "\(node.name) is not connected" }
        if replica.isWaiting { return "\(node.name) waits for the hub" }
        if let asked = try? replica.queuedIntents().first(where: { replica.mayBeSent($0.intent) && !waitsForOthers($0.intent) }) { return "\(node.name)'s intent \(asked.intent.kind) is not decided" }
        if let unsent = try? replica.unsentChanges(canBeSent: true), unsent > 0 { return "\(node.name) owes the hub \(unsent) changes" }
        return nil
    }
}
