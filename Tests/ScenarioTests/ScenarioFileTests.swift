// Scenario files: every mistake is said with its line and the nearest word; what is written reads back; editors'
// schema and the reader know the same words.
import Console
import Foundation
import Scenarios
import Simulation
import Testing

@Suite struct ScenarioFileTests {
    static let head = "scenario: A\nnodes:\n  hub: {kind: hub}\n  phone: {kind: phone, person: ana}\n"

    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        let line: Int
        let says: String
        var testDescription: String { says }
    }

    static let mistakes = [
        Mistake(text: head + "steps:\n  - settle\n  - phone: cart ad A\n", line: 7, says: "ad"),
        Mistake(text: head + "steps:\n  - phone: crat add A\n", line: 6, says: "Did you mean cart?"),
        Mistake(text: head + "steps:\n  - phon: cart add A\n", line: 6, says: "Did you mean phone?"),
        Mistake(text: head + "steps:\n  - setle\n", line: 6, says: "Did you mean settle?"),
        Mistake(text: head + "steps:\n  - advance: 9 days\n", line: 6, says: "15m"),
        Mistake(text: head + "steps:\n  - faults: {dorp: 0.1}\n", line: 6, says: "Did you mean drop?"),
        Mistake(text: head + "steps:\n  - network: {drop: 2}\n", line: 6, says: "0 to 1"),
        Mistake(text: head + "steps:\n  - expect: {node: phone, run: cart show}\n", line: 6, says: "`json`"),
        Mistake(text: "scenario: A\nnodes:\n  tv: {kind: tabelt}\nsteps: []\n", line: 3, says: "Did you mean tablet?"),
        Mistake(text: "scenario: A\nnodes:\n  phone: {kind: phone}\nsteps: []\n", line: 3, says: "no hub"),
        Mistake(text: head, line: 1, says: "`steps`"),
        Mistake(text: head + "step: []\n", line: 5, says: "Did you mean steps?"),
        Mistake(text: head + "steps: [\n", line: 6, says: "no YAML"),
    ]

    @Test(arguments: mistakes) func `a mistake is said with its line and what was near`(mistake: Mistake) {
        #expect { try Scenario(reading: mistake.text, file: "file") } throws: { error in
            guard let error = error as? ScenarioError else { return false }
            return error.line == mistake.line && error.message.contains(mistake.says)
        }
    }

    @Test func `a world by chance is a file that reads back to it`() throws {
        for seed in UInt64(1)...20 {
            let scenario = RandomScenario.make(seed: seed)
            let again = try Scenario(reading: scenario.yaml, file: "seed \(seed)")
            #expect(again.yaml == scenario.yaml)
            let (first, second) = (try ScenarioRun(scenario), try ScenarioRun(again))
            first.run()
            second.run()
            #expect(first.traceHash == second.traceHash)
            #expect(first.failures.isEmpty)
        }
    }

    @Test func `the schema for editors and the reader know the same words`() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Protocol/scenario.schema.json")
        let schema = try JSON(parsing: String(contentsOf: path, encoding: .utf8))
        func keys(_ json: JSON?) -> Set<String> {
            guard case .object(let fields)? = json else { return [] }
            return Set(fields.map(\.key))
        }
        let step = schema["$defs"]?["step"]?["properties"]
        #expect(keys(schema["properties"]) == Set(Scenario.keys))
        #expect(keys(schema["$defs"]?["node"]?["properties"]) == Set(Scenario.nodeKeys))
        #expect(keys(step) == Set(Scenario.stepKeys))
        #expect(keys(step?["expect"]?["properties"]) == Set(Scenario.expectKeys))
        #expect(keys(step?["faults"]?["properties"]) == Set(Faults.all.map(\.name)))
        #expect(schema["$defs"]?["node"]?["properties"]?["kind"]?["enum"]?.items?.compactMap(\.text) == ["hub", "store-hub"] + Scenario.deviceKinds)
    }

    @Test func `an expectation that doesn't hold is a failure with its line`() throws {
        let text = ScenarioFileTests.head + """
            steps:
              - phone: cart add A
              - expect: {node: phone, run: cart show, json: {lines: [{sku: A, quantity: 2}]}}
              - expect: {node: phone, run: cart more B, error: ambiguous}
              - expect: {node: phone, run: cart show, lacks: ['"A"']}
              - phone: cart more B
            """
        let run = try ScenarioRun(try Scenario(reading: text, file: "file"))
        run.run()
        #expect(run.failures.map(\.line) == [7, 8, 9, 10])
        #expect(run.failures.first?.message.contains("lines[0].quantity is 1, not 2") == true)
    }

    @Test func `a failing scenario is made smaller and still fails`() throws {
        var text = ScenarioFileTests.head + "steps:\n"
        for step in 0..<20 { text += "  - try: {phone: cart add S\(step)}\n" }
        text += "  - settle\n  - phone: cart show\n  - expect: {node: phone, run: cart show, lacks: [S7]}\n"
        let scenario = try Scenario(reading: text, file: "file")
        let (smallest, failure) = try #require(try Minimise.run(scenario, ScenarioRun.Options()))
        // The one try that matters, and what an expectation stands on: commands that must succeed, and the settling.
        #expect(smallest.steps.count == 4)
        #expect(failure.message.contains("S7"))
    }

    @Test(arguments: [("9d", 777_600_000), ("1h30m", 5_400_000), ("-26h", -93_600_000), ("+10y", 315_360_000_000), ("500ms", 500), ("0", 0)])
    func `times are read and written`(text: String, milliseconds: Int64) {
        #expect(DurationText.parse(text) == milliseconds)
        #expect(DurationText.parse(DurationText.text(milliseconds)) == milliseconds)
    }

    @Test(arguments: ["", "9", "d", "9 d", "9x", "99999999999999999999d", "1m-"]) func `what is no time is none`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
