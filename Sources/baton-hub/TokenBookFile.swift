// The book of tokens as it is carried to a store's own hub: who may connect to the central one may connect there. Hashes only,
// so it may lie about. Protocol/access.md 4.
//
//     baton-tokens 1 STORE
//     a line of the book, as TokenFile has it
//     end SHA-256 of all lines before it
internal import Bytes
internal import CRDT
internal import HubCore

struct TokenBookFile {
    let store: String
    let lines: [TokenFile.Line]

    struct Damage: Error, Equatable, CustomStringConvertible {
        let line: Int
        let message: String

        var description: String { "Line \(line): \(message)" }
    }

    private static let head = "baton-tokens 1 "
    private static let end = "end "

    /// What a store's hub is to know of a book: nothing of who works elsewhere, and no token of a hub, which is for the central
    /// one only.
    init(of lines: [TokenFile.Line], for store: String) {
        self.store = store
        self.lines = lines.filter { $0.role != .storeHub && ($0.store == nil || $0.store == store) }
    }

    /// - Throws: `Damage`, for the first line that is no line of a book; half a book would let in whoever is in it.
    init(reading text: String) throws(Damage) {
        var rest = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.last == "\r" ? $0.dropLast() : $0 }
        if rest.last?.isEmpty == true { rest.removeLast() }
        guard let first = rest.first, first.hasPrefix(TokenBookFile.head), first.count > TokenBookFile.head.count else {
            throw Damage(line: 1, message: "This is no book of tokens: get one with `baton-hub token export --store S`.")
        }
        store = String(first.dropFirst(TokenBookFile.head.count))
        // A book that lost its end, or a line, is one in which others are revoked.
        guard let last = rest.last, last.hasPrefix(TokenBookFile.end) else {
            throw Damage(line: rest.count, message: "The book ends before its last line, so it was cut off: export it anew with `baton-hub token export --store \(store)`. Nothing was taken over.")
        }
        rest.removeLast()
        guard last == TokenBookFile.last(of: rest.map(String.init)) else {
            throw Damage(line: rest.count + 1, message: "The book was changed on its way: export it anew with `baton-hub token export --store \(store)`. Nothing was taken over.")
        }
        var lines: [TokenFile.Line] = []
        for (index, text) in rest.enumerated().dropFirst() {
            guard let line = TokenFile.Line(text), Hex.decode(line.hash)?.count == 32 else { throw Damage(line: index + 1, message: "This is no line of a book of tokens; nothing was taken over.") }
            lines.append(line)
        }
        self.lines = lines
    }

    var text: String {
        let all = [TokenBookFile.head + store] + lines.map(\.text)
        return (all + [TokenBookFile.last(of: all)]).joined(separator: "\n")
    }

    private static func last(of lines: [String]) -> String { end + Hex.encode(Digest.sha256(lines.flatMap { Array(($0 + "\n").utf8) })) }
}
