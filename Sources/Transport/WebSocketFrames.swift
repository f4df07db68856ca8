// Frames as bytes on the way out, and the rules for frames on the way in (RFC 6455, section 5).
//
// `FrameWriter` makes one buffer out of header and payload, masked in the same pass. Inbound,
// NIO's decoder cuts the stream into frames and bounds their length; `FrameRules` decides what
// each one means. It holds no socket: frames go in, outcomes come out.
internal import NIOCore
package import NIOWebSocket

enum FrameWriter {
    /// One final frame. A device passes a fresh random key, a hub passes none.
    static func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8], maskKey: UInt32?, allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: payload.count + 14)
        buffer.writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
        let maskBit: UInt8 = maskKey == nil ? 0 : 0x80
        switch payload.count {
        case ...125: buffer.writeInteger(maskBit | UInt8(payload.count))
        case ...65_535:
            buffer.writeInteger(maskBit | 126)
            buffer.writeInteger(UInt16(payload.count))
        default:
            buffer.writeInteger(maskBit | 127)
            buffer.writeInteger(UInt64(payload.count))
        }
        guard let maskKey else {
            buffer.writeBytes(payload)
            return buffer
        }
        buffer.writeInteger(maskKey)
        let key = maskKey.bigEndian
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: payload.count) { target in
            for index in 0..<payload.count {
                target[index] = payload[index] ^ UInt8(truncatingIfNeeded: key >> UInt32(8 * (index & 3)))
            }
            return payload.count
        }
        return buffer
    }

    /// Payload of a Close frame. The reason is cut at a character, as a control frame holds 125 bytes.
    static func closePayload(code: UInt16, reason: String) -> [UInt8] {
        var text = reason
        while text.utf8.count > 123 { text.removeLast() }
        return [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + Array(text.utf8)
    }
}

package struct FrameRules {
    package enum Outcome {
        case nothing
        case message([UInt8])
        case ping([UInt8])
        case close(code: UInt16?, reason: String)
        /// The peer broke a rule; the connection ends with this code.
        case violation(code: UInt16, reason: String)
    }

    /// A hub insists on masked frames, a device on unmasked ones.
    let peerMasks: Bool
    let messageBytesMax: Int
    /// Fragments of a message so far; nil between messages.
    private var gathered: [UInt8]?

    package init(peerMasks: Bool, messageBytesMax: Int) {
        self.peerMasks = peerMasks
        self.messageBytesMax = messageBytesMax
    }

    package mutating func accept(_ frame: WebSocketFrame) -> Outcome {
        if !frame.reservedBits.isEmpty {
            return .violation(code: CloseCode.protocolError, reason: "reserved bits are set")
        }
        if (frame.maskKey != nil) != peerMasks {
            return .violation(code: CloseCode.protocolError, reason: peerMasks ? "frame is not masked" : "frame is masked")
        }
        switch frame.opcode {
        case .binary:
            guard gathered == nil else {
                return .violation(code: CloseCode.protocolError, reason: "new message inside a fragmented one")
            }
            if frame.fin { return .message(Self.payload(frame)) }
            gathered = Self.payload(frame)
            return .nothing
        case .continuation:
            // Taken out of `self` while it grows, so that the bytes are not copied at every fragment.
            guard var bytes = gathered.take() else {
                return .violation(code: CloseCode.protocolError, reason: "continuation of nothing")
            }
            guard bytes.count + frame.length <= messageBytesMax else {
                return .violation(code: CloseCode.tooBig, reason: "message is over \(messageBytesMax) bytes")
            }
            bytes += Self.payload(frame)
            if frame.fin { return .message(bytes) }
            gathered = bytes
            return .nothing
        case .text: return .violation(code: CloseCode.unsupportedData, reason: "only binary messages are understood")
        case .ping: return .ping(Self.payload(frame))
        case .pong: return .nothing
        case .connectionClose: return Self.close(Self.payload(frame))
        default: return .violation(code: CloseCode.protocolError, reason: "unknown opcode")
        }
    }

    private static func close(_ payload: [UInt8]) -> Outcome {
        if payload.isEmpty { return .close(code: nil, reason: "") }
        guard payload.count >= 2 else { return .violation(code: CloseCode.protocolError, reason: "malformed Close") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard CloseCode.mayBeSent(code) else { return .violation(code: CloseCode.protocolError, reason: "invalid close code") }
        guard let reason = String(validating: payload[2...], as: UTF8.self) else {
            return .violation(code: CloseCode.invalidText, reason: "close reason is not UTF-8")
        }
        return .close(code: code, reason: reason)
    }

    /// The payload, copied and unmasked in one pass.
    private static func payload(_ frame: WebSocketFrame) -> [UInt8] {
        let data = frame.data
        guard let key = frame.maskKey else { return Array(data.readableBytesView) }
        let (k0, k1, k2, k3) = (key[0], key[1], key[2], key[3])
        let word = UInt32(k0) | UInt32(k1) << 8 | UInt32(k2) << 16 | UInt32(k3) << 24
        return data.withUnsafeReadableBytes { source in
            [UInt8](unsafeUninitializedCapacity: source.count) { target, count in
                for index in 0..<source.count {
                    target[index] = source[index] ^ UInt8(truncatingIfNeeded: word >> UInt32(8 * (index & 3)))
                }
                count = source.count
            }
        }
    }
}
