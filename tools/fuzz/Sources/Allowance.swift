// What a decoder may allocate: sixteen bytes for each that it was given or that it inflated, and a mebibyte. Counted
// by the sanitizer's allocator: the most that was held at once beyond what was held before.
#if BATON_FUZZING
import CFuzzer
#endif

enum Allowance {
    static let bytesPerByte = 16
    /// A file is opened as a document, with all that it adds up to. docs/laws.md says what of that takes most.
    static let bytesPerByteOfDocuments = 64
    static let bytesBeside = 1 << 20

    static func begin() {
        #if BATON_FUZZING
        let isCounted = allocations_count() != 0
        precondition(isCounted, "the allocator can be listened to")
        #endif
    }

    #if BATON_FUZZING
    /// The most that `body` holds at once, beyond what was held before.
    static func mostHeld(by body: () throws -> Void) rethrows -> Int {
        let before = allocations_mark()
        try body()
        return allocations_most() - before
    }
    #endif

    /// Runs a decoder on that many bytes: those of the input, and those that it declares and inflates to.
    static func of<Result>(_ bytes: Int, each bytesPerByte: Int = bytesPerByte, _ body: () throws -> Result) rethrows -> Result {
        #if BATON_FUZZING
        let before = allocations_mark()
        defer {
            let taken = allocations_most() - before
            if taken > bytesPerByte * bytes + bytesBeside { fatalError("\(taken) bytes allocated for \(bytes)") }
        }
        #endif
        return try body()
    }
}

/// A promise about any input. Stays on in release builds.
func promise(_ holds: @autoclosure () -> Bool, _ text: StaticString) {
    if !holds() { fatalError("broken: \(text)") }
}
