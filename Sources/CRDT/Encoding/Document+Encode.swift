// Writing changes: those that a version lacks, or all.
internal import Bytes

extension Document {
    /// All changes that `version` lacks: one in its small form where it has one, else a batch (Protocol/encoding.md).
    /// - Complexity: O(changes written); a table of what they name is part of it.
    package func encode(since version: VersionVector = VersionVector(), level: Int32 = 6) -> [UInt8] {
        if let file { return file.document.encode(since: version, level: level) }
        var news: (actor: UInt32, from: UInt32)?
        var isOne = true
        for (index, actor) in actors.enumerated() {
            let from = version.count(of: actor)
            guard from < lanes[index].end else { continue }
            if news != nil {
                isOne = false
                break
            }
            news = (UInt32(index), from)
        }
        if isOne, let news, let small = smallForm(of: news.actor, from: news.from) { return small }
        return ChangeFormat.store(encodeBody(since: version), level: level)
    }

    /// The canonical form, before it is deflated: what hashes and signatures are about.
    package func encodeBody(since version: VersionVector = VersionVector()) -> [UInt8] {
        if let file { return file.document.encodeBody(since: version) }
        var encoder = ChangeEncoder(self, since: version)
        return encoder.encode()
    }
}

struct ChangeEncoder {
    private let document: Document
    /// (the document's index, first counter to write) of each actor that has something new, by actor.
    private var lanes: [(actor: UInt32, from: UInt32)] = []
    private var actorIndex: [UInt32] = []
    private var actors: [UInt32] = []
    private var containerIndex: [UInt32: Int] = [:]
    private var containers: [UInt32] = []
    private var keyIndex: [UInt32: Int] = [:]
    private var columns = InlineArray<17, ByteWriter>(repeating: ByteWriter())
    private var kinds = ColumnWriter()
    private var places = ColumnWriter()
    private var values = ByteWriter()
    private var text = ByteWriter()
    /// Text that was not copied yet.
    private var pending: (container: UInt32, range: Range<UInt32>) = (.max, 0..<0)
    private var near: Neighbourhood

    init(_ document: Document, since version: VersionVector) {
        self.document = document
        near = Neighbourhood(actors: document.actors.count)
        for actor in document.actors.indices {
            // What was cut away is the baseline's to tell.
            let from = max(version.count(of: document.actors[actor]), document.lanes[actor].start)
            if from < document.lanes[actor].end { lanes.append((UInt32(actor), from)) }
        }
        // Mostly there is one of each to sort: then the document isn't handed to who sorts.
        if lanes.count > 1 { lanes.sort { document.precedes($0.actor, $1.actor) } }
    }

    private mutating func put(_ column: ChangeFormat.Column, _ value: UInt64) { columns[column.rawValue].varint(value) }
    private mutating func put(_ column: ChangeFormat.Column, signed value: Int64) { columns[column.rawValue].signed(value) }

    mutating func encode() -> [UInt8] {
        let rows = lanes.map { lane in self.rows(of: lane.actor, from: lane.from) }
        var body = ByteWriter()
        writeTables(rows, into: &body)
        body.varint(lanes.count)
        for (index, lane) in lanes.enumerated() {
            body.varint(UInt64(actorIndex[Int(lane.actor)]))
            body.varint(UInt64(lane.from))
            body.varint(writeSpans(of: lane.actor, from: lane.from))
            body.varint(rows[index].all.count)
            writeRows(rows[index], by: lane.actor)
        }
        writePending()
        for column in ChangeFormat.Column.allCases {
            switch column {
            case .kind, .container:
                var packed = ByteWriter()
                if column == .kind { kinds.finish(into: &packed) } else { places.finish(into: &packed) }
                body.blob(packed.bytes)
            default: body.blob(columns[column.rawValue].bytes)
            }
        }
        body.blob(values.bytes)
        body.blob(text.bytes)
        return body.bytes
    }

    /// A row to write, and where its content lies: that ends where the next row's begins.
    private struct Row {
        var operation: Operation
        /// Its first piece among those of all rows.
        var piece: Int
    }

