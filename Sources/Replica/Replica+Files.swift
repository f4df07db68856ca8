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
        let cut = try documents.signedCut(of: id)
        if cut == nil, try documents.open(id).document.isShallow {
            throw ReplicaError(code: "too-old", message: "The history of \(id.path) was cut, and this device can't show others by whom. Export it on another device, or with --plain.")
        }
        let makers = Set(blocks.map(\.actor) + [cut?.block.actor].compactMap { $0 }).sorted().compactMap { actors[$0] }
        return Frame.upload(makers.map(Entry.actor) + [cut.map { Entry.cut($0.bytes) }].compactMap { $0 } + blocks.map { Entry.block($0.bytes) }).bytes
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
        var cuts: [SignedCut] = []
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
            case .cut(let bytes):
                guard let cut = try? SignedCut(decoding: bytes), let maker = makers[cut.block.actor], cut.block.isSigned(by: maker) else {
                    throw ReplicaError(code: "invalid-value", message: "The file was changed after it was written: a signature in it isn't good.")
                }
                guard isHub(maker) else {
                    throw ReplicaError(code: "forbidden", message: "The history of \(cut.block.document) was cut by another hub than this device's.")
                }
                cuts.append(cut)
            case .fact: break
            }
        }
        var changes = 0
        try documents.flush()
        for cut in cuts {
            if let maker = makers[cut.block.actor] { remember(maker) }
            try adopt(cut)
        }
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
        return (Set(blocks.map(\.document) + cuts.map(\.block.document)).sorted(), changes)
    }
}
