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

/// Puts what is heard on a connection in order: `receive` each message, then `take` frames until there is none.
package struct Resequencer: Sendable {
    private var next: UInt64 = 1
    /// The message that is next, if it has come.
    private var due: [UInt8]?
    /// Those that came before it, as they came: what one holds is what it counts, and it's read in its turn.
    private var early: [UInt64: [UInt8]] = [:]
    /// Of all that waits.
    package private(set) var earlyBytes = 0

    package init() {}

    /// Whether something came that was said behind what didn't.
    package var isWaiting: Bool { !early.isEmpty }

    /// Keeps a message until it's taken; one that was heard before is passed over.
    /// - Parameter limit: bytes that may wait.
    /// - Throws: `.malformed` where there is no number, `.tooLarge`; `.outOfOrder` where more waits than is kept.
    package mutating func receive(_ bytes: [UInt8], limit: Int = SyncLimits.earlyBytesMax) throws(CloseReason) {
        guard bytes.count <= SyncLimits.frameBytesMax else { throw .tooLarge(bytes.count) }
        var reader = ByteReader(bytes)
        let number: UInt64
        do { number = try reader.varint() } catch { throw .malformed("\(error)") }
        if number == next, due == nil { due = bytes }
        guard number > next, early[number] == nil else { return }
        guard early.count < SyncLimits.earlyMax, earlyBytes + bytes.count <= limit else { throw .outOfOrder("message \(next) hasn't come, and too much that was said behind it") }
        early[number] = bytes
        earlyBytes += bytes.count
    }

    /// What was said next; nil where that hasn't come.
    /// - Throws: `.malformed` with what and where.
    package mutating func take() throws(CloseReason) -> Frame? {
        if due == nil, let waited = early.removeValue(forKey: next) {
            earlyBytes -= waited.count
            due = waited
        }
        guard let bytes = due else { return nil }
        due = nil
        next += 1
        return try NumberedFrame(decoding: bytes).frame
    }
}
