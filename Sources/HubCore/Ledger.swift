// What a decision reads and writes: the facts as they are now, and what becomes of them if it is made. Nothing of a
// decision that is refused is kept.
//
//     decide ──► reads facts ──► puts values ──► returns: each value is the resource's next fact
//                                            └─► throws: none is
internal import Bytes
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

/// Why an intent is refused, and what is so instead.
struct Refused: Error {
    let code: String
    let message: String
    var value = Value.null

    init(_ code: String, _ message: String, value: Value = .null) { (self.code, self.message, self.value) = (code, message, value) }
}

final class Ledger {
    struct Key: Hashable {
        let space: SpaceID
        let resource: String
    }

    private unowned let hub: HubCore
    /// In milliseconds of this hub's time.
    let time: Int64
    /// What this hub is called among the authorities.
    let node: String
    private(set) var order: [Key] = []
    private var values: [Key: Value] = [:]
    /// What was read already: nothing else is decided meanwhile.
    private var known: [Key: Fact?] = [:]

    /// Stores whose lender didn't answer.
    private let without: Set<String>

    init(_ hub: HubCore, without: Set<String> = []) {
        self.hub = hub
        self.without = without
        time = Int64(clamping: Plant.expiryByWall.isPlanted ? hub.environment.nowMilliseconds() : hub.time())
        node = hub.node
    }

    /// The same facts, without what this decision has written.
    var unwritten: Ledger { Ledger(hub) }

    var isEmpty: Bool { order.isEmpty }

    func value(_ space: SpaceID, _ resource: String) throws(StoreError) -> Value? {
        let key = Key(space: space, resource: resource)
        if let value = values[key] { return value }
        return try before(key)?.value
    }

    /// What was decided about it before.
    func before(_ key: Key) throws(StoreError) -> Fact? {
        if let fact = known[key] { return fact }
        let fact = try hub.fact(key.space, key.resource)
        known[key] = .some(fact)
        return fact
    }

    func put(_ space: SpaceID, _ resource: String, _ value: Value) {
        let key = Key(space: space, resource: resource)
        if values.updateValue(value, forKey: key) == nil { order.append(key) }
    }

    /// Everything that was put, in the order in which it first was.
    var changes: [(key: Key, value: Value)] { order.map { ($0, values[$0] ?? .null) } }

    /// Resources that begin so, and what is said of them now.
    /// - Complexity: O(found).
    func resources(_ space: SpaceID, _ prefix: String) throws(StoreError) -> [(resource: String, value: Value)] {
        var found: [String: Value] = [:]
        for fact in try hub.facts(space, prefix) {
            found[fact.resource] = fact.value
            known[Key(space: space, resource: fact.resource)] = .some(fact)
        }
        for (key, value) in values where key.space == space && key.resource.hasPrefix(prefix) { found[key.resource] = value }
        return found.sorted { utf8Precedes($0.key, $1.key) }.map { ($0.key, $0.value) }
    }

    /// Resources whose time is over and of which nobody has said so yet.
    func overdue(_ space: SpaceID) -> [String] { hub.overdue(space, at: time) }

    /// A document at a frontier, as `baton history` prints one.
    /// - Throws: `NotYet` where this hub hasn't got all of that; `too-old`.
    func document(_ id: DocumentID, at text: String) throws -> Document {
        let document = try document(id)
        let tooOld = Refused("too-old", "The history of \(id.path) was cut since: look at it, and ask again.")
        var frontier: [OperationID] = []
        if text == "cut" { throw tooOld }
        for part in text.split(separator: ",") where text != "start" {
            guard let id = OperationID(String(part)) else { throw Refused("invalid-value", "\"\(text.prefix(60))\" is no frontier.") }
            frontier.append(id)
        }
        do {
            let version = try document.version(of: frontier)
            return version == document.version ? document : try document.at(version)
        } catch {
            if case .unknown = error { throw NotYet() }
            throw tooOld
        }
    }

    /// What a decision does to a document, in the hub's own name. It comes last: nothing may be refused behind it.
    func edit(_ id: DocumentID, _ body: (inout Document) throws -> Void) throws { try hub.edit(id, body) }

