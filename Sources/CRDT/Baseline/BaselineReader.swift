// A document from a baseline: its state is read, its history begins where it was cut.
internal import Bytes

struct BaselineReader {
    private var reader: ByteReader
    private let texts: [UInt8]
    private var textStart = 0
    private var document = Document()
    private var keys: [UInt32] = []
    private var lamports: [Dot: UInt64] = [:]
    /// By actor, where its history begins: one for all sequences.
    private var floor: [UInt32] = []
    private var near: Neighbourhood

    /// - Throws: `DecodeError`: it isn't one. Whether it is canonical is for the caller to see, by writing it again.
    static func read(_ body: [UInt8], texts: [UInt8]) throws(DecodeError) -> Document {
        var reader = BaselineReader(reader: ByteReader(body), texts: texts)
        return try reader.document(body)
    }

    private init(reader: ByteReader, texts: [UInt8]) { (self.reader, self.texts, near) = (reader, texts, Neighbourhood(actors: 0)) }

    private mutating func document(_ body: [UInt8]) throws(DecodeError) -> Document {
        guard texts.isValidUTF8 else { throw .notUTF8(at: 0) }
        for _ in 0..<(try reader.count(limit: min(Limits.actorsMax, reader.remaining / 19))) {
            let start = reader.offset
            let actor = try ActorID(&reader)
            if let last = document.actors.last, last >= actor { throw .notCanonical(at: start) }
            let index = Int(document.index(of: actor))
            let end = UInt32(try reader.count(limit: Limits.counterMax))
            document.opened.lanes[index].start = end
            document.opened.lanes[index].end = end
            let lamport = try reader.varint()
            (document.opened.lanes[index].lamportStart, document.opened.lanes[index].lamportEnd) = (lamport, lamport)
            document.opened.lanes[index].timeStart = try reader.varint()
            guard end > 0, document.opened.lanes[index].lamportEnd >= UInt64(end) else { throw .inconsistent(at: start, what: "an actor in a baseline has operations") }
        }
        for _ in 0..<(try reader.count(limit: document.actors.count)) {
            let start = reader.offset
            let actor = try actor()
            if let last = document.heads.last, last.actor >= actor { throw .notCanonical(at: start) }
            document.heads.append(Dot(actor: actor, counter: document.opened.lanes[Int(actor)].end - 1))
        }
        let changeCount = try reader.count(limit: .max)
        let historyHash = try reader.raw(Digest.byteCount)
        floor = document.opened.lanes.map(\.start)
        near = Neighbourhood(actors: floor.count)
        let containers = try readTables()
        for container in containers { try read(container) }
        let extensions = try readExtensions(in: containers)
        try reader.finish()
        guard textStart == texts.count else { throw .trailing(at: textStart) }
        document.opened.baseline = Baseline(body: body, texts: texts, historyHash: historyHash, heads: document.heads, changeCount: changeCount, lamports: lamports, extensions: extensions)
        return document
    }

