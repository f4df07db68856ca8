// On- and offline: a connection that carries out what the engine says.
internal import CRDT
internal import Replica
internal import Store
internal import Sync
internal import Transport

/// What one round of catching up did.
public struct SyncReport: Equatable, Sendable {
    /// Changes.
    public var sent = 0, received = 0
    public var bytesSent = 0, bytesReceived = 0
    public var roundTrips = 0
    public var isCaughtUp = false
}

extension Baton {
    public var isOnline: Bool { replica.isOnline }

    /// Connects to the hub; edits made meanwhile go out, and what others did comes in, until `disconnect`.
    /// - Throws: `offline` where the hub can't be reached.
    public func connect(timeoutSeconds: Double = 10) async throws { _ = try await begin(timeoutSeconds: timeoutSeconds) }

    /// - Returns: whether a connection was begun, whose greeting is yet to come; else there was one, perhaps an old one.
    private func begin(timeoutSeconds: Double) async throws -> Bool {
        guard connection == nil else { return false }
        let opened = try await reach(timeoutSeconds: timeoutSeconds)
        guard connection == nil else {
            await opened.close()
            return false
        }
        connection = opened
        closing = nil
        replica.connected()
        watchdog = Task { [weak self] in
            let start = ContinuousClock.now
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                let passed = (ContinuousClock.now - start).components
                await self?.watch(opened, steadyMilliseconds: UInt64(passed.seconds) * 1_000)
            }
        }
        reader = Task { [weak self] in
            do {
                for try await batch in opened.incoming { try await self?.received(batch) }
                await self?.lost(opened, nil)
            } catch {
                await self?.lost(opened, error)
            }
        }
        return true
    }

    /// The device's own hub; where that can't be reached, one that it named.
    private func reach(timeoutSeconds: Double) async throws -> HubConnection {
        var refusal: TransportError?
        for url in replica.hubs {
            do {
                let opened = try await HubConnection.connect(url: url, timeoutMilliseconds: Int64(timeoutSeconds * 1_000))
                isAway = url != replica.profile.hub
                return opened
            } catch let error as TransportError {
                refusal = refusal ?? error
            }
        }
        throw BatonError("offline", (refusal?.message ?? "") + " Your edits are kept, and are sent when it is reached.")
    }

    public func disconnect() async {
        guard let connection else { return }
        let reader = reader
        lost(connection, nil)
        await connection.close()
        await reader?.value
    }

    /// Sends what the hub lacks, gets what is missing here, and says when both ends are alike.
    /// - Throws: `offline`, and why the hub closed the connection.
    public func sync(timeoutSeconds: Double = 30) async throws -> SyncReport {
        let before = replica.metrics
        // A barrier that was answered before now says nothing of what was done since.
        if try await !begin(timeoutSeconds: timeoutSeconds) {
            try replica.pump()
            replica.requestBarrier()
            carryOut()
        }
        let isCaughtUp = await caughtUp(withinSeconds: timeoutSeconds)
        if let closing { throw closing }
        let after = replica.metrics
        // What was sent before, and refused now, counts for neither.
        return SyncReport(sent: max(0, after.changesSent - before.changesSent), received: after.changesReceived - before.changesReceived,
                          bytesSent: after.bytesSent - before.bytesSent, bytesReceived: after.bytesReceived - before.bytesReceived,
                          roundTrips: after.roundTrips - before.roundTrips, isCaughtUp: isCaughtUp)
    }

    /// - Returns: whether it was within the time.
    private func caughtUp(withinSeconds seconds: Double) async -> Bool {
        let id = nextWaiter
        nextWaiter += 1
        let timer = Task { [weak self] in
            try await Task.sleep(for: .seconds(seconds))
            await self?.resume(id, false)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { waiters[id] = $0 }
    }

    private func resume(_ id: UInt64, _ isCaughtUp: Bool) { waiters.removeValue(forKey: id)?.resume(returning: isCaughtUp) }

    /// One write to the disk for all that came at once.
    private func received(_ batch: [[UInt8]]) throws {
        for bytes in batch { try replica.received(bytes) }
        try replica.flush()
        try pushOut()
        for event in replica.takeEvents() {
            switch event {
            case .changed(let id), .remade(let id, _): tell(.document(id.path))
            case .decided, .fact: tell(.decided)
            case .caughtUp(let ticket):
                tell(.online(true))
                // A retry stands behind a later barrier.
                if ticket == replica.lastTicket { for id in waiters.keys.sorted() { resume(id, true) } }
            case .refused(let refusal):
                // What another person left unsent here waits for them, and is no failure of this one's.
                let space = replica.space.name
                if refusal.code == "forbidden", refusal.thing == space || refusal.thing.hasPrefix(space + "/") { closing = BatonError("forbidden", refusal.message) }
            }
        }
    }

    /// Gives up a connection on which an answer is due and nothing comes.
    private func watch(_ watched: HubConnection, steadyMilliseconds: UInt64) {
        guard connection === watched else { return }
        replica.tick(steadyMilliseconds: steadyMilliseconds)
        // A store that failed says so at the next edit.
        try? replica.flush()
        try? pushOut()
        if isAway, keeper != nil, steadyMilliseconds / 1_000 % 30 == 29 { Task { await goHome(from: watched) } }
    }

    /// Who talks to another hub than its own looks now and then whether that is back.
    private func goHome(from watched: HubConnection) async {
        guard let found = try? await HubConnection.connect(url: replica.profile.hub, timeoutMilliseconds: 3_000) else { return }
        await found.close()
        guard connection === watched else { return }
        await disconnect()
    }

    func lost(_ lost: HubConnection, _ error: (any Error)?) {
        guard connection === lost else { return }
        connection = nil
        reader = nil
        watchdog?.cancel()
        watchdog = nil
        outbox = []
        replica.disconnected()
        try? replica.flush()
        if closing == nil, let error {
            let message = (error as? TransportError)?.message ?? (error as? StoreError)?.message ?? "\(error)"
            let code = (error as? TransportError)?.closeCode == 4401 ? "forbidden" : ((error as? StoreError)?.code.name ?? "offline")
            closing = BatonError(code, message)
        }
        for id in waiters.keys.sorted() { resume(id, false) }
        tell(.online(false))
    }

    // MARK: Sending

    func carryOut() {
        for action in replica.takeActions() {
            switch action {
            case .send(let bytes): outbox.append(bytes)
            case .close(let reason):
                closing = BatonError(reason.name, reason.message)
                if let connection {
                    lost(connection, nil)
                    Task { await connection.close() }
                }
            }
        }
        // A send on a connection that died may hang: what the next one has to say doesn't wait for it.
        guard let connection, sending !== connection, !outbox.isEmpty else { return }
        sending = connection
        Task { await self.drain(connection) }
    }

    /// One at a time: frames leave in the order in which they were said.
    private func drain(_ connection: HubConnection) async {
        defer { if sending === connection { sending = nil } }
        while self.connection === connection, !outbox.isEmpty {
            let bytes = outbox.removeFirst()
            do { try await connection.send(bytes) } catch {
                // Why the hub closes it stands in what may be on its way to the reader, which says so then.
                try? await Task.sleep(for: .milliseconds(200))
                return lost(connection, error)
            }
        }
    }
}
