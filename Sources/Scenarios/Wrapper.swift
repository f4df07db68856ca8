// The file again, one fault at a time: each message dropped, tripled, reordered, delayed; each process killed
// at each durable write. And again under other clocks, where it must end with the same content (I10).
internal import Bytes
internal import Console
package import Simulation

package struct Wrapper {
    package struct Case: Sendable {
        package var message: (number: UInt64, what: World.MessageFault)?
        package var commit: (number: UInt64, what: SimulatedDisk.Trouble)?
        package var clockOffsets: [Int64] = []

        package var name: String {
            var parts: [String] = []
            if let message { parts.append("message \(message.number) \(message.what.rawValue)") }
            if let commit { parts.append("durable write \(commit.number): \(commit.what)") }
            if !parts.isEmpty { return parts.joined(separator: ", ") }
            return "clocks \(clockOffsets.map { DurationText.text($0) }.joined(separator: ", "))"
        }
    }

    /// -26 h, -3 h, as it is, +5 h, +10 years.
    package static let clockOffsets: [Int64] = [-93_600_000, -10_800_000, 0, 18_000_000, 315_360_000_000]
    static let diskTroubles: [SimulatedDisk.Trouble] = [.diesBefore, .diesAfter, .powerCut(percent: 60), .syncFails]

    /// Every single fault of a run that had so many messages and commits.
    package static func faultCases(messages: UInt64, commits: UInt64) -> [Case] {
        var cases: [Case] = []
        for number in stride(from: UInt64(1), through: messages, by: 1) { for what in World.MessageFault.allCases { cases.append(Case(message: (number, what))) } }
        for number in stride(from: UInt64(1), through: commits, by: 1) { for what in diskTroubles { cases.append(Case(commit: (number, what))) } }
        return cases
    }

    /// Every offset on every device.
    package static let clockCases: [Case] = clockOffsets.indices.map { start in
        Case(clockOffsets: clockOffsets.indices.map { clockOffsets[($0 + start) % clockOffsets.count] })
    }

    package struct Outcome: Sendable {
        package var runs = 0
        /// The first failure of each case that failed.
        package var failures: [(name: String, failure: ScenarioRun.Failure)] = []

        package init() {}
    }

    /// - Parameter plain: the run without faults.
    package static func run(_ scenario: Scenario, _ options: ScenarioRun.Options, after plain: ScenarioRun) throws -> Outcome {
        var outcome = Outcome()
        let (messages, commits) = (plain.world.messageCount, plain.world.commitCount)
        for item in faultCases(messages: messages, commits: commits) { try run(item, scenario, options, &outcome) }
        var digests: [String: String] = [plain.world.contentDigest(): "its own clocks"]
        for item in clockCases {
            let world = try run(item, scenario, options, &outcome).world
            digests[world.contentDigest()] = item.name
        }
        if digests.count > 1 {
            outcome.failures.append(("clocks", .init(line: 0, message: "I10: the content differs under other clocks: \(digests.values.sorted().joined(separator: " / ")).")))
        }
        return outcome
    }

    /// Two of these at a time, picked by the seed.
    package static func pairs(_ scenario: Scenario, _ options: ScenarioRun.Options, after plain: ScenarioRun, count: Int) throws -> Outcome {
        var outcome = Outcome()
        var chance = SeededGenerator(seed: options.seed)
        let (messages, commits) = (max(1, Int(plain.world.messageCount)), max(1, Int(plain.world.commitCount)))
        for _ in 0..<count {
            var item = Case()
            item.message = (UInt64(1 + chance.below(messages)), World.MessageFault.allCases[chance.below(4)])
            item.commit = (UInt64(1 + chance.below(commits)), diskTroubles[chance.below(4)])
            if chance.chance(30) { item.clockOffsets = clockOffsets.shuffled(using: &chance) }
            try run(item, scenario, options, &outcome)
        }
        return outcome
    }

    @discardableResult
    private static func run(_ item: Case, _ scenario: Scenario, _ options: ScenarioRun.Options, _ outcome: inout Outcome) throws -> ScenarioRun {
        var options = options
        options.message = item.message
        options.commit = item.commit
        options.clockOffsets = item.clockOffsets
        let run = try ScenarioRun(scenario, options)
        run.run()
        outcome.runs += 1
        if let failure = run.failures.first { outcome.failures.append((item.name, failure)) }
        return run
    }
}
