// Carries out what the hub's core decides, on the server's event loop: one commit for all that a turn
// of the loop brought, then everything that follows from it.
internal import HubCore
internal import Logging
internal import Store
internal import Sync
internal import Transport

final class HubDriver: HubServerDelegate {
    private let core: HubCore
    private let book: TokenFile
    private unowned let server: HubServer
    private let log: Logger
    /// nil: orders can't be paid when they're placed.
    private let payments: (any PaymentProvider)?
    /// Of a store's hub: its line to the central one.
    var upstream: Upstream?
    /// The last tick's.
    private var now: UInt64 = 0
    /// The disk failed: the process ends, so that nothing is acknowledged that may not be kept.
    private let stop: (StoreError) -> Void

    init(core: HubCore, book: TokenFile, server: HubServer, log: Logger, payments: (any PaymentProvider)?, stop: @escaping (StoreError) -> Void) {
        self.core = core
        self.book = book
        self.server = server
        self.log = log
        self.payments = payments
        self.stop = stop
    }

    func opened(_ connection: ConnectionID, remoteAddress: String) {
        log.debug("connected", metadata: ["connection": "\(connection)", "address": "\(remoteAddress)"])
        core.connected(connection.value)
        carryOut()
    }

    func received(_ connection: ConnectionID, _ bytes: [UInt8]) { core.received(connection.value, bytes) }

    func readComplete() { turn { _ throws(StoreError) in } }

    /// Does something with the core, commits, and carries out what follows.
    private func turn(_ body: (HubCore) throws(StoreError) -> Void) {
        attempt { () throws(StoreError) in
            try body(core)
            try core.flush()
            for id in core.connectionIDs { try pump(id) }
        }
    }

    private func attempt(_ body: () throws(StoreError) -> Void) {
        do throws(StoreError) {
            try body()
        } catch {
            log.error("the store failed", metadata: ["code": "\(error.code.name)", "reason": "\(error.message)"])
            if error.code != .diskFull { stop(error) }
        }
        carryOut()
    }

    func writable(_ connection: ConnectionID) {
        // What others said in the same pass may be staged: their entries have numbers, and are not in the log before it's committed.
        attempt { () throws(StoreError) in
            try core.flush()
            try pump(connection.value)
        }
    }

    func closed(_ connection: ConnectionID) {
        log.debug("disconnected", metadata: ["connection": "\(connection)"])
        core.disconnected(connection.value)
    }

    func tick(nowMilliseconds: UInt64) {
        now = nowMilliseconds
        if book.hasChanged() {
            core.accessChanged()
            carryOut()
        }
        let answers = payments?.answers(now: now) ?? []
        turn { core throws(StoreError) in
            try core.tick()
            core.tickUplink(steadyMilliseconds: nowMilliseconds)
            for answer in answers { try core.paid(answer) }
        }
    }

    // MARK: The line to the central hub

    func upstreamOpened() { core.uplinkConnected() }
    /// - Returns: whether both hubs had what the other has behind any of it.
    func upstreamReceived(_ batch: [[UInt8]]) -> Bool {
        var isSettled = false
        for bytes in batch {
            core.uplinkReceived(bytes)
            isSettled = isSettled || core.uplinkIsSettled
        }
        return isSettled
    }
    func upstreamClosed() { core.uplinkLost() }

    private func pump(_ id: UInt64) throws(StoreError) {
        try core.pump(id) {
            // What was decided is handed over first, or the answer would be about an empty queue.
            carryOut()
            return server.isWritable(ConnectionID(value: id))
        }
    }

    private func carryOut() {
        for action in core.takeActions() {
            switch action {
            case .send(let id, let bytes): server.send(ConnectionID(value: id), bytes)
            case .sendUp(let bytes): upstream?.send(bytes)
            case .closeUp(let reason):
                log.warning("closed upstream", metadata: ["reason": "\(reason.name)", "detail": "\(reason.message)"])
                upstream?.close()
            case .charge(let charge): payments?.ask(charge, now: now)
            case .close(let id, let reason):
                log.info("closed", metadata: ["connection": "#\(id)", "reason": "\(reason.name)", "detail": "\(reason.message)"])
                server.close(ConnectionID(value: id), code: reason.code, reason: reason.message)
            }
        }
    }
}
