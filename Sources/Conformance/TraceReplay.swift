// A recorded editing history on as many replicas as it has agents, ids in the agents' order: every replica gets
// what its author had seen, edits, and at the end has what all have. Hashes of `expected.json` are held against it.
internal import Bytes
internal import Commands
package import Console
internal import CRDT

package enum TraceReplay {
    package struct Report {
        package var agents = 0, transactions = 0, patches = 0, checkpoints = 0
        package var hash = ""
        package var failures: [String] = []
        package var hasExpected = false

        package var json: JSON {
            .fields(["agents": .int(Int64(agents)), "transactions": .int(Int64(transactions)), "patches": .int(Int64(patches)), "checkpoints": .int(Int64(checkpoints)),
                     "sha256": .string(hash), "expected": .bool(hasExpected), "failures": .array(failures.map(JSON.string))])
        }

        package var text: String {
            let what = hasExpected ? "\(checkpoints) checkpoints and the end text held against expected.json" : "there is no expected.json beside it: the end text is held against the file's own"
            return (failures + ["\(agents) replicas, \(transactions) transactions, \(patches) patches; \(what)", "sha256 \(hash)", failures.isEmpty ? "passed" : "\(failures.count) failed"]).joined(separator: "\n")
        }
    }

    /// - Throws: `invalid-value` for a file that is no history.
    package static func run(_ path: String) throws -> Report {
        let trace = try JSON(parsing: try ConformanceFile.text(of: path))
        guard let transactions = trace["txns"]?.items else { throw CommandError("invalid-value", "\(path) is no editing history: it has no `txns`.") }
        let expected = expectations(path)
        var replay = HistoryReplay(start: trace["startContent"]?.text ?? "")
        replay.report.hasExpected = expected != nil
        for item in (expected?["checkpoints"]?.items ?? []) + (expected?["version_checkpoints"]?.items ?? []) {
            guard let hash = item["sha256_utf8"]?.text else { continue }
            if let after = item["after_patches"]?.number { replay.afterPatches[Int(after)] = hash }
            if let transaction = item["txn"]?.number { replay.atTransaction[Int(transaction)] = hash }
        }
        try replay.run(transactions)
        let end = try replay.converge()
        replay.report.hash = hash(end)
        if let recorded = trace["endContent"]?.text, recorded != end { replay.report.failures.append("the end text is not the recorded one") }
        if let wanted = expected?["end_sha256_utf8"]?.text, wanted != replay.report.hash {
            replay.report.failures.append("the end text's hash is \(replay.report.hash), not \(wanted)")
        }
        return replay.report
    }

    private static func expectations(_ path: String) -> JSON? {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        guard let bytes = try? Files.read(folder + "expected.json", limit: .max), let all = try? JSON(parsing: String(decoding: bytes, as: UTF8.self)), case .object(let groups) = all else { return nil }
        return groups.compactMap { $0.value[name] }.first
    }

    static func hash(_ text: String) -> String { Hex.encode(Digest.sha256(Array(text.utf8))) }
}
