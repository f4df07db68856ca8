// Every commit path of the real store on the real disk, with power lost at every write (tools/power-loss).
//
//     power-loss work FOLDER [--plant]     a device, another and a hub in one process; says what was acknowledged
//     power-loss verify FOLDER             holds the disks against what was said
//     power-loss run SHIM POINTS           both, at so many points; with the plant, which must be caught
//
// `work` edits, sends, acknowledges, decides, reads on from a cursor, writes a document whole, sets a damaged one
// aside and signs in and out: each line it prints is on a disk, or the store lies.
import Bytes
import CRDT
import Foundation
import HubCore
import Replica
import SQLiteStore
import Store
import Sync

let arguments = CommandLine.arguments

func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

/// The same keys and ids in every run: so the writes are the same, and a point means the same.
final class Chance { var generator = SeededGenerator(seed: 7) }
nonisolated(unsafe) let chance = Chance()
nonisolated(unsafe) let environment = Environment(nowMilliseconds: { 1_700_000_000_000 }, random: { chance.generator.bytes($0) })

func device(_ path: String, _ name: String, _ role: String = "customer") throws -> Replica {
    let store = try SQLiteStore(path: path)
    if try Replica.exists(in: store) { return try Replica.open(store, environment) }
    let replica = try Replica.create(in: store, environment, DeviceProfile(name: name, kind: "phone", role: role, hub: "ws://hub"))
    replica.signIn(SignIn(person: "ana"))
    try replica.flush()
    return replica
}

/// What a store holds: how far each actor is in each document, and every decided intent.
func holdings(_ documents: DocumentStore) throws -> [String] {
    try documents.records().flatMap { id, record in record.lanes.map { "\(id) \($0.actor) \($0.count)" } }
}

func work(_ folder: String) throws {
    let hub = try HubCore(store: SQLiteStore(path: folder + "/hub.db"), environment: environment, book: OpenTokenBook())
    let devices = [try device(folder + "/one.db", "one"), try device(folder + "/two.db", "two")]
    let space = try devices[0].personSpace("ana")

    /// Passes on all that is said, until nobody says anything more.
    func exchange() throws {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for (index, device) in devices.enumerated() {
                for case .send(let bytes) in device.takeActions() {
                    isQuiet = false
                    hub.received(UInt64(index), bytes)
                }
            }
            try hub.flush()
            for line in try holdings(hub.documents) { say("hub \(line)") }
            for id in hub.connectionIDs { try hub.pump(id) { true } }
            for case .send(let id, let bytes) in hub.takeActions() {
                isQuiet = false
                try devices[Int(id)].received(bytes)
                try devices[Int(id)].flush()
                try devices[Int(id)].pump()
                try devices[Int(id)].sendIntents()
            }
        }
        for (index, device) in devices.enumerated() { for line in try holdings(device.documents) { say("\(index) \(line)") } }
    }

    for (index, device) in devices.enumerated() {
        device.connected()
        hub.connected(UInt64(index))
    }
    for round in 0..<10 {
        for (index, device) in devices.enumerated() {
            try device.edit(DocumentID(space, "cart/1")!) { try $0.edit(.more(1), in: $0.container(.quantity, "line \(round % 3)")) }
            try device.edit(DocumentID(space, "draft/a")!) { try $0.insert("word \(round) ", at: 0, in: $0.container(.text, "text")) }
            try device.flush()
            for line in try holdings(device.documents) { say("\(index) \(line)") }
        }
        if round == 3 { _ = try devices[0].ask("session-take", .map([("epoch", .int(0))]), in: space) }
        if round == 4 {
            try devices[1].documents.flush()
            devices[1].signIn(SignIn(person: "bruno"))
            try devices[1].flush()
            devices[1].signIn(SignIn(person: "ana"))
            try devices[1].flush()
        }
        if round % 2 == 1 {
            for device in devices {
                try device.flush()
                try device.pump()
                try device.sendIntents()
            }
            try exchange()
            if let decided = try devices[0].intents().first(where: { $0.outcome != nil }) { say("0 intent \(decided.intent.id)") }
        }
        if round == 6 {
            // A long document, written whole.
            for step in 0..<300 { try devices[0].edit(DocumentID(space, "draft/long")!) { try $0.insert("\(step) ", at: 0, in: $0.container(.text, "text")) } }
            try devices[0].flush()
            for line in try holdings(devices[0].documents) { say("0 \(line)") }
        }
    }
    say("done")
}

