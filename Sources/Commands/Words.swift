// A line's words: as a POSIX shell splits them ('…', "…" and \), without its expansions; or a JSON array.
internal import Console

package enum Words {
    /// A word as `split` reads it back.
    package static func quoted(_ word: String) -> String {
        !word.isEmpty && word.allSatisfy({ $0.isLetter || $0.isNumber || "-_./:".contains($0) }) ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// - Throws: `usage` for an open quote, or JSON that is no array of texts.
    package static func split(_ line: String) throws -> [String] {
        if line.hasPrefix("[") {
            guard let words = (try? JSON(parsing: line))?.items?.map(\.text), !words.contains(nil) else {
                throw CommandError("usage", "A line that begins with [ is a JSON array of texts.")
            }
            return words.compactMap { $0 }
        }
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else { throw CommandError("usage", "The line ends inside a quote.") }
        if let done = word { words.append(done) }
        return words
    }
}
