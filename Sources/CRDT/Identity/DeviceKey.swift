// The key of a device: Ed25519 (RFC 8032). It signs blocks and greetings, and its public half names
// the device. Made from 32 random bytes that the environment gives, so that a simulation replays.
internal import Bytes
internal import Crypto

package struct DeviceKey: Sendable {
    /// The 32 secret bytes, for the device's own store.
    package let seed: [UInt8]
    package let publicKey: [UInt8]
    private let key: Curve25519.Signing.PrivateKey

    /// - Returns: nil unless the seed has 32 bytes.
    package init?(seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        self.seed = seed
        self.key = key
        publicKey = Array(key.publicKey.rawRepresentation)
    }

    /// - Returns: 64 bytes.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        SignatureMemo.recall(seed + message) {
            guard let signature = try? key.signature(for: message) else {
                preconditionFailure("Ed25519 signs any message")
            }
            return Array(signature)
        }
    }

    package static func isValid(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        SignatureMemo.recall([UInt8(truncatingIfNeeded: signature.count)] + signature + publicKey + message) {
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return [0] }
            return [key.isValidSignature(signature, for: message) ? 1 : 0]
        } == [1]
    }
}

/// Remembers what a signature came to, for a process that sees the same ones a thousand times: a simulation,
/// where nine devices and a hub in one thread check each block ten times. Off unless it's turned on.
package enum SignatureMemo {
    /// Set once, before anything runs, by a process with one thread; so neither this nor what is known needs a lock.
    package nonisolated(unsafe) static var isOn = false
    private nonisolated(unsafe) static var known: [[UInt8]: [UInt8]] = [:]
    /// Entries of some 300 bytes: 30 MB at most.
    private static let countMax = 100_000

    /// - Parameter input: everything that the result depends on; results are pure.
    fileprivate static func recall(_ input: @autoclosure () -> [UInt8], _ compute: () -> [UInt8]) -> [UInt8] {
        guard isOn else { return compute() }
        let input = input()
        if let found = known[input] { return found }
        if known.count >= countMax { known.removeAll(keepingCapacity: true) }
        let result = compute()
        known[input] = result
        return result
    }
}

/// A device: the first half of SHA-256 of its public key, in hex where people see it.
public struct DeviceID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init(publicKey: [UInt8]) { bytes = Array(Digest.sha256(publicKey).prefix(16)) }

    /// - Parameter bytes: sixteen.
    package init(bytes: [UInt8]) {
        precondition(bytes.count == 16, "a device's id has 16 bytes")
        self.bytes = bytes
    }

    /// - Returns: nil unless it is 32 hexadecimal digits.
    public init?(_ text: String) {
        guard let bytes = Hex.decode(text), bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    public var description: String { Hex.encode(bytes) }

    public static func < (left: DeviceID, right: DeviceID) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

/// SHA-256 (FIPS 180-4), the one hash of the protocol.
package enum Digest {
    package static let byteCount = 32
    package static let none = [UInt8](repeating: 0, count: byteCount)

    package static func sha256(_ parts: [UInt8]...) -> [UInt8] {
        var hash = SHA256()
        for part in parts { part.withUnsafeBytes { hash.update(bufferPointer: $0) } }
        return hash.finalize().withUnsafeBytes { Array($0) }
    }

    /// HMAC (RFC 2104) with SHA-256: what only who has the key can make of a message.
    package static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }
}
