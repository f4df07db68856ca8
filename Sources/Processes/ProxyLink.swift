// One connection through the fault proxy: two streams of parts, each in order unless a fault says otherwise.
internal import NIOCore
internal import NIOPosix

/// Unchecked because of its variables: they are read and written on the proxy's event loop only.
final class ProxyLink: @unchecked Sendable {
    /// One direction.
    struct Stream {
        var target: (any Channel)?
        /// Nothing gets through any more, and nobody is told.
        var isSilent = false
        /// What waits: for its time, for the link to be joined, for the hub to accept.
        var waiting: [(part: ByteBuffer, due: NIODeadline)] = []
        /// A message that the next one overtakes.
        var overtaken: ByteBuffer?
        /// The sender has closed; the target is closed behind what waits.
        var isEnded = false
    }

    /// How long a message waits to be overtaken where nothing follows it.
    private static let overtakenMilliseconds: Int64 = 300

    let name: String
    private let proxy: FaultProxy
    private let device: any Channel
    private let hubPort: Int
    /// When a message last came, from either end.
    private var lastMessage = NIODeadline.now()
    private var hub: (any Channel)?
    private var isConnecting = false
    private var up = Stream(), down = Stream()
    private var closed: () -> Void = {}

    init(proxy: FaultProxy, name: String, device: any Channel, hubPort: Int) {
        (self.proxy, self.name, self.device, self.hubPort) = (proxy, name, device, hubPort)
        down.target = device
    }

    func begin(closed: @escaping () -> Void) throws {
        self.closed = closed
        try attach(device, \.up)
        device.closeFuture.assumeIsolated().whenComplete { _ in self.ended(\.up) }
        cutChanged()
    }

    private func attach(_ channel: any Channel, _ stream: ReferenceWritableKeyPath<ProxyLink, Stream>) throws {
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(RawFrames()), Relay { self.received($0, stream) },
        ])
    }

    /// Joined: reads and lets go what waits. Cut: leaves the bytes with the kernel, which tells the sender nothing.
    func cutChanged() {
        let isCut = proxy.isCut(name)
        if !isCut, hub == nil { connect() }
        for channel in [device, hub].compactMap(\.self) { channel.setOption(.autoRead, value: !isCut && hub != nil).whenFailure { _ in } }
        pump(\.up)
        pump(\.down)
    }

    private func connect() {
        guard !isConnecting else { return }
        isConnecting = true
        ClientBootstrap(group: proxy.loop).channelOption(.tcpOption(.tcp_nodelay), value: 1).channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: hubPort).assumeIsolated().whenComplete { result in
                guard case .success(let hub) = result, (try? self.attach(hub, \.down)) != nil else { return self.end() }
                self.hub = hub
                self.up.target = hub
                hub.closeFuture.assumeIsolated().whenComplete { _ in self.ended(\.down) }
                if self.up.isEnded { self.pump(\.up) }
                self.cutChanged()
            }
    }

    func silence(both: Bool) {
        proxy.count(both ? "half-open" : "one-way")
        if both || proxy.rolls(0.5) { up.isSilent = true }
        if both || !up.isSilent { down.isSilent = true }
    }

    var hasCaller: Bool { device.isActive }

    func deafen() { down.isSilent = true }

    func isQuiet(since time: NIODeadline) -> Bool {
        hub != nil && lastMessage <= time && [up, down].allSatisfy { !$0.isSilent && $0.waiting.isEmpty && $0.overtaken == nil }
    }

    func end() {
        device.close(promise: nil)
        hub?.close(promise: nil)
    }

    // MARK: Parts

    private func received(_ part: RawFrames.Part, _ stream: ReferenceWritableKeyPath<ProxyLink, Stream>) {
        let trouble = part.isMessage ? proxy.trouble() : nil
        if let trouble { proxy.count(trouble.rawValue) }
        let now = NIODeadline.now()
        if part.isMessage { lastMessage = now }
        switch trouble {
        case .drop: self[keyPath: stream].isSilent = true
        case .triple: for _ in 0..<3 { queue(part.bytes, now, stream) }
        case .delay:
            queue(part.bytes, now + .milliseconds(Int64.random(in: 1...max(1, Int64(clamping: proxy.faults.delayMilliseconds)), using: &proxy.chance)), stream)
        case .reorder:
            release(stream)
            self[keyPath: stream].overtaken = part.bytes
            proxy.loop.assumeIsolated().scheduleTask(in: .milliseconds(ProxyLink.overtakenMilliseconds)) {
                self.release(stream)
                self.pump(stream)
            }
        case nil:
            queue(part.bytes, now, stream)
            release(stream)
        }
        pump(stream)
    }

    private func release(_ stream: ReferenceWritableKeyPath<ProxyLink, Stream>) {
        guard let part = self[keyPath: stream].overtaken.take() else { return }
        queue(part, .now(), stream)
    }

    private func queue(_ part: ByteBuffer, _ due: NIODeadline, _ stream: ReferenceWritableKeyPath<ProxyLink, Stream>) {
        let last = self[keyPath: stream].waiting.last?.due ?? due
        self[keyPath: stream].waiting.append((part, max(due, last)))
    }

    /// Sends what is due, and looks again when the next is.
    private func pump(_ stream: ReferenceWritableKeyPath<ProxyLink, Stream>) {
        guard let target = self[keyPath: stream].target, !proxy.isCut(name) else { return }
        if self[keyPath: stream].isSilent { return self[keyPath: stream].waiting.removeAll() }
        let now = NIODeadline.now()
        while let first = self[keyPath: stream].waiting.first, first.due <= now {
            self[keyPath: stream].waiting.removeFirst()
            target.writeAndFlush(first.part, promise: nil)
        }
        if let next = self[keyPath: stream].waiting.first {
            proxy.loop.assumeIsolated().scheduleTask(deadline: next.due) { self.pump(stream) }
        } else if self[keyPath: stream].isEnded {
            target.close(promise: nil)
        }
    }

    /// The sender of a stream has closed. Where the stream is silent, its target never hears of it.
    private func ended(_ stream: ReferenceWritableKeyPath<ProxyLink, Stream>) {
        self[keyPath: stream].isEnded = true
        release(stream)
        pump(stream)
        if !device.isActive, hub?.isActive != true, !(isConnecting && hub == nil) { closed() }
    }
}

/// Hands on what comes, and nothing else.
private final class Relay: ChannelInboundHandler {
    typealias InboundIn = RawFrames.Part
    private let received: (RawFrames.Part) -> Void

    init(_ received: @escaping (RawFrames.Part) -> Void) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
