// `baton-bench peer KIND FILE TMP`: this engine in the harness that runs Loro, Yrs and Automerge on the same work.
//
//     local, load, sync     one user types a recorded text; it is opened; another receives it update by update
//     collab, load, merge   several users at once; it is opened; a newcomer receives it
//     map                   many actors who never met, by a case's name
//
// TMP is a folder that lasts over the phases of one trace. The last line is one JSON object.
internal import CRDT
internal import Foundation

struct PeerBenchmark {
    let file: PeerFile
    let folder: String
    private let figures = PeerFigures()

    init(_ path: String, _ folder: String) throws {
        file = try PeerFile(path: path)
        self.folder = folder
    }

    /// - Returns: nil for a kind that is not offered.
    static func run(_ kind: String, _ path: String, _ folder: String) throws -> String? {
        try warmUp()
        if kind == "map" { return try PeerMaps(path, folder)?.run() }
        let benchmark = try PeerBenchmark(path, folder)
        switch kind {
        case "local": try benchmark.local()
        case "load": try benchmark.load()
        case "sync": try benchmark.sync()
        case "collab": try benchmark.collaborate()
        case "merge": try benchmark.merge()
        default: return nil
        }
        return benchmark.figures.json
    }

    /// Touches the code once, so that paging it in is in nobody's figures.
    private static func warmUp() throws {
        var (author, reader) = (PeerReplica(4000), PeerReplica(4001))
        for index in 0..<100 {
            try author.edit([PeerFile.Patch(position: index % 50, deleted: index < 50 ? 0 : 2, inserted: index < 50 ? "warm" : "")])
            try reader.take(author.update())
        }
        _ = try PeerReplica.opened(author.document.save()).changeCount
    }

    private func check(_ text: String) throws {
        if let end = file.end, text != end { throw PeerFile.Problem(description: "the text is not what the trace ends with") }
    }

    private func local() throws {
        let memory = PeerMemory()
        var replica = PeerReplica(1)
        try figures.timed("edit") { for transaction in file.transactions { try replica.edit(transaction.patches) } }
        memory.read("edit", figures)
        try check(figures.best("text_ms") { PeerReplica.text(of: replica.document) })
        try PeerReplica.encode(replica.document, folder, figures)
        try PeerReplica.cut(replica.document, figures)
        var other = PeerReplica(1)
        try figures.timed("bulk") { try other.editAtOnce(file.transactions) }
        try check(PeerReplica.text(of: other.document))
    }

    private func load() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/full")))
        let memory = PeerMemory()
        let document = try PeerReplica.opened(bytes)
        try check(PeerReplica.text(of: document))
        memory.read("load", figures)
        try figures.best("load_full_ms") { _ = try PeerReplica.opened(bytes) }
        try check(figures.best("load_full_text_ms") { PeerReplica.text(of: try PeerReplica.opened(bytes)) })
    }

    private func sync() throws {
        for (size, tag) in [(1, "1"), (100, "100")] {
            var author = PeerReplica(1)
            var updates: [[UInt8]] = []
            try figures.timed("emit\(tag)") {
                for (index, transaction) in file.transactions.enumerated() {
                    try author.edit(transaction.patches)
                    if (index + 1) % size == 0 || index + 1 == file.transactions.count { updates.append(author.update()) }
                }
            }
            figures["updates\(tag)_bytes"] = Double(updates.reduce(0) { $0 + $1.count })
            try receive(updates, "merge\(tag)", isMemoryMeasured: size == 1)
            if size == 1 { try receiveAtOnce(updates) }
        }
    }

    private func receive(_ updates: [[UInt8]], _ tag: String, isMemoryMeasured: Bool) throws {
        let memory = PeerMemory()
        var reader = PeerReplica(2)
        let text = try figures.timed(tag) {
            for update in updates { try reader.take(update) }
            return PeerReplica.text(of: reader.document)
        }
        if isMemoryMeasured { memory.read(tag, figures) }
        try check(text)
    }

    private func receiveAtOnce(_ updates: [[UInt8]]) throws {
        let text = try figures.timed("merge_batch") {
            var document = Document()
            for update in updates { try document.take(update) }
            return PeerReplica.text(of: document)
        }
        try check(text)
    }

    // MARK: Several users

    private func collaborate() throws {
        var replicas = (0..<file.replicas).map { PeerReplica($0 + 1) }
        var updates: [[UInt8]] = []
        try figures.timed("collab") {
            for transaction in file.transactions {
                for index in transaction.imports where !updates[index].isEmpty { try replicas[transaction.replica].take(updates[index]) }
                guard !transaction.patches.isEmpty else {
                    updates.append([])
                    continue
                }
                try replicas[transaction.replica].edit(transaction.patches)
                updates.append(replicas[transaction.replica].update())
            }
        }
        if file.end == nil {
            // Whoever lacks something gets it.
            try figures.timed("finish") { for index in replicas.indices { for update in updates where !update.isEmpty { try replicas[index].take(update) } } }
            guard Set(replicas.map { PeerReplica.text(of: $0.document) }).count == 1 else { throw PeerFile.Problem(description: "replicas differ") }
        }
        let last = replicas[file.transactions.last?.replica ?? 0].document
        try check(PeerReplica.text(of: last))
        updates.removeAll(where: \.isEmpty)
        figures["updates1_bytes"] = Double(updates.reduce(0) { $0 + $1.count })
        try PeerReplica.encode(last, folder, figures)
        try JSONEncoder().encode(updates.map { Data($0) }).write(to: URL(fileURLWithPath: folder + "/ups"))
    }

    private func merge() throws {
        let updates = try JSONDecoder().decode([Data].self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/ups"))).map { [UInt8]($0) }
        try receive(updates, "merge1", isMemoryMeasured: true)
        try receiveAtOnce(updates)
    }
}
