// What both ends compare once a device has caught up: one digest over whose changes of which documents
// are there. Equal digests and no fork mean equal documents.
package import CRDT
internal import Bytes

package enum Heads {
    /// - Parameter documents: names, each with its actors' counts by ascending actor; by ascending name.
    package static func digest(_ documents: [(id: DocumentID, lanes: [(actor: ActorID, count: UInt32)])]) -> [UInt8] {
        var writer = ByteWriter()
        for (id, lanes) in documents {
            let known = lanes.filter { $0.count > 0 }
            guard !known.isEmpty else { continue }
            id.write(to: &writer)
            writer.varint(known.count)
            for (actor, count) in known {
                writer.raw(actor.bytes)
                writer.varint(UInt64(count))
            }
        }
        return Digest.sha256(writer.bytes)
    }
}
