// Guests: devices that follow a space which isn't their person's, by a token that its person gave away. They see and edit
// what the token's mode says, and nothing else: of every entry it is asked here. Protocol/sharing.md 2.
//
//     subscription with a token ──► share/HASH of that space lives ──► its kinds of documents, and no more
//     revoked, or its time is over ──► the space is followed no longer, at once
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

extension HubCore {
    /// What a connection may do in a space that it follows by a token.
    struct Guest {
        let resource: String
        let mode: Share.Mode
        /// By this hub's time.
        let until: Int64

        func sees(_ fact: Fact) -> Bool { fact.resource == resource || mode.sees(resource: fact.resource) }
    }

    enum Admission {
        case own
        case guest(Guest)
        /// A store's hub hasn't heard of the token yet, and asks the central one: it is looked at again once a share comes.
        case unknown
        case refused(code: String, message: String)
    }

    /// Whether, and as what, a device may follow a space.
    /// - Parameter proof: a token of that person, or one of what they share.
    func admission(_ peer: Peer, to space: SpaceID, proof: String) throws -> Admission {
        if space.scheme == "person", !peer.role.isStaff, let token = SecretToken(proof), token.owner == space.owner { return try guest(token, in: space) }
        guard Access.maySubscribe(peer, to: space, proof: proof, book) else {
            return .refused(code: "forbidden", message: "This device may not see \(space): sign in with a proof that the hub knows.")
        }
        return .own
    }

    /// The same, where only that is asked.
    func maySubscribe(_ peer: Peer, to space: SpaceID, proof: String) -> Bool {
        if case .refused? = try? admission(peer, to: space, proof: proof) { false } else { true }
    }

    private func guest(_ token: SecretToken, in space: SpaceID) throws -> Admission {
        let resource = Share.resource(token.hash)
        guard let fact = try fact(space, resource) else {
            if serves != nil, checkedIn.contains(space) || checkedIn.count < HubLimits.checkedInMax {
                checkIn(space)
                return .unknown
            }
            return .refused(code: "forbidden", message: "Nothing of \(space) is shared by that token, as far as this hub knows.")
        }
        let share = try Share(fact.value)
        let guest = Guest(resource: resource, mode: share.mode, until: share.until)
        if let refusal = share.refusal(at: Int64(clamping: time())) { return .refused(code: refusal.code, message: refusal.message) }
        guard share.mode.follows else { return .refused(code: "forbidden", message: "The token was for a copy: there is nothing to follow.") }
        return .guest(guest)
    }

    /// Why a guest's token opens nothing now; nil while it does.
    func refusal(_ guest: Guest, in space: SpaceID) throws -> (code: String, message: String)? {
        guard let fact = try fact(space, guest.resource) else { return ("forbidden", "Nothing of \(space) is shared by that token.") }
        return try Share(fact.value).refusal(at: Int64(clamping: time()))
    }

    /// Shares changed, and are on the disk: who may follow by them no longer is closed, and who hoped for one is let in.
    func lookAtShares() throws(StoreError) {
        accessChanged()
        for id in connections.keys.sorted() {
            guard let connection = connections[id], let peer = connection.peer, !connection.hoped.isEmpty else { continue }
            let hoped = connection.hoped
            connection.hoped = []
            do { try subscribe(connection, peer, hoped) } catch let error as StoreError { throw error } catch { close(id, .failed("\(error)")) }
        }
    }

    func isLive(_ guest: Guest, in space: SpaceID) -> Bool {
        do { return try refusal(guest, in: space) == nil } catch { return false }
    }

    /// Whose time is over is told so before anything else is said.
    func endGuests(_ id: UInt64, _ connection: Connection) {
        for space in connection.guests.keys.sorted() {
            guard let guest = connection.guests[space], let refusal = (try? refusal(guest, in: space)) ?? nil else { continue }
            connection.unfollow(space)
            metrics.refusals += 1
            say(.refused(Refusal(thing: space.name, code: refusal.code, message: refusal.message)), to: id)
        }
    }

    /// Whether documents of a kind are for this role, or for this guest.
    func sees(_ role: Role, _ guest: Guest?, _ kind: String) -> Bool { guest.map { $0.mode.sees(kind: kind) } ?? Access.maySee(role, kind) }
}
