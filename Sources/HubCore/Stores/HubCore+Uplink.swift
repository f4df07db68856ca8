// A store's own hub towards the central one: the connection, over the frames that devices use, and what each thing that the central
// hub says sets off. Protocol/store-hubs.md 2.
internal import Commerce
internal import CRDT
internal import Store
package import Sync

extension HubCore {
    /// One connection to the central hub.
    struct Uplink {
        var session: DeviceSession
        var epoch: UInt64 = 0
        var isOpen = false
        /// Spaces that are followed on this connection.
        var followed: Set<SpaceID> = []
        /// Up to where each space's log went out on it.
        var sent: [SpaceID: UInt64] = [:]
        /// What had gone out before a barrier.
        var marks: [UInt64: [SpaceID: UInt64]] = [:]
        var ticket: UInt64 = 0
        var answered: UInt64 = 0
        var wantsBarrier = true
        /// From where a space was read on, because something before it hadn't come or wasn't taken.
        var resumed: [SpaceID: UInt64] = [:]
        /// Spaces that both ends had other changes of, and that were sent whole: once a connection.
        var repaired: Set<SpaceID> = []
        /// Of those the ones that are still to be sent.
        var repairs: Set<SpaceID> = []
        var answers: [Outcome] = []
        var forwarded: Set<UInt64> = []
        /// Of those the ones that were answered by what isn't kept: they are asked again in a while.
        var refused: Set<UInt64> = []
        /// Parcels that went out on it, and the sizes of those that aren't answered.
        var parcelsOffered: Set<[UInt8]> = []
        var parcelsUnanswered: [[UInt8]: Int] = [:]
        /// The driver's steady clock, when something was last heard, or first owed.
        var heard: UInt64?
    }

    private static let homeName = Array("home".utf8)

    /// Whether there is something that the central hub owes an answer to, or hasn't got yet.
    package var uplinkIsBusy: Bool {
        guard let uplink else { return false }
        return isAnswerDue || !uplink.answers.isEmpty || errands.contains { $0.to == .above } || log.ends.contains { $0.value > uplink.sent[$0.key] ?? 0 }
    }

    /// Whether this connection brought something: the central hub let this one in, and both have what the other has. Who only connects, and
    /// fails each time, isn't let try again at once.
    package var uplinkIsSettled: Bool { uplink?.isOpen == true && !isAnswerDue }

    /// Whether the central hub owes an answer at once. What it was asked may wait there for somebody else, for as long as that takes.
    private var isAnswerDue: Bool {
        uplink.map { !$0.isOpen || $0.session.isWaiting || $0.answered < $0.ticket || !$0.parcelsUnanswered.isEmpty } ?? false
    }

    /// What was passed on to a store's hub that is connected, and isn't answered.
    package var passedToStoreHubs: [Intent] {
        errands.filter { errand in connections.values.contains { $0.peer?.role == .storeHub && errand.to == .store($0.peer?.store ?? "") } }.map(\.forward.intent)
    }

    /// Whether something that was borrowed is on its way.
    package var awaitsRows: Bool { !awaitingRows.isEmpty }

    /// Whether something waits for a lender, or for who gives units back: then `tick` is called within seconds.
    package var waitsForTime: Bool { !hopeful.isEmpty || errands.contains { $0.borrower != nil } || !behind.isEmpty }

    func loadUplink() throws(StoreError) {
        home = try documents.store.get(.meta, HubCore.homeName).map { Array($0.prefix(16)) }
        guard serves != nil else { return }
        for space in log.ends.keys.sorted() where space.scheme == "store" {
            for fact in try facts(space, StockNames.holds) {
                if let hold = try? Hold(fact.value), hold.from != nil, let order = hold.order { arriving.insert(order) }
            }
        }
    }

    // MARK: The connection

    package func uplinkConnected() {
        guard let serves else { return }
        let hello = Hello(publicKey: key.publicKey, name: name, kind: "hub", role: Hello.storeHub, store: serves, token: token)
        uplink = Uplink(session: DeviceSession(hello: hello, key: key))
    }

