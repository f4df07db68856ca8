// Reads a recorded editing history: {startContent?, endContent, txns: [{patches: [[pos, del, text]]}]}.
//
// Positions and counts are Unicode scalars. The format is that of github.com/josephg/editing-traces.
internal import Bytes
internal import Foundation

struct EditingTrace {
    struct Patch {
        let position: Int
        let deleted: Int
        let inserted: String
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    let endContent: String
    let patches: [Patch]

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Problem(description: "can't read the trace at \(path): no such file, or no right to read it")
        }
        let json = try JSONSerialization.jsonObject(with: Data(EditingTrace.inflated([UInt8](data), path)))
        guard let trace = json as? [String: Any], let end = trace["endContent"] as? String,
              let transactions = trace["txns"] as? [[String: Any]] else {
            throw Problem(description: "\(path) is no editing trace: endContent or txns are missing")
        }
        guard transactions.allSatisfy({ $0["agent"] == nil && $0["span"] == nil }) else {
            throw Problem(description: "\(path) has several agents; this benchmark takes sequential traces")
        }
        endContent = end
        var patches: [Patch] = []
        if let start = trace["startContent"] as? String, !start.isEmpty {
            patches.append(Patch(position: 0, deleted: 0, inserted: start))
        }
        for transaction in transactions {
            for patch in transaction["patches"] as? [[Any]] ?? [] {
                guard patch.count == 3, let position = patch[0] as? Int, let deleted = patch[1] as? Int,
                      let inserted = patch[2] as? String else {
                    throw Problem(description: "\(path) has a patch that isn't [position, deleted, inserted]")
                }
                patches.append(Patch(position: position, deleted: deleted, inserted: inserted))
            }
        }
        self.patches = patches
    }

    /// The content of a gzip file (RFC 1952), or the bytes themselves.
    private static func inflated(_ bytes: [UInt8], _ path: String) throws -> [UInt8] {
        guard bytes.starts(with: [0x1F, 0x8B]) else { return bytes }
        guard let content = Gzip.content(of: bytes) else { throw Problem(description: "\(path) is a damaged gzip file") }
        return content
    }
}
