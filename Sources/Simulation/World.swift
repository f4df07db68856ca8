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
        let caller: Caller
        /// The hub that was called.
        let hub: Int
        var isOpenAtCaller = true
        var isOpenAtHub = false
        /// Messages on their way, from the caller and to it, go nowhere.
        var isSilentUp = false
        var isSilentDown = false
        /// When the last message of each direction arrives: a stream keeps its order.
        var lastUp: UInt64 = 0
        var lastDown: UInt64 = 0
        /// Bytes on their way to the caller.
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
    /// The central one, and those of stores.
    package let hubs: [HubNode]
    package var hub: HubNode { hubs[0] }
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

    /// - Parameters:
    ///   - hub: what the central hub is called.
    ///   - stores: the stores that have hubs of their own, with what those are called.
    package init(seed: UInt64, keepsTrace: Bool = false, hub: String = "hub", stores: [(name: String, store: String)] = []) throws(StoreError) {
        self.seed = seed
        hubs = [HubNode(name: hub, store: nil)] + stores.map { HubNode(name: $0.name, store: $0.store) }
        chance = SeededGenerator(seed: seed)
        keys = SeededGenerator(seed: seed ^ 0x5EED_0F5E_ED0F_5EED)
        trace = Trace(isKept: keepsTrace)
        for index in hubs.indices {
            hubs[index].core = try core(index)
            if index > 0 { self.hub.book.roles[hubs[index].name] = .storeHub }
            if index > 0 { scheduleConnect(.hub(index), after: 0) }
        }
    }

    // MARK: Nodes

    /// Adds a device that was registered and signed in.
    /// - Returns: its index.
    @discardableResult
    package func add(_ setting: DeviceSetting) throws(StoreError) -> Int {
        let node = DeviceNode(setting: setting, disk: SimulatedDisk(), via: setting.via.flatMap(hub) ?? 0)
        for hub in hubs { hub.book.roles[setting.name] = Role(rawValue: setting.role) ?? .customer }
        let profile = DeviceProfile(name: setting.name, kind: setting.kind, role: setting.role, hub: "ws://hub", token: setting.name, store: setting.store)
        let replica = try Replica.create(in: node.disk, environment(node), profile)
        if let person = setting.person { replica.signIn(SignIn(person: person, proof: "proof-\(person)")) }
        try replica.flush()
        node.replica = replica
        devices.append(node)
        watchDisk(node)
        scheduleConnect(.device(devices.count - 1), after: 0)
        return devices.count - 1
    }

    func watchDisk(_ node: DeviceNode) {
        node.disk.trouble = { [unowned self, unowned node] in troubleAtCommit(node.name, isFull: node.isFull) }
    }

    package func device(_ name: String) -> Int? { devices.firstIndex { $0.name == name } }
    package func hub(_ name: String) -> Int? { hubs.firstIndex { $0.name == name } }

    func node(_ caller: Caller) -> CallingNode {
        switch caller {
        case .device(let index): devices[index]
        case .hub(let index): hubs[index]
        }
    }

    func environment(_ node: DeviceNode) -> Environment {
        Environment(nowMilliseconds: { [unowned self, unowned node] in node.clock.time(at: now) }, uptime: { [unowned self, unowned node] in Uptime(boot: "boot \(node.boots)", milliseconds: now) }, random: { [unowned self] in keys.bytes($0) })
    }

    func hubEnvironment(_ index: Int) -> Environment {
        Environment(nowMilliseconds: { [unowned self] in hubs[index].clock.time(at: now) }, uptime: { [unowned self] in Uptime(boot: "boot \(hubs[index].boots)", milliseconds: now) }, random: { [unowned self] in keys.bytes($0) })
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
        let unsettled = whyUnsettled
        for reason in unsettled where !Faults.eachMinute.contains(where: { faults[keyPath: $0.path] > 0 }) { fail("I12", "After \((now - start) / 1_000) s \(reason).") }
        return unsettled.isEmpty
    }

    /// Whether only what doesn't concern settling is in the queue, and no node waits for anything.
    private var isQuiet: Bool {
        for item in queue.items {
            switch item.event {
            case .trouble, .ends, .watch, .goHome, .idle: continue
            case .due where item.at > now: continue
            case .connect(let caller, let attempt) where node(caller).attempt != attempt || !mayConnect(caller): continue
            default: return false
            }
        }
        return whyUnsettled.isEmpty
    }

    private func step() {
        let item = queue.removeFirst()
        now = max(now, item.at)
        switch item.event {
        case .deliver(let connection, let toHub, let bytes, let number): deliver(connection, toHub: toHub, bytes, number)
        case .connect(let caller, let attempt): if node(caller).attempt == attempt { connect(caller) }
        case .established(let connection): established(connection)
        case .noticed(let connection, let atHub): if atHub { hubLost(connection) } else { callerLost(connection) }
        case .watch(.device(let device), let connection): watch(device, connection)
        case .watch(.hub(let hub), let connection): watchUplink(hub, connection)
        case .restart(let device): restart(device)
        case .idle(let device, let use): if devices[device].uses == use { endKiosk(device) }
        case .restartHub(let hub): restartHub(hub)
        case .pumpHub(let id): if let connection = connections[id], connection.isOpenAtHub { hubTurn(connection.hub) { _ in } }
        case .turnHub(let index):
            hubs[index].isTicked = false
            hubTurn(index) { try? $0.tick() }
        case .due(let index): due(index, at: item.at)
        case .goHome(let index): goHome(index)
        case .trouble: trouble()
        case .ends(let ending): end(ending)
        case .provider(let result): hear(result)
        }
    }

    /// Who isn't done, and why, in words.
    private var whyUnsettled: [String] { devices.indices.compactMap(whyUnsettled) + hubs.indices.compactMap(whyHubUnsettled) }

    /// Why a device isn't done; nil where it is.
    private func whyUnsettled(_ index: Int) -> String? {
        let node = devices[index]
        guard mayConnect(.device(index)), !node.isRevoked else { return nil }
        guard let replica = node.replica else { return isRestartDue(index) ? "\(node.name) is being restarted" : nil }
        if node.connection == nil || !replica.isOnline { return "\(node.name) is not connected" }
        if replica.owedParcels > 0 { return "\(node.name) owes the hub what \(replica.owedParcels) customers left" }
        if replica.isWaiting { return "\(node.name) waits for the hub" }
        if let asked = try? replica.queuedIntents().first(where: { replica.mayBeSent($0.intent) && !waitsForOthers($0.intent, of: index) }) { return "\(node.name)'s intent \(asked.intent.kind) is not decided" }
        if let unsent = try? replica.unsentChanges(canBeSent: true), unsent > 0 { return "\(node.name) owes the hub \(unsent) changes" }
        return nil
    }
}
