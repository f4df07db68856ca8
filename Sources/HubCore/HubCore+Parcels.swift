// Parcels: what a device that is gone left for this hub, sealed, and another device carries. Opened, it is taken as if the gone
// one had come itself: with its hello, its proofs, its blocks, its intents, and no right beyond.
//
//     parcel ──► opened, signed by its device, which is let in ──► what can be taken is ──► nothing waits ──► kept
//                 └─► refused                                      └─► something waits: a row, tried again ──► kept
//
// `kept` is said once all of it is on this disk. Given again, it is all known. Protocol/sharing.md 5.
internal import Bytes
internal import CRDT
internal import Store
package import Sync

extension HubCore {
    /// A gone device's parcel, while something of it waits for what this hub lacks, or for who decides.
    final class OpenParcel {
        let id: [UInt8]
        let parcel: Parcel
        /// As which the gone device is here: nobody hears what is said on it.
        let connection: Connection
        /// Blocks that aren't taken yet, and intents without an outcome.
        var blocks: [Entry]
        var intents: [Intent]
        var asked: Set<IntentID> = []
        /// Where what it waits for may come from.
        let spaces: Set<SpaceID>
        /// Up to where each of these was when it was last tried.
        var tried: [SpaceID: UInt64] = [:]

        init(id: [UInt8], parcel: Parcel, connection: Connection) {
            (self.id, self.parcel, self.connection) = (id, parcel, connection)
            blocks = parcel.entries.filter { if case .block = $0 { true } else { false } }
            intents = parcel.intents.filter { $0.publicKey == parcel.hello.publicKey && $0.isSigned }
            var spaces = Set(parcel.proofs.map(\.space) + intents.map(\.space))
            for case .block(let bytes) in blocks { if let block = try? Block(decoding: bytes) { spaces.insert(block.document.space) } }
            self.spaces = spaces
        }

        var isDone: Bool { blocks.isEmpty && intents.isEmpty }

        /// What was answered since: what this hub lacks, or doesn't know yet, is asked again.
        func hear() {
            for case .outcome(let outcome) in connection.answers {
                if ["missing", "version-mismatch", "rate-limited"].contains(outcome.status) { asked.remove(outcome.intent) } else { intents.removeAll { $0.id == outcome.intent } }
            }
            connection.answers = []
        }
    }

    /// What gone devices asked for, and nobody has answered.
    package var askedByParcels: [Intent] { parcels.flatMap { opened in opened.intents.filter { opened.asked.contains($0.id) } } }

    private static let parcelPrefix = Array("parcel:".utf8)

    /// What parcels for this hub are sealed by. It comes from the hub's key, and is lost with it.
    static func sealingKey(of key: DeviceKey) -> SealingKey {
        guard let key = SealingKey(seed: Digest.sha256(Array("baton sealing".utf8), key.seed)) else { preconditionFailure("any 32 bytes are a key") }
        return key
    }

    /// What waits on the disk. Whose token was taken back meanwhile may get it again.
    func loadParcels() throws(StoreError) {
        (parcels, hasParcelsAside) = ([], false)
        for row in try documents.store.scan(.meta, prefix: HubCore.parcelPrefix).rows {
            if let opened = try? open(row.value) { parcels.append(opened) } else { hasParcelsAside = true }
        }
        try loadParcelsAbove()
    }

    /// - Throws: why it isn't taken at all.
    private func open(_ bytes: [UInt8]) throws(Refused) -> OpenParcel {
        guard let sealed = try? SealedParcel(decoding: bytes) else { throw Refused("malformed", "These bytes are no parcel that this hub knows.") }
        guard let content = sealed.open(by: id, sealingKey) else { throw Refused("invalid-value", "The parcel is sealed for another hub's key, or isn't as it was sealed: this hub can't open it.") }
        guard let parcel = try? Parcel(decoding: content), parcel.isSigned else { throw Refused("invalid-value", "What is in the parcel isn't signed by the device that it names.") }
        let connection = Connection(session: HubSession(greeting: Greeting(hub: id, epoch: epoch, nonce: Digest.none)), at: environment.nowMilliseconds())
        do throws(CloseReason) {
            connection.peer = try Access.admit(parcel.hello, book)
        } catch {
            throw Refused("forbidden", error.message)
        }
        guard connection.peer?.role != .storeHub else { throw Refused("forbidden", "A hub leaves no parcels.") }
        return OpenParcel(id: sealed.id, parcel: parcel, connection: connection)
    }

