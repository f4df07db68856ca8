// Why a connection ends: a number for the WebSocket's close frame, a name for programs and logs, and a
// sentence. Protocol/sync.md section 6 lists them.

package struct CloseReason: Error, Equatable, Sendable {
    /// 4000 to 4999 are an application's own (RFC 6455, 7.4.2).
    package let code: UInt16
    package let name: String
    package let message: String

    private init(_ code: UInt16, _ name: String, _ message: String) {
        self.code = code
        self.name = name
        self.message = message
    }

    /// Bytes that are no frame.
    package static func malformed(_ detail: String) -> CloseReason { CloseReason(4400, "malformed", "Not a frame of this protocol: \(detail).") }
    /// The token, the key or the signature isn't good.
    package static func unauthorized(_ message: String) -> CloseReason { CloseReason(4401, "forbidden", message) }
    /// A frame that doesn't belong there.
    package static func outOfOrder(_ detail: String) -> CloseReason { CloseReason(4409, "out-of-order", "A frame came out of order: \(detail).") }
    package static func tooLarge(_ count: Int, limit: Int = SyncLimits.frameBytesMax) -> CloseReason {
        CloseReason(4413, "too-large", "A frame of \(count) bytes is above the limit of \(limit).")
    }
    /// More of something than one connection may have.
    package static func tooMany(_ what: String, limit: Int) -> CloseReason { CloseReason(4413, "too-large", "This device has more than \(limit) \(what) on one connection.") }
    package static func version(_ found: UInt64) -> CloseReason {
        CloseReason(4426, "version-mismatch", "Protocol version \(found) is not spoken here, \(Frame.version) is: use the same release on both ends.")
    }
    /// Nothing was heard for too long though an answer is due.
    package static let stalled = CloseReason(4408, "offline", "The hub said nothing for \(SyncLimits.stallMilliseconds / 1_000) seconds though an answer was due: connecting again.")
    /// Nobody said who they are.
    package static let silent = CloseReason(4408, "offline", "No hello came in time: connect again.")
    /// The hub can't write, or contradicts itself; what was acknowledged is kept.
    package static func failed(_ message: String) -> CloseReason { CloseReason(4500, "internal", message) }
}
