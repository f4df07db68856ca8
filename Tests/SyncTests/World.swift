// Devices and a hub in one thread, over an in-memory network that a seed drives: frames are delayed,
// repeated and overtaken, connections are cut, processes die, disks are restored.
//
// It drives the same `Replica` and `HubCore` as the programs do. What a device was told is on disk is
// remembered, and looked for at the end.
import Bytes
import CRDT
import HubCore
import Replica
import Store
import Support
import Sync
import Testing

final class World {
    final class Device {
        let store: MemoryStore
        var replica: Replica
        var connection: UInt64?
        var toHub: [[UInt8]] = []
        var toDevice: [[UInt8]] = []

        init(store: MemoryStore, replica: Replica) {
            self.store = store
            self.replica = replica
        }
    }

    struct Faults {
        var repeats = 0
        var overtakes = 0
    }

    var random: SeededGenerator
    var faults = Faults()
    private(set) var devices: [Device] = []
    private(set) var hub: HubCore
    private(set) var hubStore = MemoryStore()
    private var nextConnection: UInt64 = 1
    /// What each device put into lists, and was told is on disk.
    var promised: Set<String> = []
    private var written = 0
    private let chance: Chance

    /// The environments' source of chance is shared, and separate from the one that picks events.
    final class Chance {
        var generator: SeededGenerator
        init(seed: UInt64) { generator = SeededGenerator(seed: seed) }
    }

    let space = SpaceID("person:ana")!
    let paths = ["cart/1", "preferences", "draft/a", "draft/b"]

    let seed: UInt64

