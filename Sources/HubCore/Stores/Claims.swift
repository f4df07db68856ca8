// Rights of another authority that were used already: a unit was sold out of somebody's hand.
//
//     sold by an override ──► claim ──► the lender cedes a right, or a hold of its own ──► what it can't, gives way here
//
// Protocol/store-hubs.md 5.
internal import Bytes
import Commerce
import CRDT
import Store
import Sync

/// What a store's hub sold that the central one may still promise: it gives up a right, else what it holds for somebody.
enum StockClaim: IntentKind {
    static let name = "stock-claim"

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && peer.role == .storeHub }
    static var needsAll: Bool { true }
    static var takesOwnRights: Bool { true }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (sku, quantity) = try Stock.skuAndQuantity(intent.payload)
        let store = try Stock.store(intent)
        _ = try Claim.freeHolds(quantity, of: sku, store, by: peer, because: "override", ledger)
        let ceded = min(quantity, max(0, try Stock.rights(sku, store, ledger)))
        try Stock.change(sku, store, ledger) { row throws(CommerceError) in try row.add(ceded, to: .ceded) }
        return .map([("sku", .string(sku)), ("ceded", .int(ceded)), ("moved", .int(try Stock.shelf(sku, store, ledger).total(.moved)))])
    }
}

extension HubCore {
    /// Asks the lender to give up what was sold out of somebody's hand.
    func claim(_ quantity: Int64, of sku: String, _ store: String, id: String) {
        guard let space = SpaceID("store:\(store)") else { return }
        let intent = Intent(id: IntentID(named: id), space: space, kind: StockClaim.name,
                            payload: .map([("sku", .string(sku)), ("quantity", .int(quantity)), ("claim", .string(id))]), key: key)
        begin(Forward(intent: intent, asker: ownAsker), to: serves == nil ? .store(store) : .above)
    }

    /// Whether everything is here by now that the lender had sent when it answered: an order that isn't can't give way.
    func canSettle(_ intent: Intent, _ outcome: Outcome) throws -> Bool {
        guard outcome.isDone, outcome.value.isThere("moved") else { return true }
        try takeArrivals()
        let shelf = try Stock.shelf(intent.payload.text("sku"), String(intent.space.owner), Ledger(self))
        return try shelf.total(.moved) >= outcome.value.integer("moved") && shelf.inTransit == 0
    }

    /// Claims whose answer came before what it was given with.
    func settleLate() throws {
        for errand in errands {
            guard let answer = errand.answer, try canSettle(errand.forward.intent, answer) else { continue }
            try answered(answer, by: errand.to)
        }
    }

    /// What the lender couldn't give up gives way here.
    func settle(_ intent: Intent, _ outcome: Outcome) throws {
        try takeArrivals()
        let (sku, quantity, id) = (try intent.payload.text("sku"), try intent.payload.integer("quantity"), try intent.payload.text("claim"))
        let ceded = outcome.isDone ? min(quantity, try outcome.value.integer("ceded")) : 0
        let store = String(intent.space.owner)
        let ledger = Ledger(self)
        let peer = Peer(device: DeviceID(publicKey: key.publicKey), name: name, channel: "hub", role: .storeHub, store: store)
        if quantity > ceded {
            _ = try Claim.units(quantity - ceded, of: sku, store, by: peer, because: "override", areInHand: true, isNew: false, ledger)
            try Stock.change(sku, store, ledger) { row throws(CommerceError) in try row.add(quantity - ceded, to: .ceded) }
        }
        if case .fields(let fields)? = try ledger.value(intent.space, StockNames.exception(sku, id)) {
            ledger.put(intent.space, StockNames.exception(sku, id), .map(fields.map { ($0.key, $0.value) } + [("ceded", .int(ceded))]))
        }
        try append(ledger, byItself: "claim")
    }
}
