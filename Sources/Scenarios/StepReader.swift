// Reads the steps of a scenario: one mapping a step, or a bare word.
internal import HubCore
internal import Commands
internal import Console
internal import Simulation
internal import Yams

struct StepReader {
    let reader: YAMLReader
    let nodes: [String]
    let hubs: [String]
    var missing: [String] = []

    mutating func steps(_ node: Node) throws -> [Scenario.Step] {
        guard let sequence = node.sequence else { throw reader.error(node, "`steps` is a list.") }
        var steps: [Scenario.Step] = []
        for item in sequence { steps.append(Scenario.Step(try step(item), line: YAMLReader.line(item))) }
        return steps
    }

    private mutating func step(_ node: Node) throws -> Scenario.Action {
        if let word = node.scalar?.string {
            switch word {
            case "settle": return .settle
            case "heal": return .heal
            default: throw reader.error(node, "There is no step \(word).\(reader.hint(word, ["settle", "heal"]))")
            }
        }
        var fields = try reader.fields(node, "A step", known: nil)
        var name: String?
        if let index = fields.firstIndex(where: { $0.key == "as" }) { name = try reader.text(fields.remove(at: index).value, "`as`") }
        guard let (key, keyNode, value) = fields.first, fields.count == 1 else { throw reader.error(node, "A step is one thing: begin the next with `- `.") }
        if nodes.contains(key) { return .run(node: key, lines: try lines(value, key), name: name) }
        if key == "try" {
            guard let item = try reader.fields(value, "`try`", known: nodes).first, let line = try lines(item.value, item.key).first else {
                throw reader.error(value, "`try` has one node and one line: a command that may be refused.")
            }
            return .attempt(node: item.key, line: line, name: name)
        }
        if name != nil { throw reader.error(keyNode, "`as` stands beside a command line.") }
        switch key {
        case "together":
            return .together(try reader.fields(value, "`together`", known: nodes).flatMap { item in try lines(item.value, item.key).map { (item.key, $0) } })
        case "advance":
            let time = try reader.duration(value, "`advance`")
            guard time >= 0 else { throw reader.error(value, "Time only goes forward: `clock` sets a node's clock back.") }
            return .advance(UInt64(time))
        case "offline": return .online(try any(value), false)
        case "online": return .online(try any(value), true)
        case "cut", "join":
            let ends = try reader.texts(value, "`\(key)`")
            guard ends.count == 2 else { throw reader.error(value, "`\(key)` names the two ends of a link, for example [phone, hub].") }
            for end in ends { _ = try known(end, value) }
            return .link(ends, isCut: key == "cut")
        case "crash": return try crash(value)
        case "restart": return .restart(try any(value))
        case "reboot": return .reboot(try any(value))
        case "clock":
            let fields = try reader.fields(value, "`clock`", known: ["node", "offset"])
            return .clock(node: try any(field(fields, "node", value)), offset: try reader.duration(field(fields, "offset", value), "`offset`"))
        case "save":
            let fields = try reader.fields(value, "`save`", known: ["node", "as"])
            return .save(node: try any(field(fields, "node", value)), name: try reader.text(field(fields, "as", value), "`as`"))
        case "restore":
            let fields = try reader.fields(value, "`restore`", known: ["node", "from", "noticed"])
            let isNoticed = try fields.first { $0.key == "noticed" }.map { try reader.flag($0.value, "`noticed`") } ?? true
            return .restore(node: try any(field(fields, "node", value)), name: try reader.text(field(fields, "from", value), "`from`"), isNoticed: isNoticed)
        case "recover":
            let fields = try reader.fields(value, "`recover`", known: ["node", "await"])
            let node = try any(field(fields, "node", value))
            guard hubs.contains(node) else { throw reader.error(value, "Only a hub is recovered from its key; \(node) is a device.") }
            let awaited = try fields.first { $0.key == "await" }.map { try reader.fields($0.value, "`await`", known: nil) } ?? []
            return .recover(node: node, awaiting: Dictionary(uniqueKeysWithValues: try awaited.map { ($0.key, try reader.number($0.value, "`await`", in: 0...10_000)) }))
        case "disk":
            let fields = try reader.fields(value, "`disk`", known: ["node", "full"])
            return .disk(node: try any(field(fields, "node", value)), isFull: try reader.flag(field(fields, "full", value), "`full`"))
        case "revoke": return .revoke(node: try device(value), true)
        case "allow": return .revoke(node: try device(value), false)
        case "cut-histories":
            let fields = try reader.fields(value, "`cut-histories`", known: ["after", "live"])
            let live = try fields.first { $0.key == "live" }.map { try reader.duration($0.value, "`live`") }
            return .cutHistories(after: try reader.number(field(fields, "after", value), "`after`", in: 1...1_000_000), live: live.map { UInt64(Swift.max(0, $0)) } ?? HubLimits.liveMilliseconds)
        case "provider":
            let fields = try reader.fields(value, "`provider`", known: ["delay", "times", "declines", "silent"])
            func flag(_ name: String) throws -> Bool? { try fields.first { $0.key == name }.map { try reader.flag($0.value, "`\(name)`") } }
            return .provider(delay: try fields.first { $0.key == "delay" }.map { UInt64(Swift.max(0, try reader.duration($0.value, "`delay`"))) },
                             times: try fields.first { $0.key == "times" }.map { try reader.number($0.value, "`times`", in: 1...100) }, declines: try flag("declines"), isSilent: try flag("silent"))
        case "payment":
            let fields = try reader.fields(value, "`payment`", known: ["intent", "store", "person", "amount", "times"])
            return .payment(intent: try reader.text(field(fields, "intent", value), "`intent`"), store: try reader.text(field(fields, "store", value), "`store`"), person: try fields.first { $0.key == "person" }.map { try reader.text($0.value, "`person`") },
                            amount: try reader.text(field(fields, "amount", value), "`amount`"), times: try fields.first { $0.key == "times" }.map { try reader.number($0.value, "`times`", in: 1...100) } ?? 1)
        case "network", "faults": return try faults(key, value)
        case "repeat":
            let fields = try reader.fields(value, "`repeat`", known: ["times", "steps"])
            return .repeat(times: try reader.number(field(fields, "times", value), "`times`", in: 0...10_000), steps: try steps(field(fields, "steps", value)))
        case "inbound":
            missing.append("messages from outside")
            return .settle
        case "expect": return .expect(try expectation(value))
        default: throw reader.error(keyNode, "There is no node and no step \(key).\(reader.hint(key, nodes + Scenario.stepKeys))")
        }
    }

