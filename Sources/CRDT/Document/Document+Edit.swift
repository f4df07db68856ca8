// Editing here: each call inside `change` adds one operation, and all of them are one atomic change.
//
// Positions are Unicode scalars. A call that is refused adds nothing.

/// Why an edit can't be made.
public enum EditError: Error, Equatable {
    /// Past the end of the text or list.
    case outOfRange(position: Int, count: Int)
    /// A document, text or value above its bound.
    case tooLarge(what: String, limit: Int)
}

extension Document {
    /// Makes one change of all that `body` does. Nothing done, nothing changed.
    /// - Parameters:
    ///   - actor: who does it. One process writes under an actor, ever.
    ///   - time: milliseconds since 1970, for display only: no rule depends on it.
    /// - Returns: what `body` returns.
    public mutating func change<Result, Failure: Error>(
        by actor: ActorID, at time: UInt64, _ body: (inout Document) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(open == nil, "a change is not made inside another")
        wake()
        let index = index(of: actor)
        open = OpenChange(actor: index, start: opened.lanes[Int(index)].end, time: time)
        defer { commit() }
        return try body(&self)
    }

    private mutating func commit() {
        guard let change = open else { return }
        open = nil
        let lane = Int(change.actor)
        let length = opened.lanes[lane].end - change.start
        guard length > 0 else { return }
        let isOwnNext = heads.count == 1 && heads[0].actor == change.actor
        if isOwnNext, let last = opened.lanes[lane].lastTime, change.time >= last, change.time - last <= Limits.sharedTimeMilliseconds {
            let span = Span(start: change.start, dependencies: [], lamport: opened.lanes[lane].lamportEnd, time: last)
            opened.lanes[lane].close(span, by: change.actor, isContinued: true, length: length)
        } else {
            let span = Span(start: change.start, dependencies: heads, lamport: lamport(after: heads), time: change.time)
            opened.lanes[lane].close(span, by: change.actor, isContinued: false, length: length)
            knownByActor[change.actor] = nil
        }
        let head = Dot(actor: change.actor, counter: opened.lanes[lane].end - 1)
        if isOwnNext { heads[0] = head } else { heads = [head] }
        checkWhereAsked()
    }

    func lamport(after dependencies: [Dot]) -> UInt64 {
        1 + (dependencies.map { opened.lanes[Int($0.actor)].lamport(of: $0.counter) }.max() ?? 0)
    }

    var nextDot: Dot {
        guard let open else { preconditionFailure("an edit belongs into `change`") }
        return Dot(actor: open.actor, counter: opened.lanes[Int(open.actor)].end)
    }

    /// What the next operation comes after, in the order of last writers.
    var nextLamport: UInt64 { lamport(after: heads) + UInt64(nextDot.counter - (open?.start ?? 0)) }

    mutating func record(_ operation: Operation, isContentJoined: Bool = false) {
        guard let open else { preconditionFailure("an edit belongs into `change`") }
        markUsed(operation.container)
        opened.lanes[Int(open.actor)].append(operation, by: open.actor) { _ in isContentJoined }
    }

    // MARK: Text

    /// Inserts text before the scalar at `position`.
    /// - Complexity: O(log n + length); O(length) where it goes on where the last edit was.
    public mutating func insert(_ string: String, at position: Int, in text: ContainerID) throws(EditError) {
        let slot = ownSlot(text, .text)
        guard position >= 0, position <= opened.sequences[slot].count else {
            throw .outOfRange(position: position, count: opened.sequences[slot].count)
        }
        var string = string
        let room = Limits.contentBytesMax - opened.sequences[slot].utf8.count
        guard string.utf8.count <= room else { throw .tooLarge(what: "text", limit: Limits.contentBytesMax) }
        string.withUTF8 { bytes in
            var at = position
            forEachPiece(of: bytes) { piece, scalars, isWide in
                insertPiece(piece, scalars, isWide, at: at, container: text.index, slot: slot)
                at += scalars
            }
        }
    }

    /// Inserts text right behind an element, deleted or not.
    mutating func insert(_ string: String, behind element: Dot, in text: ContainerID) throws(EditError) {
        let slot = ownSlot(text, .text)
        var (string, last) = (string, element)
        guard string.utf8.count <= Limits.contentBytesMax - opened.sequences[slot].utf8.count else { throw .tooLarge(what: "text", limit: Limits.contentBytesMax) }
        string.withUTF8 { bytes in
            forEachPiece(of: bytes) { piece, scalars, isWide in
                let dot = nextDot
                insertPiece(piece, scalars, isWide, behind: last, container: text.index, slot: slot)
                last = dot.advanced(by: scalars - 1)
            }
        }
    }

