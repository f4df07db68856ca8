// A document's state as a baseline: Protocol/compaction.md section 2 says the same in words.
//
// Canonical: equal states have equal bytes, on whichever replica they are written.
internal import Bytes

struct BaselineWriter {
    /// What becomes of a run of elements.
    enum State: UInt64 {
        case shown = 0
        /// Deleted since the cut before: a place that somebody may still name.
        case fading = 1
        /// Deleted, and named by a mark or a move that stays.
        case named = 2
    }

    private let document: Document
    /// Whether what faded is written once more: as it was read.
    private let keepsFading: Bool
    private let actors: [UInt32]
    private var near: Neighbourhood
    private let actorIndex: [Int]
    private var keyIndex: [UInt32: Int] = [:]
    private var body = ByteWriter()
    private var texts: [UInt8] = []

    /// - Parameter document: awake, and as it is at the cut.
    init(_ document: Document, keepsFading: Bool = false) {
        (self.document, self.keepsFading) = (document, keepsFading)
        actors = document.actors.indices.map(UInt32.init).filter { document.opened.lanes[Int($0)].end > 0 }.sorted(by: document.precedes)
        var index = Array(repeating: 0, count: document.actors.count)
        for (place, actor) in actors.enumerated() { index[Int(actor)] = place }
        actorIndex = index
        near = Neighbourhood(actors: actors.count)
    }

    /// - Parameter historyHash: of all that is cut away.
    mutating func write(historyHash: [UInt8]) -> (body: [UInt8], texts: [UInt8]) {
        body.varint(actors.count)
        for actor in actors {
            let lane = document.opened.lanes[Int(actor)]
            body.raw(document.actors[Int(actor)].bytes)
            body.varint(UInt64(lane.end))
            body.varint(lane.lamportEnd)
            body.varint(lane.lastTime ?? 0)
        }
        let heads = document.heads.map { actorIndex[Int($0.actor)] }.sorted()
        body.varint(heads.count)
        for head in heads { body.varint(head) }
        body.varint(document.changeCount)
        body.raw(historyHash)
        let containers = writeTables()
        for container in containers { write(container) }
        writeExtensions(containers)
        return (body.bytes, texts)
    }

    // MARK: Tables

    /// - Returns: the root and what is used, in the order in which their content follows.
    private mutating func writeTables() -> [UInt32] {
        var names = Set<UInt32>()
        for container in document.containers where container.kind == .text && container.isUsed {
            names.formUnion(document.liveMarks(container.slot, keepsFading: keepsFading).map(\.name))
        }
        let tables = document.writeTables(naming: names, into: &body)
        keyIndex = tables.keyIndex
        return tables.containers
    }

    private mutating func write(_ dot: Dot) {
        body.varint(actorIndex[Int(dot.actor)])
        body.varint(UInt64(dot.counter))
    }

    /// None is 0.
    private mutating func write(optional dot: Dot) {
        body.varint(dot.isNone ? 0 : actorIndex[Int(dot.actor)] + 1)
        if !dot.isNone { body.varint(UInt64(dot.counter)) }
    }

    // MARK: Content

    private mutating func write(_ container: UInt32) {
        let slot = document.containers[Int(container)].slot
        switch document.containers[Int(container)].kind {
        case .map, .flag, .max:
            let isMap = document.containers[Int(container)].kind == .map
            let registers = document.opened.maps[slot].registers.all.map { (isMap ? keyIndex[$0.key] ?? 0 : 0, $0.entries) }.sorted { $0.0 < $1.0 }
            body.varint(registers.count)
            for (key, live) in registers {
                body.varint(key)
                let ordered = document.ordered(live)
                body.varint(ordered.count)
                for entry in ordered {
                    write(entry.dot)
                    // Alone, it stands before whatever comes later, for that has seen it.
                    if ordered.count > 1 { body.varint(document.lamport(of: entry.dot)) }
                    document.opened.values.write(Int(entry.value), into: &body)
                }
            }
        case .quantity:
            let quantity = document.opened.quantities[slot]
            let shares = quantity.shares.filter { $0.added > 0 || $0.consumed > 0 }.sorted { actorIndex[Int($0.actor)] < actorIndex[Int($1.actor)] }
            body.varint(shares.count)
            for share in shares {
                body.varint(actorIndex[Int(share.actor)])
                body.varint(share.added)
                body.varint(share.consumed)
            }
            let bases = quantity.bases.sorted { (actorIndex[Int($0.dot.actor)], $0.dot.counter) < (actorIndex[Int($1.dot.actor)], $1.dot.counter) }
            body.varint(bases.count)
            for base in bases {
                write(base.dot)
                body.varint(base.cap)
            }
        case .text:
            let marks = document.liveMarks(slot, keepsFading: keepsFading)
            let named = Set(marks.flatMap { [$0.start.element, $0.end.element] })
            let start = texts.count
            document.opened.sequences[slot].appendText(to: &texts)
            body.varint(texts.count - start)
            writeRuns(document.opened.sequences[slot], named)
            write(marks)
        case .list:
            let sequence = document.opened.sequences[slot]
            let moved = sequence.moves.standings.filter { !$0.value.isDeleted }
                .sorted { (actorIndex[Int($0.key.actor)], $0.key.counter) < (actorIndex[Int($1.key.actor)], $1.key.counter) }
            writeRuns(sequence, Set(moved.map(\.key)))
            sequence.forEachVisibleRun { run in
                for index in run.content..<run.content + run.length { document.opened.values.write(Int(index), into: &body) }
            }
            body.varint(moved.count)
            for (element, standing) in moved {
                write(element)
                write(standing.slot)
                body.varint(standing.lamport)
            }
        case .unknown: break
        }
    }

