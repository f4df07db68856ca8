// `baton-sim run FILE…`: plain, under seeds, under the fault wrapper.
internal import ArgumentParser
internal import Commands
internal import Console
internal import Processes
internal import Scenarios
internal import Simulation

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Replay scenario files, and say what did not hold.")
    @Argument(help: "Scenario files.") var files: [String]
    @Option(help: "The seed of keys, delays and faults; default: the file's own, else 1.") var seed: UInt64?
    @Option(help: ArgumentHelp("A range of seeds: each file with each.", valueName: "A-B")) var seeds: SeedRange?
    @Option(help: "wrapper: each message dropped, tripled, reordered, delayed, each process killed at each durable write, other clocks. pairs: two faults at a time, at random.")
    var faults: FaultMode?
    @Option(help: ArgumentHelp("One fault, as a failure names it: \"message 22 reorder\", \"write 3 torn\", or both with a comma.", valueName: "fault")) var fault: Wrapper.Case?
    @Option(help: "How many pairs of faults each file is run with.") var pairs = 200
    @Flag(help: "On real processes and sockets of this machine, through a proxy that breaks connections; in real time.") var live = false
    @Option(help: ArgumentHelp("With --live: what the proxy does to messages, for example drop=0.01,reorder=0.05,delay=0.2,half-open=0.5 (of each message; half-open and one-way of each minute).", valueName: "faults"))
    var network: LiveFaults?
    @Option(help: ArgumentHelp("Write what happened there; of one file with one seed.", valueName: "file")) var trace: String?
    @Flag(help: "Print one JSON value and nothing else.") var json = false

    enum FaultMode: String, ExpressibleByArgument, CaseIterable { case wrapper, pairs }

    func validate() throws {
        if live, faults != nil || trace != nil { throw ValidationError("--live has neither --faults nor --trace: those are of the simulation. --network breaks real connections.") }
        if live, fault?.commit != nil { throw ValidationError("--live knows faults of messages, not of writes: use for example --fault \"message 7 drop\".") }
        if !live, network != nil { throw ValidationError("--network needs --live; a scenario's `network` step does the same in the simulation.") }
    }

    func run() throws {
        var results: [FileResult] = []
        for file in files {
            let scenario = try Scenario.read(file)
            for seed in seeds?.range ?? (seed ?? scenario.seed)...(seed ?? scenario.seed) {
                let result = try live ? runLive(scenario, file, seed) : run(scenario, file, seed)
                results.append(result)
                if !json { print(result.text) }
            }
        }
        let failed = results.filter { !$0.failures.isEmpty }.count
        let skipped = results.filter { $0.skipped != nil }.count
        let passed = results.count - failed - skipped
        let runs = results.reduce(0) { $0 + $1.runs }
        if json {
            print(JSON.fields(["scenarios": .array(results.map(\.json)), "passed": .int(Int64(passed)), "failed": .int(Int64(failed)), "skipped": .int(Int64(skipped)), "runs": .int(Int64(runs))]).encoded())
        } else {
            print("\(passed) passed, \(failed) failed\(live ? ", \(skipped) skipped" : ""), \(runs) runs")
        }
        // Where nothing could be run, nothing was shown.
        if failed > 0 || passed == 0 { throw ExitCode.failure }
    }

    private func runLive(_ scenario: Scenario, _ file: String, _ seed: UInt64) throws -> FileResult {
        if let obstacle = LiveRun.obstacle(in: scenario) {
            var result = FileResult(file: file, title: scenario.title, seed: seed, runs: 0)
            result.skipped = "line \(obstacle.line), \(obstacle.what); it runs without --live"
            return result
        }
        var options = LiveRun.Options()
        options.seed = seed
        if let network { options.faults = network.faults }
        if let message = fault?.message { options.message = (message.number, MessageTrouble(message.what)) }
        let start = ContinuousClock.now
        let run = try LiveRun(scenario, options)
        run.run()
        var result = FileResult(file: file, title: scenario.title, seed: seed, live: FileResult.Live(messages: run.tally.messages, faults: run.tally.faults))
        result.seconds = UInt64((ContinuousClock.now - start).components.seconds)
        result.failures = run.record.failures.map { ("", $0) }
        return result
    }

    private func run(_ scenario: Scenario, _ file: String, _ seed: UInt64) throws -> FileResult {
        var options = ScenarioRun.Options()
        options.seed = seed
        options.keepsTrace = trace != nil
        options.message = fault?.message
        options.commit = fault?.commit
        let plain = try ScenarioRun(scenario, options)
        plain.run()
        if let trace { try TraceFile.write(plain, to: trace) }
        var result = FileResult(file: file, title: scenario.title, seed: seed, traceHash: plain.traceHash, seconds: plain.world.now / 1_000)
        result.failures = plain.failures.map { ("", $0) }
        guard let faults, plain.failures.isEmpty else { return result }
        options.keepsTrace = false
        let outcome = try faults == .wrapper ? Wrapper.run(scenario, options, after: plain) : Wrapper.pairs(scenario, options, after: plain, count: pairs)
        result.runs += outcome.runs
        result.failures += outcome.failures.map { ($0.name, $0.failure) }
        return result
    }
}

