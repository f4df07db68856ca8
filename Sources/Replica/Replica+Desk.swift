// A desk that hands over alone while whoever decides about its store can't be reached: by a lease that it has from there, one
// desk of a store at a time. Protocol/orders.md 5.
//
//     the fact `desk` names this device ──► on its disk, until a time by its own steady clock
//     somebody else wants it, or has it ──► gone from its disk first, then given back
//
// The lease is this opening's: a disk that was put back, another boot, or a copy has none.
package import Commerce
internal import CRDT
internal import Bytes
internal import Store
package import Sync

extension Replica {
    /// What is on the disk of it. `deadline` is by this boot's clock; without one the lease was given back.
    struct KeptLease {
        let term: Int64
        var actor = ""
        var boot = ""
        var deadline: UInt64 = 0

        var bytes: [UInt8] {
            var writer = ByteWriter()
            writer.varint(UInt64(clamping: term))
            writer.string(actor)
            writer.string(boot)
            writer.varint(deadline)
            return writer.bytes
        }

        init(term: Int64) { self.term = term }

        init(_ bytes: [UInt8]) throws(DecodeError) {
            var reader = ByteReader(bytes)
            term = Int64(clamping: try reader.varint())
            actor = try reader.string()
            boot = try reader.string()
            deadline = try reader.varint()
        }
    }

    func loadLease() throws(StoreError) { keptLease = try store.get(.meta, MetaKey.desk).flatMap { try? KeptLease($0) } }

    private func keep(_ lease: KeptLease) {
        keptLease = lease
        documents.stage(.put(.meta, key: MetaKey.desk, value: lease.bytes))
    }

    private func desk(of store: String) throws -> DeskLease? {
        try fact(StockNames.space(store), DeskLease.resource).map { fact throws(CommerceError) in try DeskLease(fact.value) }
    }

    /// The lease that this device goes on by; nil where it has none, or its time may be over.
    private var deskLease: KeptLease? {
        guard let kept = keptLease, !kept.boot.isEmpty, let incarnation, kept.actor == incarnation.description else { return nil }
        let now = environment.uptime()
        return now.boot == kept.boot && now.milliseconds < kept.deadline ? kept : nil
    }

    /// What was decided about the desk of a store.
    func heard(of fact: Fact) throws(StoreError) {
        guard isStaff, fact.space.name == "store:\(profile.store)", let said = try? DeskLease(fact.value) else { return }
        let kept = keptLease
        if said.device == device.description, !said.isWanted {
            // By the word of who decides only, whose clock this device has just heard; and what was given back stays so.
            guard let link, link.isOpen, hub?.id == DeviceID(publicKey: fact.publicKey).bytes, !link.helloAt.boot.isEmpty,
                  kept.map({ said.term > $0.term || (said.term == $0.term && $0.deadline > 0) }) ?? true else { return }
            var lease = KeptLease(term: said.term)
            lease.actor = try currentActor().description
            lease.boot = link.helloAt.boot
            // The hub's clock and this one's may go apart by two in a thousand.
            let left = UInt64(clamping: max(0, said.until - Int64(clamping: link.welcomeTime)))
            lease.deadline = link.helloAt.milliseconds + min(left, UInt64(CommerceLimits.deskMilliseconds)) / 1_000 * 998
            return keep(lease)
        }
        if let kept, kept.deadline > 0, kept.term <= said.term { keep(KeptLease(term: said.term)) }
        if said.device == device.description { try giveDeskBack(said.term) }
    }

    /// Gives the lease back that somebody waits for: once it's off this disk, and all that was handed over by it is said.
    /// - Parameter intent: was answered just now.
    func giveDeskBackIfWanted(behind intent: IntentID) throws(StoreError) {
        guard isStaff, !profile.store.isEmpty, let said = try? desk(of: profile.store), said.isWanted, said.device == device.description else { return }
        try giveDeskBack(said.term, behind: intent)
    }

