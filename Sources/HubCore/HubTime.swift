// The time by which this hub's deadlines run: it goes on with the machine's own steady clock, over restarts of the process,
// and never steps. Wall time only draws it, slowly, as NTP would: 500 parts in a million.
//
//     same boot:   what was stored, plus what has passed since, drawn towards the wall's time
//     other boot:  nobody knows how long the machine was off: the wall's time, but never back
package import Bytes
package import Store

package struct HubTime {
    /// A time, and when it was.
    package struct Anchor: Equatable {
        var boot: String
        var uptime: UInt64
        var time: UInt64
    }

    private(set) var anchor: Anchor?

    package init(_ anchor: Anchor? = nil) { self.anchor = anchor }

    /// - Returns: milliseconds since 1970, about; never less than before.
    package mutating func now(_ environment: Environment) -> UInt64 {
        let (uptime, wall) = (environment.uptime(), min(environment.nowMilliseconds(), HubTime.farthest))
        var time = max(anchor?.time ?? 0, wall)
        if let anchor, anchor.boot == uptime.boot, !anchor.boot.isEmpty, uptime.milliseconds >= anchor.uptime {
            let elapsed = min(uptime.milliseconds - anchor.uptime, HubTime.farthest)
            time = min(anchor.time + elapsed, HubTime.farthest)
            // What is less than a millisecond is drawn once it has come to one: the anchor waits for it.
            let drawn = elapsed / HubTime.slewing
            time = wall >= time ? min(time + drawn, wall) : max(time - drawn, wall)
            if drawn == 0, wall != time { return time }
        }
        anchor = Anchor(boot: uptime.boot, uptime: uptime.milliseconds, time: time)
        return time
    }

    /// One in so many milliseconds at most.
    private static let slewing: UInt64 = 2_000
    /// Small enough that a deadline after it is no overflow: a wall clock may show anything.
    private static let farthest: UInt64 = 1 << 60

    // MARK: On the disk

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.string(anchor?.boot ?? "")
        writer.varint(anchor?.uptime ?? 0)
        writer.varint(anchor?.time ?? 0)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        anchor = Anchor(boot: try reader.string(limit: 256), uptime: try reader.varint(), time: min(try reader.varint(), HubTime.farthest))
        try reader.finish()
    }
}