    private mutating func insertPiece(_ bytes: UnsafeBufferPointer<UInt8>.SubSequence, _ scalars: Int, _ isWide: Bool,
                                      at position: Int = 0, behind element: Dot? = nil, container: UInt32, slot: Int) {
        let dot = nextDot
        let content = UInt32(opened.sequences[slot].utf8.count)
        opened.sequences[slot].utf8.append(contentsOf: bytes)
        let run = Run(actor: dot.actor, counter: dot.counter, length: UInt32(scalars), content: content,
                      flags: isWide ? Run.wideFlag : 0)
        let origins = element.flatMap { opened.sequences[slot].place(of: $0) }.map { opened.sequences[slot].insertLocally(run, behind: $0) }
            ?? opened.sequences[slot].insertLocally(run, at: position)
        // The bytes of this container lie side by side for as long as only this actor writes.
        let isJoined = opened.lanes[Int(dot.actor)].operations.last.map { $0.contentEnd == content } ?? false
        record(Operation(kind: .insert, isWide: isWide, container: container, counter: dot.counter,
                         length: UInt32(scalars), first: origins.left, second: origins.right, content: content,
                         contentLength: UInt32(bytes.count)),
               isContentJoined: isJoined)
    }

    /// Deletes scalars of a text or elements of a list.
    public mutating func delete(at position: Int, count: Int, in sequence: ContainerID) throws(EditError) {
        let slot = ownSlot(sequence, .text, or: .list)
        guard position >= 0, count >= 0, position <= opened.sequences[slot].count - count else {
            throw .outOfRange(position: position + count, count: opened.sequences[slot].count)
        }
        func record(_ first: Dot, _ length: Int, _ document: inout Document) {
            document.record(Operation(kind: .delete, container: sequence.index, counter: document.nextDot.counter, length: UInt32(length), first: first))
        }
        guard opened.sequences[slot].moves.isEmpty else {
            for element in opened.sequences[slot].deleteElementsLocally(at: position, count: count) { record(element, 1, &self) }
            return
        }
        var left = count
        while left > 0 {
            let (first, length) = opened.sequences[slot].deleteRunLocally(at: position, upTo: left)
            record(first, length, &self)
            left -= length
        }
    }

    // MARK: Lists

    public mutating func insert(_ value: Value, at position: Int, in list: ContainerID) throws(EditError) {
        let slot = ownSlot(list, .list)
        guard position >= 0, position <= opened.sequences[slot].count else {
            throw .outOfRange(position: position, count: opened.sequences[slot].count)
        }
        add(value, in: list) { $0.insertLocally($1, at: position) }
    }

    /// Inserts a value right behind a slot, used or not, or at the beginning.
    mutating func insert(_ value: Value, behind place: Place?, in list: ContainerID) {
        add(value, in: list) { $0.insertLocally($1, behind: place) }
    }

    private mutating func add(_ value: Value, in list: ContainerID, _ insert: (inout SequenceTree, Run) -> SequenceTree.Origins) {
        let dot = nextDot
        let content = UInt32(opened.values.count)
        opened.values.append(value)
        let run = Run(actor: dot.actor, counter: dot.counter, length: 1, content: content, flags: 0)
        let origins = insert(&opened.sequences[ownSlot(list, .list)], run)
        let isJoined = opened.lanes[Int(dot.actor)].operations.last.map { $0.contentEnd == content } ?? false
        record(Operation(kind: .insert, container: list.index, counter: dot.counter, first: origins.left, second: origins.right,
                         content: content, contentLength: 1), isContentJoined: isJoined)
    }

    /// Moves the element at `from` to where it then has the position `position`. Of concurrent moves of one element
    /// the last stands; a deleted element stays deleted.
    public mutating func move(at from: Int, to position: Int, in list: ContainerID) throws(EditError) {
        let slot = ownSlot(list, .list)
        let count = opened.sequences[slot].count
        for position in [from, position] where position < 0 || position >= count { throw .outOfRange(position: position, count: count) }
        guard from != position else { return }
        let dot = nextDot
        let (element, origins) = opened.sequences[slot].moveLocally(from: from, to: position, slot: dot, lamport: nextLamport)
        var row = Operation(kind: .move, container: list.index, counter: dot.counter, first: origins.left, second: origins.right)
        row.element = element
        record(row)
    }

