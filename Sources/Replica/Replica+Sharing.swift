// What others share with who is signed in here: joined by a token, followed like an own space, and left when the hub says that
// it is over. And secrets of this device's own, of which only the hash goes out. Protocol/sharing.md.
package import Commerce
package import CRDT
internal import Bytes
internal import Documents
package import Store
package import Sync

/// A share that was joined.
package struct Joined: Equatable {
    package let token: SecretToken
    package let mode: Share.Mode
}

extension Replica {
    // MARK: Secrets

    /// Asks for something that a new secret of this device's will open.
    /// - Parameter payload: of its hash.
    package func askWithSecret(_ kind: String, in space: SpaceID, _ payload: (String) -> Value) throws -> IntentID {
        let secret = environment.random(SecretToken.secretBytes)
        let intent = try ask(kind, payload(SecretToken.hash(secret)), in: space)
        documents.stage(.put(.meta, key: MetaKey.secret + intent.bytes, value: secret))
        return intent
    }

    /// The secret that an intent said the hash of.
    package func token(of intent: IntentID, owner: String) throws(StoreError) -> SecretToken? {
        try store.get(.meta, MetaKey.secret + intent.bytes).flatMap { SecretToken(secret: $0, owner: owner) }
    }

    // MARK: Joining

    private var joinedPrefix: [UInt8] { MetaKey.joined + DocumentKeys.space(space) }

    func loadJoined() throws(StoreError) {
        joined = [:]
        for row in try store.scan(.meta, prefix: joinedPrefix).rows {
            var reader = ByteReader(row.value)
            guard let space = SpaceID(String(decoding: row.key.dropFirst(joinedPrefix.count), as: UTF8.self)), let text = try? reader.string(), let token = SecretToken(text),
                  let mode = (try? reader.string()).flatMap(Share.Mode.init) else { continue }
            joined[space] = Joined(token: token, mode: mode)
        }
    }

    /// The hub let this device join: on the disk together with that.
    func join(_ intent: Intent, _ answer: Value) throws(StoreError) {
        guard intent.space == space, let mode = (try? answer.text("mode")).flatMap(Share.Mode.init), let owner = try? answer.text("owner"), let space = SpaceID("person:\(owner)"),
              let secret = (try? intent.payload.text("secret")).flatMap({ Hex.decode($0) }), let token = SecretToken(secret: secret, owner: owner) else { return }
        guard mode.follows else { return try fork(token, answer["place"]) }
        joined[space] = Joined(token: token, mode: mode)
        var writer = ByteWriter()
        writer.string(token.text)
        writer.string(mode.rawValue)
        documents.stage(.put(.meta, key: joinedPrefix + Array(space.name.utf8), value: writer.bytes))
        // What another token had hidden is read from the beginning.
        stageCursor(space, .start)
        guard link?.epoch ?? 0 != 0 else { return }
        link?.subscribed.remove(space)
        try subscribe()
        requestBarrier()
    }

    /// Somebody else's place as one of this person's own: where the session was left, by nobody's device.
    private func fork(_ token: SecretToken, _ value: Value?) throws(StoreError) {
        guard let value else { return }
        do {
            var place = Session.place(String(token.hash.prefix(32)), value)
            (place.epoch, place.at, place.draft) = (try lease().epoch, Int64(clamping: nowMilliseconds), nil)
            try edit(session()) { document throws in try Session.report(place, &document) }
        } catch let error as StoreError {
            throw error
        } catch {
            // A place that can't be one, of a hub that is newer than this device: there is nothing to go on from.
        }
    }

    // MARK: Leaving

    /// The hub follows a space for this device no longer.
    func sharingEnded(_ name: String) throws(StoreError) {
        guard let space = SpaceID(name) else { return }
        let owner = String(space.owner)
        let isGuest = joined[space] != nil || left[owner] != nil
        // What the owner left unsent here goes out by their own proof, and can't be told from what a guest made.
        if isGuest, space != self.space, left[owner].map({ SecretToken($0) != nil }) ?? true { try dropUnsent(in: space) }
        if left[owner].flatMap(SecretToken.init) != nil {
            left[owner] = nil
            documents.stage(.delete(.meta, key: MetaKey.left + Array(owner.utf8)))
        }
        guard joined.removeValue(forKey: space) != nil else { return unfollow(space) }
        documents.stage(.delete(.meta, key: joinedPrefix + Array(space.name.utf8)))
        leaveShare(space)
    }

    /// What a guest made and hadn't brought is not taken, by no later share either: it goes out of the documents, and is kept to be looked at.
    private func dropUnsent(in space: SpaceID) throws(StoreError) {
        for (id, _) in try documents.records(in: space) {
            try uncount(id)
            guard let dropped = try documents.dropUnsent(of: id, isOwn: isOwn) else { continue }
            for lost in dropped.lost { keep(lost, of: id) }
            link?.dirty.remove(id)
            link?.unacknowledged[id] = nil
            // The hub may have taken it all the same, and not said so: its numbers mean that.
            if dropped.cuts.contains(where: { $0.actor == incarnation }) {
                incarnation = nil
                _ = try currentActor()
            }
            events.append(.remade(id, stale: dropped.cuts.map { Stale(actor: $0.actor, from: $0.from) }))
        }
    }

    /// Somebody else is signed in now, with shares of their own.
    func leaveShares() {
        let before = joined.keys.sorted()
        // A store that fails here fails at the next edit, which says so.
        try? loadJoined()
        for space in before where joined[space] == nil { leaveShare(space) }
    }

    /// A guest was told a part only: whoever follows this space here next reads it from the beginning.
    private func leaveShare(_ space: SpaceID) {
        unfollow(space)
        stageCursor(space, .start)
    }

    /// What a guest who signs out left unsent goes out all the same, by their token.
    func leaveUnsentToShares() {
        for (space, share) in joined where left[String(space.owner)] == nil && (try? documents.records(in: space).contains { owes($0.record, hub?.epoch ?? 0) }) != false {
            left[String(space.owner)] = share.token.text
            documents.stage(.put(.meta, key: MetaKey.left + Array(space.owner.utf8), value: Array(share.token.text.utf8)))
        }
    }

    /// Whether the hub tells of a document, and compares it. A guest may have more of its owner's here, from when they used this device.
    func isTold(_ id: DocumentID) -> Bool { isTold(kind: id.kind, in: id.space) }
    func isTold(kind: String, in space: SpaceID) -> Bool { joined[space].map { $0.mode.sees(kind: kind) } ?? true }

    // MARK: What may be done

    /// - Throws: `forbidden` where a document is somebody else's, and not shared so.
    func checkShared(_ id: DocumentID, toEdit: Bool) throws(ReplicaError) {
        guard !isStaff, id.space.scheme == "person", id.space != space else { return }
        let owner = id.space.owner
        guard let mode = joined[id.space]?.mode, mode.sees(kind: id.kind) else {
            throw ReplicaError(code: "forbidden", message: "\(owner) shares no \(id.kind) with this device: `baton session join TOKEN` with a token of theirs.")
        }
        guard !toEdit || mode.edits(kind: id.kind) else { throw ReplicaError(code: "forbidden", message: "\(owner)'s \(id.kind) is shared for reading only.") }
    }
}
