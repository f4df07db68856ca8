// A folder with a hub and devices, each a process; gone when the test is.
import Baton
import Console
import Documents
import Foundation
import Processes

final class Place {
    let folder: String
    let hub: HubProcess
    private var processes: [DeviceProcess] = []

    init() throws {
        folder = NSTemporaryDirectory() + "baton-journey-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        signal(SIGPIPE, SIG_IGN)
        hub = try HubProcess(folder: folder)
        try hub.start()
    }

    deinit {
        for process in processes where process.pid > 0 {
            process.signal(SIGKILL)
            process.wait()
        }
        hub.stop(SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A device, begun and signed in, as a process that is offline.
    func device(_ name: String, person: String = "ana") throws -> DeviceProcess {
        setenv("BATON_HOME", folder, 1)
        let process = DeviceProcess(name: name)
        processes.append(process)
        try process.begin(in: folder, hub: hub.url)
        try process.open(in: folder)
        _ = try process.ask(["sign-in", person])
        return process
    }

    /// A device in this process.
    func library(_ name: String, person: String = "ana") async throws -> Baton {
        let baton = try Baton.open(folder + "/" + name, hub: hub.url, name: name)
        try await baton.signIn(person)
        return baton
    }

    func copy(_ name: String, to other: String) throws {
        try? FileManager.default.removeItem(atPath: folder + "/" + other)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/cp")
        process.arguments = ["-a", folder + "/" + name, folder + "/" + other]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}

/// What a program says on both its outputs.
func said(_ program: String, _ words: [String], input: String = "") throws -> (text: String, code: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program.hasPrefix("/") ? program : DeviceProcess.programs + "/" + program)
    process.arguments = words
    let (pipe, given) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError, process.standardInput) = (pipe, pipe, given)
    try process.run()
    try given.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try given.fileHandleForWriting.close()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (text, process.terminationStatus)
}

/// What `baton` answers as JSON; a refusal is said for people as well.
func answer(_ words: String...) throws -> JSON { try JSON(parsing: String(said("baton", words + ["--json"]).text.prefix { $0 != "\n" })) }

extension DeviceProcess {
    func ask(_ line: [String]) throws -> JSON { try DeviceProcess.exchange([(self, [line])])[0][0] }

    /// Changes in the cart of whoever is signed in.
    func cartChanges() throws -> Int {
        let documents = try ask(["documents"]).items ?? []
        return Int(documents.first { $0["document"]?.text == "cart/1" && $0["space"]?.text == "person:ana" }?["changes"]?.number ?? 0)
    }
}

extension Baton {
    /// What the cart holds, by sku.
    func contents() throws -> [String: Int] { Dictionary(try cart().map { ($0.key.sku, $0.quantity) }) { $0 + $1 } }
}
