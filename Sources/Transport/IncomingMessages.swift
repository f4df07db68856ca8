// Messages on their way from the event loop to the one task that reads them.
//
// What one read of the socket brought comes as one batch, so that its reader can answer it with one write to a disk. At
// eight unread batches the socket is no longer read, at two it is again, so a slow reader slows the hub down by TCP
// instead of filling memory. The sequence ends without an error when either
// side said 1000, and otherwise by throwing a `TransportError` with the close code.
internal import NIOCore

package struct IncomingMessages: AsyncSequence, Sendable {
    /// Messages, at least one.
    package typealias Element = [[UInt8]]
    package typealias Failure = any Error

    typealias Producer = NIOThrowingAsyncSequenceProducer<
        [[UInt8]], any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, ReadingControl
    >
    let producer: Producer

    package struct AsyncIterator: AsyncIteratorProtocol {
        let base: Producer.AsyncIterator
        /// Concurrent like the producer's own `next`, so that the iterator is not handed to and fro.
        @concurrent package mutating func next() async throws -> [[UInt8]]? { try await base.next() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: producer.makeAsyncIterator()) }
}

/// Carries the reader's wishes to the session; called from any thread.
struct ReadingControl: NIOAsyncSequenceProducerDelegate {
    let channel: any Channel
    func produceMore() { channel.pipeline.fireUserInboundEventTriggered(SessionRequest.resumeReading) }
    func didTerminate() { channel.pipeline.fireUserInboundEventTriggered(SessionRequest.close) }
}

/// The owner of a client's session: passes messages on. Confined to the channel's event loop.
final class ClientLink: WebSocketSessionOwner {
    private let url: HubURL
    private let source: IncomingMessages.Producer.Source
    /// Of the read that is going on.
    private var batch: [[UInt8]] = []

    private init(url: HubURL, source: IncomingMessages.Producer.Source) {
        self.url = url
        self.source = source
    }

    static func make(url: HubURL, channel: any Channel, limits: TransportLimits) -> (ClientLink, IncomingMessages) {
        let made = IncomingMessages.Producer.makeSequence(
            backPressureStrategy: .init(lowWatermark: limits.incomingBatchesLow, highWatermark: limits.incomingBatchesHigh),
            finishOnDeinit: true, delegate: ReadingControl(channel: channel))
        return (ClientLink(url: url, source: made.source), IncomingMessages(producer: made.sequence))
    }

    func sessionOpened(_ session: WebSocketSession) {}

    func session(_ session: WebSocketSession, received bytes: [UInt8]) { batch.append(bytes) }

    func sessionReadComplete(_ session: WebSocketSession) {
        guard !batch.isEmpty else { return }
        defer { batch = [] }
        if case .stopProducing = source.yield(batch) { session.pauseReading() }
    }

    func sessionWritable(_ session: WebSocketSession) {}

    func sessionClosed(_ session: WebSocketSession, _ reason: CloseReason) {
        // What came before the goodbye still counts.
        sessionReadComplete(session)
        switch reason.code {
        case CloseCode.normal: source.finish()
        case CloseCode.protocolError, CloseCode.unsupportedData, CloseCode.invalidText, CloseCode.tooBig:
            source.finish(TransportError(.protocolViolation, "The connection to the hub at \(url) broke the protocol (\(reason.code): \(reason.text)). Do both sides run the same version?", closeCode: reason.code))
        default:
            source.finish(TransportError(.closed, "The connection to the hub at \(url) ended (\(reason.code): \(reason.text)).", closeCode: reason.code))
        }
    }
}
