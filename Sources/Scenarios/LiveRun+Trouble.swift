// How a live run makes trouble: the line of a device, its process, its folder, its token; and what it can't do.
internal import Commands
internal import Glibc
internal import Processes

extension LiveRun {
    /// What of a scenario real processes can't do, and why; nil where the whole file runs.
    package static func obstacle(in scenario: Scenario) -> (line: Int, what: String)? {
        obstacle(in: scenario.steps, of: scenario)
    }

    private static func obstacle(in steps: [Scenario.Step], of scenario: Scenario) -> (line: Int, what: String)? {
        for step in steps {
            let what: String? = switch step.action {
            case .clock: "`clock`: the clock of this machine is left alone"
            case .disk: "`disk`: the disk of this machine is left alone"
            case .reboot: "`reboot`: this machine stays on"
            case .crash(_, .some, _): "`crash` at a write: only a simulated process dies between two writes"
            case .advance(let milliseconds) where milliseconds > advanceMillisecondsMax: "`advance` for more than \(advanceMillisecondsMax / 1_000) seconds: time is real here"
            case .provider, .payment: "`provider` and `payment`: a real hub has a provider of its own"
            case .faults(let list, _): list.first { fault in !faultNames.contains { $0.name == fault.name } }.map { "the fault `\($0.name)`: a proxy between processes has \(faultNames.map(\.name).joined(separator: ", "))" }
            case .link(let ends, _) where line(between: ends, in: scenario) == nil: "`cut` between \(ends.joined(separator: " and ")): they have no line of their own; who stands in a store reaches the central hub by the store's"
            default: nil
            }
            if let what { return (step.line, what) }
            if case .repeat(_, let inner) = step.action, let obstacle = obstacle(in: inner, of: scenario) { return obstacle }
        }
        return nil
    }

    /// What `obstacle` finds before a run; a caller that didn't ask is told at the step.
    private static func impossible(_ what: String) -> CommandError {
        CommandError("usage", "`\(what)` can't be done to real processes: run the file without --live.")
    }

    package func setOnline(_ name: String, _ isOnline: Bool) throws {
        if hubs[name] != nil { return try setCut([name, central.name], !isOnline) }
        let device = try device(name)
        devices[name]?.isOnline = isOnline
        // A command that asks for something tries the hub even so.
        proxy.setCut(name, !isOnline || cuts.contains(name))
        if device.isRunning { _ = try ask(device.process, [isOnline ? "online" : "offline"]) }
    }

    package func setProvider(delay: UInt64?, times: Int?, declines: Bool?, isSilent: Bool?) throws { throw LiveRun.impossible("provider") }
    package func pay(intent: String, store: String, person: String?, amount: String, times: Int) throws { throw LiveRun.impossible("payment") }

    package func setCut(_ ends: [String], _ isCut: Bool) throws {
        guard let name = LiveRun.line(between: ends, in: scenario) else { throw LiveRun.impossible("cut") }
        if isCut { cuts.insert(name) } else { cuts.remove(name) }
        proxy.setCut(name, isCut || devices[name]?.isOnline == false)
    }

    package func crash(_ name: String, _ point: Scenario.CrashPoint?, _ times: Int) throws {
        if point != nil { throw LiveRun.impossible("crash at a write") }
        if let hub = hubs[name] {
            hub.stop(SIGKILL)
        } else {
            let process = try device(name).process
            guard process.pid > 0 else { return }
            process.signal(SIGKILL)
            process.wait()
            devices[name]?.isRunning = false
        }
    }

    package func restart(_ name: String) throws {
        if let hub = hubs[name] {
            if hub.pid == 0 { try hub.start() }
            return
        }
        let device = try device(name)
        guard !device.isRunning else { return }
        try device.process.open(in: folder, workingIn: folder)
        devices[name]?.isRunning = true
        if device.isOnline { _ = try ask(device.process, ["online"]) }
    }

    /// The central hub cuts, and is told when it starts: so it starts anew.
    package func cutHistories(after blocks: Int, live: UInt64) throws {
        central.options += ["--cut-after", "\(blocks)", "--live-days", "\(max(1, live / 86_400_000))"]
        central.stop()
        try central.start()
    }

    package func setFaults(_ list: [(name: String, probability: Double)], delay: UInt64?) throws {
        for (name, probability) in list {
            guard let path = LiveRun.faultNames.first(where: { $0.name == name })?.path else { throw LiveRun.impossible("the fault \(name)") }
            faults[keyPath: path] = probability
        }
        if let delay { faults.delayMilliseconds = delay }
        proxy.set(faults)
    }

