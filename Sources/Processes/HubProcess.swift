// A hub of one's own: a process on a free port of this machine, with a folder.
internal import Commands
internal import Glibc

package final class HubProcess {
    package let name: String
    private let process: DeviceProcess
    private let folder: String
    package let port: Int
    /// More options of `baton-hub serve`, from its next start on.
    package var options: [String] = []

    package var pid: Int32 { process.pid }
    package var url: String { "ws://127.0.0.1:\(port)" }

    package var data: String { folder + "/" + name }
    private var log: String { data + ".log" }

    /// - Parameter folder: gets a folder of the hub's name with its data, and `NAME.log`.
    package init(folder: String, name: String = "hub") throws {
        (self.folder, self.name) = (folder, name)
        process = DeviceProcess(name: name)
        port = try HubProcess.freePort()
    }

    /// Returns when it listens.
    package func start() throws {
        try process.start(DeviceProcess.programs + "/baton-hub", ["serve", "--data", data, "--port", "\(port)"] + options, log: log)
        for _ in 0..<500 {
            if HubProcess.isOpen(port) { return }
            usleep(20_000)
        }
        throw CommandError("offline", "The hub \(name) did not start within ten seconds; \(log) says why.")
    }

    /// - Returns: the exit code, or minus the signal.
    @discardableResult
    package func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        guard process.pid > 0 else { return 0 }
        process.signal(signal)
        return process.wait()
    }

    // MARK: Who may connect

    /// - Parameter options: as `baton-hub token create` takes them.
    /// - Returns: the token.
    package func createToken(_ options: [String]) throws -> String {
        try DeviceProcess.run("baton-hub", ["token", "create", "--data", data] + options, log: log)
    }

    /// Takes this hub's book of tokens to a store's, as an operator does: who may connect here may connect there.
    package func carryTokens(to hub: HubProcess, of store: String) throws {
        let book = folder + "/\(hub.name).book"
        try Files.write(Array((try DeviceProcess.run("baton-hub", ["token", "export", "--data", data, "--store", store], log: log) + "\n").utf8), to: book, replaces: true)
        try DeviceProcess.run("baton-hub", ["token", "import", "--data", hub.data, "--store", store, book], log: hub.log)
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