    init(seed: UInt64, devices count: Int) throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        let chance = Chance(seed: seed &+ 1_000_003)
        self.chance = chance
        hub = try HubCore(store: hubStore, environment: World.environment(chance), book: OpenTokenBook())
        for number in 0..<count {
            let store = MemoryStore()
            let replica = try Replica.create(in: store, environment, DeviceProfile(name: "device \(number)", kind: "phone", role: "customer", hub: "ws://hub"))
            replica.signIn(SignIn(person: "ana"))
            try replica.flush()
            devices.append(Device(store: store, replica: replica))
        }
    }

    private static func environment(_ chance: Chance) -> Environment {
        Environment(nowMilliseconds: { 1_700_000_000_000 }, random: { chance.generator.bytes($0) })
    }

    var environment: Environment { World.environment(chance) }

    func document(_ path: String) -> DocumentID { DocumentID(space, path)! }

    // MARK: What a person does

    func edit(_ index: Int) throws {
        let device = devices[index]
        let word = "word \(index) \(written)"
        written += 1
        let path = paths[random.below(paths.count)]
        try device.replica.edit(document(path)) { document in
            try editRandomly(&document, &random)
            document.set(word, to: .bool(true), in: document.container(.map, "promised"))
            try document.edit(.more(1), in: document.container(.quantity, "tally"))
        }
        try device.replica.flush()
        promised.insert(word)
        try device.replica.pump()
        collect(index)
    }

    // MARK: The network

    func connect(_ index: Int) {
        let device = devices[index]
        guard device.connection == nil else { return }
        device.connection = nextConnection
        nextConnection += 1
        device.replica.connected()
        hub.connected(device.connection!)
        collectHub()
    }

    func cut(_ index: Int) {
        let device = devices[index]
        if let connection = device.connection { hub.disconnected(connection) }
        device.connection = nil
        device.toHub = []
        device.toDevice = []
        device.replica.disconnected()
    }

    func collect(_ index: Int) {
        for action in devices[index].replica.takeActions() {
            switch action {
            case .send(let bytes): devices[index].toHub.append(bytes)
            case .close(let reason):
                // Frames that overtook others may be refused; frames in order never are.
                if faults.overtakes == 0 { Issue.record("seed \(seed): a device closed: \(reason)") }
                cut(index)
            }
        }
    }

    func collectHub() {
        for action in hub.takeActions() {
            switch action {
            case .send(let connection, let bytes):
                devices.first { $0.connection == connection }?.toDevice.append(bytes)
            case .close(let connection, let reason):
                if faults.overtakes == 0, reason.name != "internal" { Issue.record("seed \(seed): the hub closed: \(reason)") }
                if let index = devices.firstIndex(where: { $0.connection == connection }) { cut(index) }
            }
        }
    }

    func deliverToHub(_ index: Int) throws {
        let device = devices[index]
        guard let connection = device.connection, let frame = next(&device.toHub) else { return }
        hub.received(connection, frame)
        try turn()
    }

    /// What a driver does once it has passed on all that arrived.
    func turn() throws {
        try hub.flush()
        for connection in devices.compactMap(\.connection) { try hub.pump(connection) { true } }
        collectHub()
    }

    func deliverToDevice(_ index: Int) throws {
        let device = devices[index]
        guard let frame = next(&device.toDevice) else { return }
        try device.replica.received(frame)
        if random.chance(50) { try device.replica.flush() }
        try device.replica.pump()
        collect(index)
    }

    private func next(_ queue: inout [[UInt8]]) -> [UInt8]? {
        guard !queue.isEmpty else { return nil }
        // Hellos and greetings are the connection itself: only what comes later is shuffled.
        let tag = queue[0].first ?? 0
        let isSpeech = tag != 1 && tag != 2 && tag != 32
        if isSpeech, queue.count > 1, random.chance(faults.overtakes), ![1, 2, 32].contains(queue[1][0]) { queue.swapAt(0, 1) }
        if isSpeech, random.chance(faults.repeats) { return queue[0] }
        return queue.removeFirst()
    }

    // MARK: Faults

    /// The process dies: what was not flushed is gone.
    func crash(_ index: Int) throws {
        cut(index)
        devices[index].replica = try Replica.open(devices[index].store, environment)
    }

    func restore(_ index: Int, from copy: MemoryStore) throws {
        cut(index)
        let device = Device(store: copy, replica: try Replica.open(copy, environment))
        devices[index] = device
    }

    func crashHub(with store: MemoryStore? = nil) throws {
        for index in devices.indices { cut(index) }
        hubStore = store ?? hubStore
        hub = try HubCore(store: hubStore, environment: environment, book: OpenTokenBook())
    }

    // MARK: The end

    /// Lets everything arrive.
    func settle() throws {
        faults = Faults()
        for _ in 0..<20 {
            for index in devices.indices { connect(index) }
            var isQuiet = false
            while !isQuiet {
                isQuiet = true
                for index in devices.indices {
                    while !devices[index].toHub.isEmpty || !devices[index].toDevice.isEmpty {
                        isQuiet = false
                        try deliverToHub(index)
                        try deliverToDevice(index)
                    }
                }
            }
            if devices.allSatisfy({ $0.connection != nil }) { break }
        }
        for device in devices { try device.replica.flush() }
    }

    /// Everything that `documents` hold of the person's space, in canonical form.
    func content(_ documents: DocumentStore) throws -> [DocumentID: [UInt8]] {
        var content: [DocumentID: [UInt8]] = [:]
        for (id, _) in try documents.records(in: space) { content[id] = try documents.open(id).document.encodeBody() }
        return content
    }

    /// How many edits were counted: each once, however often it came.
    func tally(_ documents: DocumentStore) throws -> Int {
        var tally = 0
        for path in paths {
            let open = try documents.open(document(path)).document
            if let quantity = open.existingContainer(.quantity, "tally") { tally += Int(open.quantity(quantity)) }
        }
        return tally
    }

    func words(_ documents: DocumentStore) throws -> Set<String> {
        var words: Set<String> = []
        for path in paths {
            let open = try documents.open(document(path)).document
            guard let map = open.existingContainer(.map, "promised") else { continue }
            words.formUnion(open.keys(in: map))
        }
        return words
    }

    func expectAllAlike(_ comment: Comment) throws {
        let hubContent = try content(hub.documents)
        for (index, device) in devices.enumerated() {
            // A fresh look at what is on the disk, not at what memory believes.
            let reopened = try Replica.open(device.store, environment)
            let isAlike = try content(reopened.documents) == hubContent
            #expect(isAlike, "device \(index) and the hub differ; \(comment)")
            let missing = try promised.subtracting(words(reopened.documents)).sorted()
            #expect(missing.isEmpty, "device \(index) lost \(missing); \(comment)")
            let tally = try tally(reopened.documents)
            #expect(tally == promised.count, "device \(index) counts wrong; \(comment)")
            #expect(device.replica.metrics.poisoned == 0, "\(comment)")
        }
    }
}
