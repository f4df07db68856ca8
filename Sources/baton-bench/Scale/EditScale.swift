// One thing edited 100,000 times, each edit a committed change that is encoded for sending: a quantity stepped up and
// down, a preference set. The last tenth must cost what the first did.
internal import CRDT
internal import Documents

enum EditScale {
    struct Figures: Encodable {
        var what: String
        var edits = EditScale.count
        /// Of an edit, in each tenth of the run.
        var editMicroseconds: [Double] = []
        /// Of encoding the change alone, in each tenth.
        var encodeMicroseconds: [Double] = []
        /// Of another device's taking it in, in each tenth.
        var takeMicroseconds: [Double] = []
        /// The last tenth's cost over the first's, all three together.
        var lastOverFirst = 0.0
        /// Growth of resident memory of the one that edits, over all.
        var memoryBytesPerEdit = 0.0
        var fileBytes = 0

        var table: String {
            func row(_ values: [Double]) -> String { values.map { short($0) }.joined(separator: "  ") }
            return scaleTable("\(what), \(edits) times, by tenths of the run (us each)", [
                ("edited", row(editMicroseconds)), ("encoded", row(encodeMicroseconds)), ("taken in elsewhere", row(takeMicroseconds)),
                ("last tenth / first", short(lastOverFirst)), ("memory of an edit", "\(short(memoryBytesPerEdit)) bytes"), ("file at the end", "\(fileBytes) bytes")])
        }
    }

    static let count = 100_000

    static func run() throws -> [Figures] {
        let key = try LineKey(sku: "SHOE-42")
        let quantity = try measure("a quantity stepped") { number, document in
            // Of ten steps three go down, so there is always something to take away.
            _ = number % 10 < 7 ? try Cart.add(key, 1, &document) : try Cart.less(key.id, 1, &document)
        } check: { Cart.lines($0).first?.quantity == count / 10 * 4 }
        let author = Author(person: "ana", device: "d1", channel: "app", at: 0)
        let preference = try measure("a preference set") { number, document in
            try Preferences.set("language", "value \(number)", scope: "tenant", by: author, &document)
        } check: { Preferences.get("language", scopes: ["tenant"], $0)?.value == "value \(count - 1)" }
        return [quantity, preference]
    }

    private static func measure(_ what: String, _ edit: (Int, inout Document) throws -> Void, check: (Document) -> Bool) throws -> Figures {
        var figures = Figures(what: what)
        let memory = PeerMemory()
        var document = Document()
        let actor = scaleActor(0)
        let tenth = count / 10
        for start in stride(from: 0, to: count, by: tenth) {
            let edited = try cpuMilliseconds { for number in start..<start + tenth { try scaleEdit(&document, by: actor) { try edit(number, &$0) } } }
            figures.editMicroseconds.append(edited.milliseconds * 1_000 / Double(tenth))
        }
        figures.memoryBytesPerEdit = memory.grown * 1_048_576 / Double(count)
        // Once more, with every change encoded and taken in; what was edited before is taken off.
        var (author, reader) = (Document(), Document())
        for (index, start) in stride(from: 0, to: count, by: tenth).enumerated() {
            var updates: [[UInt8]] = []
            let emitted = try cpuMilliseconds {
                for number in start..<start + tenth {
                    let before = author.operationCount(of: actor)
                    try scaleEdit(&author, by: actor) { try edit(number, &$0) }
                    updates.append(author.encode(of: actor, from: before))
                }
            }
            figures.encodeMicroseconds.append(max(0, emitted.milliseconds * 1_000 / Double(tenth) - figures.editMicroseconds[index]))
            let taken = try cpuMilliseconds { for update in updates { try reader.take(update) } }
            figures.takeMicroseconds.append(taken.milliseconds * 1_000 / Double(tenth))
        }
        guard check(document), check(reader), reader.encodeBody() == document.encodeBody() else { throw BenchPlace.Problem("\(what): the documents differ") }
        func all(_ index: Int) -> Double { figures.editMicroseconds[index] + figures.encodeMicroseconds[index] + figures.takeMicroseconds[index] }
        figures.lastOverFirst = all(9) / all(0)
        figures.fileBytes = document.save().count
        return figures
    }
}
