// `baton-sim conform` and `baton-sim replay`: cases and histories of others, held against this engine.
internal import ArgumentParser
internal import Commands
internal import Conformance
internal import Console

struct ConformCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "conform", abstract: "Run conformance cases, in every order that can be afforded.",
                                                    discussion: "Formats: crdt-scenario/1, and the JSON lines of list_fuzz, unicode_ot and causal_graph, plain or gzipped.")
    @Argument(help: "Files of cases.") var files: [String]
    @Flag(help: "Print one JSON value and nothing else.") var json = false

    func run() throws {
        var all = Tally()
        for file in files {
            let tally = try ConformanceFile.run(file)
            all.add(tally)
            if !json { for failure in tally.failures { print("FAIL \(file) \(failure.name): \(failure.seen)") } }
        }
        if json {
            let skipped = all.skipped.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSON.int(Int64($0.value))) }
            print(JSON.fields(["passed": .int(Int64(all.passed)), "failed": .int(Int64(all.failures.count)), "skipped": .int(Int64(all.skippedCount)), "skippedFor": .object(skipped),
                               "failures": .array(all.failures.map { .fields(["case": .string($0.name), "seen": .string($0.seen)]) })]).encoded())
        } else {
            for (why, count) in all.skipped.sorted(by: { $0.key < $1.key }) { print("skipped \(count): \(why)") }
            print("\(all.passed) passed, \(all.failures.count) failed, \(all.skippedCount) skipped")
        }
        if !all.failures.isEmpty { throw ExitCode.failure }
    }
}

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "replay", abstract: "Replay a recorded editing history on as many replicas as it has agents.",
                                                    discussion: "The end text and the checkpoints are held against expected.json beside it, where there is one.")
    @Argument(help: "A recorded history, plain or gzipped JSON.") var trace: String
    @Flag(help: "Print one JSON value and nothing else.") var json = false

    func run() throws {
        let report = try TraceReplay.run(trace)
        if json { print(report.json.encoded()) } else { print(report.text) }
        if !report.failures.isEmpty { throw ExitCode.failure }
    }
}
