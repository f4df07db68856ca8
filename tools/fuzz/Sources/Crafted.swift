// What opening a crafted file takes: bytes of memory for each of the file and of what it inflates to, and time. docs/laws.md
// quotes these.
//
//     BATON_FUZZ_TARGET=file fuzz --crafted COUNT [NAME...]
#if BATON_FUZZING
import CRDT
import Foundation
import Support

enum Crafted {
    static func measure(_ words: [String]) -> Int32 {
        let count = words.first.flatMap { Int($0) } ?? 4_000
        for kind in CraftedFile.allCases where words.count < 2 || words.contains(kind.rawValue) {
            for form in kind.forms {
                guard let file = try? kind.file(count, form) else { return 1 }
                let bytes = file.count + DocumentTarget.inflated(file)
                let start = ContinuousClock.now
                var document: Document?
                do {
                    let most = try Allowance.mostHeld { document = try Document(opening: file, isTrusted: false) }
                    let seconds = (ContinuousClock.now - start) / .seconds(1)
                    print("\(kind.rawValue), \(form.rawValue): \(bytes) bytes, \(most / bytes) for each, \(Int(seconds * 1_000)) ms, \(document?.changeCount ?? 0) changes")
                } catch { print("\(kind.rawValue), \(form.rawValue): refused, \(error)") }
            }
        }
        return 0
    }
}
#endif
