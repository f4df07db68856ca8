// What comes over a socket before anything of ours is read: a head of HTTP, then frames of WebSocket.
import Bytes
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Transport

enum TransportTarget {
    private static let limits = TransportLimits.standard

    /// The first byte says where the stream is cut in two.
    static func http(_ bytes: [UInt8]) throws {
        let stream = Array(bytes.dropFirst())
        let cut = min(Int(bytes.first ?? 0), stream.count)
        try Allowance.of(stream.count) {
            var buffer = HTTPHeadBuffer()
            let first = try buffer.append(ByteBuffer(bytes: stream[..<cut]), bytesMax: limits.headBytesMax)
            let head = try first ?? buffer.append(ByteBuffer(bytes: stream[cut...]), bytesMax: limits.headBytesMax)
            guard let head else { return }
            promise(head.suffix(4).elementsEqual([13, 10, 13, 10]) && stream.starts(with: head), "a head is what stands before its empty line")
            let read = try HTTPHead(parsing: head, fieldsMax: limits.headerFieldsMax)
            promise(read.fields.count <= limits.headerFieldsMax, "a head has no more fields than it may")
            _ = (read.hasToken("websocket", in: "upgrade"), OriginRule.allows(read["origin"], hosts: ["localhost"]))
            for text in read.first + read["host"] {
                guard let url = try? HubURL(parsing: text) else { continue }
                promise((1...65_535).contains(url.port) && !url.host.isEmpty, "an address has a host and a port")
            }
        }
    }

    /// The first byte says whose end this is, and how the stream is cut.
    static func webSocket(_ bytes: [UInt8]) throws {
        let flags = bytes.first ?? 0
        let stream = Array(bytes.dropFirst())
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.messageBytesMax)))
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        var rules = FrameRules(peerMasks: flags & 1 == 0, messageBytesMax: limits.messageBytesMax)
        let step = max(1, Int(flags >> 1) * 8)
        try Allowance.of(stream.count) {
            for start in Swift.stride(from: 0, to: stream.count, by: step) {
                try channel.writeInbound(ByteBuffer(bytes: stream[start..<min(start + step, stream.count)]))
                while let frame = try channel.readInbound(as: WebSocketFrame.self) {
                    switch rules.accept(frame) {
                    case .message(let message): promise(message.count <= limits.messageBytesMax, "a message is no longer than it may be")
                    case .close, .violation: return
                    case .nothing, .ping: break
                    }
                }
            }
        }
    }
}