struct FileResult {
    /// Of a run on real processes.
    struct Live {
        var messages: UInt64
        var faults: [String: Int]
    }

    var file: String
    var title: String
    var seed: UInt64
    var traceHash = ""
    var seconds: UInt64 = 0
    var live: Live?
    var runs = 1
    /// Why it was not run.
    var skipped: String?
    var failures: [(name: String, failure: ScenarioRun.Failure)] = []

    var text: String {
        if let skipped { return "skip \(file)  \(title)  (\(skipped))" }
        var lines = ["\(failures.isEmpty ? "ok  " : "FAIL") \(file)  \(title)  (\(how))"]
        for (name, failure) in failures.prefix(10) { lines.append("  \(file):\(failure.line): \(name.isEmpty ? "" : "[\(name)] ")\(failure.message)") }
        if failures.count > 10 { lines.append("  … and \(failures.count - 10) more") }
        return lines.joined(separator: "\n")
    }

    private var how: String {
        guard let live else { return "\(runs) run\(runs == 1 ? "" : "s"), trace \(traceHash)" }
        let faults = live.faults.sorted { $0.key < $1.key }.map { ", \($0.value) × \($0.key)" }.joined()
        return "live, \(seconds) s, \(live.messages) messages\(faults)"
    }

    private var measured: [(key: String, value: JSON)] {
        guard let live else { return [("simulatedSeconds", .int(Int64(clamping: seconds))), ("trace", .string(traceHash))] }
        let faults = live.faults.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSON.int(Int64($0.value))) }
        return [("live", .bool(true)), ("seconds", .int(Int64(clamping: seconds))), ("messages", .int(Int64(clamping: live.messages))), ("faults", .object(faults))]
    }

    var json: JSON {
        .object([("file", .string(file)), ("scenario", .string(title)), ("seed", .int(Int64(clamping: seed))), ("passed", .bool(failures.isEmpty && skipped == nil)), ("skipped", skipped.map(JSON.string) ?? .null), ("runs", .int(Int64(runs)))] + measured + [
                 ("failures", .array(failures.map { .fields(["line": .int(Int64($0.failure.line)), "fault": $0.name.isEmpty ? .null : .string($0.name), "message": .string($0.failure.message)]) }))])
    }
}

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "check", abstract: "Look whether scenario files are well formed, without running them.")
    @Argument(help: "Scenario files.") var files: [String]

    func run() throws {
        var isGood = true
        for file in files {
            do {
                let scenario = try Scenario.read(file)
                print("\(file): \(scenario.steps.count) steps\(scenario.missing.isEmpty ? "" : "; this version can't run it yet: \(Set(scenario.missing).sorted().joined(separator: ", "))")")
            } catch {
                BatonSim.note("\(error)")
                isGood = false
            }
        }
        if !isGood { throw ExitCode.failure }
    }
}

extension Wrapper.Case: ExpressibleByArgument {
    package init?(argument: String) { self.init(named: argument) }
}

/// `drop=0.01,delay=0.5`: what the fault proxy does.
struct LiveFaults: ExpressibleByArgument {
    var faults = WireFaults()

    init?(argument: String) {
        for part in argument.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, let path = LiveRun.faultNames.first(where: { $0.name == sides[0] })?.path, let probability = Double(sides[1]), (0...1).contains(probability) else { return nil }
            faults[keyPath: path] = probability
        }
    }
}
