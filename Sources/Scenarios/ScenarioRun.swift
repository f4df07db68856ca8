// Runs a scenario in a simulated world: same file, same seed, same build, same trace.
//
// A person whose device dies under a command looks whether it was done, and does it again if it wasn't; one
// who finds it dead waits until it's back. What faults may change is when, never what.
internal import Commands
internal import Commerce
package import Console
internal import CRDT
internal import Replica
package import Simulation
internal import Store
internal import Sync
internal import Bytes

package final class ScenarioRun: Stage {
    package struct Options: Sendable {
        package var seed: UInt64 = 1
        package var keepsTrace = false
        /// Added to the clocks of the devices, in their order, again and again.
        package var clockOffsets: [Int64] = []
        package var message: (number: UInt64, what: World.MessageFault)?
        package var commit: (number: UInt64, what: SimulatedDisk.Trouble)?
        /// More trouble than the file asks for, until it heals.
        package var faults = Faults()

        package init() {}
    }

    package typealias Failure = Record.Failure

    package let scenario: Scenario
    package let world: World
    package var record = Record()
    /// How many of the failures are in the trace.
    private var noted = 0
    package var failures: [Failure] { record.failures }

    package init(_ scenario: Scenario, _ options: Options = Options()) throws {
        self.scenario = scenario
        world = try World(seed: options.seed, keepsTrace: options.keepsTrace, hub: scenario.nodes.first { $0.kind == "hub" }?.name ?? "hub",
                          stores: scenario.nodes.filter { $0.kind == "store-hub" }.map { ($0.name, $0.store) })
        world.onMessage = options.message
        world.onCommit = options.commit
        for hub in world.hubs { hub.clock.offset = scenario.nodes.first { $0.name == hub.name }?.clock ?? 0 }
        for (index, node) in scenario.nodes.filter({ !$0.isHub }).enumerated() {
            var setting = DeviceSetting(name: node.name)
            setting.kind = node.kind
            setting.role = node.role
            setting.person = node.person
            setting.store = node.store
            setting.via = node.via
            setting.clockOffset = node.clock + (options.clockOffsets.isEmpty ? 0 : options.clockOffsets[index % options.clockOffsets.count])
            try world.add(setting)
        }
        if !setUpLines.isEmpty {
            var setting = DeviceSetting(name: ScenarioRun.setupName)
            (setting.kind, setting.role) = ("desk", "operator")
            try world.add(setting)
        }
        world.faults = options.faults
    }

    /// No node can be called so: names have letters, digits and dashes.
    private static let setupName = "(setup)"
    private var setUpLines: [String] { scenario.head.lines(scenario.nodes) }

    /// What the file's head says is there before the first step.
    private func setUp() throws {
        guard !setUpLines.isEmpty else { return }
        for line in setUpLines { _ = try execute(line, on: ScenarioRun.setupName) }
        let index = try index(ScenarioRun.setupName)
        let end = world.now + 600_000
        while world.now < end, try world.devices[index].replica?.queuedIntents().isEmpty == false { world.advance(500) }
        for asked in try world.devices[index].replica?.intents() ?? [] where asked.outcome?.isDone != true {
            record.fail(0, "The scenario's head can't be had: \(asked.outcome?.message ?? "nobody decided \(asked.intent.kind)")")
        }
        world.setOnline(index, false)
        world.settle()
    }

    /// Runs every step, then lets all be mended and checks what always holds.
    package func run() { Files.$provided.withValue(scenario.files.merging(scenario.head.files) { $1 }) { runAll() } }

    private func runAll() {
        guard scenario.missing.isEmpty else {
            return record.fail(0, "This version can't run it: it needs \(Set(scenario.missing).sorted().joined(separator: ", ")).")
        }
        if world.faults.isQuiet, !world.settle() { took(0) }
        do { try setUp() } catch { record.fail(0, CommandError.text(of: error)) }
        perform(scenario.steps)
        world.heal()
        if !world.settle() { took(0) }
        world.lookAtEverything()
        if !world.settle() { took(0) }
        world.check()
        took(0)
    }

    private func index(_ name: String) throws -> Int {
        guard let index = world.device(name) else { throw CommandError("invalid-value", "There is no device \(name).") }
        return index
    }

    // MARK: Command lines

    package func proof(of person: String) -> String { "proof-\(person)" }

    /// - Throws: what the command refuses.
    package func execute(_ line: String, on node: String) throws -> JSON {
        let (command, index) = (try ScenarioLine.parse( resolved(line)), try index(node))
        if let local = command as? any LocalCommand { return try act(index, line) { try local.run(on: $0) }.json }
        if command is ScenarioSync { return try sync(index) }
        guard let intent = command as? any IntentCommand else { throw CommandError("usage", "\"\(line)\" can't be run here.") }
        // The state that is asked about is the newest that can be had.
        if intent.looksFirst { wait(index, barrier: true) }
        let id = try act(index, line) { try intent.ask($0) }
        wait(index, barrier: id != nil)
        try waitUntilDecided(index, id)
        return try act(index, "answer") { try intent.answer($0, id) }.json
    }

    /// A person who is told to wait while everything is up waits: faults change when it's decided, never what.
    private func waitUntilDecided(_ index: Int, _ id: IntentID?) throws {
        guard let id else { return }
        let end = world.now + ScenarioRun.patienceMilliseconds
        while world.now < end, world.isReachable(index) {
            // One that is dead just now comes back.
            if let asked = try world.devices[index].replica?.intent(id), asked.outcome != nil || world.waitsForOthers(asked.intent, of: index) { return }
            world.advance(100)
        }
    }

    /// A lost connection is noticed, and another made.
    private static let patienceMilliseconds: UInt64 = 180_000

    /// Does something on a device, again if it died before that was on the disk.
    private func act<Result>(_ index: Int, _ what: String, _ body: (Replica) throws -> Result) throws -> Result {
        for _ in 0..<40 {
            let before = world.devices[index].replica
            do {
                switch try world.perform(index, what, body) {
                case .done(let result): return result
                case .died(let isDurable, let result):
                    let isOver = signInAgain(index, as: before)
                    if isDurable || isOver, let result { return result }
                case .down: break
                }
            } catch let error as StoreError where error.code == .diskFull && world.faults.diskFull > 0 {
                // Somebody makes room.
            }
            guard world.isComingBack(index) || world.devices[index].isRunning else { break }
            world.advance(2_000)
        }
        throw CommandError("store-failed", "\(world.devices[index].name) is not running: it was crashed, and `restart` brings it back.")
    }

    /// Whose kiosk died under a command is nobody there now: they sign in again, and go on.
    /// - Returns: whether they were about to go, and are gone by that.
    private func signInAgain(_ index: Int, as before: Replica?) -> Bool {
        guard let before, before.profile.isKiosk else { return false }
        guard !before.hasEnded, let signIn = before.signIn else { return before.hasEnded }
        for _ in 0..<40 where world.isComingBack(index) { world.advance(2_000) }
        _ = try? world.perform(index, "sign-in \(signIn.person), again") { $0.signIn(signIn) }
        return false
    }

    /// What two seconds can bring, as the CLI waits for it.
    private func wait(_ index: Int, barrier: Bool = false) {
        if barrier { _ = try? world.perform(index, "barrier") { $0.requestBarrier() } }
        let end = world.now + 2_000
        while world.now < end, world.devices[index].replica?.isWaiting ?? false { world.advance(20) }
    }

    private func sync(_ index: Int) throws -> JSON {
        guard world.devices[index].isOnline else { throw CommandError("offline", "\(world.devices[index].name) is offline.") }
        let before = world.devices[index].replica?.metrics ?? .init()
        _ = try act(index, "sync") { $0.requestBarrier() }
        let end = world.now + 30_000
        while world.now < end, world.devices[index].replica?.isWaiting ?? true || world.devices[index].replica?.isOnline != true { world.advance(20) }
        let after = world.devices[index].replica?.metrics ?? .init()
        return .fields(["sent": .int(Int64(max(0, after.changesSent - before.changesSent))), "received": .int(Int64(after.changesReceived - before.changesReceived)),
                        "caughtUp": .bool(world.devices[index].replica.map { $0.isOnline && !$0.isWaiting } ?? false)])
    }

    /// Concurrently: each on what its device has now, before anything of it is delivered.
    package func together(_ list: [(node: String, line: String)]) throws {
        var asked: [(index: Int, command: any IntentCommand, id: IntentID?)] = []
        for (node, line) in list {
            let (command, index) = (try ScenarioLine.parse( resolved(line)), try index(node))
            if let local = command as? any LocalCommand {
                _ = try act(index, line) { try local.run(on: $0) }
            } else if let intent = command as? any IntentCommand {
                asked.append((index, intent, try act(index, line) { try intent.ask($0) }))
            }
        }
        for item in asked { wait(item.index, barrier: item.id != nil) }
        for item in asked { try waitUntilDecided(item.index, item.id) }
    }

    // MARK: Trouble

    package func crash(_ name: String, _ point: Scenario.CrashPoint?, _ times: Int) throws {
        guard let point else { return try world.hub(name).map { world.crashHub($0, restarts: false) } ?? world.crash(try index(name), restarts: false) }
        world.plan(name, (0..<times).map { _ in
            switch point {
            case .before: .diesBefore
            case .after: .diesAfter
            case .lost: .powerCut(percent: 0)
            case .torn: .powerCut(percent: 1 + world.chance.below(99))
            case .random: [.diesBefore, .diesAfter, .powerCut(percent: world.chance.below(101))][world.chance.below(3)]
            }
        })
    }

    package func settle() { world.settle() }
    package func advance(_ milliseconds: UInt64) { world.advance(milliseconds) }
    package func setOnline(_ name: String, _ isOnline: Bool) throws {
        if world.hub(name) != nil { world.setCut(name, from: world.hub.name, !isOnline) } else { world.setOnline(try index(name), isOnline) }
    }
    package func reboot(_ name: String) throws { if let hub = world.hub(name) { world.rebootHub(hub) } else { world.reboot(try index(name)) } }
    package func restart(_ name: String) throws { if let hub = world.hub(name) { world.restartHub(hub) } else { world.restart(try index(name)) } }

    package func setCut(_ ends: [String], _ isCut: Bool) throws {
        // A hub is called; of two hubs the central one is.
        guard let hub = ends.filter({ world.hub($0) != nil }).min(by: { world.hub($0) ?? 0 < world.hub($1) ?? 0 }), let caller = ends.first(where: { $0 != hub }) else {
            throw CommandError("invalid-value", "A link is between a device and a hub, or between two hubs: \(ends.joined(separator: " and ")) have none.")
        }
        world.setCut(caller, from: hub, isCut)
    }

    package func setClock(_ name: String, _ offset: Int64) throws {
        if let hub = world.hub(name) { world.hubs[hub].clock.offset = offset } else { world.devices[try index(name)].clock.offset = offset }
    }

    package func save(_ name: String, as image: String) throws { if let hub = world.hub(name) { world.saveHub(hub, as: image) } else { world.save(try index(name), as: image) } }

    package func restore(_ name: String, from image: String, isNoticed: Bool) throws {
        let isThere = try world.hub(name).map { world.restoreHub($0, from: image, isNoticed: isNoticed) } ?? world.restore(try index(name), from: image, isNoticed: isNoticed)
        if !isThere { throw CommandError("invalid-value", "\(name) has no image \(image): `save` makes one.") }
    }

    package func recover(_ name: String, awaiting: [String: Int]) throws {
        guard let hub = world.hub(name) else { throw CommandError("invalid-value", "Only a hub is recovered from its key; \(name) is a device.") }
        try world.recoverHub(hub, awaiting: awaiting)
    }

    package func setFull(_ name: String, _ isFull: Bool) throws { if let hub = world.hub(name) { world.setHubFull(hub, isFull) } else { world.setFull(try index(name), isFull) } }
    package func cutHistories(after blocks: Int, live: UInt64) { world.cutHistories(after: blocks, live: live) }
    package func setRevoked(_ name: String, _ isRevoked: Bool) throws { world.setRevoked(try index(name), isRevoked) }

    package func setProvider(delay: UInt64?, times: Int?, declines: Bool?, isSilent: Bool?) {
        if let delay { world.provider.delay = delay }
        if let times { world.provider.times = times }
        if let declines { world.provider.declines = declines }
        if let isSilent { world.provider.isSilent = isSilent }
    }

    package func pay(intent: String, store: String, person: String?, amount: String, times: Int) throws {
        // Whoever names an order so: a payment that nobody's order is for waits for one.
        let persons = person.map { [$0] } ?? Set(world.devices.compactMap(\.setting.person)).sorted()
        for person in persons { for _ in 0..<times { world.pay(try ScenarioPayment.id(intent, store, of: person), try Money(amount)) } }
    }

    package func setFaults(_ list: [(name: String, probability: Double)], delay: UInt64?) {
        var faults = world.faults
        for (name, probability) in list { if let path = Faults.all.first(where: { $0.name == name })?.path { faults[keyPath: path] = probability } }
        if let delay { faults.delayMilliseconds = delay }
        world.faults = faults
    }

    package func heal() { world.heal() }
    package func differences(among names: [String]) -> [String] { world.differences(among: names) }
    package func check() { world.check() }

    /// What the step's expectations and the world found since the last look.
    package func took(_ line: Int) {
        for failure in record.failures[noted...] { world.noteFailure(failure.message) }
        defer { noted = record.failures.count }
        for failure in world.takeFailures() { record.fail(line, "\(failure.rule), at \(failure.at / 1_000).\(failure.at % 1_000 / 100) s: \(failure.message)") }
    }
}
