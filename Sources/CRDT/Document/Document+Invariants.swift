// What always holds in a document: history is whole, names and numbers agree, and the state is what the history
// adds up to, worked out here a second time in the plainest way. Walks everything: for tests, and for builds with
// `-Xswiftc -DBATON_CHECKS`, which check after every change and everything taken in.

extension Document {
    /// Stops the program where the structures contradict each other.
    /// - Complexity: O(history x actors).
    package func checkInvariants() {
        precondition(open == nil, "a document is checked between changes")
        if let file { return check(file) }
        checkNames()
        for (actor, lane) in lanes.enumerated() { check(lane, of: UInt32(actor)) }
        checkHeads()
        // Of a history that was cut, what it added up to can't be worked out again.
        guard opened.baseline == nil else { return sequences.forEach { $0.checkInvariants() } }
        let seen = Seen(self)
        checkSequences()
        checkMarks()
        checkRegisters(seen)
        checkQuantities(seen)
        for (actor, known) in knownByActor { precondition(seen.isClosed(known, lanes), "what \(actors[Int(actor)]) is known to have seen holds what that had seen") }
    }

    /// Does nothing unless the build asks for it.
    @inline(__always)
    func checkWhereAsked() {
        #if BATON_CHECKS
        if open == nil { checkInvariants() }
        #endif
    }

    /// A document whose history wasn't read yet says of itself what its history adds up to; that is read for the check.
    private func check(_ file: DocumentFile) {
        let whole = file.document
        whole.checkInvariants()
        precondition(version == whole.version && frontier == whole.frontier && changeCount == whole.changeCount, "a file says whose changes it has")
        precondition(file.shown.contents.count == containers.count, "a file shows every container that it names")
        precondition(actors.count == file.counts.count && actorIndex.count == actors.count, "a file names each actor once")
    }

    // MARK: Names

    private func checkNames() {
        precondition(lanes.count == actors.count && actorIndex.count == actors.count, "each actor has a lane and a number")
        for (index, actor) in actors.enumerated() { precondition(actorIndex[actor] == UInt32(index), "an actor is found by its name") }
        for (index, key) in keys.enumerated() { precondition(keyIndex[key] == UInt32(index), "a key is found by its name") }
        precondition(containerIndex.count + 1 == containers.count, "each container but the root is found by its place")
        var slots: [ContainerKind: Set<Int>] = [:]
        for (index, container) in containers.enumerated() {
            guard container.kind.isKnown || index == 0 else { continue }
            let kind: ContainerKind = container.kind == .list ? .text : container.kind == .flag || container.kind == .max ? .map : container.kind
            precondition(container.slot == 0 || slots[kind, default: []].insert(container.slot).inserted, "no two containers share their state")
            guard index > 0 else { continue }
            let parent = containers[Int(container.parent)]
            precondition(container.parent < index && parent.kind == .map && container.depth == parent.depth + 1, "a container is in a map that was there before")
            precondition(!container.isUsed || parent.isUsed, "what holds a used container is used")
            precondition(containerIndex[ContainerKey(parent: container.parent, key: container.key, kind: container.kind)] == UInt32(index), "a container is found by its place")
        }
        precondition(slots[.map, default: []].count + 1 == maps.count && slots[.text, default: []].count + 1 == sequences.count
            && slots[.quantity, default: []].count + 1 == quantities.count, "each state has its container")
        precondition(maps[0].registers.keys.isEmpty && sequences[0].leaves[0].count == 0 && quantities[0] == Quantity(), "what nothing was done in is empty")
    }

    // MARK: History

