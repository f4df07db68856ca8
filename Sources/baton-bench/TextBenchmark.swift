// A sequential trace, keystroke by keystroke: each patch is a committed change of its own.
internal import CRDT
internal import Foundation

struct TextBenchmark {
    struct Figures: Encodable {
        var patches = 0
        var editMilliseconds = 0.0
        var encodeFullMilliseconds = 0.0
        var fullBytes = 0
        var openFullMilliseconds = 0.0
        var mergeOneByOneMilliseconds = 0.0
        var updatesBytes = 0

        var table: String {
            func row(_ name: String, _ value: String) -> String {
                name + String(repeating: " ", count: max(1, 44 - name.count)) + value
            }
            func milliseconds(_ value: Double) -> String { "\(rounded(value)) ms" }
            return [
                row("patches, a committed change each", "\(patches)"),
                row("applied edit by edit", milliseconds(editMilliseconds)),
                row("encoded with full history", milliseconds(encodeFullMilliseconds)),
                row("size with full history", "\(fullBytes) bytes"),
                row("opened from those bytes, text read", milliseconds(openFullMilliseconds)),
                row("merged one change at a time, decoding each", milliseconds(mergeOneByOneMilliseconds)),
                row("size of all those changes, each by itself", "\(updatesBytes) bytes"),
            ].joined(separator: "\n")
        }
    }

    let trace: EditingTrace
    private let actor = ActorID(publicKey: [1], incarnation: [1])

    func run() throws -> Figures {
        var figures = Figures(patches: trace.patches.count)
        var document = Document()
        let text = document.container(.text, "text")
        figures.editMilliseconds = try milliseconds { try edit(&document, text) { _ in } }
        try check(document.text(text), "the edited text")

        var bytes: [UInt8] = []
        figures.encodeFullMilliseconds = milliseconds { bytes = document.encode() }
        figures.fullBytes = bytes.count
        var opened = ""
        figures.openFullMilliseconds = try milliseconds {
            var other = Document()
            try other.apply(ChangeSet(decoding: bytes))
            opened = other.text(other.container(.text, "text"))
        }
        try check(opened, "the opened text")

        var updates: [[UInt8]] = []
        var author = Document()
        let typed = author.container(.text, "text")
        var version = VersionVector()
        try edit(&author, typed) { author in
            updates.append(author.encode(since: version))
            version = author.version
        }
        figures.updatesBytes = updates.reduce(0) { $0 + $1.count }
        var reader = Document()
        figures.mergeOneByOneMilliseconds = try milliseconds {
            for update in updates { try reader.apply(ChangeSet(decoding: update)) }
        }
        try check(reader.text(reader.container(.text, "text")), "the merged text")
        return figures
    }

    private func edit(_ document: inout Document, _ text: ContainerID, _ each: (Document) -> Void) throws {
        for patch in trace.patches {
            try document.change(by: actor, at: 0) { (document) throws(EditError) in
                if patch.deleted > 0 { try document.delete(at: patch.position, count: patch.deleted, in: text) }
                if !patch.inserted.isEmpty { try document.insert(patch.inserted, at: patch.position, in: text) }
            }
            each(document)
        }
    }

    private func check(_ text: String, _ what: String) throws {
        guard text == trace.endContent else {
            throw EditingTrace.Problem(description: "\(what) is not what the trace ends with")
        }
    }
}
