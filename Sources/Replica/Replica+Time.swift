// The hub's time, as far as this device knows it: what the hub last said, and what this device's steady clock has counted since.
// Whatever the wall shows matters only after another boot, and then this device knows that it doesn't know.
//
//     same boot:    what was heard, plus what has passed since
//     another boot: the wall's time, as far as it was from the hub's; it may have been set, or have stood still
//
// For display, for prices while the hub is away, and to tell which of two branches of a session was left last; nothing that
// only one party can have is decided by it.
internal import Commerce
internal import Bytes
internal import Store

extension Replica {
    struct HeardTime: Equatable {
        /// Milliseconds since 1970.
        let time: UInt64
        /// This device's steady clock, as it heard that.
        let boot: String
        let uptime: UInt64
        /// How far its wall clock was behind.
        let behind: Int64

        var bytes: [UInt8] {
            var writer = ByteWriter()
            writer.varint(time)
            writer.string(boot)
            writer.varint(uptime)
            writer.signed(behind)
            return writer.bytes
        }

        init(time: UInt64, boot: String, uptime: UInt64, behind: Int64) { (self.time, self.boot, self.uptime, self.behind) = (time, boot, uptime, behind) }

        init(_ bytes: [UInt8]) throws(DecodeError) {
            var reader = ByteReader(bytes)
            time = try reader.varint()
            boot = try reader.string()
            uptime = try reader.varint()
            behind = try reader.signed()
        }
    }

    /// The hub's welcome says its time. On the disk it is renewed where what was there came to something else by now, or is
    /// an hour old.
    func heardTime(_ time: UInt64) {
        let (now, wall) = (environment.uptime(), environment.nowMilliseconds())
        let heard = HeardTime(time: UInt64(Replica.bounded(time)), boot: now.boot, uptime: now.milliseconds, behind: Replica.bounded(time) - Replica.bounded(wall))
        let known = heardTime
        let isNear = known.map { known in
            isTimeKnown(known, now) && heard.time < known.time + ReplicaLimits.timeMilliseconds
                && abs(heard.behind - known.behind) <= 1_000 && abs(Replica.bounded(heard.time) - Replica.bounded(nowMilliseconds)) <= 1_000
        } ?? false
        guard !isNear else { return }
        heardTime = heard
        documents.stage(.put(.meta, key: MetaKey.clock, value: heard.bytes))
    }

    package var nowMilliseconds: UInt64 {
        let (now, wall) = (environment.uptime(), Replica.bounded(environment.nowMilliseconds()))
        guard let heard = heardTime else { return UInt64(wall) }
        if isTimeKnown(heard, now) { return heard.time + min(now.milliseconds - heard.uptime, Replica.farthest) }
        return UInt64(clamping: wall + heard.behind)
    }

    private func isTimeKnown(_ heard: HeardTime, _ now: Uptime) -> Bool { !now.boot.isEmpty && now.boot == heard.boot && now.milliseconds >= heard.uptime }

    /// From the earliest to the latest that it can be, for prices: after a boot without the hub, from what was last heard until
    /// a day later, or until what the wall shows, if that is later.
    var possibleTime: ClosedRange<Int64> {
        let now = Int64(clamping: nowMilliseconds)
        guard let heard = heardTime, !heard.boot.isEmpty, !isTimeKnown(heard, environment.uptime()) else { return now...now }
        let earliest = Replica.bounded(heard.time)
        return earliest...max(now, earliest + ReplicaLimits.unknownTimeMilliseconds)
    }

    static let farthest: UInt64 = 1 << 60
    /// Small enough that a sum, or a difference and a second, of two such times is no overflow: a hub may say any time.
    static func bounded(_ milliseconds: UInt64) -> Int64 { Int64(min(milliseconds, farthest)) }
}
