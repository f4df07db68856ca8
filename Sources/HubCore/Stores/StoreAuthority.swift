// Who decides about a store: the central hub, until a hub of the store's own is enrolled. From then on that one decides about
// the shelves, and about orders once they were routed to it; the central hub keeps what it was lent, and what it placed.
// Protocol/store-hubs.md 1.
internal import Bytes
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

/// The fact `authority` in a store's space, signed by the central hub.
struct StoreAuthority: Equatable {
    static let resource = "authority"

    /// What it's called among those that have rights.
    let node: String
    let publicKey: [UInt8]
    /// What the central hub is called among them; empty in a fact of before this was said.
    let central: String

    var value: Value { .map([("node", .string(node)), ("key", .string(Hex.encode(publicKey))), ("central", .string(central))]) }

    init(node: String, publicKey: [UInt8], central: String) { (self.node, self.publicKey, self.central) = (node, publicKey, central) }

    init?(_ value: Value) {
        guard let node = try? value.text("node"), let key = (try? value.text("key")).flatMap(Hex.decode), key.count == 32 else { return nil }
        self.init(node: node, publicKey: key, central: (try? value.text("central")) ?? "")
    }

    /// Whether a name is one of this hub's: of now, or of before it was put back.
    func isOwn(_ node: String) -> Bool { node == self.node || node.hasPrefix(self.node + "~") }

    /// Whether what a fact says is this hub's to say.
    func owns(_ fact: Fact) -> Bool {
        if let (_, node) = StockNames.parts(fact.resource, after: StockNames.shelves) { return isOwn(node) }
        if fact.resource.hasPrefix(StockNames.holds) { return (try? Hold(fact.value)).map { isOwn($0.node) && $0.store == fact.space.owner } ?? false }
        if fact.resource.hasPrefix(OrderNames.orders) { return (try? Order(fact.value))?.authority == node }
        return fact.resource.hasPrefix(StockNames.exceptions) || fact.resource.hasPrefix(DeviceCode.prefix) || fact.resource == DeskLease.resource
    }
}

extension HubCore {
    enum Decider: Hashable {
        case here
        /// The central hub.
        case above
        /// The hub of a store's own.
        case store(String)
    }

    /// nil where the central hub decides.
    func authority(of space: SpaceID) throws(StoreError) -> StoreAuthority? {
        guard space.scheme == "store" else { return nil }
        if let known = authorities[space] { return known }
        let found = try fact(space, StoreAuthority.resource).flatMap { StoreAuthority($0.value) }
        authorities[space] = .some(found)
        return found
    }

    /// The hub that may sell a store's units beside this one; nil where there is none.
    func otherNode(_ store: String) throws -> String? {
        guard let authority = try authority(of: StockNames.space(store)) else { return nil }
        let other = serves == nil ? authority.node : authority.central
        return other.isEmpty ? nil : other
    }

    /// Who decides what is asked. Orders and holds are whose they are by now; a kind that any authority decides with rights of
    /// its own is decided by whoever is asked.
    func decider(of intent: Intent, _ kind: any IntentKind.Type) throws(StoreError) -> Decider {
        let authority = try authority(of: intent.space)
        if let serves {
            guard intent.space.name == "store:\(serves)", authority?.publicKey == key.publicKey else { return .above }
            if let order = try order(of: intent), order.authority == nil { return .above }
            if let hold = try hold(of: intent), !isOwn(hold.node) { return .above }
            return .here
        }
        guard let authority, authority.publicKey != key.publicKey else { return .here }
        let store = String(intent.space.owner)
        if Plant.custodyIgnored.isPlanted { return .here }
        if intent.payload.isThere("order") { return try order(of: intent)?.authority == nil ? .here : .store(store) }
        if let hold = try hold(of: intent) { return isOwn(hold.node) ? .here : .store(store) }
        // Rights that go back to the store are this hub's to give.
        if intent.kind == StockLend.name, case .string(let to)? = intent.payload["to"], authority.isOwn(to) { return .here }
        return kind.takesOwnRights ? .here : .store(store)
    }

    private func order(of intent: Intent) throws(StoreError) -> Order? {
        guard case .string(let id)? = intent.payload["order"] else { return nil }
        return try fact(intent.space, OrderNames.order(id)).flatMap { try? Order($0.value) }
    }

    private func hold(of intent: Intent) throws(StoreError) -> Hold? {
        guard case .string(let id)? = intent.payload["hold"] else { return nil }
        return try fact(intent.space, StockNames.hold(id)).flatMap { try? Hold($0.value) }
    }

    /// Whether whoever signed a fact decides about it.
    func isAuthentic(_ fact: Fact) throws(StoreError) -> Bool {
        if fact.publicKey == key.publicKey { return fact.isSigned(by: key.publicKey) }
        if let home, DeviceID(publicKey: fact.publicKey).bytes == home { return fact.isSigned(by: fact.publicKey) }
        guard let authority = try authority(of: fact.space), authority.publicKey == fact.publicKey, authority.owns(fact) else { return false }
        return fact.isSigned(by: fact.publicKey)
    }

    /// Whether a fact's time runs out by this hub's clock.
    func isMine(_ fact: Fact) -> Bool {
        if fact.resource.hasPrefix(StockNames.holds), let hold = try? Hold(fact.value) { return isOwn(hold.node) && hold.from == nil }
        if fact.resource.hasPrefix(OrderNames.orders), let order = try? Order(fact.value) { return decides(order) }
        return true
    }

    /// Whether an order's next step is this hub's to decide.
    func decides(_ order: Order) -> Bool { Plant.custodyIgnored.isPlanted || order.authority == (serves == nil ? nil : name) }
}
