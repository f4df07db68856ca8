// Runs a scenario in a simulated world: same file, same seed, same build, same trace.
//
// A person whose device dies under a command looks whether it was done, and does it again if it wasn't; one
// who finds it dead waits until it's back. What faults may change is when, never what.
internal import Commands
package import Console
internal import CRDT
internal import Replica
package import Simulation
internal import Store
internal import Sync
internal import Bytes

package final class ScenarioRun {
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

    package struct Failure: Equatable, Sendable {
        /// Where in the file; 0 for what always holds.
        package let line: Int
        package let message: String
    }

    package let scenario: Scenario
    package let world: World
    package private(set) var failures: [Failure] = []
    private var names: [String: JSON] = [:]

    package init(_ scenario: Scenario, _ options: Options = Options()) throws {
        self.scenario = scenario
        world = try World(seed: options.seed, keepsTrace: options.keepsTrace)
        world.onMessage = options.message
        world.onCommit = options.commit
        if let hub = scenario.nodes.first(where: { $0.kind == "hub" }) { world.hub.clock.offset = hub.clock }
        for (index, node) in scenario.nodes.filter({ $0.kind != "hub" }).enumerated() {
            var setting = DeviceSetting(name: node.name)
            setting.kind = node.kind
            setting.role = node.role
            setting.person = node.person
            setting.store = node.store
            setting.clockOffset = node.clock + (options.clockOffsets.isEmpty ? 0 : options.clockOffsets[index % options.clockOffsets.count])
            try world.add(setting)
        }
        world.faults = options.faults
    }

    /// Runs every step, then lets all be mended and checks what always holds.
    package func run() { Files.$provided.withValue(scenario.files) { runAll() } }

    private func runAll() {
        guard scenario.missing.isEmpty else {
            return fail(0, "This version can't run it: it needs \(Set(scenario.missing).sorted().joined(separator: ", ")).")
        }
        if world.faults.isQuiet, !world.settle() { take(0) }
        perform(scenario.steps)
        world.heal()
        if !world.settle() { take(0) }
        world.lookAtEverything()
        if !world.settle() { take(0) }
        world.check()
        take(0)
    }

    private func perform(_ steps: [Scenario.Step]) {
        for step in steps where failures.count < 20 {
            do { try perform(step) } catch { fail(step.line, ScenarioRun.message(of: error)) }
            take(step.line)
        }
    }

    private func perform(_ step: Scenario.Step) throws {
        switch step.action {
        case .run(let node, let lines, let name):
            var last: JSON?
            for line in lines { last = try execute(line, on: node) }
            if let name, let last { names[name] = last }
        case .attempt(let node, let line, let name):
            do {
                let json = try execute(line, on: node)
                if let name { names[name] = json }
            } catch where ["internal", "store-damaged"].contains(ScenarioRun.code(of: error)) {
                throw error
            } catch {}
        case .together(let list): try together(list)
        case .settle: world.settle()
        case .advance(let milliseconds): world.advance(milliseconds)
        case .online(let name, let isOnline): world.setOnline(try index(name), isOnline)
        case .link(let ends, let isCut): for end in ends where end != "hub" { world.setCut(try index(end), isCut) }
        case .crash(let name, let point, let times): try crash(name, point, times)
        case .restart(let name): if name == "hub" { world.restartHub() } else { world.restart(try index(name)) }
        case .clock(let name, let offset): if name == "hub" { world.hub.clock.offset = offset } else { world.devices[try index(name)].clock.offset = offset }
        case .save(let node, let name): if node == "hub" { world.saveHub(as: name) } else { world.save(try index(node), as: name) }
        case .restore(let node, let name, let isNoticed):
            let isThere = node == "hub" ? world.restoreHub(from: name, isNoticed: isNoticed) : world.restore(try index(node), from: name, isNoticed: isNoticed)
            if !isThere { throw CommandError("invalid-value", "\(node) has no image \(name): `save` makes one.") }
        case .disk(let node, let isFull): if node == "hub" { world.setHubFull(isFull) } else { world.setFull(try index(node), isFull) }
        case .revoke(let node, let isRevoked): world.setRevoked(try index(node), isRevoked)
        case .faults(let list, let delay):
            var faults = world.faults
            for (name, probability) in list { if let path = Faults.all.first(where: { $0.name == name })?.path { faults[keyPath: path] = probability } }
            if let delay { faults.delayMilliseconds = delay }
            world.faults = faults
        case .heal: world.heal()
        case .repeat(let times, let steps): for _ in 0..<times { perform(steps) }
        case .expect(let expectation): try check(expectation, step.line)
        }
    }

    private func crash(_ name: String, _ point: Scenario.CrashPoint?, _ times: Int) throws {
        guard let point else { return name == "hub" ? world.crashHub(restarts: false) : world.crash(try index(name), restarts: false) }
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

    private func index(_ name: String) throws -> Int {
        guard let index = world.device(name) else { throw CommandError("invalid-value", "There is no device \(name).") }
        return index
    }

    // MARK: Command lines

    private func command(_ line: String) throws -> any BatonCommand {
        var line = line
        if line.contains("$") { line = Substitution.resolve(line, names) }
        // People prove who they are, unless the line says otherwise.
        if line.hasPrefix("sign-in "), !line.contains("--proof") { line += " --proof proof-" + line.dropFirst(8).prefix { $0 != " " } }
        return try ScenarioLine.parse(line)
    }

    /// - Throws: what the command refuses.
    package func execute(_ line: String, on node: String) throws -> JSON {
        let (command, index) = (try command(line), try index(node))
        if let local = command as? any LocalCommand { return try act(index, line) { try local.run(on: $0) }.json }
        if command is ScenarioSync { return try sync(index) }
        guard let intent = command as? any IntentCommand else { throw CommandError("usage", "\"\(line)\" can't be run here.") }
        // The state that is asked about is the newest that can be had.
        wait(index, barrier: true)
        let id = try act(index, line) { try intent.ask($0) }
        wait(index)
        return try act(index, "answer") { try intent.answer($0, id) }.json
    }

    /// Does something on a device, again if it died before that was on the disk.
    private func act<Result>(_ index: Int, _ what: String, _ body: (Replica) throws -> Result) throws -> Result {
        for _ in 0..<40 {
            do {
                switch try world.perform(index, what, body) {
                case .done(let result): return result
                case .died(let isDurable, let result):
                    if isDurable, let result { return result }
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
        return .fields(["sent": .int(Int64(after.changesSent - before.changesSent)), "received": .int(Int64(after.changesReceived - before.changesReceived)),
                        "caughtUp": .bool(world.devices[index].replica.map { $0.isOnline && !$0.isWaiting } ?? false)])
    }

    /// Concurrently: each on what its device has now, before anything of it is delivered.
    private func together(_ list: [(node: String, line: String)]) throws {
        var asked: [(index: Int, command: any IntentCommand, id: IntentID?)] = []
        for (node, line) in list {
            let (command, index) = (try command(line), try index(node))
            if let local = command as? any LocalCommand {
                _ = try act(index, line) { try local.run(on: $0) }
            } else if let intent = command as? any IntentCommand {
                asked.append((index, intent, try act(index, line) { try intent.ask($0) }))
            }
        }
        for item in asked { wait(item.index) }
    }

    // MARK: Expectations

    private func check(_ expectation: Scenario.Expectation, _ line: Int) throws {
        switch expectation.kind {
        case .json(let node, let run, let expected):
            let seen = try execute(run, on: node)
            if let difference = Substitution.difference(seen, Substitution.resolve(expected, names), at: "") {
                fail(line, "`\(run)` on \(node): \(difference). It says \(seen.encoded())")
            }
        case .error(let node, let run, let code):
            do {
                let seen = try execute(run, on: node)
                fail(line, "`\(run)` on \(node) was not refused as \(code). It says \(seen.encoded())")
            } catch {
                let seen = ScenarioRun.code(of: error)
                if seen != code { fail(line, "`\(run)` on \(node) was refused as \(seen), not as \(code): \(ScenarioRun.message(of: error))") }
            }
        case .lacks(let node, let run, let texts):
            let seen = try execute(run, on: node).encoded()
            for text in texts where seen.contains(text) { fail(line, "`\(run)` on \(node) has \(text). It says \(seen)") }
        case .equal(let names): for message in world.differences(among: names) { fail(line, message) }
        case .invariants: world.check()
        }
    }

    private func fail(_ line: Int, _ message: String) { failures.append(Failure(line: line, message: message)) }

    /// What the world found since the last look.
    private func take(_ line: Int) {
        for failure in world.takeFailures() { fail(line, "\(failure.rule), at \(failure.at / 1_000).\(failure.at % 1_000 / 100) s: \(failure.message)") }
    }

    package static func message(of error: any Error) -> String { CommandError(refusal: error)?.message ?? "\(error)" }
    package static func code(of error: any Error) -> String { CommandError(refusal: error)?.code ?? "internal" }
}
