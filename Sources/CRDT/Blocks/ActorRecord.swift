// What proves that a device may write under an actor: the actor's name is the hash of this record's
// key and nonce, so nobody needs to be asked. It goes ahead of the actor's first block.
// Protocol/changes.md section 7.
package import Bytes

package struct ActorRecord: Equatable, Sendable {
    package let publicKey: [UInt8]
    package let nonce: [UInt8]
    /// For people: the name and the kind (phone, watch, desk) of the device, and who used it.
    package let name: String
    package let kind: String

    package init(publicKey: [UInt8], nonce: [UInt8], name: String, kind: String) {
        self.publicKey = publicKey
        self.nonce = nonce
        self.name = name
        self.kind = kind
    }

    package var actor: ActorID { ActorID(publicKey: publicKey, incarnation: nonce) }
    package var device: DeviceID { DeviceID(publicKey: publicKey) }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        publicKey = try reader.raw(32)
        nonce = try reader.raw(16)
        name = try reader.string(limit: Limits.deviceNameBytesMax)
        kind = try reader.string(limit: Limits.deviceNameBytesMax)
    }

    package func write(to writer: inout ByteWriter) {
        writer.raw(publicKey)
        writer.raw(nonce)
        writer.string(name)
        writer.string(kind)
    }
}
