// Reads compiled traces: `.ops` (one user) and `.cops` (several, with who had received what).
//
//     OPS1 or COP1 · six u32: txns, patches, words, text bytes, end bytes, replicas · words · text · final text
//     words of a txn in .ops    patch count, then for each patch: position, deleted, inserted bytes
//     words of a txn in .cops   agent, replica, parent count, parents…, import count, txns to import first…, then as .ops
//
// Little-endian; positions are Unicode scalars.
internal import Foundation

struct PeerFile {
    struct Patch {
        let position: Int
        let deleted: Int
        let inserted: String
    }

    struct Transaction {
        var replica = 0
        /// Transactions whose updates its replica receives first.
        var imports: [Int] = []
        var patches: [Patch] = []
    }

    struct Problem: Error, CustomStringConvertible { let description: String }

    private(set) var transactions: [Transaction] = []
    let replicas: Int
    /// nil where only convergence is checked.
    let end: String?

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw Problem(description: "can't read \(path)") }
        let bytes = [UInt8](data)
        guard bytes.count >= 28, [Array("OPS1".utf8), Array("COP1".utf8)].contains(Array(bytes.prefix(4))) else {
            throw Problem(description: "\(path) is no compiled trace: it begins with neither OPS1 nor COP1")
        }
        func word(_ index: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[4 + 4 * index + $1]) << (8 * $1) } }
        let head = (0..<6).map(word)
        let isConcurrent = bytes[0] == UInt8(ascii: "C")
        let textStart = 28 + 4 * head[2]
        guard bytes.count == textStart + head[3] + head[4] else { throw Problem(description: "\(path) is cut short") }
        var (at, textAt) = (6, textStart)
        func next() -> Int {
            defer { at += 1 }
            return word(at)
        }
        for _ in 0..<head[0] {
            var transaction = Transaction()
            if isConcurrent {
                _ = next()
                transaction.replica = next()
                for _ in 0..<next() { _ = next() }
                transaction.imports = (0..<next()).map { _ in next() }
            }
            for _ in 0..<next() {
                let (position, deleted, length) = (next(), next(), next())
                transaction.patches.append(Patch(position: position, deleted: deleted, inserted: String(decoding: bytes[textAt..<textAt + length], as: UTF8.self)))
                textAt += length
            }
            transactions.append(transaction)
        }
        replicas = max(1, head[5])
        end = isConcurrent && head[4] == 0 ? nil : String(decoding: bytes[(textStart + head[3])...], as: UTF8.self)
    }
}
