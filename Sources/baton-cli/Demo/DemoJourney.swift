// The demo's devices and hub, and the order of events; `DemoJourney+Carts` and `+Conversations` say what they do, and
// `DemoErrand` what follows.
internal import Commands
internal import Console
internal import Processes
internal import Glibc

final class DemoJourney {
    let material: DemoData
    let folder: String
    let say: (String) -> Void
    var report = DemoReport()
    /// The customer's three, in the order of the data's device numbers, then the staff's two.
    let customers = ["phone", "laptop", "watch"].map { DeviceProcess(name: $0) }
    let staff = ["desk", "tablet"].map { DeviceProcess(name: $0) }
    private let hub: HubProcess
    private let errand: DemoErrand

    init(material: DemoData, folder: String, say: @escaping (String) -> Void) throws {
        (self.material, self.folder, self.say) = (material, folder, say)
        hub = try HubProcess(folder: folder)
        errand = try DemoErrand(folder: folder + "/errand", say: say)
    }

    var devices: [DeviceProcess] { customers + staff }

    func run() throws -> DemoReport {
        let start = ContinuousClock.now
        signal(SIGPIPE, SIG_IGN)
        setenv("BATON_HOME", folder, 1)
        try hub.start()
        for device in devices {
            try device.begin(in: folder, hub: hub.url, role: staff.contains { $0 === device } ? "agent" : "customer")
            try device.open(in: folder)
        }
        report.devices = devices.map { DemoReport.Device(name: $0.name) }
        try replayCarts()
        try replayConversations()
        try resumeSession()
        try compareDigests()
        for device in devices { device.wait() }
        guard hub.stop() == 0 else { throw CommandError("internal", "The hub did not stop cleanly.") }
        report.errand = try errand.run()
        let seconds = (ContinuousClock.now - start).components
        report.seconds = Double(seconds.seconds) + Double(seconds.attoseconds) / 1e18
        return report
    }

    /// After a failure: nothing that was started stays.
    func stopAll() {
        for device in devices where device.pid > 0 {
            device.signal(SIGKILL)
            device.wait()
        }
        hub.stop(SIGKILL)
        errand.stopAll()
    }

    // MARK: The end

    /// The customer begins something on the phone, and goes on with it on the laptop.
    private func resumeSession() throws {
        let (phone, laptop) = (customers[0], customers[1])
        guard let person = material.carts.last?.person else { return }
        let text = "Could you send it to the shop instead? I'll "
        let begun = try DeviceProcess.exchange([(phone, [["sign-in", person], ["draft", "new", "--conversation", person, "--to", "support"]])])[0]
        let draft = begun[1]["draft"]?.text ?? ""
        _ = try DeviceProcess.exchange([(phone, [["draft", "type", draft, "--", text], ["session", "move", "--route", "checkout", "--step", "2", "--field", "name=Sam", "--draft", draft], ["sync"]])])
        let answers = try DeviceProcess.exchange([(laptop, [["sign-in", person], ["sync"], ["session", "resume"], ["draft", "show", draft], ["sync"]])])[0]
        let (session, shown) = (answers[2], answers[3])
        guard session["route"]?.text == "checkout", session["step"]?.number == 2, session["fields"]?["name"]?.text == "Sam", session["draft"]?.text == draft,
              session["status"] == nil, shown["text"]?.text == text, let caret = session["caret"]?.number, caret == Int64(text.unicodeScalars.count) else {
            throw CommandError("internal", "The session on the laptop is \(session.encoded()) with \(shown.encoded()), not what the phone left.")
        }
        report.resumed = ("checkout step 2", laptop.name, text, caret)
        // The watch looks in as well, so that all three hold the same.
        for device in [phone, customers[2]] { _ = try DeviceProcess.exchange([(device, [["sign-in", person], ["sync"]])]) }
        report.devices[0].edits += 3
    }

    private func compareDigests() throws {
        _ = try DeviceProcess.exchange(staff.map { ($0, [["sync"]]) })
        let answers = try DeviceProcess.exchange(devices.map { ($0, [["status"], ["documents"]]) })
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
