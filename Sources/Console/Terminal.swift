// What others wrote, on its way to a terminal: nothing in it moves the caret, clears the screen, changes a colour or turns the
// direction of what follows. A person sees that something was there.

package enum Terminal {
    /// In place of what isn't shown.
    private static let mark: Unicode.Scalar = "\u{FFFD}"

    /// A text of several lines; tabs stay.
    package static func clean(_ text: String) -> String { filtered(text) { $0 == "\n" || $0 == "\t" ? $0 : mark } }

    /// A text on one line.
    package static func line(_ text: String) -> String { filtered(text) { ["\n", "\r", "\t"].contains($0) ? " " : mark } }

    private static func filtered(_ text: String, _ instead: (Unicode.Scalar) -> Unicode.Scalar) -> String {
        guard text.unicodeScalars.contains(where: acts) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(acts(scalar) ? instead(scalar) : scalar) }
        return String(result)
    }

    /// Control characters, and those of Unicode that embed, isolate or override a direction (UAX #9) or end a line; the marks of
    /// a direction that Hebrew and Arabic texts have stay.
    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
