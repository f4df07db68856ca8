// A kiosk's process: it goes on for the next customer, and has nothing of the one before.
internal import Commerce
internal import Replica
internal import Transport

extension Baton {
    /// Forgets the customer: the engine is another one, on a disk that never had anything of theirs. Who stays online
    /// connects anew.
    func end() throws {
        if let connection {
            // What was said of this customer's is said to its end.
            let rest = outbox
            lost(connection, nil)
            Task {
                for frame in rest { try? await connection.send(frame) }
                await connection.close()
            }
        }
        replica = try replica.reopened()
        tell(.decided)
    }

    /// A kiosk ends by itself when nobody did anything for a while.
    func watchForIdleness() {
        guard replica.profile.isKiosk else { return }
        let limit = Duration.milliseconds(Int64(CommerceLimits.kioskIdleMilliseconds))
        // A disk that can't be read says so at the next command.
        idler = Task { [weak self] in while (try? await Task.sleep(for: .seconds(1))) != nil { try? await self?.endIfIdle(for: limit) } }
    }

    package func endIfIdle(for limit: Duration) throws {
        guard replica.profile.isKiosk, ContinuousClock.now - used >= limit else { return }
        used = .now
        replica.end()
        // What can't be sealed is gone with who is gone: the next one must find an empty kiosk.
        try? replica.flush()
        try end()
    }
}
