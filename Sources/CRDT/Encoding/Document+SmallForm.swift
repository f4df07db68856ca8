// Writing one change of one row in its small form, where it has one.
internal import Bytes

extension Document {
    /// What an actor did from a counter on, in the small form; nil where that is nothing, more than one change, more than
    /// one row, or names too much.
    /// - Complexity: O(bytes written).
    func smallForm(of actor: UInt32, from: UInt32) -> [UInt8]? {
        // Not as a value of its own, which would be counted in and out.
        let index = Int(actor)
        guard from < opened.lanes[index].end, let stride = opened.lanes[index].strides.last, stride.length == opened.lanes[index].end - from, let last = opened.lanes[index].operations.last, last.counter <= from,
              let span = opened.lanes[index].spans.last, span.start <= from, span.dependencies.count <= SmallChange.dependenciesMax || span.start < from else { return nil }
        if last.kind == .extended { return nil }
        let row = last.counter == from ? last : last.dropping(from - last.counter, by: actor, contentOffset: { contentOffset(of: $0, at: $1) })
        let goesOn = span.start < from
        var writer = SmallWriter(actor: actor, from: from)
        let near = row.kind == .insert ? from > 0 && row.first == Dot(actor: actor, counter: from - 1) : row.kind == .delete && row.length == 1
        let edge = row.kind == .insert ? row.second.isNone : row.isBackward
        writer.bytes.reserve(SmallWriter.usualCount)
        writer.bytes.byte(ChangeFormat.small)
        writer.bytes.byte(row.kind.rawValue | (goesOn ? SmallChange.goesOnFlag : 0) | (near ? SmallChange.nearFlag : 0) | (edge ? SmallChange.edgeFlag : 0))
        writer.actor(actors[Int(actor)])
        writer.bytes.varint(UInt64(from))
        if !goesOn { writer.place(span, self) }
        writer.container(row.container, self)
        switch row.kind {
        case .insert:
            if !near { writer.reference(row.first, self) }
            if !edge { writer.reference(row.second, self) }
            let container = containers[Int(row.container)]
            if container.kind == .text {
                writer.bytes.raw(opened.sequences[container.slot].utf8[Int(row.content)..<Int(row.contentEnd)])
            } else {
                for index in row.content..<row.contentEnd { values.write(Int(index), into: &writer.bytes) }
            }
        case .delete:
            writer.reference(row.isBackward ? row.first.advanced(by: Int(row.length) - 1) : row.first, self)
            if !near { writer.bytes.varint(UInt64(row.length)) }
        case .set, .remove:
            if containers[Int(row.container)].kind == .map { writer.bytes.string(keys[Int(row.key)]) }
            if row.kind == .set { values.write(Int(row.content), into: &writer.bytes) }
        case .max: values.write(Int(row.content), into: &writer.bytes)
        case .quantity:
            let step = steps[Int(row.content)]
            guard step == Quantity.Step(added: step.added) else { return nil }
            writer.bytes.varint(step.added)
        case .move, .mark, .extended: return nil
        }
        return writer.bytes.bytes
    }
}

/// Names in small changes. The document is handed in: a writer that held it would copy it for each change.
private struct SmallWriter {
    let actor: UInt32
    let from: UInt32
    var bytes = ByteWriter()

    /// Bytes that most changes have at most.
    static let usualCount = 48

    mutating func actor(_ id: ActorID) {
        bytes.bigEndian(id.high)
        bytes.bigEndian(id.low)
    }

    mutating func place(_ span: Span, _ document: borrowing Document) {
        bytes.varint(span.time)
        bytes.varint(span.dependencies.count)
        for dot in document.byActor(span.dependencies) { reference(dot, document) }
    }

    mutating func reference(_ dot: Dot, _ document: borrowing Document) {
        if dot.isNone {
            bytes.varint(0)
        } else if dot.actor == actor {
            bytes.varint(2 * UInt64(from - dot.counter) - 1)
        } else {
            bytes.varint(2 * UInt64(dot.counter) + 2)
            actor(document.actors[Int(dot.actor)])
        }
    }

    mutating func container(_ index: UInt32, _ document: borrowing Document) {
        let container = document.containers[Int(index)]
        bytes.byte(UInt8(container.depth) << 3 | container.kind.rawValue)
        names(index, document)
    }

    private mutating func names(_ index: UInt32, _ document: borrowing Document) {
        guard index != 0 else { return }
        names(document.containers[Int(index)].parent, document)
        bytes.string(document.keys[Int(document.containers[Int(index)].key)])
    }
}

extension Document {
    fileprivate func byActor(_ dots: [Dot]) -> [Dot] { dots.count < 2 ? dots : dots.sorted { precedes($0.actor, $1.actor) } }
}
