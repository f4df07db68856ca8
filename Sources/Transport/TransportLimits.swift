// Every bound of this target in one place, each with the reason for its value.
//
// The limits are a value and not constants so that a test can run the ten-second rule in 300 ms;
// programs use `TransportLimits.standard` and do not tune them one by one.

package struct TransportLimits: Sendable {
    /// One WebSocket message, whole or put together from fragments. The protocol above promises
    /// messages of at most 8 MiB, and closes what is larger with a code of its own; 64 KiB more let it.
    package var messageBytesMax = 8 * 1_048_576 + 65_536
    /// Request or response head of the handshake. Browsers and proxies stop near 80 kB as well.
    package var headBytesMax = 80_000
    /// Header fields in one head. A browser behind two proxies sends about 30.
    package var headerFieldsMax = 100
    /// A connection that has not asked anything by then is closed, so that silent or half-sent
    /// heads (slowloris) cannot hold sockets. A phone on a bad network completes in 2 to 3 s.
    package var handshakeTimeoutMilliseconds: Int64 = 10_000
    /// Home routers and mobile carriers forget idle connections after 30 s at the earliest.
    package var pingIntervalMilliseconds: Int64 = 20_000
    /// Three pings unanswered: the other side is gone, not slow.
    package var silenceMilliseconds: Int64 = 60_000
    /// How long a Close frame may wait for its answer before the socket is closed anyway.
    package var closeTimeoutMilliseconds: Int64 = 3_000
    /// WebSocket connections at once. Each costs about 10 kB and one descriptor; the usual
    /// descriptor limit of a service is 16 Ki or more.
    package var connectionsMax = 10_000
    /// Sockets beyond `connectionsMax` that may still be heard, so that a full hub can say 503
    /// and answer /healthz. Anything beyond is closed without a word.
    package var extraSocketsMax = 256
    /// Outbound water marks: writing stops at `high` and is taken up again at `low`. High is about
    /// one full message; the gap keeps the signal from flapping.
    package var outboundLowWaterBytes = 256 * 1024
    package var outboundHighWaterBytes = 1024 * 1024
    /// A caller that ignores `isWritable` is our bug, but it must not cost the process its memory:
    /// beyond this many unsent bytes the connection is dropped.
    package var outboundBytesMax = 16 * 1024 * 1024
    /// The hub's clock for deadlines above this layer.
    package var tickMilliseconds: Int64 = 100
    /// Batches of messages, each of one read, that a client keeps unread before it stops reading the socket, and where it resumes.
    package var incomingBatchesHigh = 8
    package var incomingBatchesLow = 2

    package static let standard = TransportLimits()

    package init() {}
}

/// The names of the values used from RFC 6455, section 7.4.1.
enum CloseCode {
    static let normal: UInt16 = 1000
    static let goingAway: UInt16 = 1001
    static let protocolError: UInt16 = 1002
    static let unsupportedData: UInt16 = 1003
    /// Never sent: stands for "the socket ended without a Close frame".
    static let lost: UInt16 = 1006
    static let invalidText: UInt16 = 1007
    static let tooBig: UInt16 = 1009

    /// What a peer may put into a Close frame: the defined codes and the two registered ranges.
    static func mayBeSent(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
