// baton-bench: every figure that the README quotes.
//
//     baton-bench text --trace FILE [--json]
//
// FILE is an editing trace in the format of josephg/editing-traces, gzipped JSON or plain JSON.
internal import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
let usage = """
    usage: baton-bench text --trace FILE [--json]
    """

func fail(_ message: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(code)
}

switch arguments.first {
case "text":
    guard let at = arguments.firstIndex(of: "--trace"), at + 1 < arguments.count else {
        fail("baton-bench text: --trace FILE is missing.\n" + usage, code: 2)
    }
    do {
        let figures = try TextBenchmark(trace: EditingTrace(path: arguments[at + 1])).run()
        print(arguments.contains("--json") ? figures.json : figures.table)
    } catch {
        fail("baton-bench text: \(error)", code: 1)
    }
case "--help", "-h":
    print(usage)
default:
    fail(usage, code: 2)
}