    /// What newer versions did is kept whole: only they know what of it still counts.
    private mutating func writeExtensions(_ containers: [UInt32]) {
        let extensions = document.keptExtensions()
        guard !extensions.isEmpty else { return }
        var place: [UInt32: Int] = [:]
        for (index, container) in containers.enumerated() { place[container] = index }
        body.varint(extensions.count)
        for item in extensions {
            body.varint(place[item.container] ?? 0)
            write(item.dot)
            body.varint(item.lamport)
            body.varint(UInt64(item.code))
            body.blob(item.payload)
            let news = item.news.map { (actor: actorIndex[Int($0.actor)], count: $0.count) }.sorted { $0.actor < $1.actor }
            body.varint(news.count)
            for other in news {
                body.varint(other.actor)
                body.varint(UInt64(other.count))
            }
        }
    }

    /// - Parameter named: elements that stay by name though they are deleted.
    private mutating func writeRuns(_ sequence: SequenceTree, _ named: Set<Dot>) {
        var runs: [(actor: UInt32, counter: UInt32, length: UInt32, state: State)] = []
        func add(_ dot: Dot, _ length: UInt32, _ state: State) {
            if let last = runs.last, last.actor == dot.actor, last.counter + last.length == dot.counter, last.state == state {
                runs[runs.count - 1].length += length
            } else {
                runs.append((dot.actor, dot.counter, length, state))
            }
        }
        sequence.forEachRun { run in
            guard run.isDeleted else { return add(run.first, run.length, .shown) }
            let stays = !run.isFading && !Plant.deletedDroppedEarly.isPlanted || keepsFading
            if named.isEmpty {
                if stays { add(run.first, run.length, .fading) }
                return
            }
            for offset in 0..<run.length {
                let dot = run.first.advanced(by: Int(offset))
                if named.contains(dot) { add(dot, 1, .named) } else if stays { add(dot, 1, .fading) }
            }
        }
        body.varint(runs.count)
        var (owners, states, counters, lengths) = (ColumnWriter(), ColumnWriter(), ByteWriter(), ByteWriter())
        near.reset()
        for run in runs {
            let actor = actorIndex[Int(run.actor)]
            owners.append(UInt64(actor))
            states.append(run.state.rawValue)
            counters.signed(near.delta(to: Dot(actor: UInt32(actor), counter: run.counter)))
            lengths.varint(UInt64(run.length))
            near.visit(Dot(actor: UInt32(actor), counter: run.counter + run.length))
        }
        for column in [owners, states] {
            var (column, packed) = (column, ByteWriter())
            column.finish(into: &packed)
            body.blob(packed.bytes)
        }
        body.blob(counters.bytes)
        body.blob(lengths.bytes)
    }

    private mutating func write(_ marks: [MarkSpan]) {
        body.varint(marks.count)
        for mark in marks.sorted(by: { (actorIndex[Int($0.dot.actor)], $0.dot.counter) < (actorIndex[Int($1.dot.actor)], $1.dot.counter) }) {
            write(mark.dot)
            body.varint(mark.lamport)
            body.varint(keyIndex[mark.name] ?? 0)
            document.opened.values.write(Int(mark.value), into: &body)
            body.byte(Operation.sides(mark.start, mark.end))
            write(optional: mark.start.element)
            write(optional: mark.end.element)
        }
    }
}

extension Document {
    /// The marks that have the last word on anything that shows, or on a deleted element that somebody may still type beside.
    func liveMarks(_ slot: Int, keepsFading: Bool) -> [MarkSpan] {
        let tree = opened.sequences[slot]
        guard !tree.marks.isEmpty else { return [] }
        if keepsFading { return tree.marks.spans }
        let starts = tree.stayingStarts()
        let positions = tree.marks.spans.map { (tree.staying($0.start, starts, isEnd: false), tree.staying($0.end, starts, isEnd: true)) }
        var live = Set<Int>()
        for spans in Dictionary(grouping: tree.marks.spans.indices, by: { tree.marks.spans[$0].name }).values {
            let order = lastFirst(spans, of: tree.marks)
            for stretch in MarkStretch.painted(order.map { MarkStretch.range(positions[$0]) }) { live.insert(order[stretch.owner]) }
        }
        return live.sorted().map { tree.marks.spans[$0] }
    }

    /// The place of an operation in the order of last writers.
    func lamport(of dot: Dot) -> UInt64 {
        isCut(dot) ? opened.baseline?.lamports[dot] ?? 0 : lanes[Int(dot.actor)].lamport(of: dot.counter)
    }
}
