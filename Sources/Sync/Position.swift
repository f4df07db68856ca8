// How far a space's log is known, in a form that the hub of that log knows again: a number, and a code over it that only that
// hub can make. Whoever comes with a position beyond a hub's log tells it that it was put back to an older state, at which it
// closes all connections and asks for everything again. So that must be the hub's own word, brought back; nobody can make it up.
//
//     number 0     nothing is known, and there is no code
//     else         number, code = the first 16 bytes of HMAC-SHA-256(key, epoch, number, space)
//
// Protocol/sync.md 1. In a store it stands as on the wire.
internal import Bytes
package import CRDT

package struct Position: Equatable, Sendable {
    package static let start = Position(number: 0, code: [])
    package static let codeBytes = 16

    package let number: UInt64
    package let code: [UInt8]

    private init(number: UInt64, code: [UInt8]) { (self.number, self.code) = (number, code) }

    /// What a hub knows its own positions by. It comes from the hub's key, and is lost with it.
    package static func key(of hub: DeviceKey) -> [UInt8] { Digest.hmac(hub.seed, Array("baton position".utf8)) }

    /// - Parameter key: of the hub whose log it is.
    package init(_ number: UInt64, in space: SpaceID, epoch: UInt64, key: [UInt8]) {
        guard number > 0 else { self = .start; return }
        var message = ByteWriter()
        message.varint(epoch)
        message.varint(number)
        message.string(space.name)
        self.init(number: number, code: Array(Digest.hmac(key, message.bytes).prefix(Position.codeBytes)))
    }

    init(_ reader: inout ByteReader) throws(DecodeError) {
        let number = try reader.varint()
        self.init(number: number, code: number == 0 ? [] : try reader.raw(Position.codeBytes))
    }

    func write(to writer: inout ByteWriter) {
        writer.varint(number)
        writer.raw(code)
    }

    /// What was kept of it; where that can't be read, nothing is known.
    package init(row: [UInt8]) {
        var reader = ByteReader(row)
        guard let found = try? Position(&reader), reader.remaining == 0 else { self = .start; return }
        self = found
    }

    package var row: [UInt8] { encoded(write) }
}
