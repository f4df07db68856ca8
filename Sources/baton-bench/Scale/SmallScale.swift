// 10,000 small documents, as a hub has them: each is opened from its bytes and kept, edited in one field, and saved.
//
// A cart has three lines, one with a note; preferences have five keys. Two devices made each.
internal import CRDT
internal import Documents

enum SmallScale {
    struct Figures: Encodable {
        var what: String
        var documents = SmallScale.count
        var fileBytesEach = 0.0
        var openMilliseconds = 0.0
        /// Resident memory of one that is open, and of one that was edited as well.
        var openMemoryBytes = 0.0
        var editedMemoryBytes = 0.0
        var editMilliseconds = 0.0
        var saveMilliseconds = 0.0
        /// All three of the last thousand over those of the first: the others' being open costs nothing.
        var lastOverFirst = 0.0

        var table: String {
            scaleTable("\(documents) \(what) of \(short(fileBytesEach)) bytes, kept open; each", [
                ("opened", "\(short(openMilliseconds * 1_000)) us, \(short(openMemoryBytes / 1_024)) KiB in memory"),
                ("edited in one field", "\(short(editMilliseconds * 1_000)) us, then \(short(editedMemoryBytes / 1_024)) KiB in memory"),
                ("saved", "\(short(saveMilliseconds * 1_000)) us"), ("last thousand / first", short(lastOverFirst))])
        }
    }

    private static let (count, part) = (10_000, 1_000)

    static func run() throws -> [Figures] {
        let keys = try ["SHOE-42", "HAT", "SCARF"].map { try LineKey(sku: $0, options: $0 == "SCARF" ? ["colour": "red"] : [:]) }
        let carts = try measure("carts") { document, device in
            for key in keys { _ = try Cart.add(key, 1 + device, note: key.sku == "HAT" && device == 0 ? "as a gift" : nil, &document) }
        } edit: { _ = try Cart.add(keys[1], 1, &$0) } check: { Cart.lines($0).map(\.quantity) == [4, 3, 3] }
        let author = Author(person: "ana", device: "d1", channel: "app", at: 1_700_000_000_000)
        let preferences = try measure("preferences") { document, device in
            for key in ["language", "size", "currency", "store", "newsletter"].dropLast(2 * device) {
                try Preferences.set(key, "value \(device)", scope: "tenant", by: author, &document)
            }
        } edit: { try Preferences.set("size", "43", scope: "tenant", by: author, &$0) } check: {
            Preferences.get("size", scopes: ["tenant"], $0)?.value == "43" && Preferences.all(scopes: ["tenant"], $0).count == 5
        }
        return [carts, preferences]
    }

    private static func measure(_ what: String, _ make: (inout Document, _ device: Int) throws -> Void,
                                edit: (inout Document) throws -> Void, check: (Document) -> Bool) throws -> Figures {
        var figures = Figures(what: what)
        let files = try (0..<count).map { number in
            var document = Document()
            for device in 0..<2 {
                // Every document has devices of its own, as every person has.
                try scaleEdit(&document, by: scaleActor(2 * number + device)) { try make(&$0, device) }
            }
            return document.save()
        }
        figures.fileBytesEach = Double(files.reduce(0) { $0 + $1.count }) / Double(count)
        let memory = PeerMemory()
        var documents: [Document] = []
        documents.reserveCapacity(count)
        var times = Array(repeating: 0.0, count: count / part)
        for number in times.indices {
            let time = try cpuMilliseconds { for file in files[number * part..<(number + 1) * part] { documents.append(try Document(opening: file, isTrusted: true)) } }
            figures.openMilliseconds += time.milliseconds / Double(count)
            times[number] += time.milliseconds
        }
        figures.openMemoryBytes = memory.grown * 1_048_576 / Double(count)
        for number in times.indices {
            let time = try cpuMilliseconds {
                for index in number * part..<(number + 1) * part { try scaleEdit(&documents[index], by: scaleActor(2 * index), edit) }
            }
            figures.editMilliseconds += time.milliseconds / Double(count)
            times[number] += time.milliseconds
        }
        figures.editedMemoryBytes = memory.grown * 1_048_576 / Double(count)
        var saved: [[UInt8]] = []
        for number in times.indices {
            let time = cpuMilliseconds { for index in number * part..<(number + 1) * part { saved.append(documents[index].save()) } }
            figures.saveMilliseconds += time.milliseconds / Double(count)
            times[number] += time.milliseconds
        }
        figures.lastOverFirst = times[times.count - 1] / times[0]
        for file in saved where !check(try Document(opening: file, isTrusted: true)) { throw BenchPlace.Problem("\(what): what was saved is not what was edited") }
        return figures
    }
}
