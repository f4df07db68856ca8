// HPKE: a test vector of RFC 9180 to the byte, and what must not open.
import Bytes
import CRDT
import Testing

@Suite struct SealingTests {
    private static func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

    /// RFC 9180, A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, base mode, the first message.
    @Test func `the first message of RFC 9180, A.2.1, is sealed and opened to the byte`() throws {
        let receiver = try #require(SealingKey(seed: SealingTests.bytes("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")))
        #expect(try receiver.publicKey == SealingTests.bytes("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"))
        let info = try SealingTests.bytes("4f6465206f6e2061204772656369616e2055726e")
        let (message, context) = (Array("Beauty is truth, truth beauty".utf8), Array("Count-0".utf8))
        let sealed = try #require(HybridSealed.seal(message, for: receiver.publicKey, info: info, authenticating: context,
                                                    ephemeral: SealingTests.bytes("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600")))
        #expect(try sealed.encapsulated == SealingTests.bytes("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"))
        #expect(try sealed.box == SealingTests.bytes("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"))
        #expect(receiver.open(sealed, info: info, authenticating: context) == message)
    }

    @Test func `nothing else opens`() throws {
        let receiver = try #require(SealingKey(seed: [UInt8](repeating: 1, count: 32)))
        let other = try #require(SealingKey(seed: [UInt8](repeating: 2, count: 32)))
        let sealed = try #require(HybridSealed.seal([7, 8], for: receiver.publicKey, info: [1], authenticating: [2], ephemeral: [UInt8](repeating: 3, count: 32)))
        #expect(receiver.open(sealed, info: [1], authenticating: [2]) == [7, 8])
        #expect(other.open(sealed, info: [1], authenticating: [2]) == nil)
        #expect(receiver.open(sealed, info: [2], authenticating: [2]) == nil)
        #expect(receiver.open(sealed, info: [1], authenticating: [1]) == nil)
        for index in sealed.box.indices {
            var box = sealed.box
            box[index] ^= 1
            #expect(receiver.open(HybridSealed(encapsulated: sealed.encapsulated, box: box), info: [1], authenticating: [2]) == nil)
        }
        // A point of small order gives a secret that everybody knows.
        for encapsulated in [[UInt8](repeating: 0, count: 32), Array(sealed.encapsulated.dropLast()), []] {
            #expect(receiver.open(HybridSealed(encapsulated: encapsulated, box: sealed.box), info: [1], authenticating: [2]) == nil)
        }
        #expect(receiver.open(HybridSealed(encapsulated: sealed.encapsulated, box: [1, 2]), info: [1], authenticating: [2]) == nil)
        #expect(HybridSealed.seal([7], for: [UInt8](repeating: 0, count: 32), info: [], ephemeral: [UInt8](repeating: 3, count: 32)) == nil)
        #expect(SealingKey(seed: [1]) == nil)
    }
}
