// A device's engine: its documents, what it decided to ask for, and what it owes its hub. Synchronous,
// without I/O: the driver brings bytes from the hub and the time, and carries out what comes back.
//
//     edit ──► staged ──► flush: on disk, acknowledged to the person ──► pump: sealed, sent
//     received ──► staged ──► flush ──► events
//
// An edit needs no network and is never refused for being late. One thread at a time.
internal import Commerce
package import CRDT
package import Store
package import Sync
internal import Bytes

package final class Replica {
    package enum Event: Equatable {
        /// A document has changes from elsewhere.
        case changed(DocumentID)
        case decided(Outcome)
        case fact(Fact)
        case caughtUp(ticket: UInt64)
        case refused(Refusal)
        /// Of a document whose history was cut, or of which something wasn't taken: operations from these counters on are there no
        /// more, under their names.
        case remade(DocumentID, stale: [Stale])
    }

    package struct Stale: Equatable, Sendable {
        package let actor: ActorID
        package let from: UInt32
    }

    package enum Action: Equatable {
        case send([UInt8])
        case close(CloseReason)
    }

    /// Counts since the store was opened.
    package struct Metrics: Equatable, Sendable {
        package var changesSent = 0, changesReceived = 0, bytesSent = 0, bytesReceived = 0, roundTrips = 0
        /// Times that both ends' heads differed after catching up, and were brought together.
        package var repairs = 0
        /// Times that something was sent again because the hub couldn't take it.
        package var retries = 0
        /// Times that two branches of this device's changes met.
        package var forks = 0
        /// Blocks that could not be taken in, and were set aside.
        package var poisoned = 0
        /// Times that work had to be made again because a history was cut without it.
        package var remade = 0

        package init() {}
    }

    package let documents: DocumentStore
    package let environment: Environment
    package let key: DeviceKey
    package internal(set) var profile: DeviceProfile
    package internal(set) var signIn: SignIn?
    /// The incarnation that edits are made under; nil until the first edit where it must be a new one.
    var incarnation: ActorID?
    var actors: [ActorID: ActorRecord] = [:]
    /// Persons who signed out with something unsent, and their proofs.
    var left: [String: String] = [:]
    /// What others share with who is signed in, by its space.
    package internal(set) var joined: [SpaceID: Joined] = [:]
    /// Of a kiosk: its customer is done, and the driver opens it anew.
    package internal(set) var hasEnded = false
    /// The hub's name and epoch that the cursors are of.
    var hub: (id: [UInt8], epoch: UInt64)?
    var otherHubs: [String] = []
    /// Of a kiosk: the hubs that it seals for, what customers before left, and the hashes and ids of what is sealed of this one's.
    var receivers: [SealedParcel.Receiver] = []
    var parcels: [LeftParcel] = []
    var ownParcel: Set<[UInt8]> = []
    /// The hub is gone, or should have had it by now: with the next flush, what it lacks is sealed.
    var isSealDue = false
    /// The central hub, as the one that this device talks to names it: its word on histories counts.
    var home: [UInt8]?
    var link: Link?
    /// While commands look at what was: where in the past of the document that they read.
    package var past: String?
    /// What the hub last said of the time; nil before it did.
    var heardTime: HeardTime?
    /// A desk's lease to hand over alone, staged or on the disk.
    var keptLease: KeptLease?
    /// Positions that are staged or on the disk.
    var cursors: [SpaceID: Position] = [:]
    /// What is published, once it was looked at since the last of it.
    var preparedBooks: PreparedBooks??
    var events: [Event] = []
    var actions: [Action] = []
    package internal(set) var metrics = Metrics()

    package var store: any Store { documents.store }
    package var device: DeviceID { DeviceID(publicKey: key.publicKey) }

    init(documents: DocumentStore, environment: Environment, key: DeviceKey, profile: DeviceProfile) {
        self.documents = documents
        self.environment = environment
        self.key = key
        self.profile = profile
    }

    // MARK: Who and where

    /// Addresses of hubs, the device's own first; the rest for when that can't be reached.
    package var hubs: [String] { [profile.hub] + otherHubs.filter { $0 != profile.hub } }

    /// The space of who is signed in, else the device's own.
    package var space: SpaceID {
        if let signIn, let space = SpaceID("person:\(signIn.person)") { return space }
        return deviceSpace
    }

    package var deviceSpace: SpaceID {
        guard let space = SpaceID("device:\(device)") else { preconditionFailure("a device's id is a space's name") }
        return space
    }

    package var isStaff: Bool { profile.role != "customer" }

    /// Whether this device may still say and give what is of a document: it follows its space, or somebody left it here
    /// and it hasn't gone out yet.
    package func mayGive(_ id: DocumentID) -> Bool { isStaff || id.space.scheme != "person" || !proof(for: id.space).isEmpty }

    /// Binds the device to a person. What was done before stays in the device's own space, untouched.
    package func signIn(_ signIn: SignIn?) {
        guard signIn != self.signIn else { return }
        let old = space
        leave()
        self.signIn = signIn
        leaveShares()
        if let signIn, left.removeValue(forKey: signIn.person) != nil { documents.stage(.delete(.meta, key: MetaKey.left + Array(signIn.person.utf8))) }
        if let signIn {
            var writer = ByteWriter()
            writer.string(signIn.person)
            writer.string(signIn.proof)
            documents.stage(.put(.meta, key: MetaKey.signIn, value: writer.bytes))
        } else {
            documents.stage(.delete(.meta, key: MetaKey.signIn))
        }
        spaceChanged(from: old)
    }

    /// What who signs out left unsent goes out all the same: their proof is kept until it has, and no longer.
    private func leave() {
        leaveUnsentToShares()
        guard let signIn, !isStaff else { return }
        let asked = (try? queuedIntents().contains { $0.intent.space == space }) ?? true
        guard asked || (try? unsentChanges(canBeSent: true)) != 0 else { return }
        left[signIn.person] = signIn.proof
        documents.stage(.put(.meta, key: MetaKey.left + Array(signIn.person.utf8), value: Array(signIn.proof.utf8)))
    }

    package func rename(_ profile: DeviceProfile) {
        self.profile = profile
        documents.stage(.put(.meta, key: MetaKey.profile, value: profile.bytes))
    }

    // MARK: Editing

    /// Makes one change to a document; `flush` puts it on the disk.
    package func edit<Result>(_ id: DocumentID, _ body: (inout Document) throws -> Result) throws -> Result {
        guard past == nil else { throw ReplicaError(code: "invalid-value", message: "What was can't be changed: leave out `at`, or undo.") }
        try checkShared(id, toEdit: true)
        // Opened first: where it turns out to be damaged, this edit is made under another actor.
        _ = try document(documents.openWhole(id))
        let actor = try currentActor()
        let result = try documents.edit(id, by: actor, at: nowMilliseconds) { document throws in
            let before = document.operationCount(of: actor)
            let result = try body(&document)
            signAsStaff(id, actor, &document, since: before)
            return result
        }
        link?.dirty.insert(id)
        noteCart(id)
        return result
    }

    package func document(_ id: DocumentID) throws -> Document {
        let document = try document(documents.open(id))
        return try past.map { try Past.document(document, at: $0) } ?? document
    }

    private func document(_ open: DocumentStore.Open) -> Document {
        if documents.quarantined.count > knownQuarantined { renew() }
        return open.document
    }

    /// Everything that was edited or received is on disk when this returns.
    package func flush() throws(StoreError) {
        do {
            let sealed = try stageOwnParcel()
            try documents.flush()
            if let sealed { ownParcel = sealed }
        } catch {
            dropStaged()
            throw error
        }
    }

    /// Documents whose rows were damaged on this disk, and set aside.
    package func damagedDocuments() throws(StoreError) -> [DocumentID] { try documents.damagedDocuments() }

    private var knownQuarantined = 0

    /// What was lost with a damaged document may have been sent: going on under its numbers would fork.
    private func renew() {
        knownQuarantined = documents.quarantined.count
        incarnation = nil
        // The hub is asked for everything again.
        cursors = [:]
        for row in (try? store.scan(.cursors, prefix: []).rows) ?? [] { documents.stage(.delete(.cursors, key: row.key)) }
    }

    /// The actor that edits are made under, made now if there is none that may go on.
    package func currentActor() throws(StoreError) -> ActorID {
        if let incarnation { return incarnation }
        let record = ActorRecord(publicKey: key.publicKey, nonce: environment.random(16), name: profile.name, kind: profile.kind)
        documents.stage(.put(.meta, key: MetaKey.nonce, value: record.nonce))
        remember(record)
        incarnation = record.actor
        return record.actor
    }

    func remember(_ record: ActorRecord) {
        guard actors[record.actor] == nil else { return }
        actors[record.actor] = record
        var writer = ByteWriter()
        record.write(to: &writer)
        documents.stage(.put(.actors, key: record.actor.bytes, value: writer.bytes))
    }

    package func isOwn(_ actor: ActorID) -> Bool { actors[actor]?.publicKey == key.publicKey }

    /// The device that made changes under an actor.
    package func author(_ actor: ActorID) -> ActorRecord? { actors[actor] }

    /// Every device that made something that is here, and this one.
    package var knownDevices: [DeviceID: ActorRecord] {
        var devices: [DeviceID: ActorRecord] = [:]
        for actor in actors.keys.sorted() where actors[actor]?.kind != "hub" { devices[actors[actor]?.device ?? device] = actors[actor] }
        return devices
    }

    package func takeEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    package func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }
}