/// - Returns: what was acknowledged and isn't there, or can't be read.
func verify(_ folder: String, said: [String]) -> [String] {
    var wrong: [String] = []
    var least: [String: UInt32] = [:]
    for line in said {
        let parts = line.split(separator: " ").map(String.init)
        if parts.count == 4, let count = UInt32(parts[3]) { least[parts[0...2].joined(separator: " ")] = max(least[parts[0...2].joined(separator: " ")] ?? 0, count) }
    }
    do {
        let hub = FileManager.default.fileExists(atPath: folder + "/hub.db") ? try HubCore(store: SQLiteStore(path: folder + "/hub.db"), environment: environment, book: OpenTokenBook()) : nil
        var stores: [String: DocumentStore] = [:]
        if let hub { stores["hub"] = hub.documents }
        for (index, name) in ["one", "two"].enumerated() where FileManager.default.fileExists(atPath: folder + "/\(name).db") {
            let store = try SQLiteStore(path: folder + "/\(name).db")
            // A device that was never acknowledged may not be there yet.
            if try Replica.exists(in: store) {
                let replica = try Replica.open(store, environment)
                stores["\(index)"] = replica.documents
                for line in said where line.hasPrefix("\(index) intent ") {
                    if try !replica.intents().contains(where: { "\($0.intent.id)" == line.split(separator: " ")[2] && $0.outcome != nil }) { wrong.append("\(line) is lost") }
                }
            }
        }
        for (key, count) in least {
            let parts = key.split(separator: " ").map(String.init)
            guard let store = stores[parts[0]], let slash = parts[1].firstIndex(of: "/"), let space = SpaceID(String(parts[1][..<slash])),
                  let id = DocumentID(space, String(parts[1][parts[1].index(after: slash)...])), let actor = ActorID(parts[2]) else {
                wrong.append("\(key): the store is not there")
                continue
            }
            let here = try store.open(id).record[actor].count
            if here < count { wrong.append("\(key): \(here) of \(count) acknowledged operations") }
        }
        for (name, store) in stores where !store.quarantined.isEmpty { wrong.append("\(name): \(store.quarantined) damaged") }
        for (_, store) in stores { store.store.close() }
    } catch {
        wrong.append("\(error)")
    }
    return wrong
}

// MARK: The driver

func temporaryFolder() -> String {
    let path = NSTemporaryDirectory() + "power-loss-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

func start(_ folder: String, _ settings: [String: String], isPlanted: Bool) -> (said: [String], status: Int32) {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: arguments[0])
    child.arguments = ["work", folder] + (isPlanted ? ["--plant"] : [])
    child.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
    let pipe = Pipe()
    child.standardOutput = pipe
    do { try child.run() } catch { fatalError("\(error)") }
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n").map(String.init)
    child.waitUntilExit()
    return (said, child.terminationStatus)
}

/// - Returns: how many points lost something, and the first of it.
func points(_ shim: String, _ count: Int, isPlanted: Bool, stopsAtFirst: Bool) -> (tried: Int, lost: Int, first: String?) {
    let counting = temporaryFolder()
    _ = start(counting, ["LD_PRELOAD": shim, "POWERLOSS_COUNT": counting + "/count"], isPlanted: isPlanted)
    let writes = Int((try? String(contentsOfFile: counting + "/count", encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "") ?? 0
    try? FileManager.default.removeItem(atPath: counting)
    guard writes > 0 else { fatalError("the shim counted no writes") }
    var tried = 0, lost = 0
    var first: String?
    for point in 0..<count {
        let folder = temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let at = 1 + (point / 3) * writes / ((count + 2) / 3)
        let (said, status) = start(folder, ["LD_PRELOAD": shim, "POWERLOSS_AT": "\(at)", "POWERLOSS_MODE": "\(point % 3)", "POWERLOSS_SEED": "\(point)"], isPlanted: isPlanted)
        tried += 1
        if status != 137 { first = first ?? "at write \(at) the process ended with \(status), not by the power cut" }
        let wrong = verify(folder, said: said)
        if !wrong.isEmpty {
            lost += 1
            first = first ?? "at write \(at) of \(writes), mode \(point % 3): \(wrong[0])"
            if stopsAtFirst { break }
        }
    }
    return (tried, lost, first)
}

switch arguments.dropFirst().first {
case "work":
    if arguments.contains("--plant") { Plant.planted = .synchronousNormal }
    try work(arguments[2])
case "verify":
    let wrong = verify(arguments[2], said: CommandLine.arguments.count > 3 ? try String(contentsOfFile: arguments[3], encoding: .utf8).split(separator: "\n").map(String.init) : [])
    wrong.forEach(say)
    exit(wrong.isEmpty ? 0 : 1)
case "run":
    let result = points(arguments[2], Int(arguments[3]) ?? 510, isPlanted: false, stopsAtFirst: false)
    say("\(result.tried) points, \(result.lost) lost something\(result.first.map { ": \($0)" } ?? "")")
    let planted = points(arguments[2], Int(arguments[3]) ?? 510, isPlanted: true, stopsAtFirst: true)
    say(planted.lost > 0 ? "the plant synchronous-normal was caught after \(planted.tried) points: \(planted.first ?? "")" : "the plant synchronous-normal was NOT caught in \(planted.tried) points")
    exit(result.lost == 0 && result.first == nil && planted.lost > 0 ? 0 : 1)
default:
    say("usage: power-loss run SHIM POINTS")
    exit(2)
}