    private func check(_ lane: Lane, of actor: UInt32) {
        var counter = lane.start
        for row in lane.operations {
            precondition(row.counter == counter && row.length > 0, "rows follow each other without a gap")
            precondition(containers[Int(row.container)].isUsed, "a container with operations is used")
            check(row, by: actor)
            counter = row.end
        }
        precondition(counter == lane.end, "rows reach to the lane's end")
        var ends: Set<UInt32> = [lane.start]
        counter = lane.start
        for (index, stride) in lane.strides.enumerated() {
            precondition(stride.length > 0 && stride.count > 0, "a stride has changes, and they have operations")
            precondition(index == 0 || lane.strides[index - 1].length != stride.length, "strides are as long as can be")
            for _ in 0..<stride.count {
                counter += stride.length
                ends.insert(counter)
            }
        }
        precondition(counter == lane.end, "changes reach to the lane's end")
        for (index, span) in lane.spans.enumerated() {
            precondition(index == 0 ? span.start == lane.start : span.start > lane.spans[index - 1].start, "spans ascend from 0")
            precondition(span.start < lane.end && ends.contains(span.start), "a span begins with a change")
            precondition(span.start == 0 || !span.dependencies.isEmpty, "a change follows its actor's last one")
            precondition(Set(span.dependencies.map(\.actor)).count == span.dependencies.count, "of each actor a change names one that it follows")
            for dot in span.dependencies {
                precondition(dot.counter < lanes[Int(dot.actor)].end, "what a change follows is here")
                precondition(dot.actor != actor || dot.counter == span.start - 1, "of its own actor a change follows the last one")
            }
            let own = index == 0 ? lane.lamportStart : lane.lamport(of: span.start - 1) + 1
            precondition(span.lamport == max(lamport(after: span.dependencies), own), "a change's number is after those that it had seen")
        }
        precondition(lane.spans.isEmpty == (lane.end == lane.start), "every operation is in a span")
        precondition(lane.lamportEnd == (lane.end == lane.start ? lane.lamportStart : lane.lamport(of: lane.end - 1) + 1), "the next number follows the last one")
    }

    private func check(_ row: Operation, by actor: UInt32) {
        let container = containers[Int(row.container)]
        func isElement(_ dot: Dot) -> Bool { sequences[container.slot].place(of: dot) != nil }
        switch row.kind {
        case .insert:
            precondition(container.kind == .text || container.kind == .list, "elements are of texts and lists")
            precondition(row.first.isNone || isElement(row.first), "an element's left origin is in its sequence")
            precondition(row.second.isNone || isElement(row.second), "an element's right origin is in its sequence")
            let end = container.kind == .text ? sequences[container.slot].utf8.count : values.count
            precondition(Int(row.contentEnd) <= end && contentOffset(of: row, at: row.length) == row.contentEnd, "an element's content is there")
        case .delete:
            precondition(container.kind == .text || container.kind == .list, "elements are of texts and lists")
            precondition(!row.isBackward || row.length > 1, "a row goes back from its second on")
        case .move:
            precondition(container.kind == .list && row.length == 1, "elements of lists are moved, one by one")
            precondition((row.first.isNone || isElement(row.first)) && (row.second.isNone || isElement(row.second)), "a slot's origins are in its list")
            precondition(isElement(Dot(actor: actor, counter: row.counter)), "a move made a slot")
            precondition(sequences[container.slot].moves.element(inSlot: row.element) == row.element && isElement(row.element), "an element is moved, and no slot")
        case .mark:
            precondition(container.kind == .text && row.length == 1 && row.sides < 4, "texts are marked")
            precondition((row.first.isNone || isElement(row.first)) && (row.second.isNone || isElement(row.second)), "a mark is of its text")
            precondition(!(row.first.isNone && row.startAnchor.isBehind) && !(row.second.isNone && row.endAnchor.isBehind), "an end of the text has one side")
            precondition(Int(row.key) < keys.count && Int(row.content) < values.count, "a mark has a name and a value")
        case .set, .remove:
            precondition(container.kind == .map || (container.kind == .flag && row.kind == .set), "registers are of maps and flags")
            precondition(container.kind == .map ? Int(row.key) < keys.count : row.key == 0, "a register has a key")
            precondition(row.length == 1 && (row.kind == .remove || Int(row.content) < values.count), "a register's value is there")
        case .max: precondition(container.kind == .max && row.length == 1 && Int(row.content) < values.count, "an offer's value is there")
        case .extended:
            precondition(row.length == 1 && row.code >= UInt32(Limits.extensionMin) && opened.extensionCodes.contains(row.code), "an operation of a newer version is one, and noted")
            guard case .bytes = values[Int(row.content)] else { preconditionFailure("what it says is there") }
        case .quantity: precondition(container.kind == .quantity && row.length == 1 && Int(row.content) < steps.count, "a step is there")
        }
    }

    private func checkHeads() {
        var followed: Set<Dot> = []
        for (actor, lane) in lanes.enumerated() {
            for span in lane.spans { followed.formUnion(span.dependencies.filter { $0.actor != actor }) }
        }
        let cut = opened.baseline?.heads ?? []
        let open = lanes.enumerated().filter { actor, lane in lane.end > lane.start || cut.contains { $0.actor == actor } }.map { Dot(actor: UInt32($0), counter: $1.end - 1) }.filter { !followed.contains($0) }
        precondition(heads == open, "the heads are the last changes that nobody followed")
    }