    /// What a device carries for another.
    func take(parcel bytes: [UInt8], _ carrier: Connection) throws {
        let id = Digest.sha256(bytes)
        if parcels.contains(where: { $0.id == id }) || parcelsAbove.contains(id) { return carrier.kept.append(id) }
        do {
            guard parcels.count + parcelsAbove.count < HubLimits.parcelsMax else { throw Refused("rate-limited", "Too many parcels wait at this hub already: it is brought again later.") }
            if isForAbove(bytes) {
                keepForAbove(id, bytes)
                return carrier.kept.append(id)
            }
            let opened = try open(bytes)
            try work(on: opened)
            if !opened.isDone {
                documents.stage(.put(.meta, key: HubCore.parcelPrefix + id, value: bytes))
                parcels.append(opened)
            }
            carrier.kept.append(id)
        } catch let refused as Refused {
            refuse(carrier, SealedParcel.thing(id), refused.code, refused.message)
        }
    }

    /// Tries what waits, where something came that it may have waited for.
    func workOnParcels() throws(StoreError) {
        guard !parcels.isEmpty else { return }
        for opened in parcels {
            opened.hear()
            if opened.spaces.contains(where: { opened.tried[$0] != log.end(of: $0) }) {
                do { try work(on: opened) } catch let error as StoreError { throw error } catch { throw StoreError(.damaged, "What a parcel asks for can't be decided: \(error)") }
            }
            if opened.isDone { documents.stage(.delete(.meta, key: HubCore.parcelPrefix + opened.id)) }
        }
        parcels.removeAll(where: \.isDone)
    }

    private func work(on opened: OpenParcel) throws {
        let connection = opened.connection
        try follow(opened)
        for case .actor(let record) in opened.parcel.entries { remember(record) }
        guard let peer = connection.peer else { return }
        opened.hear()
        opened.blocks = try opened.blocks.filter { block in
            // What isn't what it says it is, is not taken, and the rest is.
            do { try take(block, connection, peer) } catch is CloseReason { return false }
            defer { connection.answers = [] }
            guard case .refused(let refusal)? = connection.answers.last else { return false }
            return ["missing", "unknown-actor"].contains(refusal.code) || (refusal.code == "forbidden" && !connection.hoped.isEmpty)
        }
        for intent in opened.intents where opened.asked.insert(intent.id).inserted { try ask(intent, connection, peer) }
        opened.hear()
        (connection.acknowledgements, connection.brought) = ([], [:])
        opened.tried = Dictionary(uniqueKeysWithValues: opened.spaces.map { ($0, log.end(of: $0)) })
        // Nobody waits any more for a device that is gone.
        if opened.isDone { for space in opened.spaces { documents.stage(.delete(.devices, key: DocumentKeys.space(space) + peer.device.bytes)) } }
    }

    /// What the gone device may reach, by what it showed.
    private func follow(_ opened: OpenParcel) throws {
        let connection = opened.connection
        connection.hoped = []
        for item in opened.parcel.proofs where connection.positions[item.space] == nil && item.space.owner != Access.every {
            guard let peer = connection.peer else { return }
            switch try admission(peer, to: item.space, proof: item.proof) {
            case .own: if item.space.scheme == "person", !peer.role.isStaff { connection.peer?.persons.insert(String(item.space.owner)) }
            case .guest(let guest): connection.guests[item.space] = guest
            case .unknown:
                connection.hoped.append(item)
                continue
            case .refused: continue
            }
            checkIn(item.space)
            connection.positions[item.space] = log.end(of: item.space)
        }
    }
}
