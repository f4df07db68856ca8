// Parcels that only the central hub can open, brought to a store's own: it keeps them on its disk, for the one who carries them may
// never meet the central one, and passes them on.
//
//     parcel ──► a row ──► kept
//     uplink ──► parcel ──► kept, or refused for good ──► the row is deleted
//
// Protocol/sharing.md 5.
internal import Bytes
internal import Store
internal import Sync

extension HubCore {
    private static let prefix = Array("parcel-above:".utf8)

    func loadParcelsAbove() throws(StoreError) {
        parcelsAbove = try documents.store.scan(.meta, prefix: HubCore.prefix).rows.map { Array($0.key.dropFirst(HubCore.prefix.count)) }
    }

    func isForAbove(_ bytes: [UInt8]) -> Bool {
        guard serves != nil, let home, let hubs = (try? SealedParcel(decoding: bytes))?.hubs else { return false }
        return hubs.contains(home) && !hubs.contains(id)
    }

    func keepForAbove(_ id: [UInt8], _ bytes: [UInt8]) {
        documents.stage(.put(.meta, key: HubCore.prefix + id, value: bytes))
        parcelsAbove.append(id)
    }

    /// Each once a connection, some of it at a time.
    func passParcelsUp() throws(StoreError) {
        for id in parcelsAbove where uplink?.parcelsOffered.contains(id) == false {
            guard uplink?.parcelsUnanswered.values.reduce(0, +) ?? 0 < SyncLimits.entriesBytesTarget else { return }
            guard let bytes = try documents.store.get(.meta, HubCore.prefix + id) else { continue }
            uplink?.parcelsOffered.insert(id)
            uplink?.parcelsUnanswered[id] = bytes.count
            sayUp(.parcel(bytes))
        }
    }

    /// The central hub has it, or never takes it.
    func parcelAnswered(_ id: [UInt8], isDone: Bool = true) {
        uplink?.parcelsUnanswered[id] = nil
        guard isDone, let index = parcelsAbove.firstIndex(of: id) else { return }
        documents.stage(.delete(.meta, key: HubCore.prefix + parcelsAbove.remove(at: index)))
    }
}
