// The messages of one direction of a connection: numbered where they are said, taken in that order where they are heard.
//
//     said:   1 2 3 4 5            on the way:   1 3 3 2 5            heard:   1, then 2 3, and 5 waits for 4
//
// A WebSocket keeps order and loses nothing but all that follows. Everything above counts on that, also where something
// else carries the messages, or a proxy repeats them: a message that is lost stops the connection, until who waits for an answer
// gives it up. Protocol/sync.md section 3.
internal import Bytes

/// One message: its number, then a frame.
package struct NumberedFrame: Equatable, Sendable {
    package var number: UInt64
    package var frame: Frame

    package init(number: UInt64, _ frame: Frame) { (self.number, self.frame) = (number, frame) }

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.varint(number)
        frame.write(to: &writer)
        return writer.bytes
    }

    /// - Throws: `.malformed` with what and where, `.tooLarge`.
    package init(decoding bytes: [UInt8]) throws(CloseReason) {
        self = try Frame.whole(bytes) { reader throws(DecodeError) in NumberedFrame(number: try reader.varint(), try Frame.read(&reader)) }
    }
}

/// Numbers what is said on a connection.
package struct Sequencer: Sendable {
    private var count: UInt64 = 0

    package init() {}

    package mutating func say(_ frame: Frame) -> [UInt8] {
        count += 1
        return NumberedFrame(number: count, frame).bytes
    }
}

/// Puts what is heard on a connection in order.
package struct Resequencer: Sendable {
    private var next: UInt64 = 1
    private var early: [UInt64: (frame: Frame, byteCount: Int)] = [:]
    /// Of all that waits.
    package private(set) var earlyBytes = 0

    package init() {}

    /// Whether something came that was said behind what didn't.
    package var isWaiting: Bool { !early.isEmpty }

    /// - Parameter limit: bytes that may wait.
    /// - Returns: what can be taken now, in order; nothing of what was heard before.
    /// - Throws: `.malformed`, `.tooLarge`; `.outOfOrder` where more waits than is kept.
    package mutating func receive(_ bytes: [UInt8], limit: Int = SyncLimits.earlyBytesMax) throws(CloseReason) -> [Frame] {
        let message = try NumberedFrame(decoding: bytes)
        guard message.number >= next, early[message.number] == nil else { return [] }
        guard message.number > next else {
            var frames = [message.frame]
            next += 1
            while let waited = early.removeValue(forKey: next) {
                frames.append(waited.frame)
                earlyBytes -= waited.byteCount
                next += 1
            }
            return frames
        }
        guard early.count < SyncLimits.earlyMax, earlyBytes + bytes.count <= limit else { throw .outOfOrder("message \(next) hasn't come, and too much that was said behind it") }
        early[message.number] = (message.frame, bytes.count)
        earlyBytes += bytes.count
        return []
    }
}
