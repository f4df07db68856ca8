// Bytes that no well-behaved device sends: each is answered with its code, and neighbours go on.
import Testing
import Transport

@Suite(.timeLimit(.minutes(1)))
struct HostileInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String, bytes: [UInt8], code: Int
    }
    static let cases = [
        Case(testDescription: "text", bytes: RawSocket.frame(0x81, [65]), code: 1003),
        Case(testDescription: "unmasked", bytes: [0x82, 1, 65], code: 1002),
        Case(testDescription: "reserved bit", bytes: RawSocket.frame(0xC2, [65]), code: 1002),
        Case(testDescription: "unknown opcode", bytes: RawSocket.frame(0x83, []), code: 1002),
        Case(testDescription: "continuation of nothing", bytes: RawSocket.frame(0x80, [1]), code: 1002),
        Case(testDescription: "message inside a message", bytes: RawSocket.frame(0x02, [1]) + RawSocket.frame(0x82, [2]), code: 1002),
        Case(testDescription: "fragmented ping", bytes: RawSocket.frame(0x09, []), code: 1002),
        Case(testDescription: "8 GiB announced", bytes: [0x82, 0xFF, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0], code: 1009),
        Case(testDescription: "2^63 announced", bytes: [0x82, 0xFF, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0], code: 1009),
        Case(testDescription: "close code 1005", bytes: RawSocket.frame(0x88, [3, 237]), code: 1002),
        Case(testDescription: "close of one byte", bytes: RawSocket.frame(0x88, [3]), code: 1002),
        Case(testDescription: "close reason not UTF-8", bytes: RawSocket.frame(0x88, [3, 232, 255]), code: 1007),
        Case(testDescription: "normal close is echoed", bytes: RawSocket.frame(0x88, [3, 232]), code: 1000),
    ]

    @Test("A broken frame is answered by its close code and a neighbour is still served", arguments: cases)
    func brokenFrame(_ hostile: Case) async throws {
        try await withHub { server, _ in
            let socket = try RawSocket.upgrading(port: server.port)
            #expect(try socket.readHead().contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            socket.send(hostile.bytes)
            #expect(try socket.readCloseCode() == hostile.code)
            #expect(try socket.read(1).isEmpty)
            try await expectStillServing(server)
        }
    }

    @Test("A fragmented message over the limit is closed with 1009")
    func fragmentsOverLimit() async throws {
        try await withHub({ $0.limits.messageBytesMax = 200 }) { server, _ in
            let socket = try RawSocket.upgrading(port: server.port)
            _ = try socket.readHead()
            let part = [UInt8](repeating: 1, count: 100)
            socket.send(RawSocket.frame(0x02, part) + RawSocket.frame(0x00, part) + RawSocket.frame(0x00, part))
            #expect(try socket.readCloseCode() == 1009)
        }
    }

    @Test("Fragments with a ping between them become one message")
    func fragments() async throws {
        try await withHub { server, _ in
            let socket = try RawSocket.upgrading(port: server.port)
            _ = try socket.readHead()
            socket.send(RawSocket.frame(0x02, [1]) + RawSocket.frame(0x89, [9]) + RawSocket.frame(0x00, []) + RawSocket.frame(0x80, [2]))
            let pong = try socket.readFrame()
            #expect(pong?.first == 0x8A && pong?.payload == [9])
            let message = try socket.readFrame()
            #expect(message?.first == 0x82 && message?.payload == [1, 2])
        }
    }

    @Test("Frames sent along with the request are not lost")
    func hastyClient() async throws {
        try await withHub { server, _ in
            let socket = try RawSocket(port: server.port)
            socket.send(Array("GET /sync HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".utf8) + RawSocket.frame(0x82, [5]))
            #expect(try socket.readHead().hasPrefix("HTTP/1.1 101 "))
            #expect(try socket.readFrame()?.payload == [5])
        }
    }

    @Test("Garbage is answered with 400", arguments: ["\u{16}\u{3}\u{1}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\n folded\r\n\r\n"])
    func garbage(_ text: String) async throws {
        try await withHub { server, _ in
            let socket = try RawSocket(port: server.port)
            socket.send(text)
            #expect(try socket.readToEnd().hasPrefix("HTTP/1.1 400 "))
            try await expectStillServing(server)
        }
    }

    @Test("Too many or too long headers are answered with 431", arguments: [(101, 1), (1, 80_001)])
    func largeHead(fields: Int, valueBytes: Int) async throws {
        try await withHub { server, _ in
            let socket = try RawSocket(port: server.port)
            let field = "A: " + String(repeating: "b", count: valueBytes) + "\r\n"
            socket.send("GET / HTTP/1.1\r\n" + String(repeating: field, count: fields) + "\r\n")
            #expect(try socket.readToEnd().hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test("A connection that says nothing or half a head is dropped", arguments: ["", "GET /sync HTTP/1.1\r\nHo"])
    func halfHead(_ text: String) async throws {
        try await withHub({ $0.limits.handshakeTimeoutMilliseconds = 2_000 }) { server, _ in
            let socket = try RawSocket(port: server.port)
            socket.send(text)
            #expect(try socket.readToEnd() == "")
            try await expectStillServing(server)
        }
    }
}
