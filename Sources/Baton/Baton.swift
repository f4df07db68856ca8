// A device's library: one actor over the engine, its store, and a connection to the hub.
//
//     let baton = try await Baton.open("phone", hub: "ws://127.0.0.1:7400")
//     try await baton.signIn("ana")
//     try await baton.addToCart("SHOE-42")          on the disk when it returns, with or without a network
//     for await change in baton.changes() { … }     what came from elsewhere
package import Replica
internal import Glibc
internal import SQLiteStore
internal import CRDT
internal import Store
internal import Transport

/// What went wrong: a code of Protocol/README.md's list for programs, and a sentence for people.
public struct BatonError: Error, Equatable, Sendable {
    public let code: String
    public let message: String

    package init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// Something came from elsewhere.
public enum Change: Equatable, Sendable {
    /// A document has new content; its name, for example `cart/1`.
    case document(String)
    /// The session went to a device, or an intent was decided.
    case decided
    /// The connection to the hub came or went.
    case online(Bool)
}

public actor Baton {
    package internal(set) var replica: Replica
    /// When somebody last did something here.
    var used = ContinuousClock.now
    /// Of a kiosk.
    var idler: Task<Void, Never>?
    var connection: HubConnection?
    /// Whether that is another hub than the device's own.
    var isAway = false
    var reader: Task<Void, Never>?
    var watchdog: Task<Void, Never>?
    /// Keeps the connection, between `goOnline` and `goOffline`.
    var keeper: Task<Void, Never>?
    var outbox: [[UInt8]] = []
    /// The connection that a task is sending on.
    var sending: HubConnection?
    var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
    var nextWaiter: UInt64 = 0
    var closing: BatonError?
    private var observers: [UInt64: AsyncStream<Change>.Continuation] = [:]
    private var nextObserver: UInt64 = 0

    init(replica: sending Replica) { self.replica = replica }

    /// Opens a device's folder, or begins one there.
    /// - Parameters:
    ///   - folder: made if it isn't there, readable by its owner only. One process holds it at a time.
    ///   - hub: `ws://host:port`; used for a new device only.
    /// - Throws: `store-locked`, `store-newer`, `store-damaged`, `store-failed`.
    public static func open(_ folder: String, hub: String, name: String = "device", kind: String = "phone", role: String = "customer",
                            token: String = "") throws -> Baton {
        try open(folder, DeviceProfile(name: name, kind: kind, role: role, hub: hub, token: token))
    }

    /// What is wrong with a hub's address; nil for nothing.
    package static func complaint(aboutHub address: String) -> String? {
        do throws(TransportError) { _ = try HubURL(parsing: address) } catch { return error.message }
        return nil
    }

    /// - Parameter profile: of a device that is begun. One that can't be begun to its end leaves nothing of itself behind.
    package static func open(_ folder: String, _ profile: DeviceProfile) throws -> Baton {
        let isNew = mkdir(folder, 0o700) == 0
        do throws(StoreError) {
            let store = try SQLiteStore(path: folder + "/store.db")
            return begun(try Replica.exists(in: store) ? Replica.open(store, .system) : Replica.create(in: store, .system, profile))
        } catch {
            // What was opened of it is closed by now.
            if isNew { remove(folder) }
            throw BatonError(error.code.name, error.message)
        }
    }

    /// Opens a device that is there.
    /// - Throws: `unknown-document` where one was begun, and the process or the machine stopped before it was there.
    package static func open(existing folder: String) throws -> Baton {
        do throws(StoreError) {
            let store = try SQLiteStore(path: folder + "/store.db")
            if try Replica.exists(in: store) { return begun(try Replica.open(store, .system)) }
        } catch {
            throw BatonError(error.code.name, error.message)
        }
        throw BatonError("unknown-document", "The device in \(folder) was begun, but not to its end, and has nothing yet: `baton init` once more completes it.")
    }

    private static func begun(_ replica: sending Replica) -> Baton {
        let baton = Baton(replica: replica)
        Task { await baton.watchForIdleness() }
        return baton
    }

    /// Takes a device's files away, and its folder where nothing else is in it. Nobody may hold it.
    package static func remove(_ folder: String) {
        for file in ["store.db", "store.db-wal", "store.db-shm", "store.db.lock", "store.db.witness", "holder.socket"] { unlink(folder + "/" + file) }
        rmdir(folder)
    }

    /// What comes from elsewhere, from now on. Any number may listen; a slow one loses the oldest.
    public func changes() -> AsyncStream<Change> {
        let (stream, continuation) = AsyncStream.makeStream(of: Change.self, bufferingPolicy: .bufferingNewest(1_000))
        let id = nextObserver
        nextObserver += 1
        observers[id] = continuation
        continuation.onTermination = { [weak self] _ in
            Task { await self?.forget(id) }
        }
        return stream
    }

    private func forget(_ id: UInt64) { observers[id] = nil }

    func tell(_ change: Change) {
        for observer in observers.values { observer.yield(change) }
    }

    /// Runs something on the engine, and puts it on the disk.
    package func perform<Result: Sendable>(_ body: @Sendable (Replica) throws -> Result) throws -> Result {
        let result = try body(replica)
        try settle()
        return result
    }

    /// Puts what was done on the disk, and says it to the hub if it is there.
    package func settle() throws {
        try replica.flush()
        try pushOut()
        used = .now
        if replica.hasEnded { try end() }
    }

    /// Says what is on the disk to the hub. A disk that is too full for a seal fails no edit: it's tried again.
    func pushOut() throws {
        do throws(StoreError) {
            try replica.pump()
            try replica.sendIntents()
        } catch {
            if error.code != .diskFull { throw error }
        }
        carryOut()
    }

    /// The device's id, and the actor that it writes under.
    package func identity() throws -> (device: String, actor: String) {
        let actor = try replica.currentActor()
        try replica.flush()
        return (replica.device.description, actor.description)
    }

    /// Lets the connection and the store go.
    public func close() async {
        idler?.cancel()
        // Who goes in order leaves the desk to the others.
        if (try? replica.leaveDesk()) == true, (try? settle()) != nil { _ = try? await sync(timeoutSeconds: 2) }
        await goOffline()
        replica.store.close()
        for observer in observers.values { observer.finish() }
        observers = [:]
    }
}