    private mutating func readTables() throws(DecodeError) -> [UInt32] {
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let start = reader.offset
            let key = try reader.string(limit: Limits.keyBytesMax)
            if let last = document.keys.last, !utf8Precedes(last, key) { throw .notCanonical(at: start) }
            keys.append(document.index(ofKey: key))
        }
        var containers: [UInt32] = [0]
        for _ in 0..<(try reader.count(limit: reader.remaining / 3)) {
            let start = reader.offset
            let parent = containers[try reader.count(limit: containers.count - 1)]
            let tag = try reader.byte()
            guard let kind = ContainerKind(rawValue: tag) else { throw .newer(at: start, what: "a container", number: UInt64(tag)) }
            let key = try key()
            guard document.containers[Int(parent)].kind == .map, document.containers[Int(parent)].depth < Limits.depthMax else {
                throw .inconsistent(at: start, what: "only maps hold containers, and not without end")
            }
            let container = document.container(kind, key: key, parent: parent)
            guard Int(container) == containers.count else { throw .notCanonical(at: start) }
            document.markUsed(container)
            containers.append(container)
        }
        return containers
    }

    // MARK: Names

    private mutating func actor() throws(DecodeError) -> UInt32 { try reader.actor(of: document.actors.count) }

    private mutating func key() throws(DecodeError) -> UInt32 {
        let start = reader.offset
        let index = try reader.varint()
        guard index < UInt64(keys.count) else { throw .overLimit(at: start, found: index, limit: UInt64(keys.count)) }
        return keys[Int(index)]
    }

    private mutating func dot() throws(DecodeError) -> Dot {
        let actor = try actor()
        return Dot(actor: actor, counter: UInt32(try reader.count(limit: Int(document.opened.lanes[Int(actor)].end) - 1)))
    }

    private mutating func optionalDot() throws(DecodeError) -> Dot {
        let actor = try reader.count(limit: document.actors.count)
        guard actor > 0 else { return .none }
        return Dot(actor: UInt32(actor - 1), counter: UInt32(try reader.count(limit: Int(document.opened.lanes[actor - 1].end) - 1)))
    }

    private mutating func value() throws(DecodeError) -> UInt32 {
        document.opened.values.append(try reader.value())
        return UInt32(document.opened.values.count - 1)
    }

    // MARK: Content

    private mutating func read(_ container: UInt32) throws(DecodeError) {
        let kind = document.containers[Int(container)].kind
        switch kind {
        case .map, .flag, .max:
            let count = try reader.count(limit: kind == .map ? keys.count : 1)
            let slot = count > 0 ? document.ownSlot(container) : 0
            for _ in 0..<count {
                let start = reader.offset
                let key = kind == .map ? try key() : UInt32(try reader.count(limit: 0))
                guard document.opened.maps[slot].registers[key] == nil else { throw .notCanonical(at: start) }
                for entry in try entries() { document.opened.maps[slot].registers.add(key, entry) }
            }
            if count > 0 { document.markUsed(container) }
        case .quantity:
            var quantity = Quantity()
            for _ in 0..<(try reader.count(limit: document.actors.count)) {
                quantity.shares.append(Quantity.Share(actor: try actor(), added: try reader.varint(), consumed: try reader.varint()))
            }
            for _ in 0..<(try reader.count(limit: reader.remaining / 3)) {
                quantity.bases.append(Quantity.Base(dot: try dot(), cap: UInt64(try reader.count(limit: Int(Limits.quantityMax)))))
            }
            if quantity != Quantity() { document.opened.quantities[document.ownSlot(container)] = quantity }
        case .text:
            let count = try reader.count(limit: texts.count - textStart)
            let end = textStart + count
            guard end == texts.count || texts[end] & 0xC0 != 0x80 else { throw .notUTF8(at: end) }
            let content = Array(texts[textStart..<end])
            textStart = end
            try readRuns(container, content)
            try readMarks(container)
        case .list:
            try readRuns(container, nil)
            try readMoves(document.containers[Int(container)].slot)
        case .unknown: break
        }
    }

    /// What newer versions did: at the end, where there is any.
    private mutating func readExtensions(in containers: [UInt32]) throws(DecodeError) -> [KeptExtension] {
        guard !reader.isAtEnd else { return [] }
        var extensions: [KeptExtension] = []
        let start = reader.offset
        let count = try reader.count(limit: reader.remaining / 7)
        guard count > 0 else { throw .notCanonical(at: start) }
        var seen = SeenByAuthor(actors: document.actors.count)
        for _ in 0..<count {
            let start = reader.offset
            let container = containers[try reader.count(limit: containers.count - 1)]
            let (dot, lamport, code) = (try dot(), try reader.varint(), try reader.varint())
            guard code >= UInt64(Limits.extensionMin), code <= Limits.operationCodeMax else { throw .newer(at: start, what: "an operation", number: code) }
            let payload = try reader.blob(limit: Limits.extensionBytesMax)
            if let last = extensions.last, (last.dot.actor, last.dot.counter) >= (dot.actor, dot.counter) { throw .notCanonical(at: start) }
            if extensions.last?.dot.actor != dot.actor { seen.reset() }
            var item = KeptExtension(container: container, dot: dot, lamport: lamport, code: UInt32(code), payload: payload, news: [])
            for _ in 0..<(try reader.count(limit: document.actors.count)) {
                let start = reader.offset
                let other = try actor()
                let count = UInt32(try reader.count(limit: Int(document.opened.lanes[Int(other)].end)))
                guard other != dot.actor, item.news.last.map({ $0.actor < other }) ?? true, seen.learn(other, count) else { throw .notCanonical(at: start) }
                item.news.append((other, count))
            }
            extensions.append(item)
            document.markUsed(container)
        }
        return extensions
    }

    private mutating func entries() throws(DecodeError) -> [Entry] {
        let count = try reader.count(limit: reader.remaining / 3)
        guard count > 0 else { throw .notCanonical(at: reader.offset) }
        var entries: [Entry] = []
        for _ in 0..<count {
            let dot = try dot()
            if count > 1 { lamports[dot] = try reader.varint() }
            entries.append(Entry(dot: dot, value: try value()))
        }
        return entries
    }

    /// - Parameter utf8: of a text.
    private mutating func readRuns(_ container: UInt32, _ utf8: [UInt8]?) throws(DecodeError) {
        let count = try reader.count(limit: reader.remaining)
        let slot = count > 0 ? document.ownSlot(container) : 0
        if slot > 0, let utf8 { document.opened.sequences[slot].utf8 = utf8 }
        var owners = try ColumnReader(reader.blob())
        var states = try ColumnReader(reader.blob())
        var counters = ByteReader(try reader.blob())
        var lengths = ByteReader(try reader.blob())
        near.reset()
        var (place, content): (Place?, Int) = (nil, 0)
        for _ in 0..<count {
            let start = lengths.offset
            let owner = try owners.next()
            guard owner < UInt64(floor.count), let state = BaselineWriter.State(rawValue: try states.next()) else { throw .unknownTag(at: start, tag: owner) }
            let counter = near.counter(UInt32(owner), try counters.signed())
            let length = try lengths.count(limit: Int(Run.lengthMax))
            guard length > 0, counter >= 0, counter + Int64(length) <= Int64(document.opened.lanes[Int(owner)].end) else {
                throw .inconsistent(at: start, what: "the elements of a baseline are its actors'")
            }
            near.visit(Dot(actor: UInt32(owner), counter: UInt32(counter + Int64(length))))
            let first = Dot(actor: UInt32(owner), counter: UInt32(counter))
            guard !document.opened.sequences[slot].holdsAny(first, length: length) else { throw .inconsistent(at: start, what: "an element stands once") }
            if state != .shown {
                document.opened.sequences[slot].append(Run(first: first, length: UInt32(length), content: 0,
                                                           flags: Run.deletedFlag | (state == .fading ? Run.fadingFlag : 0)), after: &place)
            } else if let utf8 {
                content = try document.opened.sequences[slot].append(first, length: length, textAt: content, of: utf8, after: &place)
            } else {
                document.opened.sequences[slot].append(Run(first: first, length: UInt32(length), content: UInt32(document.opened.values.count + content), flags: 0), after: &place)
                content += length
            }
        }
        try owners.finish()
        try states.finish()
        try counters.finish()
        try lengths.finish()
        if let utf8 {
            guard content == utf8.count else { throw .inconsistent(at: reader.offset, what: "a text has the bytes of its elements") }
        } else {
            guard content <= reader.remaining else { throw .truncated(at: reader.offset) }
            for _ in 0..<content { _ = try value() }
        }
        if slot > 0 { document.opened.sequences[slot].floor = floor }
    }

    private mutating func readMoves(_ slot: Int) throws(DecodeError) {
        for _ in 0..<(try reader.count(limit: reader.remaining / 5)) {
            let start = reader.offset
            let (element, stand, lamport) = (try dot(), try dot(), try reader.varint())
            // Asked where it lies: a copy would be copied once more when the move is added.
            guard element != stand, document.opened.sequences[slot].moves.standings[element] == nil, document.opened.sequences[slot].moves.elements[stand] == nil,
                  let birthplace = document.opened.sequences[slot].place(of: element), document.opened.sequences[slot].run(at: birthplace).isDeleted,
                  let place = document.opened.sequences[slot].place(of: stand), !document.opened.sequences[slot].run(at: place).isDeleted else {
                throw .inconsistent(at: start, what: "a moved element has left one slot and stands in another")
            }
            document.opened.sequences[slot].moves.add(slot: stand, for: element)
            document.opened.sequences[slot].moves.stand(element, Moves.Standing(slot: stand, lamport: lamport, isDeleted: false))
        }
    }

    private mutating func readMarks(_ container: UInt32) throws(DecodeError) {
        let count = try reader.count(limit: reader.remaining / 7)
        let slot = count > 0 ? document.ownSlot(container) : 0
        for _ in 0..<count {
            let start = reader.offset
            let (dot, lamport, name, value) = (try dot(), try reader.varint(), try key(), try value())
            let sides = try reader.byte()
            let (first, second) = (try optionalDot(), try optionalDot())
            guard sides < 4, first.isNone || document.opened.sequences[slot].place(of: first) != nil,
                  second.isNone || document.opened.sequences[slot].place(of: second) != nil else {
                throw .inconsistent(at: start, what: "a mark begins and ends at elements that are there")
            }
            document.opened.sequences[slot].marks.add(MarkSpan(dot: dot, lamport: lamport, name: name, value: value, start: Anchor(element: first, isBehind: sides & 1 != 0),
                                                               end: Anchor(element: second, isBehind: sides & 2 != 0)))
        }
    }
}
