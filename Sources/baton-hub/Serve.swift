// `baton-hub serve`: opens the store, listens, and stops cleanly on SIGTERM or SIGINT.
internal import ArgumentParser
internal import Commerce
internal import Foundation
internal import HubCore
internal import Logging
internal import SQLiteStore
internal import Store
internal import Synchronization
internal import Transport
internal import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the hub (the default).",
        discussion: "WebSocket at /sync; GET /healthz says whether the process lives, GET /readyz whether it takes work.")

    @OptionGroup var data: DataOption
    @Option(help: "Address to listen on (BATON_HUB_HOST).") var host: String = Setting.value("HOST") ?? "127.0.0.1"
    @Option(help: "Port to listen on; 0 for any free one (BATON_HUB_PORT).") var port: Int = Setting.value("PORT").flatMap(Int.init) ?? 7400
    @Option(help: ArgumentHelp("Cut a document's history when so many blocks of it are on every device seen lately; 0 for never (BATON_HUB_CUT_AFTER).", valueName: "blocks"))
    var cutAfter: Int = Setting.value("CUT_AFTER").flatMap(Int.init) ?? HubLimits.cutBlocksMin
    @Option(help: ArgumentHelp("Days for which a device that isn't seen is waited for before a history is cut (BATON_HUB_LIVE_DAYS).", valueName: "days"))
    var liveDays: Int = Setting.value("LIVE_DAYS").flatMap(Int.init) ?? Int(HubLimits.liveMilliseconds / 86_400_000)
    @Option(help: "Who takes money for orders that are paid when they're placed: none, or fake, which moves no money (BATON_HUB_PAYMENTS).")
    var payments: Payments = Setting.value("PAYMENTS").flatMap(Payments.init(rawValue:)) ?? .none
    @Option(help: ArgumentHelp("What this hub is called among those that may sell a store's units: hub, or hub-STORE for a store's own (BATON_HUB_NAME).", valueName: "name"))
    var name: String = Setting.value("NAME") ?? ""
    @Option(help: ArgumentHelp("Be the hub of this store's own: it decides about the store's stock and pickups, also while its line is cut (BATON_HUB_STORE).", valueName: "store"))
    var store: String = Setting.value("STORE") ?? ""
    @Option(help: ArgumentHelp("Of a store's hub: the central one, for example ws://hub.example:7400 (BATON_HUB_UPSTREAM).", valueName: "url"))
    var upstream: String = Setting.value("UPSTREAM") ?? ""
    @Option(help: ArgumentHelp("Of a store's hub: the token that the central one gave it, with the role store-hub (BATON_HUB_UPSTREAM_TOKEN).", valueName: "token"))
    var upstreamToken: String = Setting.value("UPSTREAM_TOKEN") ?? ""
    @Option(help: "trace, debug, info, notice, warning or error (BATON_HUB_LOG_LEVEL).")
    var logLevel: String = Setting.value("LOG_LEVEL") ?? "info"

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535, not \(port).") }
        guard (0...1_000_000).contains(cutAfter) else { throw ValidationError("Blocks before a cut are a number from 0 to 1000000, not \(cutAfter).") }
        guard (1...3_650).contains(liveDays) else { throw ValidationError("Days that a device is waited for are a number from 1 to 3650, not \(liveDays).") }
        guard store.isEmpty == upstream.isEmpty else { throw ValidationError(store.isEmpty ? "A hub with --upstream is a store's: say which with --store." : "A store's hub needs the central one: say where it is with --upstream URL.") }
        if !store.isEmpty { do { _ = try StockNames.space(store) } catch { throw ValidationError(error.message) } }
        if !upstream.isEmpty { do { _ = try HubURL(parsing: upstream) } catch { throw ValidationError("--upstream: \(error.message)") } }
        let name = hubName
        guard !name.isEmpty, name.utf8.count <= 40, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else { throw ValidationError("A hub's name has 1 to 40 letters, digits and dashes, not \"\(name)\".") }
        guard Logger.Level(rawValue: logLevel) != nil else { throw ValidationError("There is no log level \(logLevel): use trace, debug, info, notice, warning or error.") }
    }

    private var hubName: String { name.isEmpty ? store.isEmpty ? "hub" : "hub-\(store)" : name }

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var log = Logger(label: "baton-hub")
        log.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        let folder = data.folder
        try HubFolder.make(folder)
        let readiness = Readiness()
        let (stops, stop) = AsyncStream.makeStream(of: Stop.self)
        let watcher = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { stop.yield(.asked) }
        }
        defer { watcher.cancel() }

        let server: HubServer
        do {
            server = try await start(folder, log, readiness, stop)
        } catch let error as StoreError {
            log.error("\(error.message)", metadata: ["code": "\(error.code.name)"])
            throw ExitCode.failure
        } catch let error as TransportError {
            log.error("\(error.message)")
            throw ExitCode.failure
        }
        var line: Task<Void, Never>?
        if !upstream.isEmpty {
            let upstream = Upstream(url: upstream, server: server, log: log)
            server.onLoop { ($0 as? HubDriver)?.upstream = upstream }
            line = upstream.start()
        }
        defer { line?.cancel() }
        readiness.isReady.store(true, ordering: .releasing)
        log.info("listening", metadata: ["url": "ws://\(host):\(server.port)/sync", "data": "\(folder)"])

        let reason = await stops.first { _ in true } ?? .asked
        log.info("stopping", metadata: ["because": "\(reason)"])
        readiness.isReady.store(false, ordering: .releasing)
        await server.shutdown()
        log.info("stopped")
        if reason == .failed { throw ExitCode.failure }
    }

    /// Puts the key where it can be copied from while the hub runs, for the day on which its disk is lost.
    private func keep(_ key: RecoveryKey, in folder: String, _ log: Logger) throws {
        let (path, text) = (folder + "/hub.key", key.text + "\n")
        guard FileManager.default.contents(atPath: path) != Data(text.utf8) else { return }
        try HubFolder.write(text, to: path)
        log.notice("keep hub.key and tokens where this disk isn't: `baton-hub recover` needs them if it is lost", metadata: ["data": "\(folder)"])
    }

    private func start(_ folder: String, _ log: Logger, _ readiness: Readiness,
                       _ stop: AsyncStream<Stop>.Continuation) async throws -> HubServer {
        var configuration = HubServer.Configuration()
        configuration.routes = { _, path in
            switch path {
            case "/healthz": HTTPAnswer(status: 200, text: "alive\n")
            case "/readyz": readiness.isReady.load(ordering: .acquiring) ? HTTPAnswer(status: 200, text: "ready\n") : HTTPAnswer(status: 503, text: "not ready\n")
            default: nil
            }
        }
        let isLoopback = ["127.0.0.1", "::1", "localhost"].contains(host)
        return try await HubServer.start(host: host, port: port, configuration: configuration) { server in
            let book = TokenFile(folder: folder, isLoopback: isLoopback)
            if book.isOpen {
                log.warning("open to everyone on this machine: make a token with `baton-hub token create` to end that")
            } else if try book.all().isEmpty {
                log.warning("nobody can connect yet: make a token with `baton-hub token create`")
            }
            let core = try HubCore(store: SQLiteStore(path: folder + "/hub.db", logPages: StoreLimits.hubLogPages), environment: .system, book: book, name: hubName, serves: store.isEmpty ? nil : store)
            try keep(core.recoveryKey, in: folder, log)
            try HubFolder.remember(store: store, in: folder)
            core.token = upstreamToken
            core.others = upstream.isEmpty ? [] : [upstream]
            core.cutting = cutAfter == 0 ? nil : HubCore.Cutting(blocksMin: cutAfter, liveMilliseconds: UInt64(liveDays) * 86_400_000)
            let payments: (any PaymentProvider)? = self.payments == .fake ? FakePayments(delay: 500) : nil
            core.takesPayments = payments != nil
            return HubDriver(core: core, book: book, server: server, log: log, payments: payments) { _ in stop.yield(.failed) }
        }
    }
}

/// Who takes money.
enum Payments: String, ExpressibleByArgument, CaseIterable { case none, fake }

/// Why the hub stops: somebody asked for it, or its disk failed.
enum Stop { case asked, failed }

/// Whether the hub takes work; read on the event loop.
final class Readiness: Sendable {
    let isReady = Atomic(false)
}
