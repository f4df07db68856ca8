// A document's file, opened: what it shows is read, its history isn't until somebody needs it.
//
// Every section was held against its checksum when the file was opened. So a history that can't be read later was
// written wrong, by this program: it stops rather than go on with half a document. Whoever opens a file of unknown
// origin reads all of it at once: `Document(opening:isTrusted:)`.
internal import Bytes
internal import Synchronization

final class DocumentFile: Sendable {
    /// Operations by actor, in the order of the document's actors.
    let counts: [UInt32]
    let changeCount: Int
    let shown: Shown
    /// The document without history or state: its tables.
    private let tables: Document
    private let texts: FileFormat.Part
    private let history: FileFormat.Part
    private let read = Mutex<(document: Document?, texts: [UInt8]?)>((nil, nil))

    init(_ tables: Document, counts: [UInt32], changeCount: Int, shown: Shown, texts: FileFormat.Part, history: FileFormat.Part) throws(DecodeError) {
        guard texts.count == shown.textBytes else { throw .inconsistent(at: 0, what: "texts are as long as what is shown says") }
        (self.tables, self.counts, self.changeCount, self.shown, self.texts, self.history) = (tables, counts, changeCount, shown, texts, history)
    }

    /// The whole document, read the first time it is asked for.
    var document: Document {
        do { return try readDocument() } catch {
            fatalError("the history of a document's file has its checksum and can't be read: \(error)")
        }
    }

    /// - Throws: `DecodeError`, `ApplyError`.
    func readDocument() throws -> Document {
        try read.withLock { read in
            if let known = read.document { return known }
            let document = try whole()
            read.document = document
            return document
        }
    }

    /// The same, read anew.
    func whole() throws -> Document {
        var document = tables
        document.heads = []
        try document.apply(ChangeSet(body: history.body()))
        return document
    }

    /// The visible text of a container.
    /// - Complexity: O(all texts) the first time, then O(n).
    func text(_ container: UInt32) -> String {
        guard case .text(let start, let bytes, _, _) = shown.contents[Int(container)], bytes > 0 else { return "" }
        return read.withLock { read in
            let all: [UInt8]
            if let known = read.texts {
                all = known
            } else {
                guard let inflated = try? texts.body() else { fatalError("the texts of a document's file have their checksum and can't be read") }
                all = inflated
                // One text alone is mostly read once.
                if bytes < all.count { read.texts = all }
            }
            return String(decoding: all[start..<start + bytes], as: UTF8.self)
        }
    }
}
