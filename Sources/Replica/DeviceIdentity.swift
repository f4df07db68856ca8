// Who this device is: its key, its name, its hub, and who is signed in. Kept in the store's `meta`.
package import Bytes

package struct DeviceProfile: Equatable, Sendable {
    /// For people.
    package var name: String
    /// phone, laptop, tablet, watch, kiosk, till, desk, agent, web.
    package var kind: String
    package var role: String
    /// Where the hub is.
    package var hub: String
    package var token: String
    /// The store that a till or a desk stands in.
    package var store: String

    /// A device that whoever comes by uses: nothing of theirs goes to its disk.
    package var isKiosk: Bool { kind == "kiosk" }

    package init(name: String, kind: String, role: String, hub: String, token: String = "", store: String = "") {
        self.name = name
        self.kind = kind
        self.role = role
        self.hub = hub
        self.token = token
        self.store = store
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        name = try reader.string()
        kind = try reader.string()
        role = try reader.string()
        hub = try reader.string()
        token = try reader.string()
        store = try reader.string()
        try reader.finish()
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        for text in [name, kind, role, hub, token, store] { writer.string(text) }
        return writer.bytes
    }
}

/// Who is signed in, and what shows it to the hub.
package struct SignIn: Equatable, Sendable {
    package var person: String
    package var proof: String

    package init(person: String, proof: String = "") {
        self.person = person
        self.proof = proof
    }
}

enum MetaKey {
    static let seed = Array("device-key".utf8)
    static let profile = Array("device-profile".utf8)
    static let nonce = Array("incarnation".utf8)
    static let signIn = Array("signed-in".utf8)
    /// With a person's name behind it: somebody who signed out and left something unsent, and their proof.
    static let left = Array("left:".utf8)
    /// With an intent's id behind it: the secret of which it said the hash.
    static let secret = Array("secret:".utf8)
    /// With a guest's space and an owner's behind it: what the guest joined there, and by which token.
    static let joined = Array("joined:".utf8)
    /// The hub and its epoch that cursors and acknowledgements speak of.
    static let hub = Array("hub-epoch".utf8)
    /// There until the hub of that epoch has every fact that is here: it may have been put back.
    static let owesFacts = Array("owes-facts".utf8)
    /// With a space behind it: what the hub last answered about its session's baton.
    static let lease = Array("lease:".utf8)
    /// Whether this device goes on handing over alone, and until when.
    static let desk = Array("desk".utf8)
    /// Holds of which an order was told that they ran out.
    static let expired = Array("hold-expired:".utf8)
    /// With a space behind it: which cart is open, at least.
    static let openCart = Array("open-cart:".utf8)
    /// With a closed cart behind it: it may have something left.
    static let late = Array("late:".utf8)
    /// Where else to go when this device's own hub can't be reached: addresses, a line each.
    static let otherHubs = Array("other-hubs".utf8)
    /// Of a kiosk: hubs, and the keys that parcels for them are sealed by. With something behind it that tells devices apart: what each left.
    static let receivers = Array("parcel-hubs".utf8)
    static let parcel = Array("parcel:".utf8)
    /// What the hub last said of the time.
    static let clock = Array("heard-time".utf8)
}
