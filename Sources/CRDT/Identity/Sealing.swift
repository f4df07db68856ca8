// What only the holder of one key can read: HPKE (RFC 9180), base mode, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
// ChaCha20-Poly1305. The ephemeral key is passed in, so that a simulation replays; it must be fresh for each message.
//
//     ephemeral key, receiver's public key ──► shared secret ──► key and nonce ──► sealed
//     encapsulated key, receiver's own key ──► the same
internal import Crypto

/// The key of who may read: X25519, made from 32 secret bytes.
package struct SealingKey: Sendable {
    package let publicKey: [UInt8]
    private let key: Curve25519.KeyAgreement.PrivateKey

    /// - Returns: nil unless the seed has 32 bytes.
    package init?(seed: [UInt8]) {
        guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: seed) else { return nil }
        self.key = key
        publicKey = Array(key.publicKey.rawRepresentation)
    }

    /// - Returns: nil unless it was sealed for this key, with the same information, and came as it was.
    package func open(_ sealed: HybridSealed, info: [UInt8], authenticating context: [UInt8] = []) -> [UInt8]? {
        guard let secret = agree(key, with: sealed.encapsulated) else { return nil }
        let schedule = KeySchedule(secret, encapsulated: sealed.encapsulated, receiver: publicKey, info: info)
        return SecretBox.open(sealed.box, key: schedule.key, nonce: schedule.nonce, authenticating: context)
    }
}

/// One message for one receiver.
package struct HybridSealed: Equatable, Sendable {
    /// The ephemeral public key: 32 bytes.
    package let encapsulated: [UInt8]
    /// As long as the message, and 16 bytes more.
    package let box: [UInt8]

    package init(encapsulated: [UInt8], box: [UInt8]) { (self.encapsulated, self.box) = (encapsulated, box) }

    /// - Parameter ephemeral: 32 bytes of chance, used once.
    /// - Returns: nil where the public key is none.
    package static func seal(_ message: [UInt8], for publicKey: [UInt8], info: [UInt8], authenticating context: [UInt8] = [], ephemeral: [UInt8]) -> HybridSealed? {
        guard let own = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: ephemeral), let secret = agree(own, with: publicKey) else { return nil }
        let encapsulated = Array(own.publicKey.rawRepresentation)
        let schedule = KeySchedule(secret, encapsulated: encapsulated, receiver: publicKey, info: info)
        return SecretBox.seal(message, key: schedule.key, nonce: schedule.nonce, authenticating: context).map { HybridSealed(encapsulated: encapsulated, box: $0) }
    }
}

/// ChaCha20-Poly1305 (RFC 8439): the message, then its tag of 16 bytes.
package enum SecretBox {
    package static let keyBytes = 32
    package static let tagBytes = 16
    private static let nonceBytes = 12
    /// For a key that seals one message only.
    package static let onlyNonce = [UInt8](repeating: 0, count: nonceBytes)

    /// - Returns: nil where the key or the nonce is of another length.
    package static func seal(_ message: [UInt8], key: [UInt8], nonce: [UInt8], authenticating context: [UInt8]) -> [UInt8]? {
        guard key.count == keyBytes, let nonce = try? ChaChaPoly.Nonce(data: nonce),
              let box = try? ChaChaPoly.seal(message, using: SymmetricKey(data: key), nonce: nonce, authenticating: context) else { return nil }
        return Array(box.ciphertext) + Array(box.tag)
    }

    package static func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8], authenticating context: [UInt8]) -> [UInt8]? {
        guard key.count == keyBytes, sealed.count >= tagBytes, let nonce = try? ChaChaPoly.Nonce(data: nonce),
              let box = try? ChaChaPoly.SealedBox(nonce: nonce, ciphertext: sealed.dropLast(tagBytes), tag: sealed.suffix(tagBytes)),
              let message = try? ChaChaPoly.open(box, using: SymmetricKey(data: key), authenticating: context) else { return nil }
        return Array(message)
    }
}

/// - Returns: nil where the other key is none, or one with which everybody agrees on zeros (RFC 9180, 7.1.4).
private func agree(_ key: Curve25519.KeyAgreement.PrivateKey, with publicKey: [UInt8]) -> [UInt8]? {
    guard let other = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: publicKey), let agreed = try? key.sharedSecretFromKeyAgreement(with: other) else { return nil }
    let secret = agreed.withUnsafeBytes { Array($0) }
    return secret.allSatisfy { $0 == 0 } ? nil : secret
}

/// RFC 9180, sections 4.1 and 5.1, of the one suite that is used.
private struct KeySchedule {
    let key: [UInt8]
    let nonce: [UInt8]

    /// KEM 0x0020, KDF 0x0001, AEAD 0x0003.
    private static let kem = Array("KEM".utf8) + [0x00, 0x20]
    private static let suite = Array("HPKE".utf8) + [0x00, 0x20, 0x00, 0x01, 0x00, 0x03]

    init(_ agreed: [UInt8], encapsulated: [UInt8], receiver: [UInt8], info: [UInt8]) {
        let prk = KeySchedule.extract([], KeySchedule.kem, "eae_prk", agreed)
        let shared = KeySchedule.expand(prk, KeySchedule.kem, "shared_secret", encapsulated + receiver, 32)
        let context = [0x00] + KeySchedule.extract([], KeySchedule.suite, "psk_id_hash", []) + KeySchedule.extract([], KeySchedule.suite, "info_hash", info)
        let secret = KeySchedule.extract(shared, KeySchedule.suite, "secret", [])
        key = KeySchedule.expand(secret, KeySchedule.suite, "key", context, 32)
        nonce = KeySchedule.expand(secret, KeySchedule.suite, "base_nonce", context, 12)
    }

    private static let version = Array("HPKE-v1".utf8)

    private static func extract(_ salt: [UInt8], _ suite: [UInt8], _ label: String, _ material: [UInt8]) -> [UInt8] {
        // No salt is as many zeros as the hash has bytes (RFC 5869, 2.2).
        Digest.hmac(salt.isEmpty ? Digest.none : salt, version + suite + Array(label.utf8) + material)
    }

    /// - Parameter count: at most the hash's 32: one block of HKDF.
    private static func expand(_ key: [UInt8], _ suite: [UInt8], _ label: String, _ info: [UInt8], _ count: UInt8) -> [UInt8] {
        Array(Digest.hmac(key, [0x00, count] + version + suite + Array(label.utf8) + info + [0x01]).prefix(Int(count)))
    }
}
