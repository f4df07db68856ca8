// The demo's devices and hub, and the order of events; `DemoJourney+Carts` and `+Conversations` say what they do.
internal import Commands
internal import Console
internal import Glibc

final class DemoJourney {
    let material: DemoData
    let folder: String
    let say: (String) -> Void
    var report = DemoReport()
    /// The customer's three, in the order of the data's device numbers, then the staff's two.
    let customers = ["phone", "laptop", "watch"].map { DemoProcess(name: $0) }
    let staff = ["desk", "tablet"].map { DemoProcess(name: $0) }
    private let hub = DemoProcess(name: "hub")
    private var port = 0

    init(material: DemoData, folder: String, say: @escaping (String) -> Void) {
        (self.material, self.folder, self.say) = (material, folder, say)
    }

    var devices: [DemoProcess] { customers + staff }

    func run() throws -> DemoReport {
        let start = ContinuousClock.now
        signal(SIGPIPE, SIG_IGN)
        setenv("BATON_HOME", folder, 1)
        try startHub()
        for device in devices { try begin(device) }
        report.devices = devices.map { DemoReport.Device(name: $0.name) }
        try replayCarts()
        try replayConversations()
        try resumeSession()
        try compareDigests()
        for device in devices { device.wait() }
        hub.signal(SIGTERM)
        guard hub.wait() == 0 else { throw CommandError("internal", "The hub did not stop cleanly.") }
        let seconds = (ContinuousClock.now - start).components
        report.seconds = Double(seconds.seconds) + Double(seconds.attoseconds) / 1e18
        return report
    }

    /// After a failure: nothing that was started stays.
    func stopAll() {
        for process in devices + [hub] where process.pid > 0 {
            process.signal(SIGKILL)
            process.wait()
        }
    }

    // MARK: Processes

    private func startHub() throws {
        port = try DemoJourney.freePort()
        try hub.start(DemoProcess.programs + "/baton-hub", ["serve", "--data", folder + "/hub", "--port", "\(port)"], log: folder + "/hub.log")
        for _ in 0..<500 {
            if DemoJourney.isOpen(port) { return }
            usleep(20_000)
        }
        throw CommandError("offline", "The hub did not start within ten seconds; \(folder)/hub.log says why.")
    }

    private func begin(_ device: DemoProcess) throws {
        let isStaff = staff.contains { $0 === device }
        let kind = device.name == "desk" ? "desk" : device.name
        let tool = DemoProcess(name: device.name)
        try tool.start(DemoProcess.programs + "/baton", ["init", "--profile", device.name, "--kind", kind, "--role", isStaff ? "agent" : "customer",
                                                         "--hub", "ws://127.0.0.1:\(port)"], log: folder + "/\(device.name).log")
        guard tool.wait() == 0 else { throw CommandError("internal", "The \(device.name) could not be begun; \(folder)/\(device.name).log says why.") }
        try open(device)
    }

    func open(_ device: DemoProcess) throws {
        try device.start(DemoProcess.programs + "/baton", ["shell", "--json", "--offline", "--profile", device.name], log: folder + "/\(device.name).log")
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

    // MARK: The end

    /// The customer begins something on the phone, and goes on with it on the laptop.
    private func resumeSession() throws {
        let (phone, laptop) = (customers[0], customers[1])
        guard let person = material.carts.last?.person else { return }
        let text = "Could you send it to the shop instead? I'll "
        let begun = try DemoProcess.exchange([(phone, [["sign-in", person], ["draft", "new", "--conversation", person, "--to", "support"]])])[0]
        let draft = begun[1]["draft"]?.text ?? ""
        _ = try DemoProcess.exchange([(phone, [["draft", "type", draft, "--", text], ["session", "move", "--route", "checkout", "--step", "2", "--field", "name=Sam", "--draft", draft], ["sync"]])])
        let answers = try DemoProcess.exchange([(laptop, [["sign-in", person], ["sync"], ["session", "resume"], ["draft", "show", draft], ["sync"]])])[0]
        let (session, shown) = (answers[2], answers[3])
        guard session["route"]?.text == "checkout", session["step"]?.number == 2, session["fields"]?["name"]?.text == "Sam", session["draft"]?.text == draft,
              session["status"] == nil, shown["text"]?.text == text, let caret = session["caret"]?.number, caret == Int64(text.unicodeScalars.count) else {
            throw CommandError("internal", "The session on the laptop is \(session.encoded()) with \(shown.encoded()), not what the phone left.")
        }
        report.resumed = ("checkout step 2", laptop.name, text, caret)
        // The watch looks in as well, so that all three hold the same.
        for device in [phone, customers[2]] { _ = try DemoProcess.exchange([(device, [["sign-in", person], ["sync"]])]) }
        report.devices[0].edits += 3
    }

    private func compareDigests() throws {
        _ = try DemoProcess.exchange(staff.map { ($0, [["sync"]]) })
        let answers = try DemoProcess.exchange(devices.map { ($0, [["status"], ["documents"]]) })
        for (index, answer) in answers.enumerated() {
            report.devices[index].digest = answer[0]["digest"]?.text ?? ""
            let all = (answer[1].items ?? []).filter { $0["space"]?.text?.hasPrefix("person:") == true }.compactMap { $0["changes"]?.number }.reduce(0, +)
            report.devices[index].received = max(0, Int(all) - report.devices[index].edits)
            guard answer[0]["unsent"]?.number == 0 else { throw CommandError("internal", "The \(devices[index].name) still has changes that the hub has not.") }
        }
        for group in [0..<3, 3..<5] where Set(report.devices[group].map(\.digest)).count != 1 {
            throw CommandError("internal", "Digests differ: \(report.devices[group].map { "\($0.name) \($0.digest.prefix(16))" }.joined(separator: ", ")).")
        }
    }
}