    /// Moves a visible element right behind a slot, used or not, or to the beginning.
    /// - Returns: the slot that it stands in now.
    @discardableResult
    mutating func move(_ element: Dot, behind place: Place?, in list: ContainerID) -> Dot {
        let (dot, lamport) = (nextDot, nextLamport)
        let origins = opened.sequences[ownSlot(list, .list)].moveLocally(element, behind: place, slot: dot, lamport: lamport)
        var row = Operation(kind: .move, container: list.index, counter: dot.counter, first: origins.left, second: origins.right)
        row.element = element
        record(row)
        return dot
    }

    // MARK: Registers

    /// Sets a key; what its writer saw of it is replaced, what was set concurrently stays to be seen.
    public mutating func set(_ key: String, to value: Value, in map: ContainerID = .root) {
        set(key: index(ofKey: key), to: value, container: map.index, slot: ownSlot(map, .map))
    }

    /// Removes a key. A value that was set concurrently stays: adding wins.
    public mutating func remove(_ key: String, in map: ContainerID = .root) {
        let slot = ownSlot(map, .map)
        let key = index(ofKey: key)
        guard opened.maps[slot].registers.first(key) != nil else { return }
        let dot = nextDot
        opened.maps[slot].registers.remove(key)
        record(Operation(kind: .remove, container: map.index, counter: dot.counter, key: key))
    }

    /// Grants or withdraws; of concurrent ones, withdrawing wins.
    public mutating func setFlag(_ isGranted: Bool, in flag: ContainerID) {
        set(key: 0, to: .bool(isGranted), container: flag.index, slot: ownSlot(flag, .flag))
    }

    private mutating func set(key: UInt32, to value: Value, container: UInt32, slot: Int) {
        let dot = nextDot
        let content = UInt32(opened.values.count)
        opened.values.append(value)
        opened.maps[slot].registers.set(key, to: Entry(dot: dot, value: content))
        record(Operation(kind: .set, container: container, counter: dot.counter, key: key, content: content))
    }

    /// Offers a number to a max register; a smaller one than it has changes nothing.
    public mutating func raise(to number: Int64, in container: ContainerID) {
        let slot = ownSlot(container, .max)
        if let current = maximum(container), current >= number { return }
        let dot = nextDot
        let content = UInt32(opened.values.count)
        opened.values.append(.int(number))
        opened.maps[slot].registers.set(0, to: Entry(dot: dot, value: content))
        record(Operation(kind: .max, container: container.index, counter: dot.counter, content: content))
    }

    // MARK: Quantities

    public enum QuantityEdit: Equatable, Sendable { case more(UInt64), less(UInt64), set(UInt64), remove }

    public mutating func edit(_ edit: QuantityEdit, in quantity: ContainerID) throws(EditError) {
        let slot = ownSlot(quantity, .quantity)
        let step: Quantity.Step
        switch edit {
        case .more(let count), .less(let count), .set(let count):
            guard count <= Limits.quantityMax else { throw .tooLarge(what: "quantity", limit: Int(Limits.quantityMax)) }
        case .remove: break
        }
        // Its state is asked where it lies: a copy of it would be copied once more when the step is applied.
        switch edit {
        case .more(let count): step = opened.quantities[slot].more(count)
        case .less(let count): step = opened.quantities[slot].less(count, precedes: precedes)
        case .set(let count): step = opened.quantities[slot].set(count)
        case .remove: step = opened.quantities[slot].remove()
        }
        guard !step.isEmpty else { return }
        let dot = nextDot
        opened.quantities[slot].apply(step, dot: dot)
        opened.steps.append(step)
        record(Operation(kind: .quantity, container: quantity.index, counter: dot.counter,
                         content: UInt32(opened.steps.count - 1)))
    }
}

/// Cuts text where narrow and wide meet, and pieces to their bounds.
func forEachPiece(of bytes: UnsafeBufferPointer<UInt8>,
                  _ body: (UnsafeBufferPointer<UInt8>.SubSequence, _ scalars: Int, _ isWide: Bool) -> Void) {
    var start = 0
    while start < bytes.count {
        let isWide = bytes[start] >= 0x80
        var end = start
        var scalars = 0
        let most = isWide ? Limits.wideRunMax : Int(Run.lengthMax)
        while end < bytes.count, (bytes[end] >= 0x80) == isWide, scalars < most {
            end += 1
            while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
            scalars += 1
        }
        body(bytes[start..<end], scalars, isWide)
        start = end
    }
}
