// The first handler of every connection to the hub: reads one request and decides what it becomes.
//
//     waiting ──GET /sync + Upgrade: websocket──► WebSocketSession (this handler leaves)
//        ├────anything else that is a request───► one answer, Connection: close
//        └────10 s without a whole head─────────► closed
//
// Promises: every complete request is answered, also a declined upgrade and `Upgrade: h2c`; at most
// one request is served per connection, so nothing can be smuggled behind it.
internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

final class FrontDoor: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: HubServer
    private let limits: TransportLimits
    private var buffer = HTTPHeadBuffer()
    private var isWaiting = true
    private var timer: Scheduled<Void>?

    init(server: HubServer) {
        self.server = server
        self.limits = server.configuration.limits
    }

    func channelActive(context: ChannelHandlerContext) {
        closeLater(limits.handshakeTimeoutMilliseconds, context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // After the answer, input is read and forgotten until the peer closes: see `answer`.
        guard isWaiting else { return }
        do throws(HTTPHead.Failure) {
            guard let bytes = try buffer.append(Self.unwrapInboundIn(data), bytesMax: limits.headBytesMax) else { return }
            decide(try HTTPHead(parsing: bytes, fieldsMax: limits.headerFieldsMax), context)
        } catch {
            switch error {
            case .tooLarge: answer(HTTPAnswer(status: 431, text: "The request head is too large.\n"), context)
            case .malformed: answer(HTTPAnswer(status: 400, text: "This is not an HTTP/1.1 request.\n"), context)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: Deciding

    private func decide(_ head: HTTPHead, _ context: ChannelHandlerContext) {
        guard head.first.count == 3, head.first[2] == "HTTP/1.1" || head.first[2] == "HTTP/1.0",
            head.first[1].hasPrefix("/")
        else { return answer(HTTPAnswer(status: 400, text: "This is not an HTTP/1.1 request.\n"), context) }
        let path = String(head.first[1].prefix { $0 != "?" })
        guard head.first[0] == "GET" else {
            return answer(HTTPAnswer(status: 405, text: "Only GET is served here.\n"), context, extra: ["Allow: GET"])
        }
        guard path == HubURL.defaultPath else {
            return answer(server.configuration.routes("GET", path) ?? HTTPAnswer(status: 404, text: "Nothing here. Devices connect to /sync.\n"), context)
        }
        guard head.hasToken("websocket", in: "upgrade"), head.hasToken("upgrade", in: "connection") else {
            return answer(HTTPAnswer(status: 426, text: "This address speaks WebSocket.\n"), context,
                          extra: ["Upgrade: websocket"], keep: "Upgrade, close")
        }
        guard head["sec-websocket-version"] == ["13"] else {
            return answer(HTTPAnswer(status: 426, text: "Only WebSocket version 13 is spoken here.\n"), context,
                          extra: ["Sec-WebSocket-Version: 13", "Upgrade: websocket"], keep: "Upgrade, close")
        }
        guard OriginRule.allows(head["origin"], hosts: server.configuration.allowedOriginHosts) else {
            return answer(HTTPAnswer(status: 403, text: "Pages of this origin may not connect.\n"), context)
        }
        // A body before the upgrade would be read as frames.
        guard head["transfer-encoding"].isEmpty, head["content-length"].allSatisfy({ $0 == "0" }),
            let key = head["sec-websocket-key"].first, head["sec-websocket-key"].count == 1, Self.isKey(key)
        else { return answer(HTTPAnswer(status: 400, text: "This is not a WebSocket request.\n"), context) }
        guard server.hasRoom else {
            return answer(HTTPAnswer(status: 503, text: "The hub is full or stopping.\n"), context, extra: ["Retry-After: 5"])
        }
        upgrade(key: key, context)
    }

    /// 16 bytes in base64: 22 characters and two signs of padding.
    private static func isKey(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        return bytes.count == 24 && bytes.suffix(2).elementsEqual("==".utf8)
            && bytes.prefix(22).allSatisfy { HTTPHead.isTokenByte($0) || $0 == UInt8(ascii: "/") }
    }

    private func upgrade(key: String, _ context: ChannelHandlerContext) {
        isWaiting = false
        // NIO's upgrader is asked only for the hash over the key, which completes at once.
        let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: HubURL.defaultPath,
                                      headers: ["Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"])
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        let response = upgrader.buildUpgradeResponse(channel: context.channel, upgradeRequest: request, initialResponseHeaders: [:])
        response.assumeIsolated().whenComplete { result in
            guard case .success(let headers) = result else { return context.close(promise: nil) }
            var head = context.channel.allocator.buffer(capacity: 160)
            head.writeString("HTTP/1.1 101 Switching Protocols\r\n")
            for (name, value) in headers { head.writeString("\(name): \(value)\r\n") }
            head.writeString("\r\n")
            context.writeAndFlush(Self.wrapOutboundOut(head), promise: nil)
            self.timer?.cancel()
            do {
                try WebSocketSession.install(self.server.makeSession(), in: context.channel)
            } catch {
                return context.close(promise: nil)
            }
            // A hasty client may have sent frames along with its request.
            let rest = self.buffer.takeRest()
            if rest.readableBytes > 0 { context.fireChannelRead(Self.wrapOutboundOut(rest)) }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
    }

    // MARK: Answering

    private func answer(_ answer: HTTPAnswer, _ context: ChannelHandlerContext, extra: [String] = [], keep: String = "close") {
        isWaiting = false
        _ = buffer.takeRest()
        var out = context.channel.allocator.buffer(capacity: answer.body.count + 256)
        out.writeString("HTTP/1.1 \(answer.status) \(HTTPResponseStatus(statusCode: answer.status).reasonPhrase)\r\n")
        out.writeString("Content-Type: \(answer.contentType)\r\nContent-Length: \(answer.body.count)\r\n")
        out.writeString("Cache-Control: no-store\r\nConnection: \(keep)\r\n")
        for line in extra { out.writeString("\(line)\r\n") }
        out.writeString("\r\n")
        out.writeBytes(answer.body)
        // Closing with unread input would reset the connection and could lose the answer, so only
        // our direction ends here; the peer's EOF or the timer ends the rest.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: .output, promise: nil) }
        context.writeAndFlush(Self.wrapOutboundOut(out), promise: written)
        closeLater(limits.closeTimeoutMilliseconds, context)
    }

    private func closeLater(_ milliseconds: Int64, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) {
            context.close(promise: nil)
        }
    }
}
