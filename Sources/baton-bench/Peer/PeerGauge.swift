// What the peer benchmark measures with: CPU time of this process, and growth of its resident memory.
//
// CPU time, because a machine may be shared; memory as the system counts it, after the allocator gave back what it
// can. Keys and units are those of the harness that runs the peers: `X_ms`, `X_wall_ms`, `X_rss_mb`, `X_bytes`.
internal import Foundation

/// The figures of one phase, printed as one JSON object.
final class PeerFigures {
    private(set) var values: [String: Double] = [:]

    subscript(key: String) -> Double? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// Runs something once, and notes its CPU and wall time.
    func timed<Result>(_ tag: String, _ body: () throws -> Result) rethrows -> Result {
        let start = PeerGauge.now()
        let result = try body()
        let end = PeerGauge.now()
        values["\(tag)_ms"] = end.cpu - start.cpu
        values["\(tag)_wall_ms"] = end.wall - start.wall
        return result
    }

    /// The best of up to ten calls, or of what fits into 60 ms.
    @discardableResult
    func best<Result>(_ key: String, _ body: () throws -> Result) rethrows -> Result {
        var (least, spent, count) = (Double.infinity, 0.0, 0)
        while true {
            let start = PeerGauge.now()
            let result = try body()
            let end = PeerGauge.now()
            least = min(least, end.cpu - start.cpu)
            spent += end.wall - start.wall
            count += 1
            guard count < 10, spent < 60 else {
                values[key] = least
                return result
            }
        }
    }

    var json: String {
        let fields = values.sorted { $0.key < $1.key }.map { key, value in
            "\"\(key)\": \(key.hasSuffix("_bytes") ? "\(Int(value))" : String(format: "%.4f", value))"
        }
        return "{" + (fields + ["\"version\": \"baton 0.1\""]).joined(separator: ", ") + "}"
    }
}

/// Growth of resident memory since it was made.
struct PeerMemory {
    private let base: Double

    init() {
        PeerMemory.trim()
        // The peak starts again from here.
        if let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") { file.write(Data("5".utf8)) }
        base = PeerGauge.status("VmRSS")
    }

    /// `malloc_trim` is in no module that Swift sees.
    private static func trim() {
        typealias Trim = @convention(c) (Int) -> Int32
        if let symbol = dlsym(nil, "malloc_trim") { _ = unsafeBitCast(symbol, to: Trim.self)(0) }
    }

    /// In MB.
    var grown: Double { PeerGauge.status("VmRSS") - base }

    func read(_ tag: String, _ figures: PeerFigures) {
        figures["\(tag)_rss_mb"] = grown
        figures["\(tag)_peak_mb"] = PeerGauge.status("VmHWM") - base
    }
}

enum PeerGauge {
    /// Milliseconds.
    static func now() -> (cpu: Double, wall: Double) {
        func read(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
        }
        return (read(CLOCK_PROCESS_CPUTIME_ID), read(CLOCK_MONOTONIC))
    }

    /// A line of the process's status, in MB.
    static func status(_ key: String) -> Double {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) } ?? 0) / 1024
    }
}
