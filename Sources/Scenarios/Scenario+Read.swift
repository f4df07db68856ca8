// Reads a scenario file; whatever is wrong in it is said with its line, before anything runs.
internal import Commands
internal import Console
internal import Simulation
internal import Yams

extension Scenario {
    /// Keys of the file's head; `Protocol/scenario.schema.json` has the same, and a test holds them together.
    package static let keys = ["scenario", "requirements", "seed", "nodes", "files", "catalog", "promotions", "stock", "rights", "steps"] + keysToCome
    /// Part of the format, and not of this version: a file that uses them is read, and isn't run.
    package static let keysToCome = ["persons"]
    package static let nodeKeys = ["kind", "person", "role", "store", "via", "clock"]
    package static let deviceKinds = ["phone", "laptop", "tablet", "watch", "kiosk", "till", "desk", "agent", "web"]
    package static let roles = ["customer", "agent", "associate", "manager", "operator"]
    package static let stepKeys = ["settle", "advance", "offline", "online", "cut", "join", "crash", "restart", "reboot", "clock", "save", "restore", "recover", "network", "faults",
                                   "heal", "disk", "revoke", "allow", "cut-histories", "provider", "payment", "repeat", "inbound", "together", "try", "expect", "as"]
    package static let expectKeys = ["node", "run", "json", "error", "lacks", "equal", "invariants"]

    /// - Throws: `CommandError` for a file that can't be read, `ScenarioError` for what it says.
    package static func read(_ path: String) throws -> Scenario {
        guard let text = String(validating: try Files.read(path), as: UTF8.self) else { throw ScenarioError(file: path, line: 1, message: "The file isn't UTF-8.") }
        return try Scenario(reading: text, file: path)
    }

    /// - Throws: `ScenarioError` for the first thing that is wrong.
    package init(reading text: String, file: String) throws {
        let reader = YAMLReader(file: file)
        let root = try reader.root(text)
        let fields = try reader.fields(root, "A scenario", known: Scenario.keys)
        func field(_ name: String) throws -> Node {
            guard let found = fields.first(where: { $0.key == name }) else { throw ScenarioError(file: file, line: 1, message: "The scenario has no `\(name)`.") }
            return found.value
        }
        title = try reader.text(try field("scenario"), "`scenario`")
        if let list = fields.first(where: { $0.key == "requirements" }) { requirements = try reader.texts(list.value, "`requirements`") }
        if let found = fields.first(where: { $0.key == "seed" }) {
            guard let number = UInt64(try reader.text(found.value, "`seed`")) else { throw reader.error(found.value, "`seed` is a whole number.") }
            seed = number
        }
        for name in Scenario.keysToCome { if fields.contains(where: { $0.key == name }) { missing.append("`\(name)`") } }
        if let found = fields.first(where: { $0.key == "files" }) {
            for item in try reader.fields(found.value, "`files`", known: nil) { files[item.key] = try reader.text(item.value, "A file") }
        }
        if let found = fields.first(where: { $0.key == "catalog" }) { head.catalog = try reader.json(found.value) }
        if let found = fields.first(where: { $0.key == "promotions" }) { head.promotions = try reader.json(found.value) }
        if let found = fields.first(where: { $0.key == "stock" }) {
            for store in try reader.fields(found.value, "`stock`", known: nil) {
                for item in try reader.fields(store.value, "The stock of \(store.key)", known: nil) {
                    head.stock.append(.init(store: store.key, sku: item.key, count: try reader.number(item.value, "Units of \(item.key)", in: 0...1_000_000)))
                }
            }
        }
        if let found = fields.first(where: { $0.key == "rights" }) {
            for sku in try reader.fields(found.value, "`rights`", known: nil) {
                for item in try reader.fields(sku.value, "The rights to \(sku.key)", known: nil) {
                    head.rights.append(.init(sku: sku.key, node: item.key, count: try reader.number(item.value, "Rights of \(item.key)", in: 0...1_000_000)))
                }
            }
        }
        for item in try reader.fields(try field("nodes"), "`nodes`", known: nil) {
            nodes.append(try Scenario.node(item.key, item.keyNode, item.value, reader, &missing))
        }
        guard nodes.contains(where: { $0.kind == "hub" }) else { throw reader.error(try field("nodes"), "There is no hub among the nodes: add `hub: {kind: hub}`.") }
        try checkHubs(reader, try field("nodes"))
        for item in head.rights where !nodes.contains(where: { $0.name == item.node && $0.isHub }) {
            let hubs = nodes.filter(\.isHub).map(\.name).joined(separator: ", ")
            throw ScenarioError(file: file, line: 1, message: "\(item.node) can't have rights to \(item.sku): hubs have them, and there are \(hubs).")
        }
        var step = StepReader(reader: reader, nodes: nodes.map(\.name), hubs: nodes.filter(\.isHub).map(\.name))
        steps = try step.steps(try field("steps"))
        missing += step.missing
    }

    private func checkHubs(_ reader: YAMLReader, _ node: Node) throws {
        let hubs = nodes.filter(\.isHub)
        guard hubs.count(where: { $0.kind == "hub" }) == 1 else { throw reader.error(node, "There are several hubs: one is the central one, and those of stores are `{kind: store-hub, store: S}`.") }
        var stores: Set<String> = []
        for hub in hubs where hub.kind == "store-hub" {
            guard !hub.store.isEmpty, stores.insert(hub.store).inserted else { throw ScenarioError(file: reader.file, line: hub.line, message: "A store's hub has a store, and a store has one hub: \(hub.name).") }
        }
        for node in nodes { if let via = node.via, !hubs.contains(where: { $0.name == via }) { throw ScenarioError(file: reader.file, line: node.line, message: "\(node.name) talks `via` a hub, and \(via) is none.") } }
    }

    private static func node(_ name: String, _ keyNode: Node, _ value: Node, _ reader: YAMLReader, _ missing: inout [String]) throws -> Participant {
        if stepKeys.contains(name) { throw reader.error(keyNode, "A node can't be named \(name): that is a kind of step.") }
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }) else {
            throw reader.error(keyNode, "A node's name has letters, digits and dashes, not \"\(name)\".")
        }
        var node = Participant(name: name, kind: "phone", person: nil, role: "customer", store: "", via: nil, clock: 0, line: YAMLReader.line(keyNode))
        for (key, keyNode, value) in try reader.fields(value, "The node \(name)", known: nodeKeys) {
            switch key {
            case "kind":
                node.kind = try reader.text(value, "`kind`")
                let known = ["hub", "store-hub"] + deviceKinds
                if !known.contains(node.kind) { throw reader.error(value, "There is no kind of node \(node.kind).\(reader.hint(node.kind, known))") }
            case "person": node.person = try reader.text(value, "`person`")
            case "role":
                node.role = try reader.text(value, "`role`")
                if !roles.contains(node.role) { throw reader.error(value, "There is no role \(node.role).\(reader.hint(node.role, roles))") }
            case "store": node.store = try reader.text(value, "`store`")
            case "via": node.via = try reader.text(value, "`via`")
            case "clock": node.clock = try reader.duration(value, "`clock`")
            default: throw reader.error(keyNode, "A node has no \(key).")
            }
        }
        return node
    }
}
