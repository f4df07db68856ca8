// What somebody shares of theirs: `share/HASH`, a fact of the person's space. Who has the token whose hash it is may do what
// the mode says, until then, or until it is revoked. Protocol/sharing.md 2.
internal import Bytes
package import CRDT

package struct Share: Equatable, Sendable {
    package enum Mode: String, CaseIterable, Sendable {
        /// The session is read.
        case view
        /// The session's place is copied once; nothing is followed afterwards.
        case fork
        /// The cart is read and edited, and the session read.
        case coControl = "co-control"

        private static let carts = "cart"
        private static let sessions = "session"

        /// Whether a guest follows anything of the space.
        package var follows: Bool { self != .fork }

        package func sees(kind: String) -> Bool { follows && (kind == Mode.sessions || edits(kind: kind)) }

        package func edits(kind: String) -> Bool { self == .coControl && kind == Mode.carts }

        /// Whether a guest is told what was decided about this: who has the baton, and which carts are closed.
        package func sees(resource: String) -> Bool {
            follows && (resource == Mode.sessions || (self == .coControl && resource.hasPrefix(OrderNames.carts)))
        }
    }

    package static let prefix = "share/"
    package static func resource(_ hash: String) -> String { prefix + hash }

    package let mode: Mode
    /// In milliseconds of the hub's time.
    package let until: Int64
    package private(set) var isRevoked = false
    /// Spaces of those who joined.
    package private(set) var guests: [String] = []

    package init(mode: Mode, until: Int64) { (self.mode, self.until) = (mode, until) }

    package func revoked() -> Share {
        var share = self
        share.isRevoked = true
        return share
    }

    package func joined(by guest: String) -> Share {
        var share = self
        if !guests.contains(guest) { share.guests.append(guest) }
        return share
    }

    /// Why it opens nothing; nil while it does.
    package func refusal(at time: Int64) -> (code: String, message: String)? {
        if isRevoked, !Plant.revokedShareOpens.isPlanted { return ("revoked", "What was shared is shared no longer: ask for another token.") }
        if time >= until { return ("expired", "What was shared was shared until a time that is over: ask for another token.") }
        return nil
    }

    // MARK: As a fact

    package var value: Value {
        .map([("mode", .string(mode.rawValue)), ("until", .int(until)), ("revoked", .bool(isRevoked)), ("guests", .list(guests.map(Value.string)))])
    }

    package init(_ value: Value) throws(CommerceError) {
        let text = try value.text("mode")
        guard let mode = Mode(rawValue: text) else { throw CommerceError("invalid-value", "\"\(text.prefix(40))\" is no way to share: use \(Mode.allCases.map(\.rawValue).joined(separator: ", ")).") }
        self.init(mode: mode, until: try value.integer("until"))
        isRevoked = try value.flag("revoked")
        guests = try value.texts("guests")
    }
}