    package func uplinkLost() {
        guard uplink != nil else { return }
        if uplink?.isOpen == true { lenderSeen[.above] = time() }
        uplink = nil
        parked.removeAll(where: \.isFromAbove)
        hopeful.removeAll(where: \.isFromAbove)
        for device in comings.keys { comings[device]?.asked = [] }
    }

    func closeUp(_ reason: CloseReason) {
        uplinkLost()
        actions.append(.closeUp(reason))
    }

    /// The time by a clock that only goes forward, every second or so: a connection on which an answer is due and nothing comes
    /// is given up. Where something that was asked takes its time, a barrier shows whether the other end is
    /// there, and what it couldn't decide it is asked again.
    package func tickUplink(steadyMilliseconds now: UInt64) {
        guard uplink != nil else { return }
        guard isAnswerDue || errands.contains(where: { $0.to == .above }) else {
            uplink?.heard = nil
            return
        }
        guard let heard = uplink?.heard else {
            uplink?.heard = now
            return
        }
        guard now >= heard + SyncLimits.stallMilliseconds else { return }
        if isAnswerDue { return closeUp(.stalled) }
        uplink?.wantsBarrier = true
        let refused = uplink?.refused ?? []
        uplink?.forwarded.subtract(refused)
        uplink?.refused = []
        uplink?.heard = nil
    }

    package func uplinkReceived(_ bytes: [UInt8]) {
        do {
            for event in uplink?.session.received(bytes) ?? [] {
                uplink?.heard = nil
                try handleUp(event)
            }
        } catch let reason as CloseReason {
            closeUp(reason)
        } catch let error as StoreError {
            failed(error.message)
        } catch {
            closeUp(.failed("\(error)"))
        }
    }

    func sayUp(_ frame: Frame) {
        guard let bytes = uplink?.session.say(frame) else { return }
        actions.append(.sendUp(bytes))
    }

    private func handleUp(_ event: DeviceSession.Event) throws {
        switch event {
        case .greeted(let greeting, let hello): try greeted(greeting, hello)
        case .welcome: uplink?.isOpen = true
        case .entries(let space, let from, let position, let entries): try takeFromAbove(entries, space, from, position)
        // What is on the central hub's disk, its barriers say.
        case .acknowledged: break
        case .kept(let ids): for id in ids { parcelAnswered(id) }
        case .outcome(let outcome): try answered(outcome, by: .above)
        case .caughtUp(let caughtUp): try compareUp(caughtUp)
        case .refused(let refusal):
            metrics.refusals += 1
            if let id = SealedParcel.id(refusal.thing) { return parcelAnswered(id, isDone: refusal.code != "rate-limited") }
            // It lacks what was sent before, on another connection or to a hub that was put back: all of it once more.
            if ["missing", "unknown-actor"].contains(refusal.code), let space = log.ends.keys.first(where: { refusal.thing.hasPrefix($0.name + "/") }) { try repairUp(space) }
        case .forward(let forward): try ask(forward, .above, through: nil)
        case .close(let reason): throw reason
        }
    }

    private func greeted(_ greeting: Greeting, _ hello: [UInt8]) throws {
        let known = try documents.store.get(.meta, HubCore.homeName)
        if let known, Array(known.prefix(16)) != greeting.hub {
            throw CloseReason.unauthorized("This is another hub than the one that \(name) belongs to: check --upstream, or start it on an empty data folder.")
        }
        let id = greeting.hub + DocumentKeys.number(greeting.epoch)
        if known != id {
            // Positions of another log mean nothing.
            for prefix in [HubCore.downPrefix, HubCore.upPrefix] {
                for row in try documents.store.scan(.meta, prefix: prefix).rows { documents.stage(.delete(.meta, key: row.key)) }
            }
            documents.stage(.put(.meta, key: HubCore.homeName, value: id))
            try documents.flush()
            home = greeting.hub
            // It may have told somebody something since, which it doesn't know any more.
            comings = [:]
            // Who came before this hub knew where it belongs was told of no central hub: once in its life.
            if known == nil { for id in connections.keys.sorted() { close(id, .failed("This hub met the central one for the first time: connect again.")) } }
        }
        actions.append(.sendUp(hello))
        uplink?.epoch = greeting.epoch
    }
}
