// Who made a change: 128 bits that no two incarnations of any device share.
//
// An actor is the first half of SHA-256(device public key, incarnation nonce): whoever holds both can
// check that a device may write under it, and nobody can write under another device's actor. A
// restored or cloned device takes a fresh nonce, and so a fresh actor. Protocol/changes.md section 1.
package import Bytes
internal import Crypto

public struct ActorID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The sixteen bytes, big-endian in two halves: comparing the halves compares the bytes.
    let high: UInt64
    let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameters:
    ///   - publicKey: the device's Ed25519 key, 32 bytes.
    ///   - incarnation: random bytes, fresh whenever continuity can't be proven.
    package init(publicKey: [UInt8], incarnation: [UInt8]) {
        var hash = SHA256()
        publicKey.withUnsafeBytes { hash.update(bufferPointer: $0) }
        incarnation.withUnsafeBytes { hash.update(bufferPointer: $0) }
        var bytes: [UInt8] = []
        hash.finalize().withUnsafeBytes { bytes.append(contentsOf: $0.prefix(16)) }
        self.init(bigEndianBytes: bytes[...])
    }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        high = try reader.bigEndian64()
        low = try reader.bigEndian64()
    }

    /// Reads 32 hexadecimal digits.
    package init?(_ text: String) {
        guard let bytes = Hex.decode(text), bytes.count == 16 else { return nil }
        self.init(bigEndianBytes: bytes[...])
    }

    private init(bigEndianBytes bytes: ArraySlice<UInt8>) {
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * $0)) }
    }

    public var description: String { Hex.encode(bytes) }

    public static func < (left: ActorID, right: ActorID) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}
