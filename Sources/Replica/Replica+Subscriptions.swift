// Which spaces a device follows, from where in each of them, and by what right.
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

extension Replica {
    /// Spaces that this device follows now.
    var followed: [SpaceID] {
        var spaces = [deviceSpace]
        if space != deviceSpace { spaces.append(space) }
        spaces += joined.keys.sorted()
        spaces += left.keys.sorted().compactMap { SpaceID("person:\($0)") }
        if let books = SpaceID("tenant:books") { spaces.append(books) }
        if isStaff {
            for scheme in ["person", "store"] {
                let known = ((try? store.scan(.cursors, prefix: Array("\(scheme):".utf8)).rows) ?? []).compactMap { SpaceID(String(decoding: $0.key, as: UTF8.self)) }
                spaces += known.filter { !spaces.contains($0) }
            }
            // Where the device stands, or everywhere.
            spaces += [SpaceID("person:*"), SpaceID(profile.store.isEmpty ? "store:*" : "store:\(profile.store)")].compactMap { $0 }.filter { !spaces.contains($0) }
        }
        return spaces
    }

    func subscribe() throws(StoreError) {
        var list: [Subscription] = []
        for space in followed where link?.subscribed.insert(space).inserted == true {
            list.append(Subscription(space: space, position: try cursor(space), proof: proof(for: space)))
            guard space.owner != "*" else { continue }
            link?.moved.insert(space)
        }
        if !list.isEmpty { send(.subscribe(list)) }
    }

    /// What this device shows to follow a space; empty where it has nothing to show.
    func proof(for space: SpaceID) -> String {
        if let signIn, space.name == "person:\(signIn.person)" { return signIn.proof }
        if let joined = joined[space] { return joined.token.text }
        return space.scheme == "person" ? left[String(space.owner)] ?? "" : ""
    }

    func stageCursor(_ space: SpaceID, _ position: Position) {
        cursors[space] = position
        link?.moved.insert(space)
        documents.stage(.put(.cursors, key: Array(space.name.utf8), value: position.row))
    }

    func cursor(_ space: SpaceID) throws(StoreError) -> Position {
        if let known = cursors[space] { return known }
        return try store.get(.cursors, Array(space.name.utf8)).map { Position(row: $0) } ?? .start
    }

    /// Who is signed in changed: another space is followed from now on.
    func spaceChanged(from old: SpaceID) {
        // From the greeting on: the subscriptions that were said with the answer to it don't name this space.
        guard mayTalk else { return }
        if old != deviceSpace, !isStaff, left[String(old.owner)] == nil { unfollow(old) }
        // A store that fails here fails at the next edit, which says so.
        try? subscribe()
        // Whether all of the new space is here is what the answer to this says.
        requestBarrier()
        // What this person left unsent here, the last time, may go now.
        try? offerAgain(space)
    }

    /// What the hub may take of a space now, and perhaps refused before.
    func offerAgain(_ space: SpaceID) throws(StoreError) {
        for (id, record) in try documents.records(in: space) where owes(record, link?.epoch ?? 0) {
            offerAgain(id)
        }
    }

    func unfollow(_ space: SpaceID) {
        guard link?.subscribed.remove(space) != nil else { return }
        send(.unsubscribe(space))
        // Who comes back to it looks anew.
        link?.gaps.remove(space)
        link?.repaired[space] = nil
        link?.resumed[space] = nil
    }
}