    // MARK: State

    private func checkSequences() {
        var isDeleted: [[Bool]] = lanes.map { Array(repeating: false, count: Int($0.end)) }
        var slots = Array(repeating: 0, count: sequences.count)
        /// By element: the last of its moves.
        var last: [Dot: (slot: Dot, lamport: UInt64)] = [:]
        for (actor, lane) in lanes.enumerated() {
            for row in lane.operations {
                let slot = containers[Int(row.container)].slot
                if row.kind == .insert || row.kind == .move { slots[slot] += Int(row.length) }
                if row.kind == .move {
                    let made = Dot(actor: UInt32(actor), counter: row.counter)
                    let lamport = lane.lamport(of: row.counter)
                    if let known = last[row.element], known.lamport == lamport ? precedes(made.actor, known.slot.actor) : lamport < known.lamport { continue }
                    last[row.element] = (made, lamport)
                }
                guard row.kind == .delete else { continue }
                for counter in row.first.counter..<row.first.counter + row.length { isDeleted[Int(row.first.actor)][Int(counter)] = true }
            }
        }
        for container in containers where container.kind == .text || container.kind == .list {
            let sequence = sequences[container.slot]
            sequence.checkInvariants()
            var count = 0
            for leaf in sequence.leaves.indices {
                for slot in 0..<sequence.leaves[leaf].count {
                    let run = sequence.runs[leaf * SequenceTree.fanout + slot]
                    count += Int(run.length)
                    for offset in 0..<Int(run.length) {
                        let dot = run.first.advanced(by: offset)
                        let element = sequence.moves.element(inSlot: dot)
                        let isShown = !isDeleted[Int(element.actor)][Int(element.counter)] && last[element, default: (element, 0)].slot == dot
                        precondition(isShown != run.isDeleted, "an element shows in its last slot, unless it was deleted, and nowhere else")
                        if element != dot { precondition(sequence.content(of: element) == run.content + UInt32(offset), "a moved element is the same in each slot") }
                    }
                }
            }
            precondition(count == slots[container.slot], "a sequence holds all that was put in")
        }
    }

    private func checkMarks() {
        var spans: [Dot: MarkSpan] = [:]
        for container in containers where container.kind == .text {
            let marks = sequences[container.slot].marks
            for span in marks.spans {
                precondition(spans.updateValue(span, forKey: span.dot) == nil, "a text has each of its marks once")
                for anchor in [span.start, span.end] where anchor.isBehind {
                    let dot = anchor.element
                    precondition(marks.lastAnchor(behind: dot.actor, from: dot.counter, to: dot.counter + 1) == dot.counter, "a place that a mark ends behind is found")
                }
            }
        }
        var count = 0
        for (actor, lane) in lanes.enumerated() {
            for row in lane.operations where row.kind == .mark {
                count += 1
                guard let span = spans[Dot(actor: UInt32(actor), counter: row.counter)] else { preconditionFailure("a mark that was set is its text's") }
                precondition(span.lamport == lane.lamport(of: row.counter) && span.name == row.key && span.value == row.content
                    && span.start == row.startAnchor && span.end == row.endAnchor, "a mark is its operation's")
            }
        }
        precondition(count == spans.count, "a text's marks were set")
    }

    /// The values of each register that no later `set` or `remove` of it had seen.
    private func checkRegisters(_ seen: Seen) {
        var writes: [UInt64: [(dot: Dot, value: UInt32?)]] = [:]
        for (actor, lane) in lanes.enumerated() {
            for row in lane.operations where row.kind == .set || row.kind == .remove || row.kind == .max {
                writes[UInt64(row.container) << 32 | UInt64(row.key), default: []]
                    .append((Dot(actor: UInt32(actor), counter: row.counter), row.kind == .remove ? nil : row.content))
            }
        }
        for (index, container) in containers.enumerated() where [.map, .flag, .max].contains(container.kind) {
            let keys = writes.keys.filter { $0 >> 32 == index }.map { UInt32(truncatingIfNeeded: $0) }
            precondition(Set(maps[container.slot].registers.keys).isSubset(of: keys), "what shows was written")
            for key in keys {
                let all = writes[UInt64(index) << 32 | UInt64(key)] ?? []
                let found = maps[container.slot].registers[key] ?? []
                if container.kind == .max {
                    precondition(maximum(ContainerID(index: UInt32(index))) == all.compactMap { number(at: $0.value) }.max(), "the largest number offered shows")
                    precondition(found.count == 1 && all.contains { $0.dot == found[0].dot && $0.value == found[0].value }, "a number that shows was offered")
                    continue
                }
                let live = all.filter { write in write.value != nil && !all.contains { seen.had($0.dot, seen: write.dot, lanes) } }
                precondition(Set(found.map(\.dot)) == Set(live.map(\.dot)) && found.count == live.count, "a register holds what nobody replaced")
                for entry in found { precondition(live.contains { $0.dot == entry.dot && $0.value == entry.value }, "a register's value is its operation's") }
            }
        }
    }

