// Taking a change back, or doing it again: an edit like any other, so it merges, and is found in history.
//
//     register   shows what the writes that count come to; so nothing happens where somebody has written since
//     quantity   has the value that the steps that count come to: see `Document+AsIf`
//     text       what the change put in goes, as far as it still shows; what it took out comes back where it stood, as a
//     list       copy, unless somebody else took it out as well; a moved element goes back unless somebody moved it since
//     mark       where it has the last word, the mark that counts shows again
//     max        only grows: it stays, and this is said
//     what only a newer version knows stays as well, and is said
//
// All that a change did is taken back together.

/// What of a change can't be taken back, or done again, and why.
public enum UndoRemainder: Equatable, Sendable {
    /// A max register only grows.
    case grows(path: String)
    /// Others have written, removed or moved it since: theirs stays.
    case overtaken(path: String)
    /// A newer version did something that this one doesn't know.
    case unknown(path: String)
}

extension Document {
    /// Takes a step back, or does it again. Call it inside of `change`.
    /// - Returns: what stays as it is, once for each place.
    /// - Complexity: O(history), and for a quantity O(steps²) of its own.
    @discardableResult
    package mutating func flip(_ step: UndoStep, isUndone: Bool, _ scope: UndoScope = UndoScope()) throws(EditError) -> [UndoRemainder] {
        guard let open, let actor = actorIndex[step.start.actor], let range = lanes[Int(actor)].change(holding: step.start.counter) else { return [] }
        var ledger = undoLedger()
        // Now, and so after all that is there.
        ledger.set(range, of: actor, undoneSince: isUndone ? .max : nil)
        ledger.derived[Int(open.actor)].append(open.start..<UInt32.max)
        set(step.name, to: .map([("undone", .bool(isUndone))]), in: container(.map, "steps"))
        var places: [UInt32] = []
        var rows: [UInt32: [Operation]] = [:]
        for row in self.rows(of: actor, range) where !scope.ignored.contains(rootName(of: row)) {
            if rows[row.container] == nil { places.append(row.container) }
            rows[row.container, default: []].append(row)
        }
        var remainders: [UndoRemainder] = []
        for place in places {
            let own = rows[place] ?? []
            let known = own.filter { $0.kind != .extended }
            if !known.isEmpty { remainders += try restore(known, by: actor, in: ContainerID(index: place), ledger) }
            if known.count < own.count { remainders.append(.unknown(path: path(of: place))) }
        }
        return remainders
    }

    private mutating func restore(_ rows: [Operation], by actor: UInt32, in container: ContainerID, _ ledger: UndoLedger) throws(EditError) -> [UndoRemainder] {
        let path = path(of: container.index)
        switch containers[Int(container.index)].kind {
        case .map:
            var seen: Set<UInt32> = []
            return rows.filter { seen.insert($0.key).inserted }.compactMap { row in
                let name = keys[Int(row.key)]
                return restore(name, in: container, ledger) ? nil : .overtaken(path: path.isEmpty ? name : "\(path)/\(name)")
            }
        case .flag: return restoreFlag(container, ledger) ? [] : [.overtaken(path: path)]
        case .max: return [.grows(path: path)]
        case .unknown: return []
        case .quantity: return try restoreQuantity(container, ledger, preferring: actor) ? [] : [.overtaken(path: path)]
        case .text, .list: return try restoreElements(rows, by: actor, in: container, ledger) ? [] : [.overtaken(path: path)]
        }
    }

    /// The rows of a change.
    func rows(of actor: UInt32, _ range: Range<UInt32>) -> [Operation] {
        let lane = lanes[Int(actor)]
        guard let first = lane.operationIndex(of: range.lowerBound) else { return [] }
        var rows: [Operation] = []
        for row in lane.operations[first...] {
            guard row.counter < range.upperBound else { break }
            var part = row.end > range.upperBound ? row.prefix(range.upperBound - row.counter, contentOffset: contentOffset) : row
            if range.lowerBound > part.counter { part = part.dropping(range.lowerBound - part.counter, by: actor, contentOffset: contentOffset) }
            rows.append(part)
        }
        return rows
    }
}
