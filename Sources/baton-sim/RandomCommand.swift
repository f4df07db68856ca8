// `baton-sim random` and `baton-sim minimise`: worlds by chance, and the smallest one that still fails.
internal import ArgumentParser
internal import Commands
internal import Console
internal import Scenarios
internal import Simulation

struct RandomCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "random", abstract: "Run worlds by chance, and say which seeds fail.")
    @Option(help: ArgumentHelp("The seeds.", valueName: "A-B")) var seeds: SeedRange
    @Flag(help: "Print one JSON value and nothing else.") var json = false
    @Flag(help: "Print each seed's trace hash.") var hashes = false

    func run() throws {
        var failed: [(seed: UInt64, failure: ScenarioRun.Failure)] = []
        var milliseconds: UInt64 = 0
        var commands = 0
        var cuts = 0, remade = 0
        var commits: UInt64 = 0
        var messages: UInt64 = 0
        var faults: [String: Int] = [:]
        var all: UInt64 = 0
        let start = ContinuousClock.now
        for seed in seeds.range {
            var options = ScenarioRun.Options()
            options.seed = seed
            let run = try ScenarioRun(RandomScenario.make(seed: seed), options)
            run.run()
            milliseconds += run.world.now
            commands += run.world.commandCount
            cuts += run.world.cutCount
            remade += run.world.remadeCount
            commits += run.world.commitCount
            messages += run.world.messageCount
            faults.merge(run.world.faultCounts, uniquingKeysWith: +)
            all = (all ^ run.world.trace.hash) &* 0x0000_0100_0000_01B3
            if hashes { print("\(seed) \(run.traceHash)") }
            if let failure = run.failures.first {
                failed.append((seed, failure))
                if !json { print("seed \(seed) failed: \(failure.message)\n  baton-sim minimise --seed \(seed)") }
            }
        }
        let seconds = Double((ContinuousClock.now - start).components.seconds) + Double((ContinuousClock.now - start).components.attoseconds) / 1e18
        let hours = Double(milliseconds) / 3_600_000
        if json {
            print(JSON.fields(["seeds": .int(Int64(seeds.range.count)), "failed": .int(Int64(failed.count)), "simulatedHours": .double((hours * 100).rounded() / 100),
                               "seconds": .double((seconds * 100).rounded() / 100), "timesRealTime": .double((hours * 3_600 / seconds).rounded()), "commands": .int(Int64(commands)),
                               "messages": .int(Int64(clamping: messages)), "cuts": .int(Int64(cuts)), "remade": .int(Int64(remade)), "durableWrites": .int(Int64(clamping: commits)), "trace": .string(String(all, radix: 16)),
                               "faults": .object(faults.sorted { $0.key < $1.key }.map { (key: $0.key, value: .int(Int64($0.value))) }),
                               "failures": .array(failed.map { .fields(["seed": .int(Int64(clamping: $0.seed)), "message": .string($0.failure.message)]) })]).encoded())
        } else {
            print("\(seeds.range.count) seeds, \(failed.count) failed; \(Int(hours)) simulated hours, \(commands) commands, \(messages) messages, \(cuts) histories cut, work made again \(remade) times in \(Int(seconds)) s")
        }
        if !failed.isEmpty { throw ExitCode.failure }
    }
}

struct MinimiseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "minimise", abstract: "Shrink a failing world to a short scenario file that still fails.")
    @Option(help: "The seed that `random` named.") var seed: UInt64
    @Option(help: "A scenario file that fails with that seed; default: the seed's world by chance.") var file: String?
    @Option(name: .shortAndLong, help: ArgumentHelp("Where it is written; default: standard output.", valueName: "file")) var output: String?

    func run() throws {
        let scenario = try file.map { try Scenario.read($0) } ?? RandomScenario.make(seed: seed)
        var options = ScenarioRun.Options()
        options.seed = seed
        guard let (smallest, failure) = try Minimise.run(scenario, options, progress: { BatonSim.note("\($0.steps.count) steps, \($0.nodes.count) nodes") }) else {
            BatonSim.note("Seed \(seed) does not fail: there is nothing to minimise.")
            throw ExitCode.failure
        }
        var kept = smallest
        kept.seed = seed
        let text = "# \(failure.message)\n" + kept.yaml
        if let output { try Files.write(Array(text.utf8), to: output, replaces: true) } else { print(text, terminator: "") }
    }
}
