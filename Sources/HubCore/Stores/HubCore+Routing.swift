// Intents on their way to who decides them. A hub that doesn't decide passes on what was asked, as its device signed it, and
// gives the answer back; what it passed on is kept until there is one.
//
//     asked ──► decided here
//          └──► forwarded ──► outcome ──► whoever asked here; the facts come with the log
//
// Asked once more, it's passed on once more: who decides gives the first outcome. Protocol/store-hubs.md 4.
internal import Bytes
internal import CRDT
internal import Store
internal import Sync

extension HubCore {
    /// What is asked, by whom, and where the answer goes.
    struct Asked {
        enum Origin {
            case connection(Connection)
            case above
        }

        let intent: Intent
        let peer: Peer
        let origin: Origin
        var byteCount = 0
        /// Times that rights were borrowed for it.
        var borrowed = 0
        /// Stores whose lender didn't answer.
        var without: Set<String> = []
        /// What this hub, which was put back, has to know again before it's decided.
        var awaits: SpaceID?
        /// Since when it waits for a lender, by this hub's time.
        var since: UInt64?

        var isFromAbove: Bool { if case .above = origin { true } else { false } }
        func isFrom(_ connection: Connection) -> Bool { if case .connection(let asking) = origin { asking === connection } else { false } }
    }

    /// What was passed on and isn't answered yet.
    struct Errand {
        let number: UInt64
        let forward: Forward
        let to: Decider
        var byteCount = 0
        /// Who waits for the answer on a connection of now.
        var waiting: [Asked] = []
        /// What was asked and can be decided once this one is: rights are borrowed for it.
        var borrower: Asked?
        /// By this hub's time.
        var begun: UInt64 = 0
        /// Of a claim: what was answered, while something is missing to act on it.
        var answer: Outcome?
    }

    // MARK: Asking

    /// What a device asks of this hub.
    func ask(_ intent: Intent, _ connection: Connection, _ peer: Peer) throws {
        let asked = Asked(intent: intent, peer: peer, origin: .connection(connection))
        // Not kept: the device may have the right tomorrow.
        guard intent.device == peer.device else { return answer(asked, "forbidden", "This device may not ask in the name of another.") }
        try receive(asked, reaches: reaches(connection, peer, intent.space))
    }

    /// What another hub passes on.
    func ask(_ forward: Forward, _ origin: Asked.Origin, through hub: Peer?) throws {
        guard let peer = Access.vouched(forward.asker, through: hub) else { return }
        let asked = Asked(intent: forward.intent, peer: peer, origin: origin)
        guard forward.intent.device == peer.device, forward.intent.isSigned else { return answer(asked, "forbidden", "What was asked isn't signed by who is said to have asked it.") }
        try receive(asked, reaches: Access.maySubscribe(peer, to: forward.intent.space, proof: "", book))
    }

    private func receive(_ asked: Asked, reaches isIn: Bool) throws {
        var asked = asked
        asked.byteCount = asked.intent.bytes.count
        // Not kept: a newer hub may know the kind.
        guard let kind = HubCore.kinds[asked.intent.kind] else { return answer(asked, "version-mismatch", "This hub doesn't know intents of the kind \(asked.intent.kind): update it.") }
        // Not kept either, nor passed on: a hub that can't would try for ever.
        guard asked.byteCount <= kind.bytesMax else { return answer(asked, "too-large", "What is asked has \(asked.byteCount) bytes, and at most \(kind.bytesMax) are possible.") }
        guard kind.mayAsk(asked.peer, in: asked.intent.space, reaches: isIn) else { return answer(asked, "forbidden", "This device may not ask for \(asked.intent.kind) in \(asked.intent.space).") }
        try route(asked, kind)
    }

    func route(_ asked: Asked, _ kind: any IntentKind.Type) throws(StoreError) {
        let isUnknown = try authority(of: asked.intent.space) == nil
        switch try decider(of: asked.intent, kind) {
        case .here: try decideApart(asked, kind)
        // Who asks says that it's this hub's to decide: where that isn't known here yet, it is on its way. Else it's given back, behind what
        // this hub knows of it and that one doesn't.
        case .above where asked.isFromAbove && isUnknown: parked.append(asked)
        case let decider: passOn(asked, to: decider)
        }
    }

    func answer(_ asked: Asked, _ status: String, _ message: String) { reply(asked, Outcome(intent: asked.intent.id, status: status, message: message, value: .null)) }

    func reply(_ asked: Asked, _ outcome: Outcome) {
        switch asked.origin {
        case .connection(let connection): connection.answers.append(.outcome(outcome))
        case .above: uplink?.answers.append(outcome)
        }
    }

    // MARK: Passing on

    private static let errandPrefix = Array("errand:".utf8)
    private static func key(_ errand: Errand) -> [UInt8] { errandPrefix + DocumentKeys.number(errand.number) }

    private func passOn(_ asked: Asked, to decider: Decider) {
        if let index = errands.firstIndex(where: { $0.forward.intent.id == asked.intent.id && $0.to == decider }) {
            // Asked again, with what is known now: the answer to the one before may never come.
            if case .connection(let connection) = asked.origin { errands[index].waiting.removeAll { $0.isFrom(connection) } }
            errands[index].waiting.append(asked)
            return
        }
        guard mayWait(asked) else { return answerLater(asked) }
        begin(Forward(intent: asked.intent, asker: Access.asker(asked.peer)), to: decider, waiting: [asked])
    }

