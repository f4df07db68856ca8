// A socket without manners: sends any bytes, reads what comes. For hostile and hand-written input.
import Glibc

struct SocketFailure: Error { let step: String, code: Int32 }

/// Blocking, with a limit of 10 s on every read, so that a broken server fails a test and does not hang it.
final class RawSocket {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        if result != 0 { throw SocketFailure(step: "connect", code: errno) }
    }

    deinit { Glibc.close(descriptor) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The server may have hung up already; what it said before is what the test looks at.
            if count <= 0 { return }
            sent += count
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Up to `count` bytes; fewer only at the end of the stream.
    func read(_ count: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while all.count < count {
            let got = recv(descriptor, &chunk, min(chunk.count, count - all.count), 0)
            if got < 0, errno == ECONNRESET { return all }
            if got < 0 { throw SocketFailure(step: "read", code: errno) }
            if got == 0 { return all }
            all += chunk[..<got]
        }
        return all
    }

    /// Everything until the server hangs up.
    func readToEnd() throws -> String { String(decoding: try read(.max), as: UTF8.self) }

    /// Everything up to and including the empty line.
    func readHead() throws -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
            let next = try read(1)
            if next.isEmpty { break }
            bytes += next
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One unmasked frame of up to 125 bytes: first byte and payload.
    func readFrame() throws -> (first: UInt8, payload: [UInt8])? {
        let header = try read(2)
        guard header.count == 2 else { return nil }
        return (header[0], try read(Int(header[1])))
    }

    /// The code of the next Close frame.
    func readCloseCode() throws -> Int? {
        guard let frame = try readFrame(), frame.first == 0x88, frame.payload.count >= 2 else { return nil }
        return Int(frame.payload[0]) << 8 | Int(frame.payload[1])
    }

    static func upgrading(port: Int, extra: String = "") throws -> RawSocket {
        let socket = try RawSocket(port: port)
        socket.send("GET /sync HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(extra)\r\n")
        return socket
    }

    /// A short masked frame, with the mask 0 that leaves the payload as it is.
    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [first, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + payload
    }
}

/// Accepts in the kernel and never answers: what a hung program looks like from outside.
final class SilentListener {
    private let descriptor: Int32
    let port: Int

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | listen(descriptor, 8) | getsockname(descriptor, $0, &length)
            }
        }
        if result != 0 { throw SocketFailure(step: "listen", code: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { Glibc.close(descriptor) }
}
