// Intents: decided once, by this hub, and the first outcome is given back for ever.
//
//     intent ──► known id, same payload ──► its outcome, again
//            ├─► known id, another payload ──► payload-conflict
//            └─► new ──► its kind decides ──► outcome on disk, facts in their spaces' logs
//
// Kept under (space, intent id): whoever asks again, on whatever device of whoever may, asks the same.
internal import Bytes
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

/// One thing that can be asked for. A new kind is a file in `Intents`, a line in `kinds`, and its tests.
protocol IntentKind: Sendable {
    static var name: String { get }
    /// Whether this peer may ask for it at all. Whether it may ask for this one, the decision says.
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool
    /// Whether it goes on from what was decided before: then it waits until a hub that was put back knows that again.
    static var needsAll: Bool { get }
    /// Whether any authority may decide it, with rights of its own, whosever the store is.
    static var takesOwnRights: Bool { get }
    /// Whether it only asks: nothing is decided, and no fact made.
    static var isQuestion: Bool { get }
    /// Bytes of what is asked, at most.
    static var bytesMax: Int { get }
    /// - Returns: the outcome's value.
    /// - Throws: `Refused` or `CommerceError`: kept, as the outcome; `StoreError`; `NotYet`: not kept.
    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value
}

extension IntentKind {
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches }
    static var needsAll: Bool { false }
    static var takesOwnRights: Bool { false }
    static var isQuestion: Bool { false }
    static var bytesMax: Int { HubLimits.intentBytesMax }
}

/// This hub lacks what the intent was made with: it's asked again once that is here.
struct NotYet: Error {}

/// This hub was put back, and has to know first what it had decided about a store.
struct NotCollected: Error { let space: SpaceID }

extension HubCore {
    static let kinds: [String: any IntentKind.Type] = {
        let all: [any IntentKind.Type] = [SessionTake.self, SessionPass.self, StockReceive.self, StockCount.self, StockHold.self, StockRelease.self,
                                          StockSell.self, StockLend.self, StockOverride.self, StockClaim.self, OrderPlace.self, OrderPick.self, OrderReady.self,
                                          OrderPresent.self, OrderHandOver.self, DeskYield.self, OrderGiveUp.self, OrderPay.self, OrderCancel.self, OrderReturn.self, PricesPublish.self, PromotionsPublish.self,
                                          DraftSend.self, ConversationTake.self, ConversationAssign.self, CartMerge.self, CartUnmerge.self,
                                          StoreTold.self, CodeMint.self, CodeLook.self, CodeClaim.self, ShareMake.self, ShareRevoke.self, ShareJoin.self]
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }()

    /// Whether what is asked waits until a hub that was put back knows again what it had decided.
    package static func needsAll(_ kind: String) -> Bool { kinds[kind]?.needsAll ?? false }

    package static func isQuestion(_ kind: String) -> Bool { kinds[kind]?.isQuestion ?? false }

    /// Decides what is this hub's to decide, unless it did so before.
    func decide(_ asked: Asked, _ kind: any IntentKind.Type) throws {
        let (intent, key) = (asked.intent, DocumentKeys.space(asked.intent.space) + asked.intent.id.bytes)
        if !Plant.decidedAgain.isPlanted, let found = try row(.intents, key) {
            let hash = Array(found.prefix(Digest.byteCount))
            guard hash == intent.identity || hash == Digest.none else { return answer(asked, "payload-conflict", "This id was used for another intent: the first one stands.") }
            var reader = ByteReader(Array(found.dropFirst(Digest.byteCount)))
            guard let outcome = try? Outcome(&reader) else { return answer(asked, "internal", "What was decided about it can't be read here.") }
            return reply(asked, outcome)
        }
        metrics.intents += 1
        try passTime()
        let ledger = Ledger(self, without: asked.without)
        var outcome: Outcome
        do {
            if kind.needsAll, try !isCollected(intent.space) { throw NotCollected(space: intent.space) }
            outcome = Outcome(intent: intent.id, status: "done", message: "", value: try kind.decide(intent, by: asked.peer, ledger))
            try append(ledger, intent: intent.id, device: intent.device, kind: intent.kind)
            if ledger.isDeskFree { decideHopefulNext() }
        } catch let refused as Refused {
            outcome = Outcome(intent: intent.id, status: refused.code, message: refused.message, value: refused.value)
        } catch let error as CommerceError {
            if let lack = error.lack {
                guard mayWait(asked) else { return answerLater(asked) }
                if try borrow(lack, for: asked) { return }
            }
            outcome = Outcome(intent: intent.id, status: error.code, message: error.message, value: .null)
        } catch let away as DeskAway {
            guard mayWait(asked) else { return answerLater(asked) }
            if try waitForDesk(away, asked) { return }
            let refused = Desk.refusal(away, ledger)
            outcome = Outcome(intent: intent.id, status: refused.code, message: refused.message, value: refused.value)
        } catch let unknown as NotCollected {
            guard mayWait(asked) else { return answerLater(asked) }
            var asked = asked
            asked.awaits = unknown.space
            return parked.append(asked)
        } catch let absent as NotCome {
            return waitToCome(absent.device, asked)
        } catch is NotYet {
            return answer(asked, "missing", "This hub lacks what the intent was made with: it's asked again.")
        }
        stageOutcome(key, intent.identity, outcome)
        reply(asked, outcome)
    }

    /// Asks the desk that may be alone to give its lease back.
    /// - Returns: whether that is waited for.
    private func waitForDesk(_ away: DeskAway, _ asked: Asked) throws(StoreError) -> Bool {
        var asked = asked
        asked.since = asked.since ?? time()
        guard time() < (asked.since ?? 0) + HubLimits.deskMilliseconds else { return false }
        if let space = SpaceID("store:\(away.store)") {
            let ledger = Ledger(self)
            Desk.want(away, in: space, ledger)
            if !ledger.isEmpty { try append(ledger, byItself: "desk-wanted") }
        }
        hopeful.append(asked)
        return true
    }

    /// Decides; where that fails, whoever asked is told so, and nobody else has to do with it.
    func decideApart(_ asked: Asked, _ kind: any IntentKind.Type) throws(StoreError) {
        do { try decide(asked, kind) } catch let error as StoreError { throw error } catch {
            answer(asked, "internal", "It can't be decided: \(error)")
        }
    }

    /// What waited until this hub knows again what it had decided, or that it decides.
    /// - Returns: whether there was any.
    func decideParked() throws(StoreError) -> Bool {
        let waiting = parked
        parked = []
        for asked in waiting {
            if try asked.awaits.map(isCollected) ?? true, let kind = HubCore.kinds[asked.intent.kind] { try route(asked, kind) } else { parked.append(asked) }
        }
        return parked.count < waiting.count
    }

    private func stageOutcome(_ key: [UInt8], _ hash: [UInt8], _ outcome: Outcome) {
        put(.intents, key, hash + outcome.bytes)
    }

    /// What a restored hub doesn't know that it decided, and a fact shows: asked again, it says the same.
    func restoreOutcome(of fact: Fact) throws {
        let key = DocumentKeys.space(fact.space) + fact.intent.bytes
        guard try row(.intents, key) == nil else { return }
        stageOutcome(key, Digest.none, Outcome(intent: fact.intent, status: "done", message: "", value: fact.value))
    }
}
