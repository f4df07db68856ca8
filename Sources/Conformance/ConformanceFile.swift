// Which format a file has is seen by its content; Protocol/conformance.md names them all.
internal import Bytes
internal import Commands
internal import Console

package enum ConformanceFile {
    /// - Throws: `invalid-value` for a file that can't be read or has no known format.
    package static func run(_ path: String) throws -> Tally {
        let text = try text(of: path)
        if let whole = try? JSON(parsing: text) {
            if whole["schema"]?.text == "crdt-scenario/1" { return CaseFile.run(whole) }
            if whole["queries"] != nil { return CausalGraph.runQueries(whole) }
        }
        var tally = Tally()
        for (index, line) in text.utf8.split(separator: 10).enumerated() {
            let item: JSON
            do { item = try JSON(parsing: String(decoding: line, as: UTF8.self)) } catch {
                throw CommandError("invalid-value", "\(path), line \(index + 1): no JSON at byte \(error.offset): \(error.rule).")
            }
            guard let verdict = verdict(item) else {
                throw CommandError("invalid-value", "\(path), line \(index + 1): no known kind of case. There are crdt-scenario/1, list_fuzz, unicode_ot and causal_graph.")
            }
            tally.add("line \(index + 1)", verdict)
        }
        return tally
    }

    private static func verdict(_ item: JSON) -> Verdict? {
        if item["txns"] != nil { return EventGraph.check(item) }
        if item["str"] != nil { return UnicodeOT.apply(item) }
        if item["op1"] != nil { return UnicodeOT.compose(item) }
        if item["otherOp"] != nil { return UnicodeOT.transform(item) }
        if item["expect_left_wins_ties"] != nil { return UnicodeOT.twoReplicas(item) }
        if item["frontier"] != nil { return CausalGraph.contains(item) }
        if item["expect_a"] != nil { return CausalGraph.diff(item) }
        if item["expect_spans"] != nil { return CausalGraph.conflicting(item) }
        return nil
    }

    package static func text(of path: String) throws -> String {
        var bytes = try Files.read(path, limit: .max)
        if path.hasSuffix(".gz") {
            guard let content = Gzip.content(of: bytes) else { throw CommandError("invalid-value", "\(path) is no whole gzip file.") }
            bytes = content
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError("invalid-value", "\(path) isn't UTF-8.") }
        return text
    }
}
