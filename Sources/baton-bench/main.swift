// baton-bench: every figure that the README quotes.
//
//     baton-bench text --trace FILE [--json]     a recorded editing history, keystroke by keystroke
//     baton-bench cart [--json]                  `baton cart add` as a process
//     baton-bench sync [--json]                  catching up with a hub over loopback
//     baton-bench simulate [--json]              a simulated world of ten devices, on one core
//     baton-bench scale [CASE]... [--json]       whether costs follow what is touched or what exists: edits, devices, small, history
//     baton-bench commerce [PART]... [--json]     holds and orders that a hub decides: totals, holds, orders, growth, idle
//     baton-bench peer KIND FILE TMP             one phase of the comparison with other engines: tools/peers/compare
//
// Milliseconds, bytes and counts. `cart` and `sync` start the programs beside this one.
// FILE is an editing trace in the format of josephg/editing-traces, gzipped JSON or plain JSON.
internal import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
let usage = """
    usage: baton-bench text --trace FILE [--json]
           baton-bench cart [--json]
           baton-bench sync [--json]
           baton-bench simulate [--json]
           baton-bench scale [edits] [devices] [small] [history] [--json]
           baton-bench commerce [totals] [holds] [orders] [growth] [idle] [--json]
           baton-bench peer KIND FILE TMP
    """

func fail(_ message: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(code)
}

func show(_ figures: some Encodable, _ table: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    print(arguments.contains("--json") ? String(decoding: try encoder.encode(figures), as: UTF8.self) : table)
}

do {
    switch arguments.first {
    case "text":
        guard let at = arguments.firstIndex(of: "--trace"), at + 1 < arguments.count else {
            fail("baton-bench text: --trace FILE is missing.\n" + usage, code: 2)
        }
        let figures = try TextBenchmark(trace: EditingTrace(path: arguments[at + 1])).run()
        try show(figures, figures.table)
    case "cart":
        let figures = try CartBenchmark().run()
        try show(figures, figures.table)
    case "sync":
        let figures = try await SyncBenchmark().run()
        try show(figures, figures.table)
    case "simulate":
        let figures = try SimulationBenchmark().run()
        try show(figures, figures.table)
    case "scale":
        let figures = try ScaleBenchmark().run(arguments.dropFirst().filter { $0 != "--json" })
        try show(figures, figures.table)
    case "commerce":
        let figures = try await CommerceBenchmark().run(arguments.dropFirst().filter { $0 != "--json" })
        try show(figures, figures.table)
    case "peer":
        guard arguments.count == 4 else { fail("baton-bench peer: KIND, FILE and TMP are needed.\n" + usage, code: 2) }
        guard let figures = try PeerBenchmark.run(arguments[1], arguments[2], arguments[3]) else {
            fail("baton-bench peer: \(arguments[1]) \(arguments[2]) is not offered.", code: 3)
        }
        print(figures)
    case "--help", "-h":
        print(usage)
    default:
        fail(usage, code: 2)
    }
} catch {
    fail("baton-bench: \(error)", code: 1)
}
