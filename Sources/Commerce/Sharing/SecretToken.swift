// What opens something of somebody's: 128 bits of chance, and whose space it is about. Who has it may; a hub keeps only
// its hash, so that nobody who reads a hub's disk can use it. Protocol/sharing.md 1.
//
//     9f86d081884c7d659a2feaa0c55ad015.ana
internal import Bytes
internal import CRDT

package struct SecretToken: Equatable, Sendable {
    package static let secretBytes = 16

    package let secret: [UInt8]
    /// A person, or a store.
    package let owner: String

    /// - Returns: nil for what is no secret, or no name of a space.
    package init?(secret: [UInt8], owner: String) {
        guard secret.count == SecretToken.secretBytes, owner != "*", SpaceID("person:\(owner)") != nil else { return nil }
        (self.secret, self.owner) = (secret, owner)
    }

    package init?(_ text: String) {
        guard text.utf8.count <= CommerceLimits.tokenBytesMax, let dot = text.firstIndex(of: "."), let secret = Hex.decode(String(text[..<dot])) else { return nil }
        self.init(secret: secret, owner: String(text[text.index(after: dot)...]))
    }

    package var text: String { "\(Hex.encode(secret)).\(owner)" }

    /// What a hub keeps of it.
    package var hash: String { SecretToken.hash(secret) }

    package static func hash(_ secret: [UInt8]) -> String { Hex.encode(Digest.sha256(Array("baton secret".utf8), secret)) }

    /// Whether a text can be a secret's hash.
    package static func isHash(_ text: String) -> Bool { text.utf8.count == 2 * Digest.byteCount && Hex.decode(text) != nil }
}
