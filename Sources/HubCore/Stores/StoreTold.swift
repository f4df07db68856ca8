// Staff devices that a central hub which was put back waits for, and that stand at the store's own hub by now: they come to the central
// one no more, so that hub is asked about them.
//
//     central, put back ──► store-told {device} ──► the store's hub ends the device's connection ──► the device comes again, with what
//     it was told, and a barrier ──► told, behind all that it gave ──► one less to wait for
//
// An older connection shows nothing: its other end may have been at the central hub since. Protocol/store-hubs.md 6.
internal import Bytes
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

enum StoreTold: IntentKind {
    static let name = "store-told"
    /// A store's hub that was put back itself knows first what it was told.
    static var needsAll: Bool { true }
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && peer.role == .operator }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        guard ledger.isHome(intent.device) else { throw Refused("forbidden", "Only the central hub asks who came to a store's.") }
        guard let device = device(intent) else { throw Refused("invalid-value", "The device's id is 32 hexadecimal digits.") }
        guard ledger.hasCome(device) else { throw NotCome(device: device) }
        return .null
    }

    static func device(_ intent: Intent) -> DeviceID? { (try? intent.payload.text("device")).flatMap(DeviceID.init) }

    /// - Parameter epoch: of the central hub, that in which it was put back.
    static func id(_ device: DeviceID, in space: SpaceID, epoch: UInt64) -> IntentID { IntentID(named: "told \(space) \(device) \(Hex.encode(DocumentKeys.number(epoch)))") }
}

/// A device hasn't come to this hub since it was asked about.
struct NotCome: Error { let device: DeviceID }

extension HubCore {
    /// A device that the central hub asked about.
    struct Coming {
        var hasCome = false
        var asked: [Asked] = []
    }

    // MARK: At the store's hub

    func waitToCome(_ device: DeviceID, _ asked: Asked) {
        if comings[device] == nil {
            for id in connections.keys.sorted() where connections[id]?.peer?.device == device { close(id, .failed("The central hub was put back: connect again, and say what you were told.")) }
        }
        // Asked again on another connection, it's answered on that.
        comings[device] = Coming(asked: [asked])
    }

    /// It said a barrier, behind all that it had to give.
    func noteCome(_ device: DeviceID) {
        guard let coming = comings[device], !coming.hasCome else { return }
        comings[device] = Coming(hasCome: true)
        late += coming.asked
    }

    // MARK: At the central hub

    /// Asks a store's hub about those that are waited for.
    func askWhoCame(_ peer: Peer) throws(StoreError) {
        guard let collectsFor, serves == nil, let space = SpaceID("store:\(peer.store)"), !collected.contains(space) else { return }
        for device in try missing(in: space) where device != peer.device {
            let id = StoreTold.id(device, in: space, epoch: collectsFor)
            guard !errands.contains(where: { $0.forward.intent.id == id }) else { continue }
            let payload = Value.map([("device", .string("\(device)")), ("epoch", .string(Hex.encode(DocumentKeys.number(collectsFor))))])
            begin(Forward(intent: Intent(id: id, space: space, kind: StoreTold.name, payload: payload, key: key), asker: ownAsker), to: .store(peer.store))
        }
    }

    /// What was asked before this hub was put back once more is asked anew.
    func dropOldQuestions() {
        let text = Hex.encode(DocumentKeys.number(collectsFor ?? 0))
        for errand in errands where errand.forward.intent.kind == StoreTold.name && errand.forward.intent.payload["epoch"] != .string(text) { drop(errand.forward.intent.id) }
    }

    func came(_ intent: Intent, _ outcome: Outcome) {
        guard let collectsFor, outcome.isDone, let device = StoreTold.device(intent), intent.id == StoreTold.id(device, in: intent.space, epoch: collectsFor) else { return }
        noteTold(intent.space, by: device.bytes)
    }
}
