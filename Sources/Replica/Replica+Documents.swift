// Which document is which: the names under which a device keeps a customer's things.
package import CRDT
package import Documents
package import Store
internal import Bytes
package import Sync

extension Replica {
    /// A document of who is signed in, or of a person that staff names.
    package func id(_ path: String, person: String? = nil) throws -> DocumentID {
        guard let space = try person.map(personSpace) ?? Optional(space), let id = DocumentID(space, path) else {
            throw ReplicaError(code: "invalid-value", message: "\"\(path.prefix(60))\" can't name a document: use letters, digits and dashes.")
        }
        if person != nil { try checkShared(id, toEdit: false) }
        return id
    }

    package func personSpace(_ person: String) throws -> SpaceID {
        guard let space = SpaceID("person:\(person)"), person != "*" else {
            throw ReplicaError(code: "invalid-value", message: "\"\(person.prefix(60))\" can't name a person: use 1 to 120 letters without spaces.")
        }
        return space
    }

    package func preferences() throws -> DocumentID { try id("preferences") }
    package func session(person: String? = nil) throws -> DocumentID { try id("session", person: person) }

    /// The conversation of who is signed in goes by their name; staff name one.
    package var ownConversation: String { signIn?.person ?? "device" }

    /// Where documents of that kind are, in every space that this device may look into now.
    package func find(_ kinds: [String]) throws(StoreError) -> [DocumentID] {
        let all = try isStaff ? documents.records() : documents.records(in: space)
        return all.map(\.id).filter { kinds.contains($0.kind) }
    }

    /// - Throws: `unknown-document`.
    package func find(_ kinds: [String], named name: String, what: String) throws -> DocumentID {
        if !isStaff, let kind = kinds.first(where: { $0 != "reply" }) {
            let id = try id("\(kind)/\(name)")
            if try documents.exists(id) { return id }
        } else if let id = try find(kinds).first(where: { $0.name == name }) {
            return id
        }
        throw ReplicaError(code: "unknown-document", message: "There is no \(what) \(name) here. `baton \(what) list` shows those there are.")
    }

    /// Who this device's edits are by.
    package var author: Author {
        Author(person: signIn?.person ?? "", device: device.description, channel: profile.kind, at: Int64(clamping: nowMilliseconds))
    }

    /// What a person, a device and a channel are called, for an actor.
    package func by(_ actor: ActorID) -> (device: String, name: String, kind: String) {
        guard let record = author(actor) else { return ("", "", "") }
        return (record.device.description, record.name, record.kind)
    }

    /// The baton as this device knows it. What the hub answered this device counts at once: the fact, which tells
    /// all the others, may come after it.
    package func lease() throws(StoreError) -> Lease { try lease(of: space) }

    package func lease(of space: SpaceID) throws(StoreError) -> Lease {
        let known = Lease(try fact(space, "session")?.value)
        guard let bytes = try store.get(.meta, MetaKey.lease + Array(space.name.utf8)) else { return known }
        let answered = Lease(try? Value(decoding: bytes))
        return answered.epoch > known.epoch ? answered : known
    }

    /// A wish for the baton that has not been decided yet.
    package func queuedTake() throws(StoreError) -> QueuedIntent? {
        try queuedIntents().last { $0.intent.kind == "session-take" && $0.intent.space == space }
    }

    /// The baton went to another: what this device did meanwhile, believing that it had it, stays on offer.
    func leaveBranch(_ queued: QueuedIntent) throws {
        guard queued.intent.space == space, past == nil, queued.intent.kind == "session-take" else { return }
        let (id, device) = (try session(), device.description)
        guard try document(id).existingContainer(.map, "places") != nil else { return }
        try edit(id) { document throws in try Session.branch(device, since: Int64(clamping: queued.at) - ReplicaLimits.commandMilliseconds, &document) }
    }

    /// Hex over the content of all that is shared: equal on replicas that hold the same. A customer's device on which nobody is
    /// signed in shares nothing: there it's over the device's own documents.
    package func digest() throws(StoreError) -> String {
        var parts: [UInt8] = []
        for (id, _) in try signIn == nil && !isStaff ? documents.records(in: deviceSpace) : documents.records().filter({ $0.id.space.scheme != "device" }) {
            parts += Digest.sha256(Array(id.description.utf8), try documents.open(id).document.encodeBody())
        }
        return Hex.encode(Digest.sha256(parts))
    }

    /// Whether the hub may take what is in a space from this device now.
    package func mayBeSent(_ space: SpaceID) -> Bool {
        isStaff || space.scheme == "tenant" || space == self.space || (joined[space] != nil && link?.withheld.contains(space) != true) || space == deviceSpace || (space.scheme == "person" && left[String(space.owner)] != nil)
    }

    /// The same for an intent: what a customer asks of a store waits for who asked it.
    package func mayBeSent(_ intent: Intent) -> Bool {
        guard intent.space.scheme == "store", !isStaff else { return mayBeSent(intent.space) }
        // What names nobody is the device's own.
        guard let person = intent.payload["person"] else { return true }
        return signIn.map { person == .string($0.person) } ?? false
    }

    /// Changes that no hub has acknowledged.
    /// - Parameter canBeSent: without those of persons whose proof isn't here: these wait for them.
    package func unsentChanges(canBeSent: Bool = false) throws(StoreError) -> Int {
        var count = 0
        for (id, record) in try documents.records() where !canBeSent || mayBeSent(id.space) {
            for lane in record.lanes {
                let acknowledged = record.acknowledged(lane.actor, in: hub?.epoch ?? 0)
                guard acknowledged < lane.count, isOwn(lane.actor) else { continue }
                count += try documents.open(id).document.changeCount(of: lane.actor, from: acknowledged, to: lane.count)
            }
        }
        return count
    }
}

/// Why the engine refuses something: a code of Protocol/README.md's list, and a sentence.
package struct ReplicaError: Error, Equatable {
    package let code: String
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
