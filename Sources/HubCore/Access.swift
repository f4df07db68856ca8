// Who sees and writes what: Protocol/access.md. Denied unless a rule here allows it.
//
//     role × space × kind of document
//
// A customer's device reaches its own space and the persons' that it proved; staff reach every
// person's, less what is that person's own affair. What only staff may see is kinds of its own, so that
// nothing has to be cut out of a document. Facts are seen by who sees what they are about.
internal import Commerce
package import CRDT
package import Sync

package enum Role: String, CaseIterable, Sendable {
    case customer, agent, associate, manager, `operator`
    /// A store's own hub, towards the central one.
    case storeHub = "store-hub"

    package var isStaff: Bool { self != .customer }
}

/// What a token allows.
package struct Grant: Equatable, Sendable {
    package var role: Role
    /// Of a customer's token: whose it is; nil for whoever holds it and signs in as anyone.
    package var person: String?
    /// Of a member of staff's: the one store where they work; nil for any.
    package var store: String?

    package init(role: Role, person: String? = nil, store: String? = nil) {
        self.role = role
        self.person = person
        self.store = store
    }
}

/// Where tokens are kept is the program's affair.
package protocol TokenBook: AnyObject {
    /// Whether everyone is let in: no token was ever made, and only this machine can reach the hub.
    var isOpen: Bool { get }
    func grant(for token: String) -> Grant?
}

/// Everyone in, as what they say: for tests and demos.
package final class OpenTokenBook: TokenBook {
    package init() {}
    package var isOpen: Bool { true }
    package func grant(for token: String) -> Grant? { nil }
}

/// A device that said hello.
package struct Peer: Equatable, Sendable {
    package let device: DeviceID
    /// For people.
    package let name: String
    /// By what it speaks: phone, web, till.
    package let channel: String
    package let role: Role
    /// Where it stands, as it says, or as its token says; empty for nowhere.
    package let store: String
    /// Persons that it may speak for.
    package var persons: Set<String> = []
}

package enum Access {
    /// Every space of a scheme: persons', stores'.
    package static let every = "*"
    /// What only staff see.
    private static let staffKinds: Set<String> = ["notes", "reply"]
    /// What is a customer's own affair.
    private static let privateKinds: Set<String> = ["preferences"]

    /// - Throws: a sentence that says what to do; what a close frame has no room for, 123 bytes, would be cut off.
    package static func admit(_ hello: Hello, _ book: any TokenBook) throws(CloseReason) -> Peer {
        guard let asked = Role(rawValue: hello.role) else {
            throw .unauthorized("There is no role \(hello.role): use \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        if book.isOpen { return Peer(device: hello.device, name: hello.name, channel: hello.kind, role: asked, store: hello.store) }
        let next = asked == .storeHub ? "Start this hub with another: --upstream-token T." : "`baton init --token T` gives this device another."
        guard let grant = book.grant(for: hello.token) else {
            throw .unauthorized((hello.token.isEmpty ? "There is no token here, and the hub asks for one." : "This token was mistyped, or revoked.") + " " + next)
        }
        guard grant.role == asked else {
            throw .unauthorized("This token is for the role \(grant.role.rawValue), not \(asked.rawValue). \(next)")
        }
        if let store = grant.store, !hello.store.isEmpty, hello.store != store {
            throw .unauthorized("This token is for the store \(store), not \(hello.store). \(next)")
        }
        return Peer(device: hello.device, name: hello.name, channel: hello.kind, role: grant.role, store: grant.store ?? hello.store, persons: grant.person.map { [$0] } ?? [])
    }

    /// - Parameter proof: a token of that person.
    package static func maySubscribe(_ peer: Peer, to space: SpaceID, proof: String, _ book: any TokenBook) -> Bool {
        switch space.scheme {
        case "device": return space.owner == peer.device.description || peer.role == .storeHub
        case "person":
            if peer.role.isStaff { return true }
            guard space.owner != "*" else { return false }
            let person = String(space.owner)
            if book.isOpen || peer.persons.contains(person) { return true }
            return book.grant(for: proof) == Grant(role: .customer, person: person)
        case "store":
            guard peer.role.isStaff else { return false }
            return space.owner == peer.store || reachesEveryStore(peer)
        // Books are published to everyone.
        case "tenant": return space == BookNames.space
        default: return false
        }
    }

    /// Whether a device reaches a space that it doesn't follow. Also at an open hub a customer's device says by following a person
    /// that it speaks for them: else who was that person's guest would be taken for them once the share is over.
    static func reaches(_ peer: Peer, _ space: SpaceID, _ book: any TokenBook) -> Bool {
        if space.scheme == "person", !peer.role.isStaff { return peer.persons.contains(String(space.owner)) }
        // What stands there is decided, by who publishes.
        if space.scheme == "tenant" { return peer.role.isStaff && space == BookNames.space }
        return maySubscribe(peer, to: space, proof: "", book)
    }

    /// Who works for all of them, and who said no store of their own.
    private static func reachesEveryStore(_ peer: Peer) -> Bool { [.agent, .manager, .operator].contains(peer.role) && peer.store.isEmpty || peer.role == .operator }

    package static func maySee(_ role: Role, _ kind: String) -> Bool {
        // What it carries for others, it sees.
        if role == .storeHub { return true }
        return role.isStaff ? !privateKinds.contains(kind) : !staffKinds.contains(kind)
    }

    /// What was decided about a draft is for who sees the draft; whose a conversation is, is the staff's own affair.
    package static func maySee(_ role: Role, fact resource: String) -> Bool {
        if resource.hasPrefix(Assigned.prefix) { return role.isStaff }
        guard resource.hasPrefix(SentDraft.prefix) else { return true }
        return maySee(role, String(resource.dropFirst(SentDraft.prefix.count).prefix { $0 != "/" }))
    }

    /// Whom a hub let in, as it tells another. The central hub is believed. A store's hub speaks for customers, and for staff of
    /// its own store, up to its manager.
    /// - Parameter hub: the store's hub that says so; nil for the central one.
    static func vouched(_ asker: Forward.Asker, through hub: Peer?) -> Peer? {
        guard var role = Role(rawValue: asker.role) else { return nil }
        if let hub {
            if asker.device == hub.device { return hub }
            if role == .operator || role == .storeHub { role = .manager }
        }
        let store = hub.map { role.isStaff ? $0.store : "" } ?? asker.store
        return Peer(device: asker.device, name: asker.name, channel: asker.channel, role: role, store: store, persons: Set(asker.persons))
    }

    static func asker(_ peer: Peer) -> Forward.Asker {
        Forward.Asker(device: peer.device, name: peer.name, channel: peer.channel, role: peer.role.rawValue, store: peer.store,
                      persons: Array(peer.persons.sorted(by: utf8Precedes).prefix(SyncLimits.personsMax)))
    }

    /// Who sees a document may edit it: what must not be edited is a fact.
    package static func mayWrite(_ role: Role, _ kind: String) -> Bool { maySee(role, kind) }
}
