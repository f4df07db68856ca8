// Plants every bug that the engine can be given, and shows what catches it: scenario files first, then worlds
// by chance. Exit code 1 where one is not caught. Each runs in a process of its own, with 2 GB of memory, for
// some of them kill it: that counts as caught, by the seed it died at.
//
//     plants [--seeds N] [--scenarios FOLDER]     prints the table of docs/simulation.md
import Bytes
import CRDT
import Foundation
import Scenarios
import Simulation

let arguments = CommandLine.arguments
func option(_ name: String) -> String? { arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil } }
let seedsMax = option("--seeds").flatMap { UInt64($0) } ?? 1_000
let folder = option("--scenarios") ?? "Tests/Scenarios"

if let name = option("--plant") {
    guard let plant = Plant(rawValue: name) else { fatalError("there is no plant \(name)") }
    Plant.planted = plant
    SignatureMemo.isOn = true
    search()
} else {
    exit(table() ? 0 : 1)
}

/// Said at once: the process may die at the next step.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

/// In the child: says where it is before each step, so that a death can be told, and stops at what fails.
func search() {
    let all = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".yaml") }
    // What is short comes first.
    let files = all.filter { !$0.contains("/") }.sorted() + all.filter { $0.contains("/") }.sorted()
    for file in files {
        say("at \(file)")
        guard let scenario = try? Scenario.read(folder + "/" + file) else { continue }
        var options = ScenarioRun.Options()
        options.seed = scenario.seed
        guard let run = try? ScenarioRun(scenario, options) else { continue }
        run.run()
        if let failure = run.failures.first { return say("caught \(file) | 0 | \(failure.message)") }
        for offsets in Wrapper.clockCases where !file.contains("/") {
            options.clockOffsets = offsets.clockOffsets
            guard let other = try? ScenarioRun(scenario, options) else { continue }
            other.run()
            if let failure = other.failures.first { return say("caught \(file), other clocks | 0 | \(failure.message)") }
            if other.world.content() != run.world.content() { return say("caught \(file), other clocks | 0 | I10: other content under other clocks") }
        }
    }
    for seed in 1...seedsMax {
        say("at seed \(seed)")
        var options = ScenarioRun.Options()
        options.seed = seed
        guard let run = try? ScenarioRun(RandomScenario.make(seed: seed), options) else { continue }
        run.run()
        if let failure = run.failures.first { return say("caught seed \(seed) | \(seed) | \(failure.message)") }
    }
}

/// In the parent.
func table() -> Bool {
    say("| plant | caught by | seeds | what was seen |\n|---|---|---|---|")
    var isGood = true
    for plant in Plant.allCases {
        if plant == .synchronousNormal {
            say("| \(plant.rawValue) | tools/power-loss | | what was acknowledged is not on the disk |")
            continue
        }
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/sh")
        let command = "ulimit -v 2000000; exec \"\(arguments[0])\" --plant \(plant.rawValue) --seeds \(seedsMax) --scenarios \"\(folder)\""
        child.arguments = ["-c", command]
        child.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let pipe = Pipe()
        child.standardOutput = pipe
        child.standardError = FileHandle.nullDevice
        do { try child.run() } catch { fatalError("\(error)") }
        let lines = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n").map(String.init)
        child.waitUntilExit()
        let last = lines.last ?? ""
        if last.hasPrefix("caught ") {
            let parts = last.dropFirst(7).components(separatedBy: " | ")
            say("| \(plant.rawValue) | \(parts[0]) | \(parts[1]) | \(parts[2...].joined(separator: " | ").prefix(120)) |")
        } else if child.terminationReason == .uncaughtSignal || child.terminationStatus != 0 {
            let place = String(last.dropFirst(3))
            say("| \(plant.rawValue) | \(place) | \(place.hasPrefix("seed ") ? String(place.dropFirst(5)) : "0") | the process died |")
        } else {
            say("| \(plant.rawValue) | NOT CAUGHT | \(seedsMax) | |")
            isGood = false
        }
    }
    return isGood
}