    /// Rows of a lane. What arrived in pieces lies apart in memory; nothing of a row is an object of its own, to be counted.
    private struct Rows {
        var all: [Row] = []
        var pieces: [Range<UInt32>] = []

        func pieces(of index: Int) -> Range<Int> { all[index].piece..<(index + 1 < all.count ? all[index + 1].piece : pieces.count) }
    }

    /// The operations of a lane from a counter on, in the longest rows that they form.
    private func rows(of actor: UInt32, from: UInt32) -> Rows {
        let lane = document.lanes[Int(actor)]
        guard let first = lane.operationIndex(of: from) else { return Rows() }
        var rows = Rows()
        rows.all.reserveCapacity(lane.operations.count - first)
        rows.pieces.reserveCapacity(lane.operations.count - first)
        lane.operations.forEach(from: first) { operation in
            let next = from > operation.counter ? operation.dropping(from - operation.counter, by: actor, contentOffset: document.contentOffset) : operation
            let content = next.content..<next.contentEnd
            let last = rows.all.count - 1
            if last >= 0, rows.all[last].operation.continues(with: next, by: actor) {
                rows.all[last].operation.join(next)
                if let end = rows.pieces.last, end.upperBound == content.lowerBound {
                    rows.pieces[rows.pieces.count - 1] = end.lowerBound..<content.upperBound
                } else {
                    rows.pieces.append(content)
                }
            } else {
                rows.all.append(Row(operation: next, piece: rows.pieces.count))
                rows.pieces.append(content)
            }
        }
        return rows
    }

