// The device's side of the opening handshake: sends the request, judges the answer.
//
// Whatever happens, the promise is completed: by the answer, by the end of the connection, or by
// the deadline. The head is read here and not by NIO's upgrade handlers, which deadlock when the
// caller waits for a refusal inside their completion handler.
internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

final class ClientHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let url: HubURL
    private let headers: [(String, String)]
    private let limits: TransportLimits
    private let deadline: NIODeadline
    private let session: WebSocketSession
    private let done: EventLoopPromise<Void>
    private let key = NIOWebSocketClientUpgrader.randomRequestKey()
    private var buffer = HTTPHeadBuffer()
    private var isWaiting = true
    private var timer: Scheduled<Void>?

    init(url: HubURL, headers: [(String, String)], limits: TransportLimits, deadline: NIODeadline, session: WebSocketSession, done: EventLoopPromise<Void>) {
        self.url = url
        self.headers = headers
        self.limits = limits
        self.deadline = deadline
        self.session = session
        self.done = done
    }

    func channelActive(context: ChannelHandlerContext) {
        var request = "GET \(url.path) HTTP/1.1\r\nHost: \(url.hostHeader)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        request += "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: request + "\r\n")), promise: nil)
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.fail(TransportError(.timeout, "The hub at \(self.url) did not answer in time. Is that really a baton-hub?"), context)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isWaiting else { return }
        do throws(HTTPHead.Failure) {
            guard let bytes = try buffer.append(Self.unwrapInboundIn(data), bytesMax: limits.headBytesMax) else { return }
            judge(try HTTPHead(parsing: bytes, fieldsMax: limits.headerFieldsMax), context)
        } catch {
            fail(notAHub, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(TransportError(.closed, "The hub at \(url) closed the connection during the handshake.", closeCode: CloseCode.lost), context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if isWaiting { fail(notAHub, context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(TransportError(.unreachable, "Can't reach the hub at \(url): \(Reachability.cause(of: error)). Is baton-hub running there?"), context)
    }

    private var notAHub: TransportError {
        TransportError(.protocolViolation, "What answers at \(url) does not speak WebSocket. Is that really a baton-hub?")
    }

    private func judge(_ head: HTTPHead, _ context: ChannelHandlerContext) {
        guard head.first[0] == "HTTP/1.1" || head.first[0] == "HTTP/1.0", let status = Int(head.first[1]) else {
            return fail(notAHub, context)
        }
        guard status == 101 else {
            return fail(TransportError(.refused, "The hub at \(url) refused the connection with HTTP status \(status) for \(url.path). Check the address.", httpStatus: status), context)
        }
        let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: HTTPHeaders(head.fields.map { ($0.name, $0.value) }))
        let upgrader = NIOWebSocketClientUpgrader(requestKey: key, upgradePipelineHandler: { channel, _ in
            channel.eventLoop.makeSucceededVoidFuture()
        })
        guard head.hasToken("websocket", in: "upgrade"), head.hasToken("upgrade", in: "connection"),
            head["sec-websocket-extensions"].isEmpty, head["sec-websocket-protocol"].isEmpty,
            upgrader.shouldAllowUpgrade(upgradeResponse: response)
        else { return fail(notAHub, context) }

        isWaiting = false
        timer?.cancel()
        do {
            try WebSocketSession.install(session, in: context.channel)
        } catch {
            done.fail(error)
            return context.close(promise: nil)
        }
        done.succeed()
        let rest = buffer.takeRest()
        if rest.readableBytes > 0 { context.fireChannelRead(Self.wrapOutboundOut(rest)) }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func fail(_ error: TransportError, _ context: ChannelHandlerContext) {
        guard isWaiting else { return }
        isWaiting = false
        timer?.cancel()
        done.fail(error)
        context.close(promise: nil)
    }
}
