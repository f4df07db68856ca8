// What a case comes to. A skipped case is one that no rule of ours claims; it's counted, and never passes.

package enum Verdict: Equatable, Sendable {
    case passed
    /// What was seen.
    case failed(String)
    /// Which rule or part is missing.
    case skipped(String)
}

package struct Tally: Equatable, Sendable {
    package var passed = 0
    package var failures: [(name: String, seen: String)] = []
    package var skipped: [String: Int] = [:]

    package init() {}

    package var skippedCount: Int { skipped.values.reduce(0, +) }

    mutating func add(_ name: String, _ verdict: Verdict) {
        switch verdict {
        case .passed: passed += 1
        case .failed(let seen): failures.append((name, seen))
        case .skipped(let why): skipped[why, default: 0] += 1
        }
    }

    package mutating func add(_ other: Tally) {
        passed += other.passed
        failures += other.failures
        skipped.merge(other.skipped, uniquingKeysWith: +)
    }

    package static func == (left: Tally, right: Tally) -> Bool {
        left.passed == right.passed && left.skipped == right.skipped && left.failures.elementsEqual(right.failures, by: ==)
    }
}
