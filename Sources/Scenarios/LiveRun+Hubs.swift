// The hubs of a live run: the central one, and those of stores with their lines to it.
//
//     phone ──► port "phone" ──► hub ◄── port "sh1" ◄── sh1 ◄── port "till" ◄── till
//
// Each line goes through the fault proxy, under the name of who calls. A device that stands in a store reaches the central
// hub by the store's line: that is the address which the store's hub tells it of.
internal import Commands
internal import Console
internal import Glibc
internal import Processes

extension LiveRun {
    /// The hub that a node calls; nil for the central one, and for what is no node.
    static func hub(of name: String, in scenario: Scenario) -> String? {
        guard let node = scenario.nodes.first(where: { $0.name == name }), node.kind != "hub" else { return nil }
        return node.isHub ? centralName(scenario) : node.via ?? centralName(scenario)
    }

    static func centralName(_ scenario: Scenario) -> String { scenario.nodes.first { $0.kind == "hub" }?.name ?? "hub" }

    /// The line between two nodes, by the name of who calls; nil where they have none of their own.
    static func line(between ends: [String], in scenario: Scenario) -> String? {
        ends.first { end in hub(of: end, in: scenario).map { $0 != end && ends.contains($0) } ?? false }
    }

    var stores: [(hub: HubProcess, store: String)] {
        scenario.nodes.filter { $0.kind == "store-hub" }.compactMap { node in hubs[node.name].map { ($0, node.store) } }
    }

    func startHubs() throws {
        for (hub, store) in stores {
            let token = try central.createToken(["--role", "store-hub", "--store", store, "--label", hub.name])
            hub.options += ["--store", store, "--upstream", "ws://127.0.0.1:\(try proxy.open(hub.name, to: central.port))", "--upstream-token", token]
        }
        try central.start()
        for (hub, _) in stores { try hub.start() }
    }

    /// After a token was made or revoked: everyone who is known at the central hub is known in the stores.
    func carryTokens() throws { for (hub, store) in stores { try central.carryTokens(to: hub, of: store) } }

    // MARK: Lines

    /// Whether the line of a store's hub can carry something.
    private func isUp(_ hub: HubProcess) -> Bool { hub.pid > 0 && central.pid > 0 && !cuts.contains(hub.name) }

    /// Whether a device can talk to a hub now: to its own, or past it to the central one.
    func reachesHub(_ name: String) -> Bool {
        guard let device = devices[name], device.isRunning, device.isOnline, let own = LiveRun.hub(of: name, in: scenario), let hub = hubs[own] else { return false }
        if hub.pid > 0, !cuts.contains(name) { return true }
        return hub !== central && central.pid > 0 && !cuts.contains(own)
    }

    /// Whether the hubs have nothing to say to each other.
    var areLinesQuiet: Bool { stores.allSatisfy { !isUp($0.hub) || proxy.isQuiet($0.hub.name, forMilliseconds: LiveRun.lineQuietMilliseconds) } }

    /// Runs something on a device that may have no network: a command that asks for something tries to connect even so, and the
    /// store's line is no way around.
    func asFarAsItReaches<Result>(_ names: [String], _ body: () throws -> Result) throws -> Result {
        let ways = names.filter { devices[$0]?.isOnline == false }.compactMap { LiveRun.hub(of: $0, in: scenario) }.filter { hubs[$0] !== central }
        for way in ways { proxy.setClosed(way, true) }
        defer { for way in ways { proxy.setClosed(way, false) } }
        return try body()
    }
}
