// An intent on its way to the hub that decides it: what the device asked, as it signed it, and whom the hub that passes it on
// let in as. Only hubs say it, to each other. Protocol/store-hubs.md 4.
package import Bytes
package import CRDT

package struct Forward: Equatable, Sendable {
    /// Who asks, as the hub knows them that they are connected to.
    package struct Asker: Equatable, Sendable {
        package let device: DeviceID
        package let name: String
        package let channel: String
        package let role: String
        package let store: String
        /// Persons that it may speak for, in ascending order.
        package let persons: [String]

        package init(device: DeviceID, name: String, channel: String, role: String, store: String, persons: [String]) {
            (self.device, self.name, self.channel, self.role, self.store, self.persons) = (device, name, channel, role, store, persons)
        }
    }

    package let intent: Intent
    package let asker: Asker

    package init(intent: Intent, asker: Asker) { (self.intent, self.asker) = (intent, asker) }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        intent = try Intent(&reader)
        let device = DeviceID(bytes: try reader.raw(16))
        var texts: [String] = []
        for _ in 0..<4 { texts.append(try reader.string(limit: SyncLimits.nameBytesMax)) }
        var persons: [String] = []
        for _ in 0..<(try reader.count(limit: min(SyncLimits.personsMax, reader.remaining))) { persons.append(try reader.string(limit: SyncLimits.nameBytesMax)) }
        asker = Asker(device: device, name: texts[0], channel: texts[1], role: texts[2], store: texts[3], persons: persons)
    }

    package func write(to writer: inout ByteWriter) {
        intent.write(to: &writer)
        writer.raw(asker.device.bytes)
        for text in [asker.name, asker.channel, asker.role, asker.store] { writer.string(text) }
        writer.varint(asker.persons.count)
        for person in asker.persons { writer.string(person) }
    }

    package var bytes: [UInt8] { encoded(write) }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        try self.init(&reader)
        try reader.finish()
    }
}
