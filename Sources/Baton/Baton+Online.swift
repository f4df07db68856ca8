// Staying online: a task that connects, and connects again with growing pauses, until told to stop.
internal import Replica

extension Baton {
    /// Pauses between attempts grow from the first to the last, with a part at random, so that devices that
    /// lost their hub together don't come back together.
    private static let pauseMilliseconds: ClosedRange<Int64> = 200...30_000

    /// Connects, and stays connected through losses, until `goOffline`. Does nothing where it does already.
    public func goOnline() {
        guard keeper == nil else { return }
        keeper = Task { [weak self] in
            var pause = Baton.pauseMilliseconds.lowerBound
            while !Task.isCancelled {
                guard let wasUseful = await self?.stayConnected() else { return }
                pause = wasUseful ? Baton.pauseMilliseconds.lowerBound : min(pause * 2, Baton.pauseMilliseconds.upperBound)
                try? await Task.sleep(for: .milliseconds(pause / 2 + Int64.random(in: 0...pause / 2)))
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
