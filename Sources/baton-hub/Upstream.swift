// The line of a store's hub to the central one: it connects, and connects again with growing pauses, for as long as the hub
// runs. Everything that it hears is handed over on the hub's own event loop; what the core says goes out in order.
internal import Logging
internal import Sync
internal import Synchronization
internal import Transport

final class Upstream: Sendable {
    private let url: String
    private let server: HubServer
    private let log: Logger
    /// Of the connection of now: what is still to be sent. nil while there is none.
    private let outgoing = Mutex<AsyncStream<[UInt8]>.Continuation?>(nil)

    init(url: String, server: HubServer, log: Logger) {
        (self.url, self.server, self.log) = (url, server, log)
    }

    func start() -> Task<Void, Never> {
        Task {
            var backoff = Backoff()
            while !Task.isCancelled {
                if await talk() { backoff.succeeded() }
                try? await Task.sleep(for: .milliseconds(Int64(backoff.next(chance: .random(in: 0 ... .max)))))
            }
        }
    }

    func send(_ bytes: [UInt8]) { outgoing.withLock { _ = $0?.yield(bytes) } }

    /// Lets the connection of now go; another is made.
    func close() {
        outgoing.withLock { continuation in
            continuation?.finish()
            continuation = nil
        }
    }

    /// One connection, until it ends.
    /// - Returns: whether both hubs had, at one time, what the other has.
    private func talk() async -> Bool {
        let connection: HubConnection
        do {
            connection = try await HubConnection.connect(url: url)
        } catch {
            log.debug("the central hub can't be reached", metadata: ["upstream": "\(url)", "reason": "\(error)"])
            return false
        }
        let (messages, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        outgoing.withLock { $0 = continuation }
        log.info("connected upstream", metadata: ["upstream": "\(url)"])
        let writer = Task {
            for await bytes in messages { do { try await connection.send(bytes) } catch { break } }
            await connection.close()
        }
        server.onLoop { ($0 as? HubDriver)?.upstreamOpened() }
        let hasSettled = Atomic(false)
        do {
            for try await batch in connection.incoming {
                server.onLoop { if ($0 as? HubDriver)?.upstreamReceived(batch) == true { hasSettled.store(true, ordering: .relaxed) } }
            }
        } catch {
            log.info("upstream closed", metadata: ["reason": "\(error)"])
        }
        close()
        server.onLoop { ($0 as? HubDriver)?.upstreamClosed() }
        await writer.value
        return hasSettled.load(ordering: .relaxed)
    }
}