    private func lines(_ value: Node, _ node: String) throws -> [String] {
        _ = try known(node, value)
        if hubs.contains(node) { throw reader.error(value, "A hub takes no commands: they are a device's.") }
        let items = value.sequence.map { Array($0) } ?? [value]
        return try items.map { item in
            let line = try reader.text(item, "A command line")
            // What a name stands for is known when it runs.
            if line.contains("$") { return line }
            do { _ = try ScenarioLine.parse(line) } catch { throw reader.error(item, "\(error)".isEmpty ? "?" : CommandError.text(of: error)) }
            return line
        }
    }

    private func crash(_ value: Node) throws -> Scenario.Action {
        if value.scalar != nil { return .crash(node: try any(value), at: nil, times: 1) }
        let fields = try reader.fields(value, "`crash`", known: ["node", "at", "times"])
        let times = try fields.first { $0.key == "times" }.map { try reader.number($0.value, "`times`", in: 1...1_000) } ?? 1
        let point = try fields.first { $0.key == "at" }.map { try reader.choice($0.value, "crash point", Scenario.CrashPoint.self) }
        return .crash(node: try any(field(fields, "node", value)), at: point, times: times)
    }

    private func faults(_ key: String, _ value: Node) throws -> Scenario.Action {
        let names = key == "network" ? ["drop", "duplicate", "reorder"] : Faults.all.map(\.name)
        var list: [(name: String, probability: Double)] = []
        var delay: UInt64?
        for (name, _, value) in try reader.fields(value, "`\(key)`", known: names + ["delay"]) {
            if name == "delay", key == "network" {
                delay = UInt64(max(0, try reader.duration(value, "`delay`")))
                list.append(("delay", delay == 0 ? 0 : 1))
            } else {
                list.append((name, try reader.probability(value, "`\(name)`")))
            }
        }
        return .faults(list, delay: delay)
    }

    private func expectation(_ value: Node) throws -> Scenario.Expectation {
        let fields = try reader.fields(value, "`expect`", known: Scenario.expectKeys)
        if let equal = fields.first(where: { $0.key == "equal" }) {
            let names = try reader.texts(equal.value, "`equal`")
            for name in names { _ = try known(name, equal.value) }
            guard names.count >= 2 else { throw reader.error(equal.value, "`equal` names two nodes or more.") }
            return .init(kind: .equal(names))
        }
        if fields.contains(where: { $0.key == "invariants" }) { return .init(kind: .invariants) }
        let node = try device(field(fields, "node", value))
        let run = try field(fields, "run", value)
        guard let line = try lines(run, node).first else { throw reader.error(run, "`run` is a command line.") }
        if let json = fields.first(where: { $0.key == "json" }) { return .init(kind: .json(node: node, line: line, try reader.json(json.value))) }
        if let error = fields.first(where: { $0.key == "error" }) { return .init(kind: .error(node: node, line: line, code: try reader.text(error.value, "`error`"))) }
        if let lacks = fields.first(where: { $0.key == "lacks" }) { return .init(kind: .lacks(node: node, line: line, try reader.texts(lacks.value, "`lacks`"))) }
        throw reader.error(value, "`expect` says what must come: `json`, `error` or `lacks`.")
    }

    private func field(_ fields: [(key: String, keyNode: Node, value: Node)], _ name: String, _ node: Node) throws -> Node {
        guard let found = fields.first(where: { $0.key == name }) else { throw reader.error(node, "`\(name)` is missing here.") }
        return found.value
    }

    private func known(_ name: String, _ node: Node) throws -> String {
        guard nodes.contains(name) else { throw reader.error(node, "There is no node \(name).\(reader.hint(name, nodes))") }
        return name
    }

    private func any(_ node: Node) throws -> String { try known(reader.text(node, "A node"), node) }

    private func device(_ node: Node) throws -> String {
        let name = try any(node)
        if hubs.contains(name) { throw reader.error(node, "This is for devices: a hub is cut off by `cut`, and stopped by `crash`.") }
        return name
    }
}
