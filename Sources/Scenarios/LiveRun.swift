// Runs a scenario on real processes: a hub, a `baton shell` for each device, and the fault proxy between them.
//
// Time is real, and so are the clocks, the disks and their mistakes: a file that turns a clock or breaks a disk is not
// for here, and `obstacle` names the step. Promises: whatever happens, no process and no folder is left.
internal import Bytes
internal import Commands
package import Console
internal import Glibc
package import Processes
package import Simulation

package final class LiveRun: Stage {
    package struct Options: Sendable {
        package var seed: UInt64 = 1
        package var faults = WireFaults()
        package var message: (number: UInt64, what: MessageTrouble)?
        package init() {}
    }

    struct Device {
        let process: DeviceProcess
        var isRunning = true
        var isOnline = true
        /// Its line of the hub's book of tokens, while that is revoked.
        var revokedLine: String?
    }

    /// What can be broken between two processes, by its name in a scenario. A constant; key paths are not Sendable.
    package nonisolated(unsafe) static let faultNames: [(name: String, path: WritableKeyPath<WireFaults, Double>)] = [
        ("drop", \.drop), ("duplicate", \.duplicate), ("reorder", \.reorder), ("delay", \.delay), ("half-open", \.halfOpen), ("one-way", \.oneWay),
    ]

    /// Longer than any person waits for a test; `baton-sim run` without --live lets nine days pass in milliseconds.
    static let advanceMillisecondsMax: UInt64 = 60_000
    /// Two rounds of pings and two back-offs.
    private static let settleSeconds = 180
    private static let syncSeconds = 20

    package let scenario: Scenario
    package var record = Record()
    package private(set) var tally: (faults: [String: Int], messages: UInt64) = ([:], 0)
    let folder: String
    let hub: HubProcess
    let proxy: FaultProxy
    var devices: [String: Device] = [:]
    private var proofs: [String: String] = [:]
    var faults: WireFaults

    package init(_ scenario: Scenario, _ options: Options = Options()) throws {
        self.scenario = scenario
        faults = options.faults
        var template = Array("/tmp/baton-live-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CommandError("internal", "Can't make a folder under /tmp: \(String(cString: strerror(errno))).") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        hub = try HubProcess(folder: folder)
        hub.options = ["--payments", "fake"]
        proxy = FaultProxy(hubPort: hub.port, seed: options.seed, onMessage: options.message)
        proxy.set(faults)
    }

    /// Runs every step, then lets all be mended, brings all together and compares.
    package func run() {
        guard scenario.missing.isEmpty else { return record.fail(0, "This version can't run it: it needs \(Set(scenario.missing).sorted().joined(separator: ", ")).") }
        signal(SIGPIPE, SIG_IGN)
        setenv("BATON_HOME", folder, 1)
        do {
            try begin()
            perform(scenario.steps)
            try heal()
            try settle()
            try check()
        } catch {
            record.fail(0, CommandError.text(of: error))
        }
        tally = proxy.tally()
        end()
    }

    private func begin() throws {
        for (name, text) in scenario.files.merging(scenario.head.files, uniquingKeysWith: { $1 }) { try Files.write(Array(text.utf8), to: folder + "/" + name) }
        try hub.start()
        // With tokens, as a hub that others can reach has them.
        for node in scenario.nodes where node.kind != "hub" {
            let process = DeviceProcess(name: node.name)
            let port = try proxy.open(node.name)
            let token = try createToken(["--role", node.role, "--label", node.name])
            try process.begin(in: folder, hub: "ws://127.0.0.1:\(port)", kind: node.kind, role: node.role, store: node.store, token: token)
            try process.open(in: folder, workingIn: folder)
            devices[node.name] = Device(process: process)
            if let person = node.person { _ = try execute("sign-in \(person)", on: node.name) }
            _ = try ask(process, ["online"])
        }
        try setUp()
        try settle()
    }

    /// What the file's head says is there before the first step: said by an operator, who goes home then.
    private func setUp() throws {
        guard !scenario.head.lines(scenario.nodes).isEmpty else { return }
        let process = DeviceProcess(name: "operator")
        try process.begin(in: folder, hub: "ws://127.0.0.1:\(hub.port)", kind: "desk", role: "operator", store: "", token: createToken(["--role", "operator", "--label", "setup"]))
        try process.open(in: folder, workingIn: folder)
        defer {
            process.signal(SIGTERM)
            process.wait()
        }
        _ = try ask(process, ["online"])
        for line in scenario.head.lines(scenario.nodes) { try ask(process, Words.split(line)) }
        _ = try ask(process, ["sync"])
        for intent in try ask(process, ["intents"]).items ?? [] where intent["outcome"]?.text != "done" {
            throw CommandError("internal", "The scenario's head can't be had: \(intent.encoded())")
        }
    }

    private func end() {
        for device in devices.values where device.process.pid > 0 {
            device.process.signal(SIGKILL)
            device.process.wait()
        }
        hub.stop(SIGKILL)
        proxy.close()
        _ = try? DeviceProcess.run("/bin/rm", ["-r", folder], log: "/dev/null")
    }

    // MARK: Lines

    private func createToken(_ options: [String]) throws -> String {
        try DeviceProcess.run("baton-hub", ["token", "create", "--data", folder + "/hub"] + options, log: folder + "/hub.log")
    }

    package func proof(of person: String) throws -> String {
        if let proof = proofs[person] { return proof }
        let proof = try createToken(["--person", person, "--label", "proof"])
        proofs[person] = proof
        return proof
    }

    func device(_ name: String) throws -> Device {
        guard let device = devices[name] else { throw CommandError("invalid-value", "There is no device \(name).") }
        return device
    }

    @discardableResult func ask(_ process: DeviceProcess, _ words: [String]) throws -> JSON {
        let answer = try DeviceProcess.exchange([(process, [words])], isStrict: false)[0][0]
        if let error = answer["error"], case .object(let fields) = answer {
            throw CommandError(error["code"]?.text ?? "internal", error["message"]?.text ?? answer.encoded(), .object(fields.filter { $0.key != "error" }))
        }
        return answer
    }

    package func execute(_ line: String, on node: String) throws -> JSON {
        let device = try device(node)
        guard device.isRunning else { throw CommandError("store-failed", "\(node) is not running: it was crashed, and `restart` brings it back.") }
        return try ask(device.process, try Words.split(resolved(line)))
    }

    package func together(_ list: [(node: String, line: String)]) throws {
        let parts = try list.map { (process: try device($0.node).process, lines: [try Words.split(resolved($0.line))]) }
        // Of two who ask at once one may be refused.
        _ = try DeviceProcess.exchange(parts, isStrict: false)
    }

    // MARK: Time

    /// Until two whole rounds of syncs bring nothing new and nobody has anything unsent: in the first, one device may
    /// have asked before another's edit was there.
    package func settle() throws {
        let end = ContinuousClock.now + .seconds(LiveRun.settleSeconds)
        var quietRounds = 0
        while ContinuousClock.now < end {
            let online = scenario.nodes.compactMap { devices[$0.name] }.filter { $0.isRunning && $0.isOnline }
            guard !online.isEmpty, hub.pid > 0 else { return }
            let lines = [["sync", "--timeout", "\(LiveRun.syncSeconds)"], ["status"]]
            let answers = try DeviceProcess.exchange(online.map { ($0.process, lines) }, isStrict: false)
            let isQuiet = answers.allSatisfy { answer in
                answer[0]["caughtUp"] == .bool(true) && answer[0]["sent"]?.number == 0 && answer[0]["received"]?.number == 0 && answer[1]["unsent"]?.number == 0
            }
            quietRounds = isQuiet ? quietRounds + 1 : 0
            if quietRounds == 2 { return }
        }
        throw CommandError("timeout", "After \(LiveRun.settleSeconds) s devices still have something to say to each other.")
    }

    package func advance(_ milliseconds: UInt64) throws {
        guard milliseconds <= LiveRun.advanceMillisecondsMax else {
            throw CommandError("usage", "Live time is real: `advance` is at most \(LiveRun.advanceMillisecondsMax / 1_000)s here. Run it without --live.")
        }
        usleep(UInt32(milliseconds) * 1_000)
    }

    // MARK: What always holds

    package func differences(among names: [String]) throws -> [String] {
        // The hub's own documents can't be read from outside: devices compare theirs with its heads at every sync.
        let nodes = names.filter { $0 != "hub" }
        let digests = try nodes.map { try self.digests(of: $0) }
        var found: [String] = []
        for (other, theirs) in zip(nodes, digests).dropFirst() {
            for (document, digest) in digests[0] where theirs[document] != nil && theirs[document] != digest { found.append("\(nodes[0]) and \(other) differ in \(document).") }
            let roles = [nodes[0], other].compactMap { name in scenario.nodes.first { $0.name == name } }
            guard roles.count == 2, roles[0].role == roles[1].role, roles[0].person == roles[1].person, roles[0].store == roles[1].store else { continue }
            for document in Set(digests[0].keys).symmetricDifference(theirs.keys).sorted() {
                found.append("\(digests[0][document] == nil ? nodes[0] : other) hasn't got \(document).")
            }
        }
        return found
    }

    /// Of the documents that others may have too.
    private func digests(of name: String) throws -> [String: String] {
        var digests: [String: String] = [:]
        for item in try execute("documents", on: name).items ?? [] {
            guard let space = item["space"]?.text, !space.hasPrefix("device:"), let document = item["document"]?.text else { continue }
            digests["\(space)/\(document)"] = item["digest"]?.text
        }
        return digests
    }

    /// Equal documents on all devices (I4), nothing unsent (I12).
    package func check() throws {
        let running = scenario.nodes.map(\.name).filter { devices[$0]?.isRunning == true }
        for (index, name) in running.enumerated() {
            for other in running[(index + 1)...] { for message in try differences(among: [name, other]) { record.fail(0, "I4: \(message)") } }
        }
    }

    package func took(_ line: Int) {}
}

extension MessageTrouble {
    package init(_ fault: World.MessageFault) {
        self = switch fault {
        case .drop: .drop
        case .triple: .triple
        case .reorder: .reorder
        case .delay: .delay
        }
    }
}
