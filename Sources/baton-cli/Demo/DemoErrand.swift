// The demo's second half: one customer's errand, from the laptop at home to the till of a store whose line is cut. Who takes
// part is here, and how values are held against what they must be; `DemoErrand+Steps` says what happens.
//
//     web, phone ──► hub ◄── line ── sh1, the hub of store S1 ◄── desk, till
//
// The phone's connection and the store's line go through the fault proxy, which breaks them.
internal import Commands
internal import Console
internal import Glibc
internal import Processes

final class DemoErrand {
    /// What came of it.
    struct Report {
        var number = ""
        var total = Int64(0), paid = Int64(0)
        /// Times that the phone asked for the order.
        var asked = 0
        var orders = 0, payments = 0
        var onHand = Int64(0), held = Int64(0)
        var fulfilment = "", cart = ""
        var seconds = 0.0

        var json: JSON {
            .fields(["number": .string(number), "total": .fields(["currency": "EUR", "minor": .int(total)]), "paid": .int(paid), "asked": .int(Int64(asked)), "orders": .int(Int64(orders)), "payments": .int(Int64(payments)),
                     "onHand": .int(onHand), "held": .int(held), "fulfilment": .string(fulfilment), "cart": .string(cart), "seconds": .double((seconds * 10).rounded() / 10)])
        }
    }

    static let (store, person) = ("S1", "ana")
    /// Longer than a lost connection takes to be made anew on a busy machine.
    private static let patienceSeconds = 30
    /// A phone and the hub, or a store's hub and the central one, have said all they had to say.
    private static let quietMilliseconds: Int64 = 300

    let folder: String
    let say: (String) -> Void
    let hub, storeHub: HubProcess
    let proxy: FaultProxy
    let web = DeviceProcess(name: "web"), phone = DeviceProcess(name: "phone"), office = DeviceProcess(name: "office")
    let desk = DeviceProcess(name: "desk"), till = DeviceProcess(name: "till")
    var report = Report()

    /// - Parameter folder: made.
    init(folder: String, say: @escaping (String) -> Void) throws {
        (self.folder, self.say) = (folder, say)
        guard mkdir(folder, 0o700) == 0 else { throw CommandError("disk-full", "Can't make \(folder): \(String(cString: strerror(errno))).") }
        (hub, storeHub) = (try HubProcess(folder: folder), try HubProcess(folder: folder, name: "sh1"))
        proxy = FaultProxy(seed: 1)
    }

    private var devices: [DeviceProcess] { [web, phone, office, desk, till] }

    func run() throws -> Report {
        let start = ContinuousClock.now
        try begin()
        try shopAtHome()
        try goOnWithThePhone()
        try placeOnce()
        try pickUpWithTheLineCut()
        try compareTheEnd()
        for device in devices where device.pid > 0 { device.wait() }
        guard storeHub.stop() == 0, hub.stop() == 0 else { throw CommandError("internal", "A hub of the errand did not stop cleanly; \(folder) has its log.") }
        proxy.close()
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
        storeHub.stop(SIGKILL)
        hub.stop(SIGKILL)
    }

    private func begin() throws {
        setenv("BATON_HOME", folder, 1)
        try hub.start()
        storeHub.options = ["--store", DemoErrand.store, "--name", storeHub.name, "--upstream", "ws://127.0.0.1:\(try proxy.open(storeHub.name, to: hub.port))"]
        try storeHub.start()
        try waitFor("The store's line is up") { proxy.isQuiet(storeHub.name, forMilliseconds: DemoErrand.quietMilliseconds) }
        try web.begin(in: folder, hub: hub.url, kind: "web")
        try phone.begin(in: folder, hub: "ws://127.0.0.1:\(try proxy.open(phone.name, to: hub.port))")
        try office.begin(in: folder, hub: hub.url, kind: "desk", role: "manager")
        for device in [desk, till] { try device.begin(in: folder, hub: storeHub.url, kind: device.name, role: "associate", store: DemoErrand.store) }
        for device in devices {
            try device.open(in: folder)
            try ask(device, "online")
        }
    }

    // MARK: Asking

    /// - Throws: what the command refuses.
    @discardableResult
    func ask(_ device: DeviceProcess, _ words: String...) throws -> JSON { try DeviceProcess.exchange([(device, [words])])[0][0] }

    /// The code with which something is refused; nil where it isn't.
    func refusal(_ device: DeviceProcess, _ words: String...) throws -> String? {
        try DeviceProcess.exchange([(device, [words])], isStrict: false)[0][0]["error"]?["code"]?.text
    }

    func expect<Value: Equatable>(_ what: String, _ seen: Value, _ wanted: Value) throws {
        guard seen == wanted else { throw CommandError("internal", "The errand: \(what) is \(seen), not \(wanted).") }
    }

    /// Until something is so that nobody asks for.
    func waitFor(_ what: String, _ isSo: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(DemoErrand.patienceSeconds)
        while try !isSo() {
            guard ContinuousClock.now < end else { throw CommandError("timeout", "The errand: not within \(DemoErrand.patienceSeconds) s: \(what).") }
            usleep(20_000)
        }
    }
}
