// A device's connection to a hub: connect, send, read what comes, close.
//
// Promises: `connect` ends within its time limit, with a connection or a `TransportError` that a
// person can act on; `send` returns when the system has taken the bytes, so awaiting it is the
// back-pressure; `incoming` yields each message once, in order, with those that came at the same time, and stops reading the socket while
// the reader is behind. Letting go of the connection, or ending the loop over `incoming`, closes it.
internal import NIOCore
package import NIOPosix

package final class HubConnection: Sendable {
    package let url: HubURL
    /// For one reader: asking for a second iterator is a programming error.
    package let incoming: IncomingMessages

    private let channel: any Channel
    private let session: NIOLoopBound<WebSocketSession>
    private let limits: TransportLimits

    private init(url: HubURL, incoming: IncomingMessages, channel: any Channel, session: NIOLoopBound<WebSocketSession>, limits: TransportLimits) {
        self.url = url
        self.incoming = incoming
        self.channel = channel
        self.session = session
        self.limits = limits
    }

    package static func connect(
        url text: String, headers: [(String, String)] = [],
        group: MultiThreadedEventLoopGroup = .singleton, timeoutMilliseconds: Int64 = 10_000,
        limits: TransportLimits = .standard
    ) async throws -> HubConnection {
        let url = try HubURL(parsing: text)
        for (name, value) in headers {
            // A line break in a value would let a configuration file write headers of its own.
            guard !name.isEmpty, name.utf8.allSatisfy(HTTPHead.isTokenByte), value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
                throw TransportError(.badHeader, "The request header \"\(name.filter(\.isLetter))\" can't be sent: it contains characters that are not allowed there.")
            }
        }
        let deadline = NIODeadline.now() + .milliseconds(timeoutMilliseconds)
        let loop = group.next()
        let established = loop.makePromise(of: HubConnection.self)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.milliseconds(timeoutMilliseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: limits.outboundLowWaterBytes, high: limits.outboundHighWaterBytes))
        do {
            let channel = try await bootstrap.connect(host: url.host, port: url.port).get()
            try await loop.flatSubmit { () -> EventLoopFuture<Void> in
                let done = loop.makePromise(of: Void.self)
                let (link, incoming) = ClientLink.make(url: url, channel: channel, limits: limits)
                let session = WebSocketSession(id: ConnectionID(value: 0), isHub: false, limits: limits, owner: link)
                let connection = HubConnection(url: url, incoming: incoming, channel: channel, session: NIOLoopBound(session, eventLoop: loop), limits: limits)
                let handshake = ClientHandshake(url: url, headers: headers, limits: limits, deadline: deadline, session: session, done: done)
                do {
                    try channel.pipeline.syncOperations.addHandler(handshake)
                    // The channel is connected by now, so the handler is told so by hand.
                    channel.pipeline.syncOperations.fireChannelActive()
                } catch {
                    done.fail(error)
                }
                return done.futureResult.map { established.succeed(connection) }
            }.get()
            return try await established.futureResult.get()
        } catch {
            // Completed in every case: a promise must not be left open.
            established.fail(error)
            throw explain(error, url)
        }
    }

    private static func explain(_ error: any Error, _ url: HubURL) -> TransportError {
        if let error = error as? TransportError { return error }
        if Reachability.isTimeout(error) {
            return TransportError(.timeout, "The hub at \(url) did not answer in time. Is the address right and the machine on?")
        }
        return TransportError(.unreachable, "Can't reach the hub at \(url): \(Reachability.cause(of: error)). Is baton-hub running there?")
    }

    package func send(_ bytes: [UInt8]) async throws {
        guard bytes.count <= limits.messageBytesMax else {
            throw TransportError(.messageTooLarge, "A message of \(bytes.count) bytes is over the limit of \(limits.messageBytesMax).")
        }
        let written = channel.eventLoop.makePromise(of: Void.self)
        let session = session
        channel.eventLoop.execute {
            session.value.send(bytes, promise: written)
            session.value.flush()
        }
        do {
            try await written.futureResult.get()
        } catch {
            throw TransportError(.closed, "The connection to the hub at \(url) is closed.", closeCode: CloseCode.lost)
        }
    }

    /// Says goodbye (1000) and returns when the socket is closed, after 3 s at most.
    package func close() async {
        channel.pipeline.fireUserInboundEventTriggered(SessionRequest.close)
        // The close future fails only by being cancelled, and then the socket is closed too.
        try? await channel.closeFuture.get()
    }
}
