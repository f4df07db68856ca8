// Why an edit of a document is refused: a code for programs and a sentence for people, which says what,
// which thing, and the next step. All sentences of this ring stand here.

public struct DocumentError: Error, Equatable, Sendable {
    public let code: String
    public let message: String

    static func unknownLine(_ reference: String, among known: [String]) -> DocumentError {
        let hint = known.isEmpty ? "The cart is empty." : "There are: \(known.joined(separator: ", "))."
        return DocumentError(code: "unknown-line", message: "There is no line \(reference) in the cart. \(hint)")
    }

    static func ambiguous(_ sku: String, _ lines: [String]) -> DocumentError {
        DocumentError(code: "ambiguous", message: "\(sku) names \(lines.count) lines: \(lines.joined(separator: ", ")). Use one of these instead of the SKU.")
    }

    static func invalidQuantity(_ found: Int, _ range: ClosedRange<Int>) -> DocumentError {
        DocumentError(code: "invalid-quantity", message: "A quantity of \(found) isn't possible: use \(range.lowerBound) to \(range.upperBound).")
    }

    static func invalid(_ what: String, _ found: String, _ rule: String) -> DocumentError {
        DocumentError(code: "invalid-value", message: "\(what) \"\(found.prefix(60))\" isn't possible: \(rule).")
    }

    static func tooLarge(_ what: String, _ limit: Int) -> DocumentError {
        DocumentError(code: "too-large", message: "\(what) is above the limit of \(limit) bytes: make it shorter.")
    }

    static func outOfRange(_ what: String, _ position: Int, _ count: Int) -> DocumentError {
        DocumentError(code: "invalid-value", message: "\(what) \(position) is outside of the text, which has \(count) characters: use 0 to \(count).")
    }

    static func unknownMessage(_ sequence: Int, _ count: Int) -> DocumentError {
        DocumentError(code: "invalid-value", message: "There is no message \(sequence): the conversation has \(count).")
    }

    static func nothingToUndo(_ kind: String) -> DocumentError {
        DocumentError(code: "invalid-value", message: "There is nothing of yours to undo in this \(kind).")
    }

    static func nothingToRedo(_ kind: String) -> DocumentError {
        DocumentError(code: "invalid-value", message: "There is nothing of yours to redo in this \(kind): what is taken back can be done again until something else is done.")
    }

    static func onlyGrows(_ kind: String) -> DocumentError {
        DocumentError(code: "invalid-value", message: "What you did in this \(kind) only moved a mark that never goes back, such as how far it was read: it can't be undone.")
    }

    static func cannotUndo(_ kind: String) -> DocumentError {
        DocumentError(code: "invalid-value", message: "A \(kind) has no undo: go on from where it is.")
    }

    static let secretRoute = DocumentError(code: "invalid-value", message: "The route holds what looks like a card number, which never enters a session: leave it out.")

    static func secret(_ field: String) -> DocumentError {
        DocumentError(code: "invalid-value", message: "The field \(field) looks like a card number or a password, which never enter a session: leave it out.")
    }
}
