// Sharing what is a person's with whoever has a token: made and revoked in the person's space, joined from the guest's own.
// What a guest sees and edits from then on: HubCore+Guests.swift. Protocol/sharing.md 2.
import Bytes
import Commerce
import CRDT
import Documents
import Store
import Sync

enum ShareMake: IntentKind {
    static let name = "share-make"

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && space.scheme == "person" && !peer.role.isStaff }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (hash, seconds) = (try intent.payload.text("share"), try intent.payload.integer("seconds"))
        guard SecretToken.isHash(hash) else { throw Refused("invalid-value", "What is shared is known by the hash of its token's secret.") }
        guard (1...CommerceLimits.shareSecondsMax).contains(seconds) else { throw Refused("invalid-value", "Sharing for \(seconds) s isn't possible: use 1 to \(CommerceLimits.shareSecondsMax).") }
        guard let mode = Share.Mode(rawValue: try intent.payload.text("mode")) else { throw Refused("invalid-value", "Share as \(Share.Mode.allCases.map(\.rawValue).joined(separator: ", ")).") }
        guard try ledger.value(intent.space, Share.resource(hash)) == nil else { throw Refused("payload-conflict", "That is shared already: make another token.") }
        let live = try ledger.resources(intent.space, Share.prefix).filter { try Share($0.value).refusal(at: ledger.time) == nil }
        guard live.count < CommerceLimits.sharesMax else { throw Refused("too-large", "\(live.count) tokens are out already: `baton session unshare TOKEN` takes one back.") }
        let share = Share(mode: mode, until: ledger.time + seconds * 1_000)
        ledger.put(intent.space, Share.resource(hash), share.value)
        return share.value
    }
}

enum ShareRevoke: IntentKind {
    static let name = "share-revoke"

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { ShareMake.mayAsk(peer, in: space, reaches: reaches) }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let resource = Share.resource(try intent.payload.text("share"))
        guard let value = try ledger.value(intent.space, resource) else { throw Refused("forbidden", "Nothing of \(intent.space.owner) is shared by that token.") }
        let share = try Share(value).revoked()
        ledger.put(intent.space, resource, share.value)
        return share.value
    }
}

enum ShareJoin: IntentKind {
    static let name = "share-join"

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        guard let secret = Hex.decode(try intent.payload.text("secret")), let token = SecretToken(secret: secret, owner: try intent.payload.text("owner")), let space = SpaceID("person:\(token.owner)") else {
            throw Refused("invalid-value", "That is no token of `baton session share`.")
        }
        guard space != intent.space else { throw Refused("invalid-value", "The token is of \(token.owner), who needs none.") }
        guard let value = try ledger.value(space, Share.resource(token.hash)) else { throw Refused("forbidden", "Nothing of \(token.owner) is shared by that token: it was mistyped.") }
        let share = try Share(value)
        if let refusal = share.refusal(at: ledger.time) { throw Refused(refusal.code, refusal.message) }
        let joined = share.joined(by: intent.space.name)
        guard joined.guests.count <= CommerceLimits.guestsMax else { throw Refused("too-large", "\(share.guests.count) have joined by that token already: ask for another.") }
        ledger.put(space, Share.resource(token.hash), joined.value)
        var answer: [(String, Value)] = [("owner", .string(token.owner)), ("mode", .string(share.mode.rawValue)), ("until", .int(share.until))]
        if share.mode == .fork, let place = try place(space, ledger) { answer.append(("place", place)) }
        return .map(answer)
    }

    /// Where the session is now, without what its owner alone has.
    private static func place(_ space: SpaceID, _ ledger: Ledger) throws -> Value? {
        guard let id = DocumentID(space, "session"), var place = Session.place(try ledger.document(id), Lease(try ledger.value(space, SessionLease.resource))) else { return nil }
        place.draft = nil
        return Session.value(of: place)
    }
}
