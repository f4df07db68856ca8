// Recorded concurrent histories, whose end texts others worked out: BATON_DATA names the folder with
// `conformance/list_fuzz/cases.jsonl.gz` (500 histories of three writers, ends in FugueMax order).
// The data are not part of this repository: without the folder the test says so and is skipped.
import Bytes
import CRDT
import Foundation
import Support
import Testing

private let dataFolder = ProcessInfo.processInfo.environment["BATON_DATA"]

@Suite struct ConformanceTests {
    struct History: Decodable {
        struct Transaction: Decodable {
            let span: [Int]
            let parents: [Int]
            let agent: String
            let seqStart: Int
            let ops: [Patch]
        }

        /// Position, deleted elements, inserted text.
        struct Patch: Decodable {
            let position: Int
            let deleted: Int
            let inserted: String

            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                position = try list.decode(Int.self)
                deleted = try list.decode(Int.self)
                inserted = try list.decode(String.self)
            }
        }

        let txns: [Transaction]
        let endContent: String
    }

    @Test(.enabled(if: dataFolder != nil, "set BATON_DATA to the folder of recorded data"))
    func `recorded concurrent histories end as their authors say, in any order of delivery`() throws {
        let path = try #require(dataFolder) + "/conformance/list_fuzz/cases.jsonl.gz"
        let file = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let lines = try #require(Gzip.content(of: file)).split(separator: 10)
        var random = SeededGenerator(seed: 1)
        for line in lines {
            let history = try JSONDecoder().decode(History.self, from: Data(line))
            let states = try replay(history)
            for _ in 0..<3 {
                var reader = Document()
                for state in states.shuffled(using: &random) {
                    try reader.apply(ChangeSet(decoding: state.encode(since: reader.version)))
                }
                let text = reader.existingContainer(.text, "text").map(reader.text) ?? ""
                #expect(text == history.endContent)
                reader.checkInvariants()
            }
        }
        #expect(lines.count == 500)
    }

    /// The document after each event: one inserted or deleted element.
    private func replay(_ history: History) throws -> [Document] {
        var states: [Document] = []
        for transaction in history.txns {
            var document = transaction.parents.first.map { states[$0] } ?? Document()
            for parent in transaction.parents.dropFirst() {
                try document.apply(ChangeSet(decoding: states[parent].encode(since: document.version)))
            }
            // Ties go by the agents' names, then by their sequence. These agents also write on several
            // branches at once, which an actor never does: each transaction gets an actor of its own.
            let name = UInt64(try #require(transaction.agent.utf8.first))
            let actor = ActorID(high: name, low: UInt64(transaction.seqStart))
            let text = document.container(.text, "text")
            for patch in transaction.ops {
                for _ in 0..<patch.deleted {
                    try document.change(by: actor, at: 0) { try $0.delete(at: patch.position, count: 1, in: text) }
                    states.append(document)
                }
                for (offset, scalar) in patch.inserted.unicodeScalars.enumerated() {
                    try document.change(by: actor, at: 0) {
                        try $0.insert(String(scalar), at: patch.position + offset, in: text)
                    }
                    states.append(document)
                }
            }
            #expect(states.count == transaction.span[1])
        }
        return states
    }
}
