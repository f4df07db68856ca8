// `baton-bench scale [CASE]...`: whether a cost follows what is touched, or what exists.
//
//     edits      one quantity stepped, one preference set, 100,000 times: the cost of an edit by tenths of the run
//     devices    a cart of 500 lines that ten devices edit
//     small      10,000 small documents, opened, edited in one field and saved: time and memory of each
//     history    a cart opened, edited, synced and saved where its history is one, ten and a hundred times as long
//
// CPU time of this process, without the disk but where it says so. What was measured is checked to be right: a case that went wrong
// ends the program and prints no figure.
internal import CRDT
internal import Documents

struct ScaleBenchmark {
    struct Figures: Encodable {
        var edits: [EditScale.Figures]?
        var devices: DeviceScale.Figures?
        var small: [SmallScale.Figures]?
        var history: HistoryScale.Figures?

        var table: String {
            let parts = [edits?.map(\.table), devices.map { [$0.table] }, small?.map(\.table), history.map { [$0.table] }]
            return parts.compactMap { $0 }.joined().joined(separator: "\n\n")
        }
    }

    static let cases = ["edits", "devices", "small", "history"]

    /// - Parameter names: of cases; none is all.
    func run(_ names: [String]) throws -> Figures {
        if let unknown = names.first(where: { !ScaleBenchmark.cases.contains($0) }) {
            throw BenchPlace.Problem("there is no case \(unknown); there are \(ScaleBenchmark.cases.joined(separator: ", "))")
        }
        func isWanted(_ name: String) -> Bool { names.isEmpty || names.contains(name) }
        var figures = Figures()
        if isWanted("edits") { figures.edits = try EditScale.run() }
        if isWanted("devices") { figures.devices = try DeviceScale.run() }
        if isWanted("small") { figures.small = try SmallScale.run() }
        if isWanted("history") { figures.history = try HistoryScale.run() }
        return figures
    }
}

/// Lines under a title, their first column as wide as its longest name.
func scaleTable(_ title: String, _ rows: [(String, String)]) -> String {
    let width = (rows.map(\.0.count).max() ?? 0) + 2
    return ([title] + rows.map { "  " + $0 + String(repeating: " ", count: width - $0.count) + $1 }).joined(separator: "\n")
}

func sum(_ values: [Double]) -> Double { values.reduce(0, +) }
func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// CPU milliseconds of this process.
func cpuMilliseconds<Result>(_ body: () throws -> Result) rethrows -> (milliseconds: Double, result: Result) {
    let start = PeerGauge.now().cpu
    let result = try body()
    return (PeerGauge.now().cpu - start, result)
}

/// Actors of a benchmark: the same in each run.
func scaleActor(_ number: Int) -> ActorID { ActorID(high: UInt64(number + 1) << 48 | 0x79B9_7F4A_7C15, low: 0x9E37_79B9_7F4A_7C15) }

/// Edits without mistakes: what they throw is a benchmark's end.
func scaleEdit(_ document: inout Document, by actor: ActorID, _ body: (inout Document) throws -> Void) throws {
    try document.change(by: actor, at: 0) { document throws in try body(&document) }
}
