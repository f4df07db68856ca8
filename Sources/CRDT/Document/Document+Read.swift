// What shows: the state of each container, for people and programs.
internal import Bytes

extension Document {
    /// - Complexity: O(n).
    public func text(_ text: ContainerID) -> String {
        let slot = shownSlot(text, .text)
        return file?.text(text.index) ?? sequences[slot].text
    }

    /// Scalars of a text, or elements of a list.
    /// - Complexity: O(1).
    public func count(_ sequence: ContainerID) -> Int {
        let slot = shownSlot(sequence, .text, .list)
        return file?.shown.count(sequence.index) ?? sequences[slot].count
    }

    /// UTF-16 units of a text.
    public func utf16Count(_ text: ContainerID) -> Int {
        let slot = shownSlot(text, .text)
        return file?.shown.utf16Count(text.index) ?? sequences[slot].totals.utf16
    }

    /// The UTF-16 offset of a position in scalars.
    /// - Complexity: O(log n).
    public func utf16Offset(of position: Int, in text: ContainerID) -> Int {
        sequences[slot(text, .text)].utf16Offset(of: position)
    }

    public func list(_ list: ContainerID) -> [Value] {
        let slot = shownSlot(list, .list)
        if let shown = file?.shown.list(list.index) { return shown }
        var result: [Value] = []
        sequences[slot].forEachVisibleRun { run in
            result.append(contentsOf: values[Int(run.content)..<Int(run.content + run.length)])
        }
        return result
    }

    /// The value of a key: of concurrent ones the last by (lamport, actor).
    public func value(_ key: String, in map: ContainerID = .root) -> Value? {
        let slot = shownSlot(map, .map)
        guard let key = keyIndex[key] else { return nil }
        if let file { return file.shown.register(key, in: map.index)?.value }
        guard let (entry, isOnly) = maps[slot].registers.first(key) else { return nil }
        return (isOnly ? entry : ordered(maps[slot].registers[key] ?? []).last).map { values[Int($0.value)] }
    }

    /// All live values of a key, the one that shows last; more than one is a conflict.
    public func values(_ key: String, in map: ContainerID = .root) -> [Value] {
        _ = shownSlot(map, .map)
        guard let key = keyIndex[key] else { return [] }
        if let file {
            guard let register = file.shown.register(key, in: map.index) else { return [] }
            if !register.isConflict { return [register.value] }
        }
        return ordered(maps[slot(of: map.index)].registers[key] ?? []).map { values[Int($0.value)] }
    }

    /// The keys that have a value, in the order of their UTF-8.
    public func keys(in map: ContainerID = .root) -> [String] {
        let slot = shownSlot(map, .map)
        return (file?.shown.keys(in: map.index) ?? maps[slot].registers.keys).map { keys[Int($0)] }.sorted(by: utf8Precedes)
    }

    /// The names under which a map holds containers of a kind that are used, in the order of their UTF-8.
    public func containers(of kind: ContainerKind, in map: ContainerID = .root) -> [String] {
        containers.filter { $0.parent == map.index && $0.kind == kind && $0.isUsed }.map { keys[Int($0.key)] }.sorted(by: utf8Precedes)
    }

    /// Whether a flag is granted: never set is not, and one withdrawal among concurrent settings is not.
    public func flag(_ flag: ContainerID) -> Bool {
        let slot = shownSlot(flag, .flag)
        if let file { return file.shown.register(0, in: flag.index)?.value == .bool(true) }
        let live = maps[slot].registers[0] ?? []
        return !live.isEmpty && live.allSatisfy { values[Int($0.value)] == .bool(true) }
    }

    /// The largest number ever offered.
    public func maximum(_ container: ContainerID) -> Int64? {
        let slot = shownSlot(container, .max)
        let value = file.map { $0.shown.register(0, in: container.index)?.value }
            ?? maps[slot].registers.first(0).map { values[Int($0.entry.value)] }
        guard case .int(let number)? = value else { return nil }
        return number
    }

    public func quantity(_ quantity: ContainerID) -> UInt64 {
        let slot = shownSlot(quantity, .quantity)
        return file?.shown.quantity(quantity.index)?.value ?? quantities[slot].value
    }

    /// What concurrent `set`s left, ascending; empty unless they differ.
    public func quantityConflict(_ quantity: ContainerID) -> [UInt64] {
        let slot = shownSlot(quantity, .quantity)
        let values = file?.shown.quantity(quantity.index)?.conflict ?? quantities[slot].conflict
        return values.count > 1 ? values : []
    }

    /// Entries in the order of last writers: by (lamport, actor), never by a clock.
    func ordered(_ entries: [Entry]) -> [Entry] {
        guard entries.count > 1 else { return entries }
        if Plant.dictionaryOrder.isPlanted { return Array(Dictionary(uniqueKeysWithValues: entries.map { ($0.dot, $0) }).values) }
        if Plant.wallClock.isPlanted { return entries.sorted { lanes[Int($0.dot.actor)].time(of: $0.dot.counter) < lanes[Int($1.dot.actor)].time(of: $1.dot.counter) } }
        return entries.map { (lamport(of: $0.dot), $0) }
            .sorted { $0.0 == $1.0 ? precedes($0.1.dot.actor, $1.1.dot.actor) : $0.0 < $1.0 }
            .map(\.1)
    }

    // MARK: Cursors

    /// A place in a text that stays put under any edit: beside an element, or at an end.
    public struct Cursor: Hashable, Sendable {
        /// The element that the cursor stands before; nil at the end of the text.
        public let element: OperationID?

        package init(element: OperationID?) { self.element = element }
    }

    public func cursor(at position: Int, in text: ContainerID) throws(EditError) -> Cursor {
        let sequence = sequences[slot(text, .text, .list)]
        guard position >= 0, position <= sequence.count else {
            throw .outOfRange(position: position, count: sequence.count)
        }
        guard position < sequence.count else { return Cursor(element: nil) }
        let place = sequence.place(at: position).place
        let dot = sequence.moves.element(inSlot: sequence.run(at: place).first.advanced(by: place.offset))
        return Cursor(element: OperationID(actor: actors[Int(dot.actor)], counter: dot.counter))
    }

    /// Where a cursor is now; nil where it is of a change that this document hasn't got.
    /// - Complexity: O(log n).
    public func position(of cursor: Cursor, in text: ContainerID) -> Int? {
        let sequence = sequences[slot(text, .text, .list)]
        guard let element = cursor.element else { return sequence.count }
        guard let actor = actorIndex[element.actor],
              let place = sequence.place(of: sequence.moves.slot(of: Dot(actor: actor, counter: element.counter))) else { return nil }
        return sequence.position(of: place)
    }
}
