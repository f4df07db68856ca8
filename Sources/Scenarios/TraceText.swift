// A trace as text: a lane for each node, an arrow for each message that arrived, and where it went wrong.
internal import Simulation
package import Console

package enum TraceText {
    private static let laneWidth = 12

    package static func draw(_ content: TraceFile.Content, _ style: Style) -> String {
        let lanes = content.nodes
        var lines = [style.bold(content.title), pad("", 12) + lanes.map { pad($0, laneWidth) }.joined()]
        for event in content.events {
            guard let what = text(event) else { continue }
            let lane = lanes.firstIndex(of: event.node)
            var row = Array(repeating: Character(" "), count: laneWidth * lanes.count)
            for index in lanes.indices { row[index * laneWidth] = "│" }
            if event.kind == "deliver", let to = lane, let from = lanes.firstIndex(of: event.other) {
                let (left, right) = (min(from, to) * laneWidth, max(from, to) * laneWidth)
                for column in left...right { row[column] = "─" }
                row[from * laneWidth] = "o"
                row[to * laneWidth] = from < to ? ">" : "<"
            } else if let lane {
                row[lane * laneWidth] = event.kind == "crash" ? "✗" : "●"
            }
            let line = pad(time(event.at), 12) + String(row) + " " + what
            lines.append(["fail", "crash", "fault"].contains(event.kind) ? style.red(line) : line)
        }
        for failure in content.failures { lines.append(style.red("FAIL \(failure)")) }
        return lines.joined(separator: "\n")
    }

    /// What an event says; nil for one that another stands for: a message is drawn where it arrives.
    static func text(_ event: TraceEvent) -> String? {
        switch event.kind {
        case "send", "commit": nil
        case "deliver": "#\(event.number) \(event.detail)"
        case "command": "$ \(event.detail)"
        case "fault": "\(event.detail)\(event.number > 0 ? " (message \(event.number))" : "") "
        default: "\(event.kind)\(event.detail.isEmpty ? "" : ": \(event.detail)")"
        }
    }

    static func time(_ milliseconds: UInt64) -> String {
        let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000)
        return "\(seconds).\(String(repeating: "0", count: 3 - String(rest).count))\(rest)"
    }

    private static func pad(_ text: String, _ width: Int) -> String { text.count >= width ? String(text.prefix(width - 1)) + " " : text + String(repeating: " ", count: width - text.count) }
}
