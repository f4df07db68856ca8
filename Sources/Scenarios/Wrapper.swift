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

        /// A case by its name, as a failure has it: `message 22 reorder`, `write 3 torn`.
        package init?(named name: String) {
            for part in name.split(separator: ",") {
                let words = part.split(separator: " ").map(String.init)
                guard words.count == 3, let number = UInt64(words[1]) else { return nil }
                if words[0] == "message", let what = World.MessageFault(rawValue: words[2]) {
                    message = (number, what)
                } else if words[0] == "write", let what = Wrapper.diskTroubles.first(where: { $0.name == words[2] })?.trouble {
                    commit = (number, what)
                } else {
                    return nil
                }
            }
        }

        package init(message: (number: UInt64, what: World.MessageFault)? = nil, commit: (number: UInt64, what: SimulatedDisk.Trouble)? = nil, clockOffsets: [Int64] = []) {
            self.message = message
            self.commit = commit
            self.clockOffsets = clockOffsets
        }

        package var name: String {
            var parts: [String] = []
            if let message { parts.append("message \(message.number) \(message.what.rawValue)") }
            if let commit { parts.append("write \(commit.number) \(Wrapper.diskTroubles.first { $0.trouble == commit.what }?.name ?? "fails")") }
            if !parts.isEmpty { return parts.joined(separator: ", ") }
            return "clocks \(clockOffsets.map { DurationText.text($0) }.joined(separator: ", "))"
        }
    }

    /// -26 h, -3 h, as it is, +5 h, +10 years.
    package static let clockOffsets: [Int64] = [-93_600_000, -10_800_000, 0, 18_000_000, 315_360_000_000]
    static let diskTroubles: [(name: String, trouble: SimulatedDisk.Trouble)] = [
        ("before", .diesBefore), ("after", .diesAfter), ("torn", .powerCut(percent: 60)), ("unsynced", .syncFails),
    ]

    /// Every single fault of a run that had so many messages and commits.
    package static func faultCases(messages: UInt64, commits: UInt64) -> [Case] {
        var cases: [Case] = []
        for number in stride(from: UInt64(1), through: messages, by: 1) { for what in World.MessageFault.allCases { cases.append(Case(message: (number, what))) } }
        for number in stride(from: UInt64(1), through: commits, by: 1) { for what in diskTroubles { cases.append(Case(commit: (number, what.trouble))) } }
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
        let content = plain.world.content()
        for item in clockCases {
            let other = try run(item, scenario, options, &outcome).world.content()
            for name in Set(content.keys).union(other.keys).sorted() where content[name] != other[name] {
                outcome.failures.append((item.name, .init(line: 0, message: "I10: \(name) has other content: \(other[name] ?? "nothing"), not \(content[name] ?? "nothing").")))
            }
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
            item.commit = (UInt64(1 + chance.below(commits)), diskTroubles[chance.below(4)].trouble)
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
