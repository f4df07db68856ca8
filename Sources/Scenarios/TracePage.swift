// A trace as one HTML page that needs nothing else: lanes for nodes, arrows for messages, red for what went
// wrong. Time runs downwards, one line an event; what it says is beside it.
internal import Console
internal import Simulation

package enum TracePage {
    private static let (laneWidth, rowHeight, left, top) = (140, 18, 90, 60)

    package static func draw(_ content: TraceFile.Content) -> String {
        let events = content.events.filter { $0.kind != "commit" }
        let width = left + laneWidth * content.nodes.count + 560
        let height = top + rowHeight * (events.count + 3)
        func x(_ node: String) -> Int? { content.nodes.firstIndex(of: node).map { left + laneWidth * $0 + laneWidth / 2 } }
        func y(_ row: Int) -> Int { top + rowHeight * (row + 1) }
        var sent: [UInt64: Int] = [:]
        for (row, event) in events.enumerated() where event.kind == "send" { sent[event.number] = row }
        var parts: [String] = []
        for node in content.nodes {
            guard let x = x(node) else { continue }
            parts.append(#"<text x="\#(x)" y="\#(top - 16)" class="node">\#(escaped(node))</text><line x1="\#(x)" y1="\#(top)" x2="\#(x)" y2="\#(height)" class="lane"/>"#)
        }
        let label = left + laneWidth * content.nodes.count + 20
        for (row, event) in events.enumerated() {
            let at = y(row)
            let isWrong = ["fail", "crash", "fault"].contains(event.kind)
            parts.append(#"<text x="\#(left - 12)" y="\#(at + 4)" class="time">\#(TraceText.time(event.at))</text>"#)
            if event.kind == "fail" { parts.append(#"<rect x="0" y="\#(at - rowHeight / 2)" width="\#(width)" height="\#(rowHeight)" class="fail"/>"#) }
            if event.kind == "deliver", let to = x(event.node), let from = x(event.other) {
                let start = sent[event.number].map(y) ?? at
                parts.append(#"<line x1="\#(from)" y1="\#(start)" x2="\#(to)" y2="\#(at)" class="message" marker-end="url(#arrow)"/>"#)
            } else if let x = x(event.node) {
                parts.append(#"<circle cx="\#(x)" cy="\#(at)" r="\#(event.kind == "send" ? 2 : 4)" class="\#(isWrong ? "wrong" : event.kind)"/>"#)
            }
            let text = event.kind == "send" ? "" : TraceText.text(event) ?? ""
            if !text.isEmpty { parts.append(#"<text x="\#(label)" y="\#(at + 4)" class="\#(isWrong ? "wrong" : "said")">\#(escaped(event.node.isEmpty ? "" : event.node + "  "))\#(escaped(String(text.prefix(90))))</text>"#) }
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(escaped(content.title))</title><style>
            body { font: 14px system-ui, sans-serif; margin: 24px; color: #1d2430; background: #fff }
            svg text { font: 12px ui-monospace, monospace; fill: #1d2430 }
            .node { font-weight: 700; text-anchor: middle } .time { text-anchor: end; fill: #7a8494 }
            .lane { stroke: #c9d0da } .message { stroke: #3566c4; stroke-width: 1.2 }
            circle { fill: #8a94a4 } .command { fill: #1b8a5a } .restart, .connect { fill: #3566c4 }
            ul.wrong { color: #c22a2a; max-width: 60em } svg .wrong { fill: #c22a2a } .fail { fill: #fde3e3 }
            </style></head><body><h1>\(escaped(content.title))</h1>
            <p>\(content.failures.isEmpty ? "Everything held." : "Did not hold, and stands in red at the moment it was found:")</p>
            <ul class="wrong">\(content.failures.map { "<li>\(escaped($0))</li>" }.joined())</ul>
            <svg width="\(width)" height="\(height)" role="img"><defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#3566c4"/></marker></defs>
            \(parts.joined(separator: "\n"))
            </svg></body></html>

            """
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
