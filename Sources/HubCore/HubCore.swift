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

    package let documents: DocumentStore
    let environment: Environment
    let book: any TokenBook
    let log: SpaceLog
    let key: DeviceKey
    private(set) lazy var sealingKey = HubCore.sealingKey(of: key)
    private(set) lazy var positionKey = Position.key(of: key)
    package internal(set) var epoch: UInt64
    /// What was so before an epoch that isn't on the disk yet.
    var unwrittenEpoch: (epoch: UInt64, node: String, collectsFor: UInt64?)?
    var connections: [UInt64: Connection] = [:]
    /// Bytes of all connections that wait for what was said before them.
    var earlyBytes = 0
    /// Connections that haven't said hello, and since when, by a clock that only goes forward.
    var strangers: [UInt64: UInt64] = [:]
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
    var awaitingRows: [(asked: Asked, space: SpaceID, row: String, total: Int64, node: String)] = []
    /// Asked, and refused unless a lender that was there just now is there again.
    var hopeful: [Asked] = []
    /// When a lender that is away was last there; and when this hub was opened.
    var lenderSeen: [Decider: UInt64] = [:]
    var opened: UInt64 = 0
    /// Of a store's own hub: devices that the central one asked about.
    var comings: [DeviceID: Coming] = [:]
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
    /// Orders of which somebody brought what this hub had decided, and since when.
    var behind: [Behind: UInt64] = [:]
    /// Where devices are, by their rows' keys, as far as that is not on the disk yet; and since when it isn't.
    var standings: [[UInt8]: Standing] = [:]
    var standingsSince: UInt64 = 0
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
        let known = try store.get(.meta, HubCore.keyName)
        let seed = known ?? environment.random(32)
        if known == nil { documents.stage(.put(.meta, key: HubCore.keyName, value: seed)) }
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
            // A key and nothing else is a hub that lost its disk: it doesn't know anything that it decided.
            if known != nil { beginCollecting() }
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
        try loadBehind()
        try documents.flush()
        opened = time()
    }

    func loadActors() throws(StoreError) {
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

    static let keyName = Array("hub-key".utf8)
    static let epochName = Array("hub-epoch".utf8)
    static let timeName = Array("hub-time".utf8)

    static func freshEpoch(_ environment: Environment) -> UInt64 {
        max(1, DocumentKeys.number(environment.random(8)))
    }

    /// The hub's name: what devices tell it apart by.
    package var id: [UInt8] { DeviceID(publicKey: key.publicKey).bytes }

    /// In milliseconds; goes on steadily, whatever the wall's clock does.
    func time() -> UInt64 { clock.now(environment) }

    package var connectionIDs: [UInt64] { connections.keys.sorted() }
}
