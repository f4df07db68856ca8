// Colour and weight, where a person looks at a terminal: none when piped, with NO_COLOR (no-color.org),
// or on a terminal that can't.
//
//     bold, red, … ──► text with marks ──► finished ──► the terminal's sequences for the marks, and none that others wrote
internal import Glibc

package struct Style: Sendable {
    package let isColoured: Bool
    /// Cells in a line.
    package let width: Int

    package init(isColoured: Bool, width: Int = 100) {
        self.isColoured = isColoured
        self.width = width
    }

    package static let plain = Style(isColoured: false)

    /// What a file descriptor's terminal takes.
    package static func of(_ descriptor: Int32) -> Style {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        guard isatty(descriptor) == 1 else { return .plain }
        var size = winsize()
        let width = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        let isColoured = (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb"
        return Style(isColoured: isColoured, width: width)
    }

    package func bold(_ text: String) -> String { wrap(text, "1") }
    package func dim(_ text: String) -> String { wrap(text, "2") }
    package func red(_ text: String) -> String { wrap(text, "31") }
    package func green(_ text: String) -> String { wrap(text, "32") }
    package func yellow(_ text: String) -> String { wrap(text, "33") }

    /// What goes to the terminal of a text that was made with this style: whoever prints says this last, once.
    package func finished(_ text: String) -> String {
        isColoured ? text.split(separator: Style.mark, omittingEmptySubsequences: false).map { Terminal.clean(String($0)) }.joined(separator: "\u{1B}") : Terminal.clean(text)
    }

    /// Stands for an escape character of this program's: another one in each run, so that no text of others has it.
    private static let mark = "\u{1B}" + String(UInt64.random(in: .min ... .max), radix: 36) + ":"

    private func wrap(_ text: String, _ code: String) -> String { isColoured ? "\(Style.mark)[\(code)m\(text)\(Style.mark)[0m" : text }
}
