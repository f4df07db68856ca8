// Commands that make a device, list the devices of this machine, and talk to the hub.
internal import ArgumentParser
internal import Baton
internal import Commands
internal import Console
internal import Glibc
internal import Replica

struct InitCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Begin a device, or give one that is there another token or hub.",
        discussion: "A device that is there already keeps all that it holds: `baton init --token T --profile NAME` gives it the token T instead of its own, `--token \"\"` takes that away; --hub says where its hub is now. What else it is stays as it was begun.")
    @OptionGroup var global: GlobalOptions
    @Option(help: "Where the hub is, for example ws://127.0.0.1:7400; a device that begins needs it.") var hub: String?
    @Option(help: "customer, agent, associate, manager or operator; default: customer.") var role: String?
    @Option(help: "What people call the device; default: the profile's name.") var name: String?
    @Option(help: "phone, laptop, tablet, watch, kiosk, till, desk, agent or web; default: phone.") var kind: String?
    @Option(help: "The store that it stands in.") var store: String?
    @Option(help: "A token of `baton-hub token create`.") var token: String?

    func validate() throws {
        let roles = ["customer", "agent", "associate", "manager", "operator"]
        if let role, !roles.contains(role) { throw ValidationError("There is no role \(role): use \(roles.joined(separator: ", ")).") }
        let kinds = ["phone", "laptop", "tablet", "watch", "kiosk", "till", "desk", "agent", "web"]
        if let kind, !kinds.contains(kind) { throw ValidationError("There is no kind of device \(kind): use \(kinds.joined(separator: ", ")).") }
        guard let hub else { return }
        if let complaint = Baton.complaint(aboutHub: hub) { throw ValidationError(complaint) }
        guard hub.hasPrefix("ws://") else { throw ValidationError("A hub is named by its address, for example ws://127.0.0.1:7400, not \(hub).") }
    }

    func run(in profile: Profile) async throws -> Output? {
        try profile.check()
        if profile.exists {
            // One that was begun, and not to its end, is begun once more.
            do { return try await renew(profile) } catch let error as BatonError where error.code == "unknown-document" {}
        }
        guard let hub else { throw CommandError("usage", "There is no device \(profile.name) yet. To begin it, say where its hub is: --hub ws://127.0.0.1:7400.") }
        for folder in prefixes(of: Profile.home) where access(folder, F_OK) != 0 && mkdir(folder, 0o700) != 0 {
            throw CommandError(errno == ENOSPC ? "disk-full" : "store-failed", "Can't make the folder \(folder): \(String(cString: strerror(errno))). Devices are kept there; BATON_HOME names another.")
        }
        let settings = DeviceProfile(name: name ?? profile.name, kind: kind ?? "phone", role: role ?? "customer", hub: hub, token: token ?? "", store: store ?? "")
        return try await done(Baton.open(profile.folder, settings), hub) { style in "The device \(style.bold(profile.name)) is ready. Its hub is \(hub)." }
    }

    /// Gives a device that is there another token, or another address of its hub. Nothing else of it changes: where it was known by
    /// something, it would be another.
    private func renew(_ profile: Profile) async throws -> Output {
        let baton = try await profile.open()
        let known = try await baton.perform { $0.profile }
        let asked: [(what: String, asked: String?, is: String)] = [("role", role, known.role), ("kind", kind, known.kind), ("name", name, known.name), ("store", store, known.store)]
        let other = asked.first { $0.asked != nil && $0.asked != $0.is }
        guard other == nil, token != nil || hub != nil && hub != known.hub else {
            await baton.close()
            throw CommandError("used", "The device \(profile.name) is there already\(other.map { ", and its \($0.what) is \($0.is.isEmpty ? "none" : $0.is)" } ?? ""). Begin another with another --profile; give this one another token with --token, or another hub with --hub, alone; `baton status` shows it.")
        }
        var renewed = known
        (renewed.token, renewed.hub) = (token ?? known.token, hub ?? known.hub)
        let address = renewed.hub
        try await baton.perform { [renewed] replica in replica.rename(renewed) }
        return try await done(baton, address) { style in "The device \(style.bold(profile.name)) has \(token.map { $0.isEmpty ? "no token any more" : "another token" } ?? "its hub at \(address)"), and all that it had. `baton sync` says whether its hub takes that." }
    }

    private func done(_ baton: Baton, _ hub: String, _ text: @escaping @Sendable (Style) -> String) async throws -> Output {
        let (device, actor) = try await baton.identity()
        await baton.close()
        return Output(.fields(["device": .string(device), "actor": .string(actor), "hub": .string(hub)]), text: text)
    }

    private func prefixes(of path: String) -> [String] {
        var result: [String] = []
        for (index, character) in zip(path.indices, path) where character == "/" && index > path.startIndex { result.append(String(path[..<index])) }
        return result + [path]
    }
}

