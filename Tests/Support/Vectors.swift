// The vectors in Protocol/vectors: what the code makes is held against what is kept there.
//
// `tools/verify-vectors` holds a second implementation to the same files. A vector changes only with its format's
// version; BATON_WRITE_VECTORS=1 writes the files anew, for a change of version.
import Foundation
import Testing

package struct VectorFile<Case: Codable & Equatable>: Codable {
    let format: Int
    let cases: [Case]

    /// Holds every kept case of a file against the one that was made now.
    /// - Parameter isSame: for cases with a deflated part, which another zlib may write otherwise.
    /// - Returns: the kept ones, to be read.
    @discardableResult
    package static func check(_ name: String, format: Int = 1, made: [Case], named: (Case) -> String,
                              isSame: (Case, Case) -> Bool = { $0 == $1 }) throws -> [Case] {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let path = folder.appendingPathComponent("Protocol/vectors/\(name).json")
        if ProcessInfo.processInfo.environment["BATON_WRITE_VECTORS"] != nil {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(VectorFile(format: format, cases: made)).write(to: path)
        }
        let kept = try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: path)).cases
        #expect(kept.map(named) == made.map(named))
        for (kept, made) in zip(kept, made) { #expect(isSame(kept, made), "\(named(kept))") }
        return kept
    }
}
