// A journey as a file: who takes part, what they do, and what must be so then. The format is specified in
// Protocol/scenarios.md; `Protocol/scenario.schema.json` says it to editors.
package import Console
internal import Simulation

package struct Scenario: Sendable {
    package struct Participant: Sendable {
        package var name: String
        package var kind: String
        package var person: String?
        package var role: String
        package var store: String
        /// The hub that it talks to; nil for the central one.
        package var via: String?
        /// Milliseconds that its clock is ahead.
        package var clock: Int64
        package var line: Int

        package var isHub: Bool { kind == "hub" || kind == "store-hub" }
    }

    package struct Step: Sendable {
        package var action: Action
        /// Where it stands in the file; 0 for one that no file has.
        package var line: Int

        package init(_ action: Action, line: Int = 0) {
            self.action = action
            self.line = line
        }
    }

    package enum Action: Sendable {
        /// Command lines of one node; the last one's JSON may be kept under a name.
        case run(node: String, lines: [String], name: String?)
        /// A line that may be refused.
        case attempt(node: String, line: String, name: String?)
        case together([(node: String, line: String)])
        case settle
        case advance(UInt64)
        case online(String, Bool)
        /// One link, or joined again.
        case link([String], isCut: Bool)
        /// nil: dies now, and stays dead; else at so many of its next durable writes, and comes back.
        case crash(node: String, at: CrashPoint?, times: Int)
        case restart(String)
        case reboot(String)
        case clock(node: String, offset: Int64)
        case save(node: String, name: String)
        case restore(node: String, name: String, isNoticed: Bool)
        /// Of a hub.
        case recover(node: String, awaiting: [String: Int])
        case disk(node: String, isFull: Bool)
        case revoke(node: String, Bool)
        /// From now on the hub cuts a history when so many blocks of it are with everybody that was seen lately.
        case cutHistories(after: Int, live: UInt64)
        /// How the payment provider is: milliseconds until it answers, how often it says it, whether it pays.
        case provider(delay: UInt64?, times: Int?, declines: Bool?, isSilent: Bool?)
        /// The provider says that an intent's order was paid, whether or not there is one.
        case payment(intent: String, store: String, person: String?, amount: String, times: Int)
        case faults([(name: String, probability: Double)], delay: UInt64?)
        case heal
        case `repeat`(times: Int, steps: [Step])
        case expect(Expectation)
    }

    package enum CrashPoint: String, CaseIterable, Sendable {
        case before = "before-write", after = "after-write", lost, torn, random
    }

    package struct Expectation: Sendable {
        package enum Kind: Sendable {
            case json(node: String, line: String, JSON)
            case error(node: String, line: String, code: String)
            /// The command's JSON has none of these texts.
            case lacks(node: String, line: String, [String])
            case equal([String])
            case invariants
        }

        package var kind: Kind
    }

    package var title: String
    package var requirements: [String] = []
    /// The seed that it's run with unless another is asked for.
    package var seed: UInt64 = 1
    package var nodes: [Participant] = []
    package var steps: [Step] = []
    /// What is there before the first step.
    package var head = ScenarioHead()
    /// Texts that commands read as files, by name.
    package var files: [String: String] = [:]
    /// What it needs that this version hasn't got, in words.
    package var missing: [String] = []
}

/// A place in a file, and what is wrong there.
package struct ScenarioError: Error, Equatable, Sendable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let message: String

    package var description: String { "\(file):\(line): \(message)" }
}
