// A hub of one's own: a process on a free port of this machine, with a folder.
internal import Commands
internal import Glibc

package final class HubProcess {
    private let process = DeviceProcess(name: "hub")
    private let folder: String
    package let port: Int
    /// More options of `baton-hub serve`, from its next start on.
    package var options: [String] = []

    package var pid: Int32 { process.pid }
    package var url: String { "ws://127.0.0.1:\(port)" }

    /// - Parameter folder: gets `hub` with the hub's data, and `hub.log`.
    package init(folder: String) throws {
        self.folder = folder
        port = try HubProcess.freePort()
    }

    /// Returns when it listens.
    package func start() throws {
        try process.start(DeviceProcess.programs + "/baton-hub", ["serve", "--data", folder + "/hub", "--port", "\(port)"] + options, log: folder + "/hub.log")
        for _ in 0..<500 {
            if HubProcess.isOpen(port) { return }
            usleep(20_000)
        }
        throw CommandError("offline", "The hub did not start within ten seconds; \(folder)/hub.log says why.")
    }

    /// - Returns: the exit code, or minus the signal.
    @discardableResult
    package func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        guard process.pid > 0 else { return 0 }
        process.signal(signal)
        return process.wait()
    }

    private static func freePort() throws -> Int {
        let (socket, address) = loopback(0)
        defer { close(socket) }
        var bound = address
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &bound) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { bind(socket, $0.baseAddress, length) == 0 ? getsockname(socket, $0.baseAddress, &length) : -1 }
        }
        guard code == 0 else { throw CommandError("internal", "No free port on 127.0.0.1: \(String(cString: strerror(errno))).") }
        return Int(UInt16(bigEndian: bound.sin_port))
    }

    private static func isOpen(_ port: Int) -> Bool {
        let (socket, address) = loopback(port)
        defer { close(socket) }
        return withUnsafeBytes(of: address) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { connect(socket, $0.baseAddress, socklen_t(raw.count)) == 0 }
        }
    }

    private static func loopback(_ port: Int) -> (Int32, sockaddr_in) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return (socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), address)
    }
}
