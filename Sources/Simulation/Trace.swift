// What happened, in order: a running hash always, and the events themselves where somebody wants to look.
// Equal hashes mean equal runs: every message's bytes go in.
internal import Bytes

package struct TraceEvent: Equatable, Sendable {
    /// Simulated milliseconds since the start.
    package let at: UInt64
    package let node: String
    /// send, deliver, lost, connect, disconnect, command, commit, crash, restart, fault, fail, …
    package let kind: String
    /// The node at the other end, where there is one.
    package let other: String
    /// Of a message: its number, so that arrows can be drawn; else 0.
    package let number: UInt64
    package let detail: String

    package init(at: UInt64, node: String, kind: String, other: String = "", number: UInt64 = 0, detail: String = "") {
        self.at = at
        self.node = node
        self.kind = kind
        self.other = other
        self.number = number
        self.detail = detail
    }
}

package struct Trace {
    package private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    package private(set) var events: [TraceEvent] = []
    /// Whether events are kept.
    package let isKept: Bool

    init(isKept: Bool) { self.isKept = isKept }

    /// - Parameter bytes: what the event is about; only its checksum goes in.
    mutating func add(_ at: UInt64, _ node: String, _ kind: String, other: String = "", number: UInt64 = 0, bytes: [UInt8] = [],
                      _ detail: @autoclosure () -> String = "") {
        mix(at)
        mix(UInt64(Checksum.crc32(Array((node + "\u{0}" + kind + "\u{0}" + other).utf8))))
        mix(number)
        mix(UInt64(Checksum.crc32(bytes)))
        if isKept { events.append(TraceEvent(at: at, node: node, kind: kind, other: other, number: number, detail: detail())) }
    }

    /// FNV-1a (Fowler, Noll, Vo) over words.
    private mutating func mix(_ word: UInt64) { hash = (hash ^ word) &* 0x0000_0100_0000_01B3 }
}
