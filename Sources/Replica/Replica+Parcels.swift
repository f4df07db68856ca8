// What a kiosk keeps of its customers beyond its memory: parcels, which its hubs can open and the kiosk can't.
//
//     no hub, or none that has it within a second: what it lacks ──► sealed, on the disk before it is said to be done
//                                                                ──► the hub has it: deleted
//     end, idleness, a power cut ──► the parcel is of a device that is gone
//     the next connection ──► parcels of gone devices, first of all ──► kept: forgotten
//
// While it is away from its hub and has no room for another, it refuses what is done on it: nobody believes that it's kept.
// Protocol/sharing.md 5.
internal import Bytes
internal import CRDT
internal import Store
internal import Sync

extension Replica {
    /// Of a device that was here before.
    struct LeftParcel: Equatable {
        let key: [UInt8]
        let id: [UInt8]
        let byteCount: Int
        let hubs: [[UInt8]]
    }

    /// Rows of a kiosk's disk that are no customer's.
    package static var profileKey: [UInt8] { MetaKey.profile }
    package static var receiversKey: [UInt8] { MetaKey.receivers }

    /// Tells nobody which device it was.
    private var ownKey: [UInt8] { MetaKey.parcel + Digest.sha256(Array("baton parcel".utf8), key.seed).prefix(16) }

    /// Whether what is done here outlives the power cord: always, but on a kiosk that has met no hub yet, or whose hub is there
    /// and may have it the moment after.
    package var outlivesPower: Bool { !profile.isKiosk || (!receivers.isEmpty && (link == nil || !ownParcel.isEmpty)) }

    /// Parcels of customers who are gone, of which no hub has said yet that it has them.
    package var waitingParcels: Int { parcels.count }

    /// Those of them that the hub of this connection can open, or passes on to the central one, which can.
    package var owedParcels: Int { parcels.count(where: isWanted) }

    private func isWanted(_ parcel: LeftParcel) -> Bool {
        guard let link, let hub = link.hub else { return false }
        // Where a hub belongs, its welcome says; what was known before may be of another.
        return parcel.hubs.contains(hub) || (link.isOpen && home.map(parcel.hubs.contains) ?? false)
    }

    func loadParcels() throws(StoreError) {
        guard profile.isKiosk else { return }
        receivers = try store.get(.meta, MetaKey.receivers).map(Replica.receivers) ?? []
        let scan = try store.scan(.meta, prefix: MetaKey.parcel)
        parcels = scan.rows.filter { $0.key != ownKey }.compactMap { row in
            (try? SealedParcel(decoding: row.value)).map { LeftParcel(key: row.key, id: $0.id, byteCount: row.value.count, hubs: $0.hubs) }
        }
        for key in scan.damaged {
            documents.stage(.delete(.meta, key: key))
            lost(SealedParcel.thingPrefix + Hex.encode(key.dropFirst(MetaKey.parcel.count)), "store-damaged", "What a customer left here for the hub is damaged on this disk: it's lost.")
        }
    }

    private func lost(_ thing: String, _ code: String, _ message: String) { events.append(.refused(Refusal(thing: thing, code: code, message: message))) }

    // MARK: For whom

    /// Remembers what a hub opens things with: the last few hubs that were met.
    func learn(_ key: [UInt8]) {
        guard profile.isKiosk, let hub = link?.hub, !receivers.contains(.init(hub: hub, publicKey: key)) else { return }
        receivers = Array((receivers.filter { $0.hub != hub } + [.init(hub: hub, publicKey: key)]).suffix(SyncLimits.sealingHubsMax))
        documents.stage(.put(.meta, key: MetaKey.receivers, value: receivers.flatMap { $0.hub + $0.publicKey }))
    }

    private static func receivers(_ bytes: [UInt8]) -> [SealedParcel.Receiver] {
        stride(from: 0, to: bytes.count - bytes.count % 48, by: 48).map { .init(hub: Array(bytes[$0..<$0 + 16]), publicKey: Array(bytes[$0 + 16..<$0 + 48])) }
    }

    // MARK: Sealing

