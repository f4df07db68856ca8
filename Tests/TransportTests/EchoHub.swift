// A hub that sends every message back, and tells the test what its delegate was told.
import Testing
import Transport

enum HubEvent: Equatable, Sendable {
    case opened(ConnectionID)
    case received(ConnectionID, Int)
    case closed(ConnectionID)
    case readComplete
    case ticked
}

/// Confined to the server's event loop, like every delegate; only the stream leaves it.
final class EchoHub: HubServerDelegate {
    private let server: HubServer
    private let events: AsyncStream<HubEvent>.Continuation
    private var hasTicked = false
    private var wantsTicks: Bool { server.configuration.limits.tickMilliseconds < 100 }
    private var pending: [(ConnectionID, [UInt8])] = []

    init(_ server: HubServer, _ events: AsyncStream<HubEvent>.Continuation) {
        self.server = server
        self.events = events
    }

    func opened(_ connection: ConnectionID, remoteAddress: String) { events.yield(.opened(connection)) }
    func received(_ connection: ConnectionID, _ bytes: [UInt8]) {
        events.yield(.received(connection, bytes.count))
        pending.append((connection, bytes))
    }
    func writable(_ connection: ConnectionID) {}
    func closed(_ connection: ConnectionID) { events.yield(.closed(connection)) }
    func readComplete() {
        events.yield(.readComplete)
        for (connection, bytes) in pending { server.send(connection, bytes) }
        pending.removeAll()
    }
    /// Told once only, as a test is interested in whether and not how often.
    func tick(nowMilliseconds: UInt64) {
        if !hasTicked, wantsTicks { events.yield(.ticked) }
        hasTicked = true
    }
}

/// Runs `body` against an echo hub on a free port and stops the hub afterwards, also on failure.
func withHub(
    _ configure: (inout HubServer.Configuration) -> Void = { _ in },
    _ body: (HubServer, AsyncStream<HubEvent>) async throws -> Void
) async throws {
    var configuration = HubServer.Configuration()
    configuration.routes = { _, path in path == "/healthz" ? HTTPAnswer(status: 200, text: "ok\n") : nil }
    configure(&configuration)
    let (stream, continuation) = AsyncStream.makeStream(of: HubEvent.self)
    let server = try await HubServer.start(host: "127.0.0.1", port: 0, configuration: configuration) { EchoHub($0, continuation) }
    do {
        try await body(server, stream)
    } catch {
        await server.shutdown()
        throw error
    }
    await server.shutdown()
    continuation.finish()
}

func address(_ server: HubServer) -> String { "ws://127.0.0.1:\(server.port)/sync" }

/// What comes on a connection, one by one.
struct Messages {
    private var batches: IncomingMessages.AsyncIterator
    private var batch: ArraySlice<[UInt8]> = []

    init(_ connection: HubConnection) { batches = connection.incoming.makeAsyncIterator() }

    @concurrent mutating func next() async throws -> [UInt8]? {
        if batch.isEmpty { batch = try await batches.next()?[...] ?? [] }
        return batch.popFirst()
    }
}

/// The hub accepts, echoes and lets go of a well-behaved device.
func expectStillServing(_ server: HubServer) async throws {
    let device = try await HubConnection.connect(url: address(server))
    try await device.send([7, 8, 9])
    var messages = Messages(device)
    #expect(try await messages.next() == [7, 8, 9])
    await device.close()
}
