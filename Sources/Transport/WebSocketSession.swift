// One open WebSocket, on either side: the last handler of its pipeline.
//
// It carries out what `FrameRules` decides, answers pings, sends its own, notices silence, and
// sees a close through to the end:
//
//     open ──close() / violation──► closing ──peer's Close, EOF or 3 s──► closed
//       └───────────── peer's Close: echoed ────────────────────────────────┘
//
// Promises: `sessionOpened` first, `sessionClosed` last and exactly once, nothing after it; no
// message is handed over once closing has begun. Every method runs on the channel's event loop,
// and nothing here is Sendable.
internal import NIOCore
internal import NIOWebSocket

/// Who is told what happens on a session. Called on the channel's event loop.
protocol WebSocketSessionOwner: AnyObject {
    func sessionOpened(_ session: WebSocketSession)
    func session(_ session: WebSocketSession, received bytes: [UInt8])
    /// All that one read brought was handed over.
    func sessionReadComplete(_ session: WebSocketSession)
    func sessionWritable(_ session: WebSocketSession)
    func sessionClosed(_ session: WebSocketSession, _ reason: CloseReason)
}

/// Requests that reach a session through the pipeline, from any thread.
enum SessionRequest: Sendable { case close, resumeReading }

final class WebSocketSession: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = ByteBuffer

    private enum State { case open, closing, closed }

    let id: ConnectionID
    private let masksOwnFrames: Bool
    private let limits: TransportLimits
    private var owner: (any WebSocketSessionOwner)?
    private var rules: FrameRules
    private var state = State.open
    private var reason = CloseReason.lost
    private var context: ChannelHandlerContext?
    private var lastHeard = NIODeadline.now()
    private var readingPaused = false
    private var pingTask: Scheduled<Void>?
    private var closeTask: Scheduled<Void>?

    init(id: ConnectionID, isHub: Bool, limits: TransportLimits, owner: any WebSocketSessionOwner) {
        self.id = id
        self.masksOwnFrames = !isHub
        self.limits = limits
        self.owner = owner
        self.rules = FrameRules(peerMasks: isHub, messageBytesMax: limits.messageBytesMax)
    }

    /// Puts decoder and session behind what is in the pipeline already.
    static func install(_ session: WebSocketSession, in channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: session.limits.messageBytesMax)), session,
        ])
    }

    var channel: (any Channel)? { context?.channel }
    var isWritable: Bool { state == .open && context?.channel.isWritable == true }

    // MARK: Orders

    /// Queues a message; `flush` sends it. A message for a closing session is dropped: the peer has
    /// said goodbye or will be told to, so nobody is waiting for it.
    func send(_ bytes: [UInt8], promise: EventLoopPromise<Void>? = nil) {
        guard state == .open, let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if !context.channel.isWritable, let unsent = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes),
            unsent > limits.outboundBytesMax
        {
            reason = CloseReason(code: CloseCode.lost, text: "\(unsent) bytes were waiting to be sent", byPeer: false)
            promise?.fail(ChannelError.ioOnClosedChannel)
            abort()
            return
        }
        write(.binary, bytes, context, promise)
    }

    func flush() { context?.flush() }

    func close(code: UInt16, reason text: String) {
        guard state == .open, let context else { return }
        begin(closing: CloseReason(code: code, text: text, byPeer: false), context)
        write(.connectionClose, FrameWriter.closePayload(code: code, reason: text), context, nil)
        context.flush()
    }

    /// Stops reading the socket until `SessionRequest.resumeReading`.
    func pauseReading() {
        guard state == .open, let context, !readingPaused else { return }
        readingPaused = true
        setAutoRead(false, context)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lastHeard = .now()
        schedulePing(context)
        owner?.sessionOpened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        guard state == .open else {
            // The answer to our Close ends the connection; everything else comes too late to matter.
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        switch rules.accept(frame) {
        case .nothing: break
        case .message(let bytes): owner?.session(self, received: bytes)
        case .ping(let bytes):
            // A peer that pings and never reads must not fill our memory with pongs.
            if context.channel.isWritable {
                write(.pong, bytes, context, nil)
                context.flush()
            }
        case .close(let code, let text):
            begin(closing: CloseReason(code: code ?? CloseCode.normal, text: text, byPeer: true), context)
            let payload = code.map { FrameWriter.closePayload(code: $0, reason: "") } ?? []
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
            write(.connectionClose, payload, context, written)
            context.flush()
        case .violation(let code, let text): fail(code, text, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Counted per read and not per frame, so that a large message on a slow line is not silence.
        lastHeard = .now()
        owner?.sessionReadComplete(self)
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isWritable { owner?.sessionWritable(self) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? SessionRequest {
        case .close: close(code: CloseCode.normal, reason: "")
        case .resumeReading:
            guard readingPaused else { return }
            readingPaused = false
            lastHeard = .now()
            setAutoRead(true, context)
        case nil: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard state == .open else { return }
        switch error as? NIOWebSocketError {
        case .invalidFrameLength: fail(CloseCode.tooBig, "message is over \(limits.messageBytesMax) bytes", context)
        case .fragmentedControlFrame, .multiByteControlFrameLength:
            fail(CloseCode.protocolError, "malformed control frame", context)
        case nil: abort()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    // MARK: Ending

    private func fail(_ code: UInt16, _ text: String, _ context: ChannelHandlerContext) {
        begin(closing: CloseReason(code: code, text: text, byPeer: false), context)
        // The decoder is of no use after a violation, so a Close in answer would go unseen. Ending
        // our direction and discarding input until EOF (3 s at most) lets the peer read the code:
        // closing at once with unread input would reset the connection and lose it.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: .output, promise: nil) }
        write(.connectionClose, FrameWriter.closePayload(code: code, reason: text), context, written)
        context.flush()
    }

    private func begin(closing reason: CloseReason, _ context: ChannelHandlerContext) {
        state = .closing
        self.reason = reason
        pingTask?.cancel()
        if readingPaused {
            // Without reading, neither the peer's Close nor its EOF would be noticed.
            readingPaused = false
            setAutoRead(true, context)
        }
        closeTask = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(limits.closeTimeoutMilliseconds)) {
            self.abort()
        }
    }

    private func abort() { context?.close(promise: nil) }

    private func finish() {
        guard state != .closed else { return }
        state = .closed
        pingTask?.cancel()
        closeTask?.cancel()
        context = nil
        owner?.sessionClosed(self, reason)
        // Owner and session hold each other while the connection lives; this is where it ends.
        owner = nil
    }

    // MARK: Small parts

    private func schedulePing(_ context: ChannelHandlerContext) {
        pingTask = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(limits.pingIntervalMilliseconds)) {
            guard self.state == .open, let context = self.context else { return }
            // While we ourselves do not read, silence says nothing about the peer.
            if !self.readingPaused, .now() - self.lastHeard > .milliseconds(self.limits.silenceMilliseconds) {
                self.reason = CloseReason(code: CloseCode.lost, text: "no sign of life for \(self.limits.silenceMilliseconds / 1000) s", byPeer: true)
                self.abort()
                return
            }
            if context.channel.isWritable {
                self.write(.ping, [], context, nil)
                context.flush()
            }
            self.schedulePing(context)
        }
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: [UInt8], _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let key = masksOwnFrames ? UInt32.random(in: .min ... .max) : nil
        context.write(Self.wrapOutboundOut(FrameWriter.frame(opcode, payload, maskKey: key, allocator: context.channel.allocator)), promise: promise)
    }

    private func setAutoRead(_ on: Bool, _ context: ChannelHandlerContext) {
        // Can fail only on a closed channel, where reading is over anyway.
        try? context.channel.syncOptions?.setOption(.autoRead, value: on)
    }
}
