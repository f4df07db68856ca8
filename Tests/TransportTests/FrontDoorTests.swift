// Plain requests, declined upgrades, and what a device is told when it cannot connect.
import Testing
import Transport

@Suite(.timeLimit(.minutes(1)))
struct FrontDoorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String, request: String, status: Int
    }
    static let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    static let cases = [
        Case(testDescription: "health", request: "GET /healthz HTTP/1.1\r\nHost: x\r\n", status: 200),
        Case(testDescription: "health by query", request: "GET /healthz?a=b HTTP/1.0\r\n", status: 200),
        Case(testDescription: "unknown path", request: "GET /nothing HTTP/1.1\r\nHost: x\r\n", status: 404),
        Case(testDescription: "POST", request: "POST /healthz HTTP/1.1\r\nContent-Length: 5\r\n", status: 405),
        Case(testDescription: "h2c upgrade", request: "GET /healthz HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", status: 200),
        Case(testDescription: "WebSocket elsewhere", request: "GET /elsewhere HTTP/1.1\r\n" + upgrade, status: 404),
        Case(testDescription: "no upgrade", request: "GET /sync HTTP/1.1\r\nHost: x\r\n", status: 426),
        Case(testDescription: "version 8", request: "GET /sync HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n", status: 426),
        Case(testDescription: "no key", request: "GET /sync HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", status: 400),
        Case(testDescription: "foreign page", request: "GET /sync HTTP/1.1\r\nOrigin: https://evil.example\r\n" + upgrade, status: 403),
        Case(testDescription: "page without origin", request: "GET /sync HTTP/1.1\r\nOrigin: null\r\n" + upgrade, status: 403),
        Case(testDescription: "known page", request: "GET /sync HTTP/1.1\r\nOrigin: https://Notes.example:8443\r\n" + upgrade, status: 101),
    ]

    @Test("Every request gets its answer", arguments: cases)
    func answers(_ asked: Case) async throws {
        try await withHub({ $0.allowedOriginHosts = ["notes.example"] }) { server, _ in
            let socket = try RawSocket(port: server.port)
            socket.send(asked.request + "\r\n")
            #expect(try socket.readHead().hasPrefix("HTTP/1.1 \(asked.status) "))
            if asked.testDescription == "health" { #expect(try socket.readToEnd() == "ok\n") }
        }
    }

    @Test("A full hub says 503 and a device understands it")
    func full() async throws {
        try await withHub({ $0.limits.connectionsMax = 1 }) { server, _ in
            let first = try await HubConnection.connect(url: address(server))
            let error = await #expect(throws: TransportError.self) { _ = try await HubConnection.connect(url: address(server)) }
            #expect(error?.code == .refused && error?.httpStatus == 503)
            await first.close()
        }
    }

    @Test("A closed port is unreachable, and the message says what to do")
    func closedPort() async throws {
        var port = 0
        try await withHub { server, _ in port = server.port }
        let error = await #expect(throws: TransportError.self) { _ = try await HubConnection.connect(url: "ws://127.0.0.1:\(port)") }
        #expect(error?.code == .unreachable)
        #expect(error?.message == "Can't reach the hub at ws://127.0.0.1:\(port): connection refused. Is baton-hub running there?")
    }

    @Test("A program that accepts and says nothing is a timeout")
    func timeout() async throws {
        let listener = try SilentListener()
        let error = await #expect(throws: TransportError.self) {
            _ = try await HubConnection.connect(url: "ws://127.0.0.1:\(listener.port)", timeoutMilliseconds: 200)
        }
        #expect(error?.code == .timeout)
    }

    @Test("A port in use is named when the hub starts")
    func portInUse() async throws {
        try await withHub { server, _ in
            let (_, continuation) = AsyncStream.makeStream(of: HubEvent.self)
            let error = await #expect(throws: TransportError.self) {
                _ = try await HubServer.start(host: "127.0.0.1", port: server.port) { EchoHub($0, continuation) }
            }
            #expect(error?.message == "Can't listen on 127.0.0.1:\(server.port): the address is in use. Is another program using this port?")
        }
    }

    @Test("A header that would smuggle a line is refused")
    func badHeader() async throws {
        let error = await #expect(throws: TransportError.self) {
            _ = try await HubConnection.connect(url: "ws://127.0.0.1:1", headers: [("X-Token", "a\r\nEvil: b")])
        }
        #expect(error?.code == .badHeader)
    }

    @Test("Addresses are read as people write them", arguments: [
        ("ws://127.0.0.1:7400/sync", "127.0.0.1", 7400, "/sync"), ("http://Hub.Local", "hub.local", 80, "/sync"),
        ("hub", "hub", 7400, "/sync"), ("hub:9/", "hub", 9, "/sync"), ("ws://[::1]:80/a?b=c", "::1", 80, "/a?b=c"),
    ])
    func goodURL(text: String, host: String, port: Int, path: String) throws {
        let url = try HubURL(parsing: text)
        #expect(url.host == host && url.port == port && url.path == path)
    }

    @Test("Addresses that make no sense are refused", arguments: [
        "", "ws://", "ws://:80", "hub:0", "hub:65536", "hub:+1", "hub:x", "user@hub", "ws://hub/a b", "ftp://hub", "wss://hub", "ws://hub/#a", "ws://[::1", "h\u{e9}", "hub:1\r\nX: y",
    ])
    func badURL(text: String) {
        let error = #expect(throws: TransportError.self) { _ = try HubURL(parsing: text) }
        #expect(error?.code == .badURL)
        if text == "wss://hub" { #expect(error?.message.contains("TLS, which is not in this build") == true) }
    }
}