    /// A document as this hub has it.
    func document(_ id: DocumentID) throws(StoreError) -> Document { try hub.documents.openWhole(id).document }

    /// A desk gave its lease back: who waited for that is next.
    var isDeskFree = false

    /// What the payment provider said already.
    func payment(_ id: String) throws(StoreError) -> PaymentResult? { try hub.payment(id) }

    /// What is published; nil where there is no price book.
    func books() throws -> PreparedBooks? { try hub.books() }

    var takesPayments: Bool { hub.takesPayments }

    /// Whether a name is one under which this hub has rights, or had.
    func isOwn(_ node: String) -> Bool { hub.isOwn(node) }

    /// Whether this is the central hub, which keeps what is in persons' spaces.
    var isCentral: Bool { hub.serves == nil }

    /// Whether a device is the central hub.
    func isHome(_ device: DeviceID) -> Bool { hub.home == device.bytes }

    /// Whether a device came here since the central hub asked about it.
    func hasCome(_ device: DeviceID) -> Bool { hub.comings[device]?.hasCome == true }

    /// Whether an order's next step is this hub's to decide.
    func decides(_ order: Order) -> Bool { hub.decides(order) }

    /// The hub of a store's own, if it has one and this isn't it.
    func delegate(of store: String) throws -> String? {
        guard let authority = try hub.authority(of: StockNames.space(store)), authority.publicKey != hub.key.publicKey else { return nil }
        return authority.node
    }

    /// The hub that may sell a store's units beside this one; nil where there is none.
    func otherNode(_ store: String) throws -> String? { try hub.otherNode(store) }

    /// Units that could be borrowed now.
    /// - Parameter held: what the lender holds for whom they are for, and gives up for them.
    func lendable(_ sku: String, _ store: String, held: Int64) throws -> Int64 { try hub.lendable(sku, store, held: held, without: without) }

    /// Asks the store's other hub to end a hold of its own, once the decision is on the disk.
    func release(_ hold: String, at store: String) { releases.append((hold, store)) }
    private(set) var releases: [(hold: String, store: String)] = []

    /// Asks whoever may promise units of this shelf elsewhere to give some up, once the decision is on the disk.
    func claim(_ quantity: Int64, of sku: String, _ store: String, id: String) { claims.append((quantity, sku, store, id)) }
    private(set) var claims: [(quantity: Int64, sku: String, store: String, id: String)] = []

    /// Whether a name is one under which this hub had rights before it was put back.
    func wasOwn(_ node: String) -> Bool { node != self.node && hub.isOwn(node) }

    /// Whether no hub goes by a name that has rights in a store: it was mistyped when they were lent, or this hub was called so. The
    /// central hub alone knows, for it enrols the others, each for good.
    func isNobodys(_ node: String, _ store: String) throws -> Bool {
        guard isCentral, !isOwn(node) else { return false }
        return try hub.authority(of: StockNames.space(store))?.isOwn(node) != true
    }

    /// Whether a hold is this hub's to end.
    func keeps(_ hold: Hold) throws -> Bool { try isOwn(hold.node) || isNobodys(hold.node, hold.store) }

    /// Another one since this hub was put back.
    var epoch: String { Hex.encode(DocumentKeys.number(hub.epoch)) }

    func isCollected(_ store: String) throws -> Bool { try hub.isCollected(StockNames.space(store)) }

    /// Stores that this hub has anything of, by name.
    var stores: [String] { hub.stores }

    /// Of a hub that was put back those, and others of which somebody is awaited; of any other none.
    var awaitedStores: [String] { get throws(StoreError) { try hub.awaitedStores() } }

    /// The next order's number for people: the store, a number, and letters that tell apart what two hubs, or one hub before
    /// and after it was put back, counted alike.
    func number(for store: String) throws(StoreError) -> String { try hub.nextNumber(for: store) }

    func random(_ count: Int) -> [UInt8] { hub.environment.random(count) }

    /// Asks the payment provider, once the decision is on the disk.
    func charge(_ charge: Charge) { charges.append(charge) }
    private(set) var charges: [Charge] = []
}