    /// Stages this customer's parcel, where there is more to it than on the disk.
    /// - Returns: what is in it then; nil where nothing changes.
    /// - Throws: `.diskFull` where it can't be kept, and no hub is there that takes it.
    func stageOwnParcel() throws(StoreError) -> Set<[UInt8]>? {
        guard profile.isKiosk, !receivers.isEmpty, documents.hasStaged || isSealDue, link == nil || isSealDue || hasEnded || !ownParcel.isEmpty else { return nil }
        let epoch = link.flatMap { $0.epoch == 0 ? nil : $0.epoch } ?? hub?.epoch ?? 0
        var blocks: [Block] = []
        for (id, record) in try documents.records() where owes(record, epoch) && mayGive(id) {
            try documents.seal(id, with: key, isOwn: isOwn)
            blocks += try documents.blocksWithStaged(of: id, lackingIn: epoch)
        }
        let intents = try queuedOrStaged()
        guard !blocks.isEmpty || !intents.isEmpty else {
            isSealDue = false
            guard !ownParcel.isEmpty else { return nil }
            documents.stage(.delete(.meta, key: ownKey))
            return []
        }
        let persons = [signIn.flatMap { SpaceID("person:\($0.person)") }].compactMap { $0 } + joined.keys.sorted() + left.keys.sorted().compactMap { SpaceID("person:\($0)") }
        let proofs = persons.map { Subscription(space: $0, proof: proof(for: $0)) }
        let items = Set(blocks.map(\.hash) + intents.map(\.id.bytes) + proofs.map { Digest.sha256(Array("\($0.space) \($0.proof)".utf8)) })
        guard !items.isSubset(of: ownParcel) else { return nil }
        var introduced: Set<ActorID> = []
        var entries: [Entry] = []
        for block in blocks {
            if introduced.insert(block.actor).inserted, let record = actors[block.actor] { entries.append(.actor(record)) }
            entries.append(.block(block.bytes))
        }
        let parcel = Parcel(hello: hello, proofs: proofs, entries: entries, intents: intents, key: key)
        guard let sealed = SealedParcel(parcel, for: receivers, chance: environment.random) else { return nil }
        let bytes = sealed.bytes
        guard bytes.count <= SyncLimits.parcelBytesMax, parcels.count < ReplicaLimits.parcelsMax, parcels.reduce(bytes.count, { $0 + $1.byteCount }) <= ReplicaLimits.parcelsBytesMax else {
            // The hub is there: it is told everything anyway.
            if link != nil { return nil }
            throw StoreError(.diskFull, "This kiosk keeps what \(parcels.count) customers left for the hub, and has no room for more: connect it to its hub (\(profile.hub)), and do this again.")
        }
        documents.stage(.put(.meta, key: ownKey, value: bytes))
        return items
    }

    // MARK: Handing over

    /// Brings the hub what gone customers left for it, some of it at a time.
    func offerParcels() throws(StoreError) {
        for parcel in parcels where isWanted(parcel) && link?.parcelsOffered.contains(parcel.id) == false {
            guard link?.parcelsUnanswered.values.reduce(0, +) ?? 0 < SyncLimits.entriesBytesTarget else { return }
            guard let bytes = try store.get(.meta, parcel.key) else { continue }
            link?.parcelsOffered.insert(parcel.id)
            link?.parcelsUnanswered[parcel.id] = parcel.byteCount
            send(.parcel(bytes))
            if Plant.parcelForgottenEarly.isPlanted { forget(parcel.id) }
        }
    }

    /// The hub has them on its disk.
    func kept(_ ids: [[UInt8]]) throws(StoreError) {
        for id in ids {
            link?.parcelsUnanswered[id] = nil
            forget(id)
        }
        try offerParcels()
    }

    /// The hub doesn't take one. What it could open and has no right, or couldn't though it is for it, nobody takes later either.
    func refusedParcel(_ refusal: Refusal) throws(StoreError) {
        guard let id = SealedParcel.id(refusal.thing), link?.parcelsOffered.contains(id) == true else { return }
        link?.parcelsUnanswered[id] = nil
        if refusal.code != "rate-limited" { forget(id) }
        try offerParcels()
    }

    private func forget(_ id: [UInt8]) {
        guard let index = parcels.firstIndex(where: { $0.id == id }) else { return }
        documents.stage(.delete(.meta, key: parcels.remove(at: index).key))
    }
}
