// A folder of a benchmark's own, the programs beside this one, and the clock.
internal import Foundation

final class BenchPlace {
    struct Problem: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    let folder = NSTemporaryDirectory() + "baton-bench-" + UUID().uuidString.prefix(8)
    private let programs = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent() ?? URL(fileURLWithPath: ".")

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func process(_ name: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = programs.appendingPathComponent(name)
        process.arguments = arguments
        process.environment = ["BATON_HOME": folder, "PATH": "/usr/bin:/bin"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    func run(_ name: String, _ arguments: [String], input: String? = nil) throws {
        let process = process(name, arguments)
        let pipe = Pipe()
        if input != nil { process.standardInput = pipe }
        try process.run()
        if let input {
            try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try pipe.fileHandleForWriting.close()
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Problem("\(name) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)") }
    }

    /// A hub on a port that was free a moment ago.
    func startHub() throws -> BenchHub {
        for _ in 0..<20 {
            let port = Int.random(in: 20_000..<60_000)
            let process = process("baton-hub", ["serve", "--data", folder + "/hub", "--port", "\(port)"])
            try process.run()
            for _ in 0..<250 where process.isRunning {
                if (try? String(contentsOf: URL(string: "http://127.0.0.1:\(port)/readyz") ?? URL(fileURLWithPath: "/"), encoding: .utf8)) == "ready\n" { return BenchHub(process: process, url: "ws://127.0.0.1:\(port)") }
                usleep(20_000)
            }
            process.terminate()
        }
        throw Problem("no hub could be started")
    }
}

struct BenchHub {
    let process: Process
    let url: String

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}

func milliseconds(_ body: () throws -> Void) rethrows -> Double { inMilliseconds(try ContinuousClock().measure(body)) }

func timed<Result>(_ body: () async throws -> Result) async rethrows -> (milliseconds: Double, result: Result) {
    let start = ContinuousClock.now
    let result = try await body()
    return (inMilliseconds(ContinuousClock.now - start), result)
}

private func inMilliseconds(_ elapsed: Duration) -> Double { Double(elapsed.components.seconds) * 1_000 + Double(elapsed.components.attoseconds) / 1e15 }

func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
