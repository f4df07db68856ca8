// A scenario as the file that reads back to it: what `minimise` leaves, and a random world in words.
internal import HubCore
internal import Console

extension Scenario {
    package var yaml: String {
        var lines = ["scenario: \(Scenario.quoted(title))"] + (seed == 1 ? [] : ["seed: \(seed)"]) + ["nodes:"]
        for node in nodes {
            var fields = ["kind: \(node.kind)"]
            if let person = node.person { fields.append("person: \(person)") }
            if node.role != "customer" { fields.append("role: \(node.role)") }
            if !node.store.isEmpty { fields.append("store: \(node.store)") }
            if let via = node.via { fields.append("via: \(via)") }
            if node.clock != 0 { fields.append("clock: \(DurationText.text(node.clock))") }
            lines.append("  \(node.name): {\(fields.joined(separator: ", "))}")
        }
        if !files.isEmpty {
            lines.append("files:")
            for (name, text) in files.sorted(by: { $0.key < $1.key }) { lines.append("  \(Scenario.quoted(name)): \(Scenario.quoted(text))") }
        }
        lines += head.text
        lines.append("steps:")
        lines += Scenario.lines(steps, indent: "  ")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ steps: [Step], indent: String) -> [String] {
        steps.flatMap { step in
            if case .repeat(let times, let inner) = step.action {
                return ["\(indent)- repeat:", "\(indent)    times: \(times)", "\(indent)    steps:"] + lines(inner, indent: indent + "      ")
            }
            return text(step.action).enumerated().map { indent + ($0 == 0 ? "- " : "  ") + $1 }
        }
    }

    private static func text(_ action: Action) -> [String] {
        switch action {
        case .run(let node, let lines, let name):
            return [lines.count == 1 ? "\(node): \(quoted(lines[0]))" : "\(node): [\(lines.map(quoted).joined(separator: ", "))]"] + (name.map { ["as: \($0)"] } ?? [])
        case .attempt(let node, let line, let name): return ["try: {\(node): \(quoted(line))}"] + (name.map { ["as: \($0)"] } ?? [])
        case .together(let list): return ["together: {\(list.map { "\($0.node): \(quoted($0.line))" }.joined(separator: ", "))}"]
        case .settle: return ["settle"]
        case .heal: return ["heal"]
        case .advance(let milliseconds): return ["advance: \(DurationText.text(Int64(clamping: milliseconds)))"]
        case .online(let node, let isOnline): return ["\(isOnline ? "online" : "offline"): \(node)"]
        case .link(let ends, let isCut): return ["\(isCut ? "cut" : "join"): [\(ends.joined(separator: ", "))]"]
        case .crash(let node, let point, let times): return [point.map { "crash: {node: \(node), at: \($0.rawValue), times: \(times)}" } ?? "crash: \(node)"]
        case .restart(let node): return ["restart: \(node)"]
        case .reboot(let node): return ["reboot: \(node)"]
        case .clock(let node, let offset): return ["clock: {node: \(node), offset: \(DurationText.text(offset))}"]
        case .save(let node, let name): return ["save: {node: \(node), as: \(name)}"]
        case .restore(let node, let name, let isNoticed): return ["restore: {node: \(node), from: \(name)\(isNoticed ? "" : ", noticed: false")}"]
        case .recover(let node, let awaited):
            return ["recover: {node: \(node)\(awaited.isEmpty ? "" : ", await: {\(awaited.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}")}"]
        case .disk(let node, let isFull): return ["disk: {node: \(node), full: \(isFull)}"]
        case .revoke(let node, let isRevoked): return ["\(isRevoked ? "revoke" : "allow"): \(node)"]
        case .cutHistories(let blocks, let live):
            return ["cut-histories: {after: \(blocks)\(live == HubLimits.liveMilliseconds ? "" : ", live: \(DurationText.text(Int64(clamping: live)))")}"]
        case .provider(let delay, let times, let declines, let isSilent):
            let parts = [delay.map { "delay: \(DurationText.text(Int64(clamping: $0)))" }, times.map { "times: \($0)" }, declines.map { "declines: \($0)" }, isSilent.map { "silent: \($0)" }]
            return ["provider: {\(parts.compactMap { $0 }.joined(separator: ", "))}"]
        case .payment(let intent, let store, let person, let amount, let times): return ["payment: {intent: \(quoted(intent)), store: \(quoted(store))\(person.map { ", person: \(quoted($0))" } ?? ""), amount: \(quoted(amount)), times: \(times)}"]
        case .faults(let list, let delay):
            if let delay {
                let others = list.filter { $0.name != "delay" }.map { "\($0.name): \($0.probability)" }
                return ["network: {\((others + ["delay: \(DurationText.text(Int64(clamping: delay)))"]).joined(separator: ", "))}"]
            }
            return ["faults: {\(list.map { "\($0.name): \($0.probability)" }.joined(separator: ", "))}"]
        case .repeat: return []
        case .expect(let expectation): return ["expect: \(text(expectation))"]
        }
    }

    private static func text(_ expectation: Expectation) -> String {
        switch expectation.kind {
        case .json(let node, let line, let json): "{node: \(node), run: \(quoted(line)), json: \(json.encoded())}"
        case .error(let node, let line, let code): "{node: \(node), run: \(quoted(line)), error: \(code)}"
        case .lacks(let node, let line, let texts): "{node: \(node), run: \(quoted(line)), lacks: [\(texts.map(quoted).joined(separator: ", "))]}"
        case .equal(let nodes): "{equal: [\(nodes.joined(separator: ", "))]}"
        case .invariants: "{invariants: true}"
        }
    }

    /// Plain where YAML takes it so; else as JSON, which YAML reads.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.first.map { $0.isASCII && ($0.isLetter) } == true && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " -_/.=$".contains($0)) }
            && !["true", "false", "null", "yes", "no", "on", "off"].contains(text.lowercased()) && text.last != " "
        return isPlain ? text : JSON.string(text).encoded()
    }
}
