// The hub without its sockets: connections, what they may see, and what is on its disk.
//
//     received ──► staged (documents, log, outcomes) ──► flush: one commit ──► acknowledgements,
//                                                                              outcomes, fan-out
//
// Nothing is acknowledged before the commit that holds it. Fan-out reads the log for as long as a
// connection has room, so a slow device costs no memory. Decides in one thread; the driver sends.
package import Commerce
internal import CRDT
package import Store
package import Sync
internal import Bytes

package final class HubCore {
    package enum Action: Equatable {
        case send(UInt64, [UInt8])
        case close(UInt64, CloseReason)
        /// To the central hub, and the end of that connection.
        case sendUp([UInt8])
        case closeUp(CloseReason)
        /// Ask the payment provider; `paid` takes its answer. Asked twice, it must do it once.
        case charge(Charge)
    }

    /// Counts since the start, for logs and metrics.
    package struct Metrics: Equatable, Sendable {
        package var blocks = 0, duplicates = 0, refusals = 0, forks = 0, intents = 0, commits = 0, cuts = 0
    }

    final class Connection {
        var session: HubSession
        var peer: Peer?
        var hello: Hello?
        /// Up to where each space's log was sent.
        var positions: [SpaceID: UInt64] = [:]
        /// What it showed for the spaces that it follows: looked at again when the book changes.
        var proofs: [SpaceID: String] = [:]
        /// What it sees of spaces that aren't its person's.
        var guests: [SpaceID: Guest] = [:]
        /// What it asked to follow by a token that isn't known here yet.
        var hoped: [Subscription] = []
        /// Schemes of which it follows every space, also those that are new: persons', stores'.
        var followsEvery: Set<String> = []
        /// What this connection brought itself, and needn't get back.
        var brought: [SpaceID: Set<UInt64>] = [:]
        var acknowledgements: [Acknowledgement] = []
        var answers: [Frame] = []
        /// Parcels that it brought and that are on the disk with the next commit.
        var kept: [[UInt8]] = []
        var barriers: [UInt64] = []
        /// Of a store's hub: what was passed on to it.
        var forwarded: Set<UInt64> = []
        /// Documents in which this device brought another branch. What it brings next may build on that, under
        /// names that mean something else here: nothing of it is taken before the device had time to part them.
        var forked: Set<DocumentID> = []

        init(session: HubSession) { self.session = session }

        func unfollow(_ space: SpaceID) {
            positions[space] = nil
            proofs[space] = nil
            guests[space] = nil
            hoped.removeAll { $0.space == space }
        }
    }

    package let documents: DocumentStore
    let environment: Environment
    let book: any TokenBook
    let log: SpaceLog
    let key: DeviceKey
    private(set) lazy var sealingKey = HubCore.sealingKey(of: key)
    package private(set) var epoch: UInt64
    var connections: [UInt64: Connection] = [:]
    var actions: [Action] = []
    var actors: [ActorID: ActorRecord] = [:]
    /// (space, actor) that the space's log has named.
    var introduced: Set<[UInt8]> = []
    var staged = Staged()
    /// What is due in each store's space, by the name of the resource.
    var dues: [SpaceID: [String: Int64]] = [:]
    /// Nothing is due before.
    var nextDue: Int64 = .max
    /// To be asked of the payment provider once it's on the disk.
    var charges: [Charge] = []
    var clock = HubTime()
    /// What this hub is called among those that have rights to sell.
    package let name: String
    /// The same, until the hub was put back: then another that has no rights yet.
    var node: String
    /// The epoch in which it was put back, and the stores of which it knows again what it had decided.
    var collectsFor: UInt64?
    var collected: Set<SpaceID> = []
    /// Whether anybody takes money for orders that are paid when they're placed.
    package var takesPayments = true
    /// Of a store's own hub: that store. nil for the central one.
    package let serves: String?
    /// Of a store's own hub: what it shows to the central one.
    package var token = ""
    /// Where else devices find what is here, for those that lose this hub.
    package var others: [String] = []
    /// The central hub that this one belongs to, once it has met it.
    var home: [UInt8]?
    var uplink: Uplink?
    /// Persons and devices that somebody here followed since the start.
    var checkedIn: Set<SpaceID> = []
    var authorities: [SpaceID: StoreAuthority?] = [:]
    /// Asked, and not decided before a hub that was put back knows what it had decided.
    var parked: [Asked] = []
    var errands: [Errand] = []
    /// The number of the last.
    var errandCount: UInt64 = 0
    /// Asked, and decided once a row says that what was borrowed is there.
    var awaitingRows: [(asked: Asked, space: SpaceID, row: String, total: Int64)] = []
    /// Asked, and refused unless a lender that was there just now is there again.
    var hopeful: [Asked] = []
    /// When a lender that is away was last there; and when this hub was opened.
    var lenderSeen: [Decider: UInt64] = [:]
    var opened: UInt64 = 0
    /// To be decided without what can't be borrowed any more.
    var late: [Asked] = []
    /// Of devices that are gone: what waits of theirs.
    var parcels: [OpenParcel] = []
    /// Of a store's own hub: those that only the central one can open, by their ids.
    var parcelsAbove: [[UInt8]] = []
    /// Whether there are more on the disk, whose devices aren't let in.
    var hasParcelsAside = false
    /// Orders of which something came from the central hub since they were last looked at.
    var arriving: Set<String> = []
    /// What is published, once it was looked at since the last of it.
    var preparedBooks: PreparedBooks??
    /// Something was shared, or is shared no longer, since the last commit.
    var haveSharesChanged = false
    /// nil: histories are never cut.
    package var cutting: Cutting?
    /// Spaces in which a device moved since histories were last looked at.
    var cutDue: Set<SpaceID> = []
    /// Up to where a space's log was looked through for histories to cut.
    var looked: [SpaceID: UInt64] = [:]
    package internal(set) var metrics = Metrics()

    /// Opens a hub's store, or begins one.
    /// - Throws: `.damaged` where the hub's own key is.
    package init(store: any Store, environment: Environment, book: any TokenBook, name: String = "hub", serves: String? = nil) throws(StoreError) {
        (self.name, node, self.serves) = (name, name, serves)
        documents = DocumentStore(store)
        self.environment = environment
        self.book = book
        log = try SpaceLog(documents)
        let seed: [UInt8]
        if let found = try store.get(.meta, HubCore.keyName) {
            seed = found
        } else {
            seed = environment.random(32)
            documents.stage(.put(.meta, key: HubCore.keyName, value: seed))
        }
        guard let key = DeviceKey(seed: seed) else {
            throw StoreError(.damaged, "The hub's key is damaged. Restore a backup of its store.")
        }
        self.key = key
        // Numbers of a log that was restored or copied mean something else than devices believe.
        if let found = try store.get(.meta, HubCore.epochName), store.isContinuous {
            epoch = DocumentKeys.number(found)
            try loadNode()
        } else {
            epoch = HubCore.freshEpoch(environment)
            if try store.get(.meta, HubCore.epochName) != nil { beginCollecting() }
            documents.stage(.put(.meta, key: HubCore.epochName, value: DocumentKeys.number(epoch)))
        }
        documents.beforeFlush = { [unowned self] in signStaged() }
        if let found = try store.get(.meta, HubCore.timeName), let time = try? HubTime(decoding: found) { clock = time }
        try loadUplink()
        try loadActors()
        try loadDue()
        try loadCharges()
        try loadErrands()
        try loadParcels()
        try documents.flush()
        opened = time()
    }

    private func loadActors() throws(StoreError) {
        actors = [:]
        introduced = []
        for row in try documents.store.scan(.actors, prefix: []).rows {
            if row.key.count == 16 {
                var reader = ByteReader(row.value)
                if let record = try? ActorRecord(&reader) { actors[record.actor] = record }
            } else {
                introduced.insert(row.key)
            }
        }
    }

    private static let keyName = Array("hub-key".utf8)
    private static let epochName = Array("hub-epoch".utf8)
    static let timeName = Array("hub-time".utf8)

    private static func freshEpoch(_ environment: Environment) -> UInt64 {
        max(1, DocumentKeys.number(environment.random(8)))
    }

    /// The hub's name: what devices tell it apart by.
    package var id: [UInt8] { DeviceID(publicKey: key.publicKey).bytes }

    /// In milliseconds; goes on steadily, whatever the wall's clock does.
    func time() -> UInt64 { clock.now(environment) }

    package var connectionIDs: [UInt64] { connections.keys.sorted() }

    // MARK: Connections

    package func connected(_ id: UInt64) {
        let greeting = Greeting(hub: self.id, epoch: epoch, nonce: environment.random(32))
        connections[id] = Connection(session: HubSession(greeting: greeting))
        actions.append(.send(id, Frame.greeting(greeting).bytes))
    }

    package func disconnected(_ id: UInt64) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        forget(connection)
    }

    package func received(_ id: UInt64, _ bytes: [UInt8]) {
        guard let connection = connections[id], let event = connection.session.received(bytes) else { return }
        do {
            try handle(event, id, connection)
        } catch let reason as CloseReason {
            close(id, reason)
        } catch {
            failed("\(error)")
        }
    }

    private func handle(_ event: HubSession.Event, _ id: UInt64, _ connection: Connection) throws {
        if case .hello(let hello) = event {
            connection.peer = try Access.admit(hello, book)
            connection.hello = hello
            actions.append(.send(id, Frame.welcome(Welcome(role: hello.role, time: time(), home: serves == nil ? self.id : home ?? self.id, sealing: sealingKey.publicKey, others: others)).bytes))
            return
        }
        if case .close(let reason) = event { throw reason }
        guard let peer = connection.peer else { return }
        switch event {
        case .hello, .close: break
        case .subscribe(let list): try subscribe(connection, peer, list)
        case .unsubscribe(let space):
            connection.unfollow(space)
        case .upload(let entries): for entry in entries { try take(entry, connection, peer) }
        case .intent(let intent): try ask(intent, connection, peer)
        case .parcel(let bytes): try take(parcel: bytes, connection)
        case .forward(let forward): try ask(forward, .connection(connection), through: peer)
        case .outcome(let outcome): try answered(outcome, by: .store(peer.store))
        case .standing(let list):
            for item in list where connection.positions[item.space] != nil && item.position <= log.end(of: item.space) {
                try stand(peer.device, in: item.space, at: item.position, isFollowing: false)
            }
        case .barrier(let ticket):
            connection.forked = []
            noteTold(connection, peer)
            if peer.role == .storeHub { try enrolStoreHub(connection, peer) }
            connection.barriers.append(ticket)
        }
    }

    func close(_ id: UInt64, _ reason: CloseReason) {
        disconnected(id)
        actions.append(.close(id, reason))
    }

    /// A log that is shorter than a device remembers was restored behind our back.
    func beginEpoch() {
        epoch = HubCore.freshEpoch(environment)
        beginCollecting()
        documents.stage(.put(.meta, key: HubCore.epochName, value: DocumentKeys.number(epoch)))
        if uplink != nil { closeUp(.failed("This hub was put back to an older state.")) }
        for id in connections.keys.sorted() {
            close(id, .failed("The hub's log is older than this device remembers: connect again to bring it up to date."))
        }
    }

    /// The disk didn't take a batch: memory goes back to what the disk has, and every device connects anew.
    func failed(_ message: String) {
        documents.dropStaged()
        staged = Staged()
        // It may be of a book that was staged, at a position that another one takes.
        preparedBooks = nil
        // A store that can't be read any more answers no later request either.
        try? log.load()
        try? loadActors()
        try? loadDue()
        try? loadCharges()
        try? loadNode()
        collected = []
        haveSharesChanged = false
        (parked, awaitingRows, late, hopeful, authorities) = ([], [], [], [], [:])
        try? loadErrands()
        try? loadUplink()
        try? loadParcels()
        if uplink != nil { closeUp(.failed(message)) }
        for id in connections.keys.sorted() { close(id, .failed(message)) }
    }

    /// The book of tokens changed: whoever it lets in no longer, or to a space no longer, is closed now, not at its
    /// next message. A device that lost one space only connects again and is refused that one.
    package func accessChanged() {
        if Plant.revokedStaysConnected.isPlanted { return }
        // A store that can't be read any more says so at the next turn.
        if hasParcelsAside { try? loadParcels() }
        for id in connections.keys.sorted() {
            guard let hello = connections[id]?.hello else { continue }
            do throws(CloseReason) {
                let peer = try Access.admit(hello, book)
                for (space, proof) in connections[id]?.proofs ?? [:] where !maySubscribe(peer, to: space, proof: proof) {
                    throw .unauthorized("This device may see \(space) no longer.")
                }
            } catch {
                close(id, error)
            }
        }
    }

    // MARK: The turn

    /// Commits what arrived, then says so: call it when all that had arrived was passed on.
    /// - Throws: what the store threw; every connection is closed then, and nothing was acknowledged.
    package func flush() throws(StoreError) {
        do { try workOnParcels() } catch {
            failed(error.message)
            throw error
        }
        let isLate = Plant.acknowledgeBeforeCommit.isPlanted && connections.values.contains { !$0.acknowledgements.isEmpty }
        if documents.hasStaged || !late.isEmpty || !awaitingRows.isEmpty, !isLate {
            do {
                try decideWhatWaited()
                try commit()
                if collectsFor != nil, try decideParked() { try commit() }
                if haveSharesChanged {
                    haveSharesChanged = false
                    try lookAtShares()
                    try documents.flush()
                }
                if !cutDue.isEmpty {
                    try cutHistories()
                    try documents.flush()
                }
            } catch {
                failed(error.message)
                throw error
            }
        }
        do { try pumpUp() } catch {
            failed(error.message)
            throw error
        }
        actions += charges.map(Action.charge)
        charges = []
        for id in connections.keys.sorted() {
            guard let connection = connections[id] else { continue }
            if !connection.acknowledgements.isEmpty {
                actions.append(.send(id, Frame.acknowledged(connection.acknowledgements).bytes))
                connection.acknowledgements = []
            }
            if !connection.kept.isEmpty {
                actions.append(.send(id, Frame.kept(connection.kept).bytes))
                connection.kept = []
            }
            if connection.peer?.role == .storeHub { continue }
            for answer in connection.answers { actions.append(.send(id, answer.bytes)) }
            connection.answers = []
        }
    }

    /// What other hubs' facts made possible.
    private func decideWhatWaited() throws(StoreError) {
        do {
            try takeArrivals()
            try decideBorrowed()
            try settleLate()
            try decideLate()
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.damaged, "What was decided elsewhere can't be read: \(error)")
        }
    }

    private func commit() throws(StoreError) {
        if staged.isTimed { documents.stage(.put(.meta, key: HubCore.timeName, value: clock.bytes)) }
        try documents.flush()
        staged = Staged()
        metrics.commits += 1
    }

    package func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }
}
