// What a store knows of a document without opening it: whose changes it has, how far they are sealed,
// and how far the hub has them.
package import Bytes
package import CRDT

package struct DocumentRecord: Equatable, Sendable {
    package struct Lane: Equatable, Sendable {
        package let actor: ActorID
        /// Operations that are here.
        package var count: UInt32 = 0
        /// Operations in sealed blocks, and the hash of the last of these.
        package var sealed: UInt32 = 0
        package var hash = Digest.none
        /// Operations that the hub of `epoch` has on its disk.
        package var acknowledged: UInt32 = 0
    }

    /// By ascending actor.
    package var lanes: [Lane] = []
    /// Rows written so far: the number of the last one.
    package var arrivals: UInt64 = 0
    /// The last row that the snapshot covers; 0 without one.
    package var snapshot: UInt64 = 0
    /// The hub's epoch that `acknowledged` speaks of; 0 where there is none.
    package var epoch: UInt64 = 0
    /// The row of the signed cut; 0 where none is known.
    package var cut: UInt64 = 0

    package init() {}

    package subscript(actor: ActorID) -> Lane {
        get { lanes.first { $0.actor == actor } ?? Lane(actor: actor) }
        set {
            if let index = lanes.firstIndex(where: { $0.actor == actor }) { lanes[index] = newValue; return }
            lanes.insert(newValue, at: lanes.firstIndex { actor < $0.actor } ?? lanes.endIndex)
        }
    }

    /// What a hub of that epoch has: with another epoch, nothing is known.
    package func acknowledged(_ actor: ActorID, in epoch: UInt64) -> UInt32 {
        self.epoch == epoch ? self[actor].acknowledged : 0
    }

    package mutating func acknowledge(_ actor: ActorID, upTo count: UInt32, in epoch: UInt64) {
        if self.epoch != epoch {
            self.epoch = epoch
            for index in lanes.indices { lanes[index].acknowledged = 0 }
        }
        self[actor].acknowledged = max(self[actor].acknowledged, count)
    }

    // MARK: Bytes in the store

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        arrivals = try reader.varint()
        snapshot = try reader.varint()
        epoch = try reader.varint()
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            var lane = Lane(actor: try ActorID(&reader))
            lane.count = UInt32(try reader.count(limit: Int(UInt32.max)))
            lane.sealed = UInt32(try reader.count(limit: Int(lane.count)))
            if lane.sealed > 0 { lane.hash = try reader.raw(Digest.byteCount) }
            lane.acknowledged = UInt32(try reader.count(limit: Int(lane.count)))
            lanes.append(lane)
        }
        if !reader.isAtEnd {
            let start = reader.offset
            cut = try reader.varint()
            guard cut > 0 else { throw .notCanonical(at: start) }
        }
        try reader.finish()
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.varint(arrivals)
        writer.varint(snapshot)
        writer.varint(epoch)
        writer.varint(lanes.count)
        for lane in lanes {
            writer.raw(lane.actor.bytes)
            writer.varint(UInt64(lane.count))
            writer.varint(UInt64(lane.sealed))
            if lane.sealed > 0 { writer.raw(lane.hash) }
            writer.varint(UInt64(lane.acknowledged))
        }
        if cut > 0 { writer.varint(cut) }
        return writer.bytes
    }
}
