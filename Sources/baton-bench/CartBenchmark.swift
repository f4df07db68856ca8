// What a person waits for: `baton cart add` as a process, from start to exit, its edit on the disk.
// Grown carts show how the wait grows with what was done before.
internal import Foundation
internal import Processes

struct CartBenchmark {
    struct Figures: Encodable {
        struct Row: Encodable {
            /// Changes that the cart has when the process starts.
            var changesBefore: Int
            var medianMilliseconds: Double
            var slowestMilliseconds: Double
            var storeBytes: Int
        }

        /// A process that does nothing: `baton --version`.
        var startMilliseconds = 0.0
        var add: [Row] = []
    }

    private static let runs = 20

    func run() throws -> Figures {
        let place = try BenchPlace()
        var figures = Figures()
        figures.startMilliseconds = try median { try DeviceProcess.run("baton", ["--version"], log: place.log) }.middle
        let phone = DeviceProcess(name: "phone")
        try phone.begin(in: place.folder, hub: "ws://127.0.0.1:1")
        var changes = 0
        for target in [10, 100, 1_000, 10_000] {
            try phone.open(in: place.folder)
            _ = try DeviceProcess.exchange([(phone, (changes..<target).map { ["cart", "add", "SKU-\($0 % 50)"] })])
            phone.wait()
            let times = try median { try DeviceProcess.run("baton", ["cart", "add", "SKU-1", "--profile", "phone"], log: place.log) }
            changes = target + CartBenchmark.runs
            let bytes = try FileManager.default.attributesOfItem(atPath: place.folder + "/phone/store.db")[.size] as? Int ?? 0
            figures.add.append(.init(changesBefore: target, medianMilliseconds: times.middle, slowestMilliseconds: times.slowest, storeBytes: bytes))
        }
        return figures
    }

    private func median(_ body: () throws -> Void) throws -> (middle: Double, slowest: Double) {
        let times = try (0..<CartBenchmark.runs).map { _ in try milliseconds(body) }.sorted()
        return (times[times.count / 2], times[times.count - 1])
    }
}

extension CartBenchmark.Figures {
    var table: String {
        (["a process that does nothing: \(rounded(startMilliseconds)) ms", "`baton cart add`, from start to exit:"]
            + add.map { "  after \($0.changesBefore) changes: \(rounded($0.medianMilliseconds)) ms (slowest \(rounded($0.slowestMilliseconds)) ms, store \($0.storeBytes) bytes)" }).joined(separator: "\n")
    }
}
