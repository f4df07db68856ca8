// Cuts a connection's bytes into an HTTP head and WebSocket frames (RFC 6455, section 5.2), and leaves each as it is.
internal import NIOCore

/// Nothing is judged here: what is malformed reaches the other end, which does.
struct RawFrames: ByteToMessageDecoder {
    struct Part {
        var bytes: ByteBuffer
        /// A frame that carries data; else a head, a ping, a pong or a close.
        var isMessage: Bool
    }

    typealias InboundOut = Part

    private var isPastHead = false

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = isPastHead ? RawFrames.frameLength(buffer) : RawFrames.headLength(buffer), let bytes = buffer.readSlice(length: length) else { return .needMoreData }
        let opcode = (bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) ?? 0) & 0x0F
        context.fireChannelRead(NIOAny(Part(bytes: bytes, isMessage: isPastHead && opcode < 8)))
        isPastHead = true
        return .continue
    }

    private static func headLength(_ buffer: ByteBuffer) -> Int? {
        let view = buffer.readableBytesView
        guard view.count >= 4 else { return nil }
        for index in view.indices.dropFirst(3) where view[index] == 10 && view[(index - 3)...index].elementsEqual([13, 10, 13, 10]) { return index - view.startIndex + 1 }
        return nil
    }

    private static func frameLength(_ buffer: ByteBuffer) -> Int? {
        let start = buffer.readerIndex
        guard let second: UInt8 = buffer.getInteger(at: start + 1) else { return nil }
        let masked = second & 0x80 == 0 ? 0 : 4
        switch second & 0x7F {
        case 126: return buffer.getInteger(at: start + 2, as: UInt16.self).map { 4 + masked + Int($0) }
        case 127: return buffer.getInteger(at: start + 2, as: UInt64.self).flatMap { Int(exactly: $0) }.map { 10 + masked + $0 }
        case let short: return 2 + masked + Int(short)
        }
    }
}
