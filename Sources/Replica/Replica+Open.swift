// Making a device's store, and opening it again.
//
// An opened store goes on under its actor only while it is known to be the one that was last written:
// else a copy would write under numbers that are taken. Then, as the first edit is made, the device takes
// a fresh incarnation; what the old one left is still sealed and sent.
internal import CRDT
package import Store
internal import Bytes
internal import Sync

extension Replica {
    /// Whether a store has a device in it.
    package static func exists(in store: any Store) throws(StoreError) -> Bool { try store.get(.meta, MetaKey.profile) != nil }

    /// Makes a device in an empty store.
    package static func create(in store: any Store, _ environment: Environment, _ profile: DeviceProfile) throws(StoreError) -> Replica {
        guard let key = DeviceKey(seed: environment.random(32)) else { preconditionFailure("any 32 bytes are a key") }
        // Of a kiosk only what it is, and what is sealed, goes to the disk; who it is, and all else, is in memory.
        let store = profile.isKiosk && !Plant.kioskRemembers.isPlanted ? VolatileStore(over: store, keeping: [MetaKey.profile, MetaKey.receivers, MetaKey.parcel]) : store
        let replica = Replica(documents: DocumentStore(store), environment: environment, key: key, profile: profile)
        replica.documents.stage(.put(.meta, key: MetaKey.seed, value: key.seed))
        replica.documents.stage(.put(.meta, key: MetaKey.profile, value: profile.bytes))
        _ = try replica.currentActor()
        try replica.loadParcels()
        try replica.flush()
        return replica
    }

    package static func open(_ store: any Store, _ environment: Environment) throws(StoreError) -> Replica {
        if let bytes = try store.get(.meta, MetaKey.profile), let profile = try? DeviceProfile(decoding: bytes), profile.isKiosk, try store.get(.meta, MetaKey.seed) == nil {
            return try create(in: store, environment, profile)
        }
        guard let seed = try store.get(.meta, MetaKey.seed), let key = DeviceKey(seed: seed),
              let bytes = try store.get(.meta, MetaKey.profile), let profile = try? DeviceProfile(decoding: bytes) else {
            throw StoreError(.damaged, "The store has no device in it. Begin one with `baton init`.")
        }
        let replica = Replica(documents: DocumentStore(store), environment: environment, key: key, profile: profile)
        try replica.load()
        if store.isContinuous, let nonce = try store.get(.meta, MetaKey.nonce) {
            replica.incarnation = ActorID(publicKey: key.publicKey, incarnation: nonce)
        }
        return replica
    }

    /// What the disk says of who this is and who is known. Also after a write that failed: memory must not go on
    /// with an actor, a person or a maker that the disk hasn't got.
    func load() throws(StoreError) {
        signIn = nil
        if let bytes = try store.get(.meta, MetaKey.signIn) {
            var reader = ByteReader(bytes)
            if let person = try? reader.string(), let proof = try? reader.string() { signIn = SignIn(person: person, proof: proof) }
        }
        actors = [:]
        for row in try store.scan(.actors, prefix: []).rows {
            var reader = ByteReader(row.value)
            if let record = try? ActorRecord(&reader) { actors[record.actor] = record }
        }
        hub = nil
        if let bytes = try store.get(.meta, MetaKey.hub), bytes.count == 24 {
            hub = (Array(bytes.prefix(16)), DocumentKeys.number(bytes.suffix(8)))
        }
        otherHubs = try store.get(.meta, MetaKey.otherHubs).map { String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init) } ?? []
        heardTime = try store.get(.meta, MetaKey.clock).flatMap { try? HeardTime($0) }
        left = [:]
        for row in try store.scan(.meta, prefix: MetaKey.left).rows {
            left[String(decoding: row.key.dropFirst(MetaKey.left.count), as: UTF8.self)] = String(decoding: row.value, as: UTF8.self)
        }
        try loadParcels()
        try loadJoined()
        try loadLease()
        cursors = [:]
        if let current = incarnation, actors[current] == nil { incarnation = nil }
    }

    /// Forgets what is staged: a command was refused half-way, or the disk didn't take it.
    package func dropStaged() {
        documents.dropStaged()
        let before = space
        // A store that can't be read any more says so at the next step.
        try? load()
        // Who was signed in, and is not after all, is followed no more.
        if space != before { spaceChanged(from: before) }
    }
}