    package func heal() throws {
        faults = WireFaults()
        proxy.set(faults)
        cuts = []
        for node in scenario.nodes where node.isHub {
            proxy.setCut(node.name, false)
            try restart(node.name)
        }
        for node in scenario.nodes where !node.isHub {
            try restart(node.name)
            try setOnline(node.name, true)
        }
    }

    package func reboot(_ name: String) throws { throw LiveRun.impossible("reboot") }
    package func setClock(_ name: String, _ offset: Int64) throws { throw LiveRun.impossible("clock") }
    package func setFull(_ name: String, _ isFull: Bool) throws { throw LiveRun.impossible("disk") }

    // MARK: Images

    /// A copy of its folder, taken while its process is down.
    package func save(_ name: String, as image: String) throws {
        try whileDown(name) { try copy(home(name), to: picture(name, image)) }
    }

    package func restore(_ name: String, from image: String, isNoticed: Bool) throws {
        guard access(picture(name, image), F_OK) == 0 else { throw CommandError("invalid-value", "\(name) has no image \(image): `save` makes one.") }
        try whileDown(name) {
            if isNoticed {
                try DeviceProcess.run("/bin/rm", ["-r", home(name)], log: folder + "/copies.log")
                try copy(picture(name, image), to: home(name))
            } else {
                try putBackUnseen(name, image)
            }
        }
    }

    /// What is kept of its folder is what the README says.
    package func recover(_ name: String, awaiting: [String: Int]) throws {
        let kept = folder + "/kept-\(name)"
        try whileDown(name) {
            try DeviceProcess.run("/bin/mkdir", ["-p", kept], log: folder + "/copies.log")
            for file in ["hub.key", "tokens"] where access(home(name) + "/" + file, F_OK) == 0 { try copy(home(name) + "/" + file, to: kept + "/" + file) }
            try DeviceProcess.run("/bin/rm", ["-r", home(name)], log: folder + "/copies.log")
            let awaited = awaiting.sorted { $0.key < $1.key }.flatMap { ["--await", "\($0.key)=\($0.value)"] }
            try DeviceProcess.run("baton-hub", ["recover", "--data", home(name), "--key", kept + "/hub.key"] + awaited, log: folder + "/copies.log")
            if access(kept + "/tokens", F_OK) == 0 { try copy(kept + "/tokens", to: home(name) + "/tokens") }
        }
    }

    /// Writes over what is there, in place, and leaves the store's lock alone: what SQLiteStore/Continuity.swift says
    /// that it can't see.
    private func putBackUnseen(_ name: String, _ image: String) throws {
        let kept = Files.names(in: picture(name, image))
        for file in Files.names(in: home(name)) where !kept.contains(file) { unlink(home(name) + "/" + file) }
        for file in kept where !file.hasSuffix(".lock") && !file.hasSuffix(".socket") {
            try DeviceProcess.run("/bin/cp", ["--no-dereference", picture(name, image) + "/" + file, home(name) + "/" + file], log: folder + "/copies.log")
        }
    }

    private func home(_ name: String) -> String { folder + "/" + name }
    private func picture(_ name: String, _ image: String) -> String { folder + "/image-\(name)-\(image)" }

    private func copy(_ from: String, to: String) throws {
        try DeviceProcess.run("/bin/cp", ["-a", from, to], log: folder + "/copies.log")
    }

    private func whileDown(_ name: String, _ work: () throws -> Void) throws {
        try crash(name, nil, 1)
        try work()
        try restart(name)
    }

    // MARK: Access

    /// Takes its line out of the central hub's book of tokens, or puts it back, and carries the book to the stores; a hub reads
    /// it again by itself.
    package func setRevoked(_ name: String, _ isRevoked: Bool) throws {
        let device = try device(name)
        let book = central.data + "/tokens"
        var lines = String(decoding: try Files.read(book), as: UTF8.self).split(separator: "\n").map(String.init)
        if isRevoked {
            guard let index = lines.firstIndex(where: { $0.hasSuffix(" " + name) }) else { return }
            devices[name]?.revokedLine = lines.remove(at: index)
        } else if let line = device.revokedLine {
            lines.append(line)
            devices[name]?.revokedLine = nil
        }
        // Whole or not at all: the hub may read it at any time.
        try Files.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: book + ".new", replaces: true)
        guard rename(book + ".new", book) == 0 else { throw CommandError("internal", "Can't replace \(book): \(String(cString: strerror(errno))).") }
        try carryTokens()
    }
}
