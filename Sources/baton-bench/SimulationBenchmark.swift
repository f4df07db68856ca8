// How fast a simulated world of ten devices goes, on one core: edits, messages and disks all simulated, the engines real.
internal import CRDT
internal import Scenarios
internal import Simulation

struct SimulationBenchmark {
    struct Figures: Encodable {
        var devices = 10
        var simulatedSeconds = 0.0
        var seconds = 0.0
        var simulatedSecondsPerSecond = 0.0
        var changes = 0
        var changesPerSecond = 0.0
        var messages = 0

        var table: String {
            """
            devices                      \(devices)
            simulated                    \(Int(simulatedSeconds)) s, \(changes) changes, \(messages) messages
            took                         \((seconds * 1_000).rounded() / 1_000) s on one core
            simulated seconds a second   \(Int(simulatedSecondsPerSecond))
            changes a second             \(Int(changesPerSecond))
            """
        }
    }

    /// Each device edits the one cart every ten seconds, and all get it: an hour.
    func run() throws -> Figures {
        SignatureMemo.isOn = true
        let devices = (0..<10).map { "d\($0)" }
        let nodes = devices.map { "  \($0): {kind: phone, person: ana}" }.joined(separator: "\n")
        let edits = devices.map { "      - \($0): cart more A" }.joined(separator: "\n")
        let rounds = 360
        let text = """
            scenario: An hour of ten devices
            nodes:
              hub: {kind: hub}
            \(nodes)
            steps:
              - d0: cart add A
              - settle
              - repeat:
                  times: \(rounds)
                  steps:
            \(edits.replacing("      - ", with: "        - "))
                    - advance: 10s
              - settle
            """
        let scenario = try Scenario(reading: text, file: "benchmark")
        let clock = ContinuousClock()
        let run = try ScenarioRun(scenario)
        let time = clock.measure { run.run() }
        guard run.failures.isEmpty else { throw BenchmarkFailure(message: run.failures[0].message) }
        var figures = Figures()
        figures.simulatedSeconds = Double(run.world.now) / 1_000
        figures.seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        figures.changes = rounds * devices.count + 1
        figures.messages = Int(run.world.messageCount)
        figures.simulatedSecondsPerSecond = figures.simulatedSeconds / figures.seconds
        figures.changesPerSecond = Double(figures.changes) / figures.seconds
        return figures
    }
}

struct BenchmarkFailure: Error { let message: String }
