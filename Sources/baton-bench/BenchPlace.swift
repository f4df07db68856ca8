// A folder of a benchmark's own, and the clock.
internal import Foundation
internal import Processes

final class BenchPlace {
    struct Problem: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    let folder = NSTemporaryDirectory() + "baton-bench-" + UUID().uuidString.prefix(8)
    var log: String { folder + "/log" }

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        setenv("BATON_HOME", folder, 1)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}

func milliseconds(_ body: () throws -> Void) rethrows -> Double { inMilliseconds(try ContinuousClock().measure(body)) }

func timed<Result>(_ body: () async throws -> Result) async rethrows -> (milliseconds: Double, result: Result) {
    let start = ContinuousClock.now
    let result = try await body()
    return (inMilliseconds(ContinuousClock.now - start), result)
}

private func inMilliseconds(_ elapsed: Duration) -> Double { Double(elapsed.components.seconds) * 1_000 + Double(elapsed.components.attoseconds) / 1e15 }

func rounded(_ value: Double) -> String { String(format: "%.1f", value) }

/// Three digits that count.
func short(_ value: Double) -> String {
    String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value)
}
