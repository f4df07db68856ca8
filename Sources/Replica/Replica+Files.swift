// A document as a file: what a device would send to a hub that knows nothing of it (Protocol/sync.md,
// frame 35), so that whoever reads it checks the same signatures.
package import CRDT
internal import Store
internal import Sync

extension Replica {
    /// All sealed changes of a document, with the records of their makers.
    package func export(_ id: DocumentID) throws -> [UInt8] {
        try documents.seal(id, with: key, isOwn: isOwn)
        offerAgain(id)
        // No hub has the epoch 0, so none has acknowledged anything in it.
        let blocks = try documents.blocks(of: id, lackingIn: 0)
        let makers = Set(blocks.map(\.actor)).sorted().compactMap { actors[$0] }
        return Frame.upload(makers.map(Entry.actor) + blocks.map { Entry.block($0.bytes) }).bytes
    }

    /// Takes a file in: what is known changes nothing, and what is new goes to the hub as well.
    /// - Returns: the documents, and how many changes were new.
    /// - Throws: `invalid-value` for what is no such file, or not signed by who it says; then nothing is taken.
    package func importFile(_ bytes: [UInt8]) throws -> (documents: [DocumentID], changes: Int) {
        guard let frame = try? Frame(decoding: bytes), case .upload(let entries) = frame else {
            throw ReplicaError(code: "invalid-value", message: "The file is not one that `baton documents export` wrote.")
        }
        var makers = actors
        var blocks: [Block] = []
        for entry in entries {
            switch entry {
            case .actor(let record): makers[record.actor] = record
            case .block(let bytes):
                guard let block = try? Block(decoding: bytes), let maker = makers[block.actor], block.isSigned(by: maker) else {
                    throw ReplicaError(code: "invalid-value", message: "The file was changed after it was written: a signature in it isn't good.")
                }
                guard block.document.space == space || isStaff && block.document.space.scheme == "person" else {
                    throw ReplicaError(code: "forbidden", message: "The file has \(block.document), which is not for who is signed in here.")
                }
                blocks.append(block)
            case .fact, .cut: break
            }
        }
        var changes = 0
        for block in blocks {
            if let maker = makers[block.actor] { remember(maker) }
            switch try documents.take(block) {
            case .applied(_, let count):
                changes += count
                offerAgain(block.document)
            case .known: break
            case .fork, .missing, .invalid, .stale:
                throw ReplicaError(code: "invalid-value", message: "\(block.document) in the file doesn't fit what is here; synchronise first, then import again.")
            }
        }
        return (Set(blocks.map(\.document)).sorted(), changes)
    }
}
