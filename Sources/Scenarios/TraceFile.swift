// A trace as a file: a head, then one event a line, as JSON. Read again to be drawn.
internal import Commands
internal import Console
package import Simulation

package enum TraceFile {
    package static func write(_ run: ScenarioRun, to path: String) throws {
        let head = JSON.fields(["scenario": .string(run.scenario.title), "trace": .string(run.traceHash), "nodes": .array((run.world.hubs.map(\.name) + run.world.devices.map(\.name)).map(JSON.string))])
        let failures = run.failures.map { JSON.fields(["failure": .string($0.message), "line": .int(Int64($0.line))]) }
        let lines = [head] + run.world.trace.events.map(json) + failures
        try Files.write(Array(lines.map { $0.encoded() + "\n" }.joined().utf8), to: path, replaces: true)
    }

    private static func json(_ event: TraceEvent) -> JSON {
        .fields(["at": .int(Int64(clamping: event.at)), "node": .string(event.node), "kind": .string(event.kind), "other": event.other.isEmpty ? nil : .string(event.other),
                 "number": event.number == 0 ? nil : .int(Int64(clamping: event.number)), "detail": event.detail.isEmpty ? nil : .string(event.detail)])
    }

    package struct Content {
        package var title: String
        package var nodes: [String]
        package var events: [TraceEvent] = []
        package var failures: [String] = []
    }

    /// - Throws: `invalid-value` for a file that is no trace.
    package static func read(_ path: String) throws -> Content {
        let lines = try Files.read(path, limit: .max).split(separator: 10).map { try JSON(parsing: String(decoding: $0, as: UTF8.self)) }
        guard let head = lines.first, let title = head["scenario"]?.text, let nodes = head["nodes"]?.items else {
            throw CommandError("invalid-value", "\(path) is no trace: make one with `baton-sim run FILE --trace \(path)`.")
        }
        var content = Content(title: title, nodes: nodes.compactMap(\.text))
        for line in lines.dropFirst() {
            if let failure = line["failure"]?.text { content.failures.append(failure); continue }
            content.events.append(TraceEvent(at: UInt64(clamping: line["at"]?.number ?? 0), node: line["node"]?.text ?? "", kind: line["kind"]?.text ?? "", other: line["other"]?.text ?? "",
                                             number: UInt64(clamping: line["number"]?.number ?? 0), detail: line["detail"]?.text ?? ""))
        }
        return content
    }
}

extension ScenarioRun {
    /// 16 hexadecimal digits: equal for equal runs.
    package var traceHash: String {
        let digits = String(world.trace.hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
