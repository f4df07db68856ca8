// Makes a failing scenario smaller while it still fails: fewer steps, fewer nodes, fewer faults (ddmin, Zeller
// and Hildebrandt 2002, on steps; then one by one).
internal import Simulation

package enum Minimise {
    /// - Parameter progress: called with what is left.
    /// - Returns: the smallest that was found, and what fails in it; nil where the scenario doesn't fail.
    package static func run(_ scenario: Scenario, _ options: ScenarioRun.Options, progress: (Scenario) -> Void = { _ in }) throws -> (Scenario, ScenarioRun.Failure)? {
        guard var failure = try failure(of: scenario, options) else { return nil }
        let rule = kind(failure)
        var best = scenario
        /// Takes a candidate that fails in the same way.
        func take(_ candidate: Scenario) throws -> Bool {
            guard let found = try Minimise.failure(of: candidate, options), kind(found) == rule else { return false }
            best = candidate
            failure = found
            progress(best)
            return true
        }
        /// An expectation is about what came of commands that must succeed, and were told everywhere: without those it
        /// fails for another reason.
        func mayGo(_ step: Scenario.Step) -> Bool {
            switch step.action {
            case .run, .settle: rule.hasPrefix("I") || rule.hasPrefix("A")
            // What is still cut or broken at the end differs for that reason.
            case .heal: false
            default: true
            }
        }
        var hasShrunk = true
        while hasShrunk {
            hasShrunk = false
            var size = max(1, best.steps.count / 2)
            while size >= 1 {
                var start = 0
                while start < best.steps.count {
                    var candidate = best
                    let range = start..<min(start + size, candidate.steps.count)
                    candidate.steps = best.steps.enumerated().filter { !range.contains($0.offset) || !mayGo($0.element) }.map(\.element)
                    if candidate.steps.count < best.steps.count, try take(candidate) { hasShrunk = true } else { start += size }
                }
                size = size == 1 ? 0 : size / 2
            }
            for node in best.nodes where !node.isHub {
                var candidate = best
                candidate.nodes.removeAll { $0.name == node.name }
                guard !candidate.steps.contains(where: { mentions($0, node.name) && !mayGo($0) }) else { continue }
                candidate.steps.removeAll { mentions($0, node.name) }
                if try take(candidate) { hasShrunk = true }
            }
            for (index, step) in best.steps.enumerated() {
                guard case .faults(let list, let delay) = step.action, list.count > 1 else { continue }
                for name in list.map(\.name) {
                    var candidate = best
                    guard candidate.steps.indices.contains(index), case .faults(let current, _) = candidate.steps[index].action else { continue }
                    candidate.steps[index].action = .faults(current.filter { $0.name != name }, delay: delay)
                    if try take(candidate) { hasShrunk = true }
                }
            }
        }
        if !best.steps.contains(where: { if case .attempt(_, let line, _) = $0.action { line.contains("import") } else { false } }) { best.files = [:] }
        return (best, failure)
    }

    private static func failure(of scenario: Scenario, _ options: ScenarioRun.Options) throws -> ScenarioRun.Failure? {
        let run = try ScenarioRun(scenario, options)
        run.run()
        return run.failures.first
    }

    /// The rule that broke: the same failure elsewhere is the same failure.
    private static func kind(_ failure: ScenarioRun.Failure) -> String {
        if failure.message.hasPrefix("I") || failure.message.hasPrefix("A"), let end = failure.message.firstIndex(of: ",") { return String(failure.message[..<end]) }
        // What was expected of a command's output fails otherwise than the command itself.
        return failure.message.hasPrefix("`") ? failure.message.split(separator: "`").first.map(String.init) ?? "" : "refused"
    }

    private static func mentions(_ step: Scenario.Step, _ node: String) -> Bool {
        switch step.action {
        case .run(let name, _, _), .attempt(let name, _, _), .online(let name, _), .crash(let name, _, _), .restart(let name), .reboot(let name), .clock(let name, _), .save(let name, _),
             .restore(let name, _, _), .recover(let name, _), .disk(let name, _), .revoke(let name, _): name == node
        case .together(let list): list.contains { $0.node == node }
        case .link(let ends, _): ends.contains(node)
        case .repeat(_, let steps): steps.contains { mentions($0, node) }
        case .expect(let expectation):
            switch expectation.kind {
            case .json(let name, _, _), .error(let name, _, _), .lacks(let name, _, _): name == node
            case .equal(let names): names.contains(node)
            case .invariants: false
            }
        case .settle, .advance, .faults, .cutHistories, .heal, .provider, .payment: false
        }
    }
}
