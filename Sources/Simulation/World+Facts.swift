// What always holds of facts, on the hub and on devices.
//
//     I4 a device has of each resource that it follows and may see what the hub says last
internal import Commerce
internal import CRDT
internal import HubCore
internal import Replica
internal import Sync

extension World {
    /// The last that the hub says of each resource.
    func latestFacts(_ core: HubCore) -> [Fact] {
        var latest: [String: Fact] = [:]
        for fact in core.factsInLog() {
            let name = "\(fact.space) \(fact.resource)"
            if fact.sequence > latest[name]?.sequence ?? 0 { latest[name] = fact }
        }
        return latest.keys.sorted().compactMap { latest[$0] }
    }

    /// - Parameter replica: what is on its disk; a kiosk's has nothing.
    func checkFacts(_ node: DeviceNode, _ replica: Replica, _ latest: [Fact]) {
        guard !replica.profile.isKiosk else { return }
        for fact in latest where isFor(node, replica, fact) {
            let there = (try? replica.fact(fact.space, fact.resource)) ?? nil
            guard there != fact else { continue }
            fail("I4", "\(node.name) has \(there.map { "\($0.sequence)" } ?? "nothing") of \(fact.resource) of \(fact.space), and the hub \(fact.sequence).")
        }
    }

    private func isFor(_ node: DeviceNode, _ replica: Replica, _ fact: Fact) -> Bool {
        guard Access.maySee(role(node), fact: fact.resource), replica.joined[fact.space] == nil else { return false }
        return follows(node, replica, fact.space) || fact.space == BookNames.space || (role(node).isStaff && fact.space.name == "store:\(node.setting.store)")
    }
}
