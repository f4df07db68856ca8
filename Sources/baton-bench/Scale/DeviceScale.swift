// A cart of 500 lines that ten devices edit: each adds a tenth of the lines, then all edit lines at random while they are
// apart, and meet. One update is one change; everybody takes in everybody's.
internal import Bytes
internal import CRDT
internal import Documents

enum DeviceScale {
    struct Figures: Encodable {
        var lines = DeviceScale.lines
        var devices = DeviceScale.devices
        var changes = 0
        var editMicroseconds = 0.0
        var takeMicroseconds = 0.0
        /// Of the first round of meeting and of the last.
        var takeFirstRoundMicroseconds = 0.0
        var takeLastRoundMicroseconds = 0.0
        var readAllLinesMilliseconds = 0.0
        var fileBytes = 0
        var saveMilliseconds = 0.0
        var openAndReadMilliseconds = 0.0

        var table: String {
            scaleTable("a cart of \(lines) lines, \(devices) devices, \(changes) changes", [
                ("an edit", "\(short(editMicroseconds)) us"), ("a change of another device taken in", "\(short(takeMicroseconds)) us"),
                ("  in the first round, in the last", "\(short(takeFirstRoundMicroseconds)) us, \(short(takeLastRoundMicroseconds)) us"),
                ("all lines read", "\(short(readAllLinesMilliseconds)) ms"), ("saved", "\(short(saveMilliseconds)) ms, \(fileBytes) bytes"),
                ("opened, all lines read", "\(short(openAndReadMilliseconds)) ms")])
        }
    }

    private static let (lines, devices, rounds, editsEach) = (500, 10, 20, 50)

    static func run() throws -> Figures {
        var figures = Figures()
        var documents = Array(repeating: Document(), count: devices)
        var random = SeededGenerator(seed: 7)
        let keys = try (0..<lines).map { try LineKey(sku: "SKU-\($0)", options: ["size": "\($0 % 7)"]) }
        var (edited, taken) = (0.0, [Double]())
        for round in 0...rounds {
            var updates: [(device: Int, bytes: [UInt8])] = []
            for device in documents.indices {
                let actor = scaleActor(device)
                for index in 0..<(round == 0 ? lines / devices : editsEach) {
                    let key = keys[round == 0 ? device * (lines / devices) + index : Int(random.next() % UInt64(lines))]
                    let before = documents[device].operationCount(of: actor)
                    edited += try cpuMilliseconds {
                        try scaleEdit(&documents[device], by: actor) { document in
                            switch index % 4 {
                            case 0, 1: _ = try Cart.add(key, 1, &document)
                            case 2: _ = try Cart.add(key, 1, note: "round \(round)", &document)
                            default: _ = round == 0 ? try Cart.add(key, 2, &document) : try Cart.set(key.id, 3, &document)
                            }
                        }
                    }.milliseconds
                    updates.append((device, documents[device].encode(of: actor, from: before)))
                }
            }
            figures.changes += updates.count
            let time = try cpuMilliseconds {
                for device in documents.indices { for update in updates where update.device != device { try documents[device].take(update.bytes) } }
            }
            taken.append(time.milliseconds * 1_000 / Double(updates.count * (devices - 1)))
        }
        figures.editMicroseconds = edited * 1_000 / Double(figures.changes)
        figures.takeMicroseconds = sum(taken) / Double(taken.count)
        (figures.takeFirstRoundMicroseconds, figures.takeLastRoundMicroseconds) = (taken[1], taken[rounds])
        let first = cpuMilliseconds { Cart.lines(documents[0]) }
        figures.readAllLinesMilliseconds = first.milliseconds
        let body = documents[0].encodeBody()
        guard first.result.count == lines, documents.allSatisfy({ $0.encodeBody() == body && Cart.lines($0) == first.result }) else {
            throw BenchPlace.Problem("the devices' carts differ")
        }
        let saved = cpuMilliseconds { documents[0].save() }
        (figures.saveMilliseconds, figures.fileBytes) = (saved.milliseconds, saved.result.count)
        figures.openAndReadMilliseconds = try median((0..<5).map { _ in
            let opened = try cpuMilliseconds { Cart.lines(try Document(opening: saved.result, isTrusted: true)) }
            guard opened.result == first.result else { throw BenchPlace.Problem("the opened cart differs") }
            return opened.milliseconds
        })
        return figures
    }
}
