// Runs a scenario on real processes: its hubs, a `baton shell` for each device, and the fault proxy between them.
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
    /// A provider that answers late, and a hub's tick, are within it.
    static let lineQuietMilliseconds: Int64 = 1_200
    /// Two rounds of pings and two back-offs.
    private static let settleSeconds = 180
    private static let syncSeconds = 20
    /// Who is told to wait while everything is up waits, and a hub looks for a minute for another that was there just now.
    private static let patienceSeconds: Int32 = 90
    /// A command's own time, and what comes before it.
    private static let answerSeconds: Int32 = patienceSeconds + 60

    package let scenario: Scenario
    package var record = Record()
    package private(set) var tally: (faults: [String: Int], messages: UInt64) = ([:], 0)
    let folder: String
    let hubs: [String: HubProcess]
    let central: HubProcess
    let proxy: FaultProxy
    /// Lines that are cut, by the name of who calls.
    var cuts: Set<String> = []
    var devices: [String: Device] = [:]
    private var proofs: [String: String] = [:]
    var faults: WireFaults

    package init(_ scenario: Scenario, _ options: Options = Options()) throws {
        self.scenario = scenario
        faults = options.faults
        var template = Array("/tmp/baton-live-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CommandError("internal", "Can't make a folder under /tmp: \(String(cString: strerror(errno))).") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var hubs: [String: HubProcess] = [:]
        for node in scenario.nodes where node.isHub {
            let hub = try HubProcess(folder: folder, name: node.name)
            hub.options = ["--name", node.name] + (node.kind == "hub" ? ["--payments", "fake"] : [])
            hubs[node.name] = hub
        }
        guard let central = hubs[LiveRun.centralName(scenario)] else { throw CommandError("invalid-value", "A scenario has a hub.") }
        (self.hubs, self.central) = (hubs, central)
        proxy = FaultProxy(seed: options.seed, onMessage: options.message)
        proxy.set(faults)
    }

    /// Runs every step, then lets all be mended, brings all together and compares.
    package func run() {
        guard scenario.missing.isEmpty else { return record.fail(0, "This version can't run it: it needs \(Set(scenario.missing).sorted().joined(separator: ", ")).") }
        signal(SIGPIPE, SIG_IGN)
        setenv("BATON_HOME", folder, 1)
        setenv("BATON_WAIT", "\(LiveRun.patienceSeconds)", 1)
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
        // With tokens, as hubs that others can reach have them.
        let members = scenario.nodes.filter { !$0.isHub }
        let tokens = try members.map { try central.createToken(["--role", $0.role, "--label", $0.name]) }
        try carryTokens()
        try startHubs()
        for (node, token) in zip(members, tokens) {
            guard let own = LiveRun.hub(of: node.name, in: scenario), let hub = hubs[own] else { continue }
            let process = DeviceProcess(name: node.name)
            let port = try proxy.open(node.name, to: hub.port)
            try process.begin(in: folder, hub: "ws://127.0.0.1:\(port)", kind: node.kind, role: node.role, store: node.store, token: token)
            try process.open(in: folder, workingIn: folder)
            devices[node.name] = Device(process: process)
            if let person = node.person { _ = try execute("sign-in \(person)", on: node.name) }
            _ = try ask(process, ["online"])
        }
        // Stores' hubs are enrolled before anything is on a shelf.
        if hubs.count > 1 { try settle() }
        try setUp()
        try settle()
    }

    /// What the file's head says is there before the first step: said by an operator, who goes home then.
    private func setUp() throws {
        guard !scenario.head.lines(scenario.nodes).isEmpty else { return }
        let process = DeviceProcess(name: "operator")
        try process.begin(in: folder, hub: central.url, kind: "desk", role: "operator", store: "", token: central.createToken(["--role", "operator", "--label", "setup"]))
        try process.open(in: folder, workingIn: folder)
        defer {
            process.signal(SIGTERM)
            process.wait()
        }
        _ = try ask(process, ["online"])
        for line in scenario.head.lines(scenario.nodes) { try ask(process, Words.split(line)) }
        let end = ContinuousClock.now + .seconds(LiveRun.syncSeconds)
        while true {
            _ = try ask(process, ["sync"])
            let open = (try ask(process, ["intents"]).items ?? []).filter { $0["outcome"]?.text != "done" }
            guard let first = open.first else { return }
            // What a store's hub decides may take a moment.
            if ContinuousClock.now > end || open.contains(where: { $0["outcome"]?.text != nil }) { throw CommandError("internal", "The scenario's head can't be had: \(first.encoded())") }
        }
    }

    private func end() {
        for device in devices.values where device.process.pid > 0 {
            device.process.signal(SIGKILL)
            device.process.wait()
        }
        for hub in hubs.values { hub.stop(SIGKILL) }
        proxy.close()
        _ = try? DeviceProcess.run("/bin/rm", ["-r", folder], log: "/dev/null")
    }

    // MARK: Lines

    package func proof(of person: String) throws -> String {
        if let proof = proofs[person] { return proof }
        let proof = try central.createToken(["--person", person, "--label", "proof"])
        try carryTokens()
        proofs[person] = proof
        return proof
    }

    func device(_ name: String) throws -> Device {
        guard let device = devices[name] else { throw CommandError("invalid-value", "There is no device \(name).") }
        return device
    }

    @discardableResult func ask(_ process: DeviceProcess, _ words: [String]) throws -> JSON {
        let answer = try DeviceProcess.exchange([(process, [words])], isStrict: false, seconds: LiveRun.answerSeconds)[0][0]
        if let error = answer["error"], case .object(let fields) = answer {
            throw CommandError(error["code"]?.text ?? "internal", error["message"]?.text ?? answer.encoded(), .object(fields.filter { $0.key != "error" }))
        }
        return answer
    }

    package func execute(_ line: String, on node: String) throws -> JSON {
        let device = try device(node)
        guard device.isRunning else { throw CommandError("store-failed", "\(node) is not running: it was crashed, and `restart` brings it back.") }
        let words = try Words.split(resolved(line))
        return try asFarAsItReaches([node]) { try ask(device.process, words) }
    }

    package func together(_ list: [(node: String, line: String)]) throws {
        let parts = try list.map { (process: try device($0.node).process, lines: [try Words.split(resolved($0.line))]) }
        // Of two who ask at once one may be refused.
        _ = try asFarAsItReaches(list.map(\.node)) { try DeviceProcess.exchange(parts, isStrict: false, seconds: LiveRun.answerSeconds) }
    }

    // MARK: Time

    /// Until two whole rounds of syncs bring nothing new and nobody has anything unsent: in the first, one device may
    /// have asked before another's edit was there. And until hubs have nothing to say to each other.
    package func settle() throws {
        let end = ContinuousClock.now + .seconds(LiveRun.settleSeconds)
        var quietRounds = 0
        while ContinuousClock.now < end {
            let online = scenario.nodes.filter { reachesHub($0.name) }.compactMap { devices[$0.name] }
            guard !online.isEmpty || hubs.count > 1 else { return }
            guard areLinesQuiet else {
                quietRounds = 0
                usleep(20_000)
                continue
            }
            let lines = [["sync", "--timeout", "\(LiveRun.syncSeconds)"], ["status"]]
            let answers = try DeviceProcess.exchange(online.map { ($0.process, lines) }, isStrict: false)
            let isQuiet = answers.allSatisfy { answer in
                answer[0]["caughtUp"] == .bool(true) && answer[0]["sent"]?.number == 0 && answer[0]["received"]?.number == 0 && answer[1]["unsent"]?.number == 0 && answer[1]["parcels"]?.number == 0
            }
            quietRounds = isQuiet ? quietRounds + 1 : 0
            if quietRounds == 2 { return }
        }
        throw CommandError("timeout", "After \(LiveRun.settleSeconds) s \(areLinesQuiet ? "devices" : "hubs") still have something to say to each other.")
    }

    package func advance(_ milliseconds: UInt64) throws {
        guard milliseconds <= LiveRun.advanceMillisecondsMax else {
            throw CommandError("usage", "Live time is real: `advance` is at most \(LiveRun.advanceMillisecondsMax / 1_000)s here. Run it without --live.")
        }
        usleep(UInt32(milliseconds) * 1_000)
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