    private func number(at index: UInt32?) -> Int64? {
        guard let index, case .int(let number) = values[Int(index)] else { return nil }
        return number
    }

    private func checkQuantities(_ seen: Seen) {
        var states = Array(repeating: Quantity(), count: quantities.count)
        for (actor, _, row) in seen.inOrder(lanes) where row.kind == .quantity {
            states[containers[Int(row.container)].slot].apply(steps[Int(row.content)], dot: Dot(actor: actor, counter: row.counter))
        }
        func shares(_ state: Quantity) -> [Quantity.Share] { state.shares.filter { $0.added > 0 || $0.consumed > 0 }.sorted { $0.actor < $1.actor } }
        func bases(_ state: Quantity) -> [Quantity.Base] { state.bases.sorted { ($0.dot.actor, $0.dot.counter) < ($1.dot.actor, $1.dot.counter) } }
        for (kept, counted) in zip(quantities, states) {
            precondition(shares(kept) == shares(counted) && bases(kept) == bases(counted), "a quantity is what its steps add up to")
        }
    }
}

/// What each change had seen, worked out from the beginning of history.
private struct Seen {
    /// By actor and span: how much of each actor the span's first change had seen.
    private var spans: [[[UInt32]]]
    private var order: [(actor: UInt32, span: Int, lamport: UInt64)] = []

    init(_ document: Document) {
        spans = document.lanes.map { $0.spans.map { _ in [] } }
        for (actor, lane) in document.lanes.enumerated() {
            for (index, span) in lane.spans.enumerated() { order.append((UInt32(actor), index, span.lamport)) }
        }
        order.sort { ($0.lamport, document.actors[Int($0.actor)]) < ($1.lamport, document.actors[Int($1.actor)]) }
        for (actor, index, _) in order {
            let span = document.lanes[Int(actor)].spans[index]
            var known = Array(repeating: UInt32(0), count: document.lanes.count)
            let own = span.start > 0 ? [Dot(actor: actor, counter: span.start - 1)] : []
            for dot in span.dependencies + own { for (other, count) in through(dot, document.lanes).enumerated() { known[other] = max(known[other], count) } }
            spans[Int(actor)][index] = known
        }
    }

    /// What one operation's change had seen, itself included.
    private func through(_ dot: Dot, _ lanes: [Lane]) -> [UInt32] {
        guard let span = lanes[Int(dot.actor)].spanIndex(of: dot.counter) else { preconditionFailure("an operation is in a span") }
        var known = spans[Int(dot.actor)][span]
        known[Int(dot.actor)] = dot.counter + 1
        return known
    }

    func had(_ later: Dot, seen earlier: Dot, _ lanes: [Lane]) -> Bool {
        earlier != later && through(later, lanes)[Int(earlier.actor)] > earlier.counter
    }

    /// Whether who has seen this much has seen what that had seen.
    func isClosed(_ known: [UInt32], _ lanes: [Lane]) -> Bool {
        known.enumerated().allSatisfy { actor, count in
            if count == 0 { return true }
            guard count <= lanes[actor].end else { return false }
            return through(Dot(actor: UInt32(actor), counter: count - 1), lanes).enumerated().allSatisfy { other, needed in
                needed == 0 || (other < known.count && known[other] >= needed)
            }
        }
    }

    /// All rows, what was seen before what had seen it.
    func inOrder(_ lanes: [Lane]) -> [(actor: UInt32, span: Int, row: Operation)] {
        order.flatMap { actor, span, _ in
            let lane = lanes[Int(actor)]
            let start = lane.spans[span].start
            let end = span + 1 < lane.spans.count ? lane.spans[span + 1].start : lane.end
            // Rows that are of one operation each lie in one span.
            return lane.operations.filter { $0.counter >= start && $0.counter < end }.map { (actor, span, $0) }
        }
    }
}
