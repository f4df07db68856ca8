// Staying online: a task that connects, and connects again with growing pauses, until told to stop.
internal import Replica
internal import Sync

extension Baton {
    /// Connects, and stays connected through losses, until `goOffline`. Does nothing where it does already.
    public func goOnline() {
        guard keeper == nil else { return }
        keeper = Task { [weak self] in
            var backoff = Backoff()
            while !Task.isCancelled {
                guard let wasUseful = await self?.stayConnected() else { return }
                if wasUseful { backoff.succeeded() }
                try? await Task.sleep(for: .milliseconds(Int64(backoff.next(chance: .random(in: 0 ... .max)))))
            }
        }
    }

    /// Lets the connection go; edits are kept and are sent when there is one again.
    public func goOffline() async {
        keeper?.cancel()
        keeper = nil
        await disconnect()
    }

    /// - Returns: whether the hub answered, once the connection is lost.
    private func stayConnected() async -> Bool {
        let before = replica.metrics.roundTrips
        do { try await connect() } catch { return false }
        await reader?.value
        return replica.metrics.roundTrips > before
    }
}
