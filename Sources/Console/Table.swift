// Aligned columns for people: widths in terminal cells, numbers to the right, long texts cut to the line.

package struct Table {
    package struct Column: Sendable {
        let title: String
        let isNumber: Bool

        package static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        package static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    package mutating func add(_ cells: String...) { rows.append(cells) }

    package var isEmpty: Bool { rows.isEmpty }

    package func rendered(_ style: Style) -> String {
        let rows = rows.map { row in row.map(Terminal.line) }
        var widths = columns.indices.map { column in
            max(Table.cells(columns[column].title), rows.map { Table.cells($0[column]) }.max() ?? 0)
        }
        // The widest text gives way, down to a readable rest.
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - style.width
        while excess > 0, let widest = widths.indices.filter({ !columns[$0].isNumber && widths[$0] > 12 }).max(by: { widths[$0] < widths[$1] }) {
            let cut = min(excess, max(1, widths[widest] - 12))
            widths[widest] -= cut
            excess -= cut
        }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (index, cell) in cells.enumerated() {
                let shown = Table.truncated(cell, to: widths[index])
                let space = String(repeating: " ", count: max(0, widths[index] - Table.cells(shown)))
                text += index > 0 ? "  " : ""
                text += columns[index].isNumber ? space + shown : shown + space
            }
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
        return ([style.bold(line(columns.map(\.title)))] + rows.map(line)).joined(separator: "\n")
    }

    /// Cells of a terminal's line: wide characters take two, combining ones none.
    package static func cells(_ text: String) -> Int {
        text.reduce(0) { sum, character in
            guard let scalar = character.unicodeScalars.first else { return sum }
            let properties = scalar.properties
            if properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}") { return sum + 2 }
            switch scalar.value {
            case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xAC00...0xD7A3,
                 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD: return sum + 2
            default: return sum + (properties.generalCategory == .nonspacingMark || properties.generalCategory == .format ? 0 : 1)
            }
        }
    }

    private static func truncated(_ text: String, to width: Int) -> String {
        guard cells(text) > width else { return text }
        var result = ""
        var used = 0
        for character in text {
            let cells = cells(String(character))
            if used + cells > width - 1 { break }
            result.append(character)
            used += cells
        }
        return result + "…"
    }
}
