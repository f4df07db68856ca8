// A line typed at a terminal: editing, history of this run, completion with Tab, and messages that appear
// above the line while it is typed.
//
// History is kept in memory only: what people type here is other people's words.
internal import Dispatch
internal import Glibc
internal import Synchronization

package final class LineEditor: Sendable {
    private struct State {
        var prompt = ""
        var text: [Character] = []
        var caret = 0
        var isReading = false
        var history: [String] = []
        /// Where in the history the shown line is from; its end for the new line, kept in `draft`.
        var shown = 0
        var draft = ""
    }

    private let state = Mutex(State())
    private let completions: @Sendable (_ words: [String]) -> [String]
    private let remembers: Bool

    /// - Parameter completions: what may stand in place of the last of these words.
    /// - Parameter remembers: whether the lines of this run can be had again.
    package init(remembers: Bool = true, completions: @escaping @Sendable (_ words: [String]) -> [String]) { (self.remembers, self.completions) = (remembers, completions) }

    /// - Returns: nil at the end of the input.
    package func line(prompt: String) async -> String? {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.read(prompt)) }
        }
    }

    /// Shows a message above the line that is being typed.
    package func show(_ message: String) {
        state.withLock { state in
            LineEditor.write("\r\u{1B}[K" + message + "\n")
            if state.isReading { LineEditor.draw(state) }
        }
    }

    private func read(_ prompt: String) -> String? {
        var old = termios()
        guard tcgetattr(STDIN_FILENO, &old) == 0 else { return nil }
        var raw = old
        cfmakeraw(&raw)
        raw.c_oflag |= tcflag_t(OPOST)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &old) }
        state.withLock { state in
            state.prompt = prompt
            (state.text, state.caret, state.isReading, state.shown) = ([], 0, true, state.history.count)
            LineEditor.draw(state)
        }
        defer { state.withLock { $0.isReading = false } }
        while let key = Key.read() {
            switch key {
            case .enter:
                return state.withLock { state in
                    LineEditor.write("\n")
                    let line = String(state.text)
                    if remembers, !line.isEmpty, state.history.last != line { state.history.append(line) }
                    return line
                }
            case .end where state.withLock({ $0.text.isEmpty }):
                LineEditor.write("\n")
                return nil
            case .tab: complete()
            default:
                state.withLock { state in
                    LineEditor.apply(key, &state)
                    LineEditor.draw(state)
                }
            }
        }
        return nil
    }

    private static func apply(_ key: Key, _ state: inout State) {
        switch key {
        case .character(let character):
            state.text.insert(character, at: state.caret)
            state.caret += 1
        case .backspace where state.caret > 0:
            state.caret -= 1
            state.text.remove(at: state.caret)
        case .delete, .end: if state.caret < state.text.count { state.text.remove(at: state.caret) }
        case .left: state.caret = max(0, state.caret - 1)
        case .right: state.caret = min(state.text.count, state.caret + 1)
        case .home: state.caret = 0
        case .lineEnd: state.caret = state.text.count
        case .eraseToEnd: state.text.removeSubrange(state.caret...)
        case .eraseLine, .cancel: (state.text, state.caret) = ([], 0)
        case .eraseWord:
            let start = state.caret
            while state.caret > 0, state.text[state.caret - 1] == " " { state.caret -= 1 }
            while state.caret > 0, state.text[state.caret - 1] != " " { state.caret -= 1 }
            state.text.removeSubrange(state.caret..<start)
        case .up where state.shown > 0: recall(state.shown - 1, &state)
        case .down where state.shown < state.history.count: recall(state.shown + 1, &state)
        default: break
        }
    }

    private static func recall(_ index: Int, _ state: inout State) {
        if state.shown == state.history.count { state.draft = String(state.text) }
        state.shown = index
        state.text = Array(index == state.history.count ? state.draft : state.history[index])
        state.caret = state.text.count
    }

    /// Completes as far as there is one way to; shows the ways where there are several.
    private func complete() {
        let words = state.withLock { state in
            String(state.text[..<state.caret]).split(separator: " ", omittingEmptySubsequences: true).map(String.init) + (state.caret == 0 || state.text[state.caret - 1] == " " ? [""] : [])
        }
        guard let last = words.last else { return }
        let fitting = completions(words).filter { $0.hasPrefix(last) }.sorted()
        guard let first = fitting.first else { return }
        var common = first
        for other in fitting { while !other.hasPrefix(common) { common.removeLast() } }
        let rest = common.dropFirst(last.count) + (fitting.count == 1 ? " " : "")
        if rest.isEmpty { show(fitting.joined(separator: "  ")) }
        state.withLock { state in
            state.text.insert(contentsOf: rest, at: state.caret)
            state.caret += rest.count
            LineEditor.draw(state)
        }
    }

    /// One line of the terminal: of a longer text the part around the caret.
    private static func draw(_ state: State) {
        let width = max(20, Style.of(STDOUT_FILENO).width) - Table.cells(state.prompt) - 1
        var start = 0
        while Table.cells(String(state.text[start..<state.caret])) > width { start += 1 }
        var end = state.text.count
        while Table.cells(String(state.text[start..<end])) > width { end -= 1 }
        let back = Table.cells(String(state.text[state.caret..<max(state.caret, end)]))
        write("\r\u{1B}[K" + state.prompt + String(state.text[start..<end]) + (back > 0 ? "\u{1B}[\(back)D" : ""))
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}

/// A key, as a terminal says it (ECMA-48 sequences, and the control characters that shells use).
private enum Key {
    case character(Character)
    case enter, tab, backspace, delete, left, right, up, down, home, lineEnd, end, cancel, eraseToEnd, eraseLine, eraseWord, unknown

    static func read() -> Key? {
        guard let byte = next() else { return nil }
        switch byte {
        case 10, 13: return .enter
        case 9: return .tab
        case 8, 127: return .backspace
        case 1: return .home
        case 3: return .cancel
        case 4: return .end
        case 5: return .lineEnd
        case 11: return .eraseToEnd
        case 21: return .eraseLine
        case 23: return .eraseWord
        case 27: return sequence()
        case 0..<32: return .unknown
        default:
            var bytes = [byte]
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            while bytes.count < length, let more = next() { bytes.append(more) }
            return String(validating: bytes, as: UTF8.self)?.first.map(Key.character) ?? .unknown
        }
    }

    private static func sequence() -> Key? {
        guard let second = next() else { return nil }
        guard second == UInt8(ascii: "[") || second == UInt8(ascii: "O") else { return .unknown }
        var parameters = ""
        while let byte = next() {
            guard byte >= 0x40 else {
                parameters.append(Character(Unicode.Scalar(byte)))
                continue
            }
            switch (Character(Unicode.Scalar(byte)), parameters) {
            case ("A", _): return .up
            case ("B", _): return .down
            case ("C", _): return .right
            case ("D", _): return .left
            case ("H", _), ("~", "1"), ("~", "7"): return .home
            case ("F", _), ("~", "4"), ("~", "8"): return .lineEnd
            case ("~", "3"): return .delete
            default: return .unknown
            }
        }
        return nil
    }

    private static func next() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(STDIN_FILENO, &byte, 1)
            if count == 1 { return byte }
            if count < 0, errno == EINTR { continue }
            return nil
        }
    }
}
