// What a document showed by a branch that is taken out of it, for the person who made it.

extension Document {
    /// What is shown here and not in the document without the branch; who made it is said by the branch's last operation.
    package func lost(without cuts: [Cut], in rest: Document) -> [LostEdit] {
        guard let difference = try? difference(from: rest.version, to: version) else { return [] }
        var whole = self
        whole.wake()
        var last: (by: OperationID, time: UInt64)?
        for cut in cuts {
            guard let index = whole.actorIndex[cut.actor], whole.lanes[Int(index)].end > cut.from else { continue }
            let (counter, lane) = (whole.lanes[Int(index)].end - 1, whole.lanes[Int(index)])
            if last.map({ $0.time < lane.time(of: counter) }) ?? true { last = (OperationID(actor: cut.actor, counter: counter), lane.time(of: counter)) }
        }
        guard let last else { return [] }
        // Who is who, and what undo goes by, is nobody's edit.
        return difference.items.filter { !["authors", "steps"].contains($0.path.first ?? "") }.map { item in
            LostEdit(path: item.path.joined(separator: "/"), value: item.change.now, by: last.by, time: last.time)
        }
    }
}

extension Difference.Change {
    /// What a person put there; nil where they took something away.
    fileprivate var now: Value? {
        switch self {
        case .value(_, let after): return after
        case .flag(_, let after): return .bool(after)
        case .maximum(_, let after): return after.map(Value.int)
        case .quantity(_, let after): return .int(Int64(clamping: after))
        case .text(let edits, _):
            let put = edits.compactMap { edit -> String? in if case .insert(let text, _) = edit { text } else { nil } }
            return put.isEmpty ? nil : .string(put.joined())
        case .list(let edits):
            let put = edits.compactMap { edit -> Value? in if case .insert(let value, _) = edit { value } else { nil } }
            return put.isEmpty ? nil : .list(put)
        }
    }
}