    private mutating func writeTables(_ rows: [Rows], into body: inout ByteWriter) {
        var usedActors = Set(lanes.map(\.actor))
        var usedContainers = Set<UInt32>()
        var usedKeys = Set<UInt32>()
        // Neighbouring rows mostly name the same: those are looked up once.
        var (recentContainer, recentLeft, recentRight) = (UInt32.max, UInt32.max, UInt32.max)
        for row in rows.lazy.flatMap({ $0.all }).map({ $0.operation }) {
            if row.container != recentContainer, usedContainers.insert(row.container).inserted {
                var parent = document.containers[Int(row.container)].parent
                while parent != .max, usedContainers.insert(parent).inserted { parent = document.containers[Int(parent)].parent }
            }
            switch row.kind {
            case .insert, .delete, .move, .mark:
                if row.kind == .mark { usedKeys.insert(row.key) }
                if row.kind == .move { usedActors.insert(row.element.actor) }
                if !row.first.isNone, row.first.actor != recentLeft {
                    recentLeft = row.first.actor
                    usedActors.insert(recentLeft)
                }
                if !row.second.isNone, row.second.actor != recentRight {
                    recentRight = row.second.actor
                    usedActors.insert(recentRight)
                }
            case .set, .remove:
                if document.containers[Int(row.container)].kind == .map { usedKeys.insert(row.key) }
            case .quantity:
                let step = document.steps[Int(row.content)]
                usedActors.formUnion(step.consumed.map(\.actor) + step.dropped.map(\.actor) + step.lowered.map(\.dot.actor))
            case .max, .extended: break
            }
            recentContainer = row.container
        }
        for lane in lanes {
            let spans = document.lanes[Int(lane.actor)].spans
            let first = document.lanes[Int(lane.actor)].spanIndex(of: lane.from) ?? 0
            // A span that began before goes on from one's own last change: what it once depended on isn't named.
            for span in spans[first...] where span.start >= lane.from { usedActors.formUnion(span.dependencies.map(\.actor)) }
        }
        actors = usedActors.count > 1 ? usedActors.sorted(by: document.precedes) : Array(usedActors)
        actorIndex = Array(repeating: 0, count: document.actors.count)
        body.varint(actors.count)
        for (index, actor) in actors.enumerated() {
            actorIndex[Int(actor)] = UInt32(index)
            body.bigEndian(document.actors[Int(actor)].high)
            body.bigEndian(document.actors[Int(actor)].low)
        }
        // The root's path is empty: it comes first.
        let isRootUsed = usedContainers.remove(0) != nil
        containers = usedContainers.count > 1
            ? usedContainers.map { ($0, document.canonicalPath(of: $0)) }.sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0) : Array(usedContainers)
        if isRootUsed { containers.insert(0, at: 0) }
        body.varint(containers.count)
        for (index, container) in containers.enumerated() {
            containerIndex[container] = index
            let state = document.containers[Int(container)]
            // The root stands first where it is used, as the map without a name.
            body.varint(state.parent == .max || state.parent == 0 ? 0 : (containerIndex[state.parent] ?? 0) + 1)
            body.byte(state.kind.rawValue)
            body.string(container == 0 ? "" : document.keys[Int(state.key)])
        }
        let keys = usedKeys.sorted { utf8Precedes(document.keys[Int($0)], document.keys[Int($1)]) }
        body.varint(keys.count)
        for (index, key) in keys.enumerated() {
            keyIndex[key] = index
            body.string(document.keys[Int(key)])
        }
    }

    /// - Returns: how many spans were written.
    private mutating func writeSpans(of actor: UInt32, from: UInt32) -> Int {
        let lane = document.lanes[Int(actor)]
        guard let first = lane.spanIndex(of: from) else { return 0 }
        var time: Int64 = 0
        near.reset()
        for index in first..<lane.spans.count {
            let span = lane.spans[index]
            let isCut = span.start < from
            let start = max(span.start, from)
            let end = index + 1 < lane.spans.count ? lane.spans[index + 1].start : lane.end
            put(.spanLength, UInt64(end - start))
            put(.spanTime, signed: Int64(bitPattern: span.time) &- time)
            time = Int64(bitPattern: span.time)
            let own = Dot(actor: actor, counter: start &- 1)
            // Following only one's own last change is what most spans do: told as no dependency.
            let dependencies = isCut || span.dependencies == [own] ? [] : span.dependencies
            put(.spanDependencies, dependencies.isEmpty ? (start == 0 ? 0 : 1) : UInt64(dependencies.count) + 1)
            for dot in dependencies.sorted(by: { document.precedes($0.actor, $1.actor) }) {
                put(.dependencyActor, UInt64(actorIndex[Int(dot.actor)]))
                put(.dependencyCounter, signed: near.delta(to: dot))
                near.visit(dot)
            }
        }
        writeStrides(of: lane, from: from)
        return lane.spans.count - first
    }

    private mutating func writeStrides(of lane: Lane, from: UInt32) {
        // Sought from the end: mostly the last change is asked for.
        var (first, counter) = (lane.strides.count, lane.end)
        while first > 0, counter > from {
            first -= 1
            counter -= lane.strides[first].length * lane.strides[first].count
        }
        for stride in lane.strides[first...] {
            let end = counter + stride.length * stride.count
            defer { counter = end }
            let skipped = from > counter ? (from - counter) / stride.length : 0
            put(.strideLength, UInt64(stride.length))
            put(.strideCount, UInt64(stride.count - skipped))
        }
    }

    private mutating func writeRows(_ rows: Rows, by actor: UInt32) {
        near.reset()
        var previousRight = Dot.none
        var (recentContainer, place) = (UInt32.max, UInt64(0))
        for index in rows.all.indices {
            let row = rows.all[index].operation
            if row.container != recentContainer { (recentContainer, place) = (row.container, UInt64(containerIndex[row.container] ?? 0)) }
            switch row.kind {
            case .mark: kinds.append(UInt64(row.kind.rawValue) | UInt64(row.sides) << 3)
            case .extended: kinds.append(UInt64(row.code))
            default: kinds.append(UInt64(row.kind.rawValue) | (row.isBackward ? ChangeFormat.backwardFlag : 0) | (row.isWide ? ChangeFormat.wideFlag : 0))
            }
            places.append(place)
            switch row.kind {
            case .insert:
                put(.length, UInt64(row.length))
                writeOrigins(row, actor, &previousRight)
                for piece in rows.pieces(of: index) { writeContent(rows.pieces[piece], of: row.container) }
                near.visit(Dot(actor: actor, counter: row.end - 1))
            case .delete:
                put(.length, UInt64(row.length))
                put(.target, UInt64(actorIndex[Int(row.first.actor)]))
                let edge = row.first.advanced(by: row.isBackward ? Int(row.length) - 1 : 0)
                put(.targetDelta, signed: near.delta(to: edge))
                near.visit(row.isBackward ? row.first : edge.advanced(by: Int(row.length) - 1))
            case .mark:
                writeOrigins(row, actor, &previousRight)
                if !row.second.isNone { near.visit(row.second) }
                put(.key, UInt64(keyIndex[row.key] ?? 0))
                document.values.write(Int(row.content), into: &values)
            case .move:
                writeOrigins(row, actor, &previousRight)
                put(.target, UInt64(actorIndex[Int(row.element.actor)]))
                put(.targetDelta, signed: near.delta(to: row.element))
                near.visit(row.element)
                near.visit(Dot(actor: actor, counter: row.counter))
            case .set, .remove:
                // A flag has one register and no keys.
                let isMap = document.containers[Int(row.container)].kind == .map
                put(.key, isMap ? UInt64(keyIndex[row.key] ?? 0) : 0)
                if row.kind == .set { document.values.write(Int(row.content), into: &values) }
            case .max, .extended: document.values.write(Int(row.content), into: &values)
            case .quantity:
                let actorIndex = actorIndex
                values.step(document.steps[Int(row.content)]) { actorIndex[Int($0)] }
            }
        }
    }

    private mutating func writeOrigins(_ row: Operation, _ actor: UInt32, _ previousRight: inout Dot) {
        if row.first.isNone {
            put(.leftActor, 0)
        } else {
            put(.leftActor, UInt64(actorIndex[Int(row.first.actor)]) + 1)
            put(.leftDelta, signed: near.delta(to: row.first))
        }
        if row.second.isNone {
            put(.rightActor, ChangeFormat.rightNone)
        } else if !row.first.isNone, row.second == row.first.advanced(by: 1) {
            put(.rightActor, ChangeFormat.rightFollowsLeft)
        } else if row.second == previousRight {
            put(.rightActor, ChangeFormat.rightAsBefore)
        } else {
            put(.rightActor, UInt64(actorIndex[Int(row.second.actor)]) + ChangeFormat.rightExplicit)
            put(.rightDelta, signed: near.delta(to: row.second))
        }
        previousRight = row.second
    }

    private mutating func writeContent(_ range: Range<UInt32>, of container: UInt32) {
        // Text that lies side by side is copied in one go.
        if container == pending.container, range.lowerBound == pending.range.upperBound {
            pending.range = pending.range.lowerBound..<range.upperBound
            return
        }
        let place = document.containers[Int(container)]
        if place.kind == .text {
            writePending()
            pending = (container, range)
        } else {
            for index in range { document.values.write(Int(index), into: &values) }
        }
    }

    private mutating func writePending() {
        if pending.range.isEmpty { return }
        text.raw(document.opened.sequences[document.containers[Int(pending.container)].slot].utf8[Int(pending.range.lowerBound)..<Int(pending.range.upperBound)])
        pending.range = 0..<0
    }
}

extension Document {
    /// Where the content of a row's element begins in this document.
    func contentOffset(of row: Operation, at index: UInt32) -> UInt32 {
        guard row.isWide else { return row.content + index }
        let run = Run(actor: 0, counter: 0, length: row.length, content: row.content, flags: Run.wideFlag)
        return sequences[containers[Int(row.container)].slot].contentOffset(of: run, at: Int(index))
    }

    /// What containers are sorted by: names from the root, each with its kind; parents come first.
    func canonicalPath(of container: UInt32) -> [UInt8] {
        var parts: [UInt8] = []
        var index = container
        while index != 0 {
            let state = containers[Int(index)]
            parts = Array(keys[Int(state.key)].utf8) + [0, state.kind.rawValue] + parts
            index = state.parent
        }
        return parts
    }
}
