// A line's words: as a POSIX shell splits them ('…', "…" and \), without its expansions; or a JSON array.
internal import Commands
internal import Console
internal import Glibc

enum Words {
    /// A line for a process that stands in another folder: the file of `conversation import` by its full name.
    /// - Throws: `usage` for standard input, which the other process hasn't.
    static func absolute(_ words: [String]) throws -> [String] {
        guard let at = words.firstIndex(of: "import") else { return words }
        return try words.enumerated().map { index, word in
            guard index > at else { return word }
            if word == "-" { throw CommandError("usage", "Another process holds this device and can't read standard input from here: give a file.") }
            guard !word.hasPrefix("/"), let path = realpath(word, nil) else { return word }
            defer { free(path) }
            return String(cString: path)
        }
    }

    /// - Throws: `usage` for an open quote, or JSON that is no array of texts.
    static func split(_ line: String) throws -> [String] {
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