struct ProfilesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "profiles", abstract: "List and delete the devices on this machine.",
                                                    subcommands: [List.self, Delete.self], defaultSubcommand: List.self)

    struct List: ToolCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the devices on this machine.")
        @OptionGroup var global: GlobalOptions

        func run(in profile: Profile) async throws -> Output? {
            let all = Profile.all()
            return Output(.array(all.map { .fields(["profile": .string($0), "folder": .string(Profile($0).folder)]) })) { _ in
                all.isEmpty ? "There are no devices yet. Begin one with `baton init --hub ws://127.0.0.1:7400`." : all.joined(separator: "\n")
            }
        }
    }

    struct Delete: ToolCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a device and all that it holds.")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "Its name, as the list shows it.") var name: String

        func run(in profile: Profile) async throws -> Output? {
            let profile = Profile(name)
            // Opening it shows that it is there, and that nobody holds it.
            do { await (try await profile.open()).close() } catch let error as BatonError where error.code == "unknown-document" {}
            Baton.remove(profile.folder)
            return Output(.fields(["profile": .string(name)])) { _ in "The device \(name) is deleted." }
        }
    }
}

struct SyncCommand: ConnectedCommand {
    static let configuration = CommandConfiguration(commandName: "sync", abstract: "Bring this device and the hub together, once or until stopped.")
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Stay connected, and say what comes in.") var watch = false
    @Option(help: ArgumentHelp("How long to try.", valueName: "seconds")) var timeout = 30.0

    func validate() throws {
        guard timeout > 0, timeout <= 86_400 else { throw ValidationError("A timeout is more than 0 and at most 86400 seconds.") }
    }

    func run(on baton: Baton) async throws -> Output {
        if watch { await follow(baton) }
        let progress = global.json ? nil : Progress { await baton.progress }
        defer { progress?.stop() }
        let report = try await baton.sync(timeoutSeconds: timeout)
        guard report.isCaughtUp else { throw CommandError("offline", "The hub didn't answer in \(timeout) seconds. Your edits are kept; try again, or give a longer --timeout.") }
        let json = JSON.fields(["sent": .int(Int64(report.sent)), "received": .int(Int64(report.received)), "bytesSent": .int(Int64(report.bytesSent)),
                                "bytesReceived": .int(Int64(report.bytesReceived)), "roundTrips": .int(Int64(report.roundTrips)), "caughtUp": .bool(report.isCaughtUp)])
        return Output(json) { _ in "Sent \(report.sent) and received \(report.received) changes." }
    }

    /// Until the process is stopped; a lost hub is looked for again.
    private func follow(_ baton: Baton) async {
        let changes = await baton.changes()
        Holder.serve(Profile(global.profile).folder, baton)
        await baton.goOnline()
        for await change in changes {
            let (json, text): (JSON, String) = switch change {
            case .document(let name): (.fields(["changed": .string(name)]), "changed: \(name)")
            case .decided: (.fields(["decided": .bool(true)]), "decided by the hub")
            case .online(let isOnline): (.fields(["online": .bool(isOnline)]), isOnline ? "online" : "offline; trying again")
            }
            Report.say(.success(Output(json) { _ in text }), isJSON: global.json)
        }
    }
}