    private func giveDeskBack(_ term: Int64, behind answered: IntentID? = nil) throws(StoreError) {
        guard let space = SpaceID("store:\(profile.store)") else { return }
        if keptLease.map({ $0.deadline > 0 || $0.term < term }) ?? true { keep(KeptLease(term: term)) }
        let payload = Value.map([("term", .int(term))])
        let queued = try queuedIntents()
        if queued.contains(where: { ($0.isDecidedHere && $0.intent.id != answered) || ($0.intent.kind == "desk-yield" && $0.intent.payload == payload) }) { return }
        do { try ask("desk-yield", payload, in: space) } catch let error as StoreError { throw error } catch { assertionFailure("an intent without a name of its own is new: \(error)") }
    }

    /// Who leaves its hub in order leaves the desk to others.
    /// - Returns: whether there is something to say.
    package func leaveDesk() throws -> Bool {
        guard let lease = deskLease, try reachesDecider(of: profile.store) else { return false }
        try giveDeskBack(lease.term)
        return true
    }

    // MARK: Handing over

    /// Whether whoever decides about a store is at the other end now.
    private func reachesDecider(of store: String) throws -> Bool {
        guard isOnline, let hub else { return false }
        if case .string(let hex)? = try fact(StockNames.space(store), "authority")?.value["key"], let key = Hex.decode(hex) { return DeviceID(publicKey: key).bytes == hub.id }
        return home == nil || home == hub.id
    }

    /// Hands an order over alone, by this desk's lease, where who decides is away.
    /// - Returns: nil where it's to be asked for as ever.
    /// - Throws: `not-holder` where another desk may hand over meanwhile, `used`, `held`.
    package func handOverAlone(_ order: Order) throws -> IntentID? {
        if try reachesDecider(of: order.store) { return nil }
        guard let lease = deskLease, profile.store == order.store else {
            // Who had it, and when, is known here, whoever could decide it.
            if isStaff, order.fulfilment == .handedOver { throw CommerceError.orderOver(order) }
            if let other = try desk(of: order.store), other.isHeld(at: Int64(clamping: nowMilliseconds)), other.device != device.description {
                throw ReplicaError(code: "not-holder", message: "The hub of \(order.store) can't be reached, and \(other.name) hands over alone meanwhile: do it there.")
            }
            return nil
        }
        let done = try handedOver(order, lease.term)
        return try ask("order-hand-over", .map([("order", .string(order.id)), ("person", .null), ("alone", done.alone)]), in: StockNames.space(order.store), deciding: done.outcome)
    }

    /// - Throws: `used`, `held`.
    private func handedOver(_ order: Order, _ term: Int64) throws -> (alone: Value, outcome: Value) {
        let at = Int64(clamping: nowMilliseconds)
        guard order.waitsToBeFetched || order.fulfilment.isFinal else { throw ReplicaError(code: "held", message: "The order \(order.number) is \(order.fulfilment.rawValue): while the hub is away only what is ready can be handed over.") }
        if order.paysNow, order.payment == .none, try (order.total()?.minor ?? 0) > 0 { throw ReplicaError(code: "held", message: "The order \(order.number) is not paid, as far as this device knows: that waits for the hub.") }
        var (cheaper, done) = (order, order)
        try cheaper.takeCheaper(books(), at: at, channel: profile.kind)
        let paid: [(String, Value)] = cheaper.lines.compactMap { line in line.paid.map { (line.id, .int($0.minor)) } }
        let alone = Value.map([("term", .int(term)), ("at", .int(at)), ("paid", .map(paid))])
        try done.handOver(alone, by: profile.name, device: device.description, notAfter: at)
        return (alone, .map([("order", .string(order.id)), ("number", .string(order.number)), ("fulfilment", .string(done.fulfilment.rawValue)),
                             ("payment", .string(done.payment.rawValue)), ("by", .string(profile.name)), ("at", .int(at))]))
    }

    /// An order as it is here: with what this desk did to it and nobody has heard of yet.
    func asDoneHere(_ orders: [Order]) throws -> [Order] {
        let here = try queuedIntents().filter { $0.isDecidedHere && $0.intent.kind == "order-hand-over" }
        guard !here.isEmpty else { return orders }
        return try orders.map { order in
            guard let alone = here.first(where: { $0.intent.payload["order"] == .string(order.id) })?.intent.payload["alone"], !order.fulfilment.isFinal else { return order }
            var order = order
            try order.handOver(alone, by: profile.name, device: device.description, notAfter: .max)
            return order
        }
    }
}