    /// Whether one more may wait of whose this is. Hubs wait for as many as they have devices.
    /// - Complexity: O(all that waits), and only looked at where something is to.
    func mayWait(_ asked: Asked) -> Bool {
        guard case .connection = asked.origin, asked.peer.role != .storeHub else { return true }
        var (count, bytes) = (1, asked.byteCount)
        func add(_ device: DeviceID, _ byteCount: Int) { if device == asked.intent.device { (count, bytes) = (count + 1, bytes + byteCount) } }
        for list in [parked, hopeful, late] { for other in list { add(other.intent.device, other.byteCount) } }
        for item in awaitingRows { add(item.asked.intent.device, item.asked.byteCount) }
        for errand in errands { add(errand.borrower?.intent.device ?? errand.forward.intent.device, errand.byteCount) }
        return count <= HubLimits.waitingMax && bytes <= HubLimits.waitingBytesMax
    }

    func answerLater(_ asked: Asked) { answer(asked, "rate-limited", "Much of what this device asked for waits at the hub already: it's asked again.") }

    /// Asks another hub for something.
    /// - Parameter borrower: what is to be decided once it's answered; such a one isn't kept over a restart.
    func begin(_ forward: Forward, to decider: Decider, waiting: [Asked] = [], borrower: Asked? = nil) {
        errandCount += 1
        let errand = Errand(number: errandCount, forward: forward, to: decider, byteCount: (borrower ?? waiting.first)?.byteCount ?? 0, waiting: waiting, borrower: borrower, begun: time())
        errands.append(errand)
        guard borrower == nil else { return }
        var writer = ByteWriter()
        if case .store(let store) = decider { writer.string(store) } else { writer.string("") }
        forward.write(to: &writer)
        documents.stage(.put(.meta, key: HubCore.key(errand), value: writer.bytes))
    }

    /// What was asked needs no answer any more.
    func drop(_ id: IntentID) {
        guard let index = errands.firstIndex(where: { $0.forward.intent.id == id }) else { return }
        documents.stage(.delete(.meta, key: HubCore.key(errands.remove(at: index))))
    }

    func loadErrands() throws(StoreError) {
        errands = []
        for row in try documents.store.scan(.meta, prefix: HubCore.errandPrefix).rows {
            var reader = ByteReader(row.value)
            guard let store = try? reader.string(), let forward = try? Forward(&reader) else { continue }
            errands.append(Errand(number: DocumentKeys.number(row.key.suffix(8)), forward: forward, to: store.isEmpty ? .above : .store(store), byteCount: row.value.count))
        }
        errandCount = max(errandCount, errands.last?.number ?? 0)
        dropOldQuestions()
    }

    /// The answer of who decides.
    func answered(_ outcome: Outcome, by decider: Decider) throws {
        guard let index = errands.firstIndex(where: { $0.forward.intent.id == outcome.intent && $0.to == decider }) else { return }
        // What isn't kept over there is asked again on the next connection: of an errand of this hub's own nobody else would.
        let isOwn = errands[index].borrower == nil && errands[index].forward.intent.device == DeviceID(publicKey: key.publicKey)
        if isOwn, ["missing", "forbidden", "version-mismatch", "rate-limited"].contains(outcome.status) {
            if decider == .above { uplink?.refused.insert(errands[index].number) }
            return
        }
        if isOwn, try !canSettle(errands[index].forward.intent, outcome) {
            errands[index].answer = outcome
            return
        }
        let errand = errands.remove(at: index)
        if errand.borrower == nil { documents.stage(.delete(.meta, key: HubCore.key(errand))) }
        for asked in errand.waiting { reply(asked, outcome) }
        if let borrower = errand.borrower { try borrowed(outcome, for: borrower) }
        guard isOwn else { return }
        switch errand.forward.intent.kind {
        case StockClaim.name: try settle(errand.forward.intent, outcome)
        case OrderGiveUp.name: try rerouted(errand.forward.intent, outcome)
        case StoreTold.name: came(errand.forward.intent, outcome)
        default: break
        }
    }

    /// Says to a store's hub what it's asked, and what was decided for it, behind everything else that it's sent.
    /// - Returns: whether there was room for all of it.
    func sayAll(_ id: UInt64, _ connection: Connection, _ peer: Peer, hasRoom: () -> Bool) -> Bool {
        for answer in connection.answers { say(answer, to: id) }
        connection.answers = []
        for errand in errands where errand.to == .store(peer.store) && !connection.forwarded.contains(errand.number) {
            guard hasRoom() else { return false }
            connection.forwarded.insert(errand.number)
            say(.forward(errand.forward), to: id)
        }
        return true
    }

    /// Nobody waits any more on a connection that is gone. What was passed on to a store's hub stays.
    func forget(_ connection: Connection) {
        if connection.peer?.role == .storeHub, let store = connection.peer?.store { lenderSeen[.store(store)] = time() }
        hopeful.removeAll { $0.isFrom(connection) }
        parked.removeAll { $0.isFrom(connection) }
        for index in errands.indices { errands[index].waiting.removeAll { $0.isFrom(connection) } }
    }
}
