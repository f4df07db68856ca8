// Cutting history away: the state at a frontier is kept in its place, once it is proven to be what the history adds up to.

public enum CutError: Error, Equatable {
    /// The document has not got that version, or it ends within a change.
    case unknownVersion
    /// Its history was cut behind that version already.
    case isCut
    /// Changes that stay had not seen all that would go.
    case isConcurrent
    /// The history doesn't add up to the state: nothing is cut. A fault of this program.
    case differs(String)
}

extension Document {
    /// This document without its history up to `version`.
    ///
    /// What shows stays, by name, so cursors and later changes find it; deleted elements stay as places until the next
    /// cut. Whoever edits must have seen all of `version`: changes that had not can't be taken in any more, here or
    /// where this document is sent.
    /// - Complexity: O(history): all of it is gone through once more before it goes.
    public func cut(at version: VersionVector) throws -> Document {
        var whole = self
        whole.wake()
        var (result, written) = try whole.baseline(at: version)
        if version == whole.version, let baseline = result.opened.baseline {
            var live = BaselineWriter(whole)
            guard live.write(historyHash: baseline.historyHash) == written else { throw CutError.differs("what shows is not what the history adds up to") }
        }
        do {
            try result.apply(ChangeSet(body: whole.encodeBody(since: version)))
        } catch ApplyError.stale {
            throw CutError.isConcurrent
        }
        result.keptSections = whole.keptSections
        return result
    }

    /// The document as it was at a version, with nothing of how it came to that.
    /// - Throws: as `cut(at:)`.
    /// - Complexity: O(history).
    package func beginning(at version: VersionVector) throws -> Document {
        var whole = self
        whole.wake()
        return try whole.baseline(at: version).document
    }

    /// The same of a document that is awake, and how its baseline is written.
    private func baseline(at version: VersionVector) throws -> (document: Document, written: (body: [UInt8], texts: [UInt8])) {
        for (actor, lane) in zip(actors, opened.lanes) where version.count(of: actor) < lane.start { throw CutError.isCut }
        for entry in version.entries {
            guard entry.count <= operationCount(of: entry.actor), isBoundary(entry.count, of: entry.actor) else { throw CutError.unknownVersion }
        }
        let past = try replayed(to: version)
        var writer = BaselineWriter(past)
        let written = writer.write(historyHash: Digest.sha256(opened.baseline?.hash ?? [], past.encodeBody()))
        let result = try BaselineReader.read(written.body, texts: written.texts)
        guard let again = result.writtenAgain(), again == written else { throw CutError.differs("a baseline is not read as it was written") }
        return (result, written)
    }

    /// Its baseline written anew, from its state; nil where it has none, or changes since.
    func writtenAgain() -> (body: [UInt8], texts: [UInt8])? {
        guard let baseline = opened.baseline, opened.lanes.allSatisfy({ $0.start == $0.end }) else { return nil }
        var writer = BaselineWriter(self, keepsFading: true)
        return writer.write(historyHash: baseline.historyHash)
    }

    /// What is left of before its history begins, as a document; nil where nothing was cut away.
    /// - Complexity: O(baseline).
    var beginning: Document? {
        opened.baseline.flatMap { try? Document(opening: [FileFormat.version] + Document.emptyHistory + $0.sections, isTrusted: true) }
    }

    /// An operation's name here, by what it is called in another document.
    func dot(_ dot: Dot, of other: Document) -> Dot? { actorIndex[other.actors[Int(dot.actor)]].map { Dot(actor: $0, counter: dot.counter) } }

    /// The container that is in the place of another document's.
    func container(like index: UInt32, of other: Document) -> ContainerID? {
        let container = other.containers[Int(index)]
        guard container.parent != .max else { return .root }
        return self.container(like: container.parent, of: other).flatMap { existingContainer(container.kind, other.keys[Int(container.key)], in: $0) }
    }

    /// The document as it was at a version at which changes end, from its history.
    func replayed(to version: VersionVector) throws -> Document {
        var part = self
        for (index, actor) in actors.enumerated() {
            part.opened.lanes[index] = opened.lanes[index].prefix(version.count(of: actor), contentOffset: contentOffset)
        }
        var past = beginning ?? Document()
        try past.apply(ChangeSet(body: part.encodeBody()))
        past.keptSections = keptSections
        return past
    }

    static let emptyHistory: [UInt8] = {
        let bytes = Document().save(shownFrom: .max)
        return Array(bytes.dropFirst())
    }()
}
