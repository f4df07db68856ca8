// The hub's port: WebSocket at /sync and plain GET beside it, all on one event loop.
//
// This file decides when the delegate is called and when sockets are flushed:
//
//     socket events ──► received… ──► one turn at the end of the batch: readComplete, then flush
//
// A turn is an `execute` queued at the first message of a batch, so it runs after every message
// that this pass of the loop has read. Promises: all delegate calls come from `eventLoop`, none
// inside another; after `shutdown` returns there are no more.
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Unchecked because of the mutable properties marked "loop": they are read and written on
/// `eventLoop` only, which every method checks; `port` is set once before `start` returns.
package final class HubServer: @unchecked Sendable {
    package struct Configuration: Sendable {
        package var limits = TransportLimits.standard
        /// Hosts of web pages that may connect. Programs send no `Origin` and are not concerned.
        package var allowedOriginHosts: Set<String> = []
        /// Called on the event loop; must not block. Nil means 404.
        package var routes: @Sendable (_ method: String, _ path: String) -> HTTPAnswer? = { _, _ in nil }
        package init() {}
    }

    package let eventLoop: any EventLoop
    package let configuration: Configuration
    package private(set) var port = 0

    private let group: MultiThreadedEventLoopGroup
    private let stopTask = Mutex<Task<Void, Never>?>(nil)

    // Loop:
    private var delegate: (any HubServerDelegate)?
    private var listener: (any Channel)?
    private var sockets: [ObjectIdentifier: any Channel] = [:]
    private var sessions: [ConnectionID: (session: WebSocketSession, channel: any Channel)] = [:]
    private var nextID: UInt64 = 1
    private var unflushed: [WebSocketSession] = []
    private var turnIsQueued = false
    private var hasInput = false
    private var isStopping = false
    private var ticker: RepeatedTask?
    private var stopped: EventLoopPromise<Void>?

    private init(configuration: Configuration) {
        self.configuration = configuration
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        eventLoop = group.next()
    }

    /// Binds and serves. `makeDelegate` runs on the event loop before the first connection.
    package static func start(
        host: String, port: Int, configuration: Configuration = Configuration(),
        makeDelegate: @escaping @Sendable (HubServer) throws -> any HubServerDelegate
    ) async throws -> HubServer {
        let server = HubServer(configuration: configuration)
        do {
            try await server.eventLoop.submit { server.delegate = try makeDelegate(server) }.get()
            try await server.listen(host: host, port: port)
        } catch {
            await server.shutdown()
            throw error
        }
        return server
    }

    private func listen(host: String, port: Int) async throws {
        let limits = configuration.limits
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: limits.outboundLowWaterBytes, high: limits.outboundHighWaterBytes))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.admit(channel) }
            }
        do {
            let channel = try await bootstrap.bind(host: host, port: port).get()
            self.port = channel.localAddress?.port ?? port
            try await eventLoop.submit {
                self.listener = channel
                self.ticker = self.eventLoop.scheduleRepeatedTask(
                    initialDelay: .milliseconds(limits.tickMilliseconds), delay: .milliseconds(limits.tickMilliseconds)
                ) { _ in self.tick() }
            }.get()
        } catch {
            throw TransportError(.cannotListen, "Can't listen on \(host):\(port): \(Reachability.cause(of: error)). Is another program using this port?")
        }
    }

    private func admit(_ channel: any Channel) throws {
        eventLoop.preconditionInEventLoop()
        let limits = configuration.limits
        guard !isStopping, sockets.count < limits.connectionsMax + limits.extraSocketsMax else {
            throw ChannelError.ioOnClosedChannel
        }
        let key = ObjectIdentifier(channel)
        sockets[key] = channel
        channel.closeFuture.assumeIsolated().whenComplete { _ in self.socketClosed(key) }
        try channel.pipeline.syncOperations.addHandler(FrontDoor(server: self))
    }

    private func socketClosed(_ key: ObjectIdentifier) {
        sockets[key] = nil
        if sockets.isEmpty { stopped?.succeed() }
    }

    private func tick() {
        delegate?.tick(nowMilliseconds: NIODeadline.now().uptimeNanoseconds / 1_000_000)
    }

    // MARK: For the delegate, on the loop

    package var connectionCount: Int {
        eventLoop.preconditionInEventLoop()
        return sessions.count
    }

    /// Queues a message. It leaves at the end of this turn, together with the others.
    /// Unknown and closing connections are ignored: a close can always have come first.
    package func send(_ connection: ConnectionID, _ bytes: [UInt8]) {
        eventLoop.preconditionInEventLoop()
        guard let session = sessions[connection]?.session else { return }
        session.send(bytes)
        unflushed.append(session)
        queueTurn()
    }

    package func isWritable(_ connection: ConnectionID) -> Bool {
        eventLoop.preconditionInEventLoop()
        return sessions[connection]?.session.isWritable ?? false
    }

    /// Sends a Close frame behind what was sent before; the socket is closed within 3 s.
    package func close(_ connection: ConnectionID, code: UInt16, reason: String) {
        eventLoop.preconditionInEventLoop()
        sessions[connection]?.session.close(code: code, reason: reason)
    }

    // MARK: For the front door

    var hasRoom: Bool { !isStopping && sessions.count < configuration.limits.connectionsMax }

    /// From any thread: does something with the delegate on the loop, then commits what came of it.
    package func onLoop(_ body: @escaping @Sendable (any HubServerDelegate) -> Void) {
        eventLoop.execute {
            guard let delegate = self.delegate, !self.isStopping else { return }
            body(delegate)
            self.hasInput = true
            self.queueTurn()
        }
    }

    func makeSession() -> WebSocketSession {
        defer { nextID += 1 }
        return WebSocketSession(id: ConnectionID(value: nextID), isHub: true, limits: configuration.limits, owner: self)
    }

    // MARK: The turn

    private func queueTurn() {
        guard !turnIsQueued else { return }
        turnIsQueued = true
        eventLoop.execute { self.turn() }
    }

    private func turn() {
        if hasInput {
            hasInput = false
            delegate?.readComplete()
        }
        // Cleared only now: what `readComplete` sent is flushed below and needs no turn of its own.
        turnIsQueued = false
        let sessions = unflushed
        unflushed.removeAll(keepingCapacity: true)
        // Flushing can close a socket, and a callback can send again; that queues the next turn.
        for session in sessions { session.flush() }
    }

    // MARK: Stopping

    /// Stops accepting, tells every device 1001 and waits for the sockets, 3 s at most. May be
    /// called more than once and from anywhere; every call returns when all is over.
    package func shutdown() async {
        let task = stopTask.withLock { task in
            let running = task ?? Task { await self.stop() }
            task = running
            return running
        }
        await task.value
    }

    private func stop() async {
        // The loop runs until the last line, so a submit cannot fail; nothing could be done if it did.
        try? await eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
            self.isStopping = true
            let promise = self.eventLoop.makePromise(of: Void.self)
            self.stopped = promise
            self.listener?.close(promise: nil)
            let open = Set(self.sessions.values.map { ObjectIdentifier($0.channel) })
            for (key, socket) in self.sockets where !open.contains(key) { socket.close(promise: nil) }
            for (session, _) in self.sessions.values {
                session.close(code: CloseCode.goingAway, reason: "The hub is shutting down.")
            }
            // A session that was closing before has its own 3 s; this is the bound for all of them.
            let bound = self.eventLoop.scheduleTask(in: .milliseconds(self.configuration.limits.closeTimeoutMilliseconds)) {
                for socket in self.sockets.values { socket.close(promise: nil) }
            }
            if self.sockets.isEmpty { promise.succeed() }
            return promise.futureResult.always { _ in bound.cancel() }
        }.get()
        try? await eventLoop.submit {
            self.ticker?.cancel()
            self.delegate = nil
        }.get()
        try? await group.shutdownGracefully()
    }
}

extension HubServer: WebSocketSessionOwner {
    func sessionOpened(_ session: WebSocketSession) {
        guard let channel = session.channel else { return }
        sessions[session.id] = (session, channel)
        delegate?.opened(session.id, remoteAddress: channel.remoteAddress?.ipAddress ?? "unknown")
    }

    func session(_ session: WebSocketSession, received bytes: [UInt8]) {
        hasInput = true
        queueTurn()
        delegate?.received(session.id, bytes)
    }

    /// The turn is queued, and all that the loop has to read is handed over before it.
    func sessionReadComplete(_ session: WebSocketSession) {}

    func sessionWritable(_ session: WebSocketSession) { delegate?.writable(session.id) }

    func sessionClosed(_ session: WebSocketSession, _ reason: CloseReason) {
        sessions[session.id] = nil
        let id = session.id
        // A socket can turn out dead inside `send` or `close`, that is inside a delegate's call, and
        // the delegate is promised one call at a time. So it hears of the end right afterwards.
        eventLoop.execute { self.delegate?.closed(id) }
    }
}
