// Files of documents as nobody would write them: as many of one thing as fit, in the fewest bytes. What a document takes in
// memory and in time for each of its file's bytes is measured on these.
internal import Bytes
package import CRDT

package enum CraftedFile: String, CaseIterable, Sendable {
    /// Containers that are named and no more.
    case unusedMaps, unusedTexts, unusedLists, unusedQuantities
    /// Lists in which nothing is left.
    case emptiedLists
    /// Containers with one operation each, of every kind.
    case maps, texts, lists, quantities, maxima, flags
    /// Containers in which only a newer version did something.
    case newerInLists
    /// Every second letter of a text erased, one by one, and from a random one to the next.
    case erased, erasedAtRandom
    case keys, removedKeys
    /// Actors that each set the same key, having seen nothing; the one before; the one after.
    case strangers, chain, reversedChain
    /// Letters put in at one place by as many actors.
    case siblings
    case marks, marksBehind, moves, values, steps, lowered
    /// Changes that each begin a span.
    case spans
    /// Elements put in at random places, one by one.
    case insertions

    /// How a file tells it.
    package enum Form: String, CaseIterable, Sendable {
        /// As a history; with what it shows before; or with a history that was cut.
        case history, outlined, cut
    }

    /// - Returns: a file with so many.
    package func file(_ count: Int, _ form: Form) throws -> [UInt8] {
        guard let body = body(count) else {
            let document = document(count)
            return try (form == .cut ? document.cut(at: document.version) : document).save(level: 6, shownFrom: form == .outlined ? 0 : .max)
        }
        let stored = Deflate.compress(body, level: 6)
        var head = ByteWriter()
        // A history, deflated: Protocol/document-file.md.
        head.byte(4)
        head.byte(1)
        head.varint(body.count)
        head.varint(stored.count)
        let sum = Checksum.crc32(stored, after: Checksum.crc32(head.bytes))
        return [3] + head.bytes + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) } + stored
    }

    /// The columns of a batch, in their order: Protocol/encoding.md, section 3.
    private enum Column: Int, CaseIterable {
        case spanLength, spanTime, spanDependencies, dependencyActor, dependencyCounter, strideLength, strideCount
        case kind, container, length, leftActor, leftDelta, rightActor, rightDelta, target, targetDelta, key
    }

    /// What is a document's can be told in any form.
    package var forms: [Form] {
        switch self {
        case .unusedMaps, .unusedTexts, .unusedLists, .unusedQuantities, .strangers, .chain, .reversedChain, .siblings: [.history]
        default: Form.allCases
        }
    }

    /// The history of those that no document makes, or only in the time that it shouldn't take.
    private func body(_ count: Int) -> [UInt8]? {
        switch self {
        case .unusedMaps: CraftedFile.naming(.map, count)
        case .unusedTexts: CraftedFile.naming(.text, count)
        case .unusedLists: CraftedFile.naming(.list, count)
        case .unusedQuantities: CraftedFile.naming(.quantity, count)
        case .strangers, .chain, .reversedChain, .siblings: actors(count)
        default: nil
        }
    }

    /// One operation in the root, and containers.
    private static func naming(_ kind: ContainerKind, _ count: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(1)
        writer.raw(actor(0).bytes)
        let maps = (count + 94) / 95
        writer.varint(1 + maps + count)
        func name(_ parent: Int, _ kind: ContainerKind, _ text: String) {
            writer.varint(parent)
            writer.byte(kind.rawValue)
            writer.string(text)
        }
        name(0, .map, "")
        for map in 0..<maps {
            name(0, .map, CraftedFile.name(map))
        }
        for index in 0..<count { name(2 + index / 95, kind, CraftedFile.name(index % 95)) }
        writer.varint(1)
        writer.string("k")
        writer.varint(1)
        for number in [0, 0, 1, 1] { writer.varint(number) }
        let columns: [Column: [Int]] = [.spanLength: [1], .spanTime: [0], .spanDependencies: [0], .strideLength: [1], .strideCount: [1],
                                                     .kind: [1, 1, 2], .container: [1, 1, 0], .key: [0]]
        for column in Column.allCases { writer.blob(written(columns[column] ?? [])) }
        writer.blob([0])
        writer.blob([])
        return writer.bytes
    }

    private static func written(_ numbers: [Int]) -> [UInt8] {
        var writer = ByteWriter()
        for number in numbers { writer.varint(number) }
        return writer.bytes
    }

    /// As many actors, with one operation each.
    private func actors(_ count: Int) -> [UInt8] {
        let count = min(count, Limits.actorsMax)
        var writer = ByteWriter()
        writer.varint(count)
        for actor in (0..<count).map(CraftedFile.actor).sorted() { writer.raw(actor.bytes) }
        writer.varint(1)
        writer.varint(0)
        writer.byte(self == .siblings ? ContainerKind.text.rawValue : ContainerKind.map.rawValue)
        writer.string(self == .siblings ? "t" : "")
        writer.varint(self == .siblings ? 0 : 1)
        if self != .siblings { writer.string("k") }
        writer.varint(count)
        for index in 0..<count { for number in [index, 0, 1, 1] { writer.varint(number) } }
        let ones = Array(repeating: 1, count: count), nones = Array(repeating: 0, count: count)
        var columns: [Column: [Int]] = [.spanLength: ones, .spanTime: nones, .strideLength: ones, .strideCount: ones]
        switch self {
        case .chain: (columns[.spanDependencies], columns[.dependencyActor]) = ([0] + Array(repeating: 2, count: count - 1), Array(0..<count - 1))
        case .reversedChain: (columns[.spanDependencies], columns[.dependencyActor]) = (Array(repeating: 2, count: count - 1) + [0], Array(1..<count))
        default: columns[.spanDependencies] = nones
        }
        columns[.dependencyCounter] = columns[.dependencyActor].map { $0.map { _ in 0 } }
        if self == .siblings {
            (columns[.length], columns[.leftActor], columns[.rightActor]) = (ones, nones, nones)
            (columns[.kind], columns[.container]) = ([1, count, 0], [1, count, 0])
        } else {
            columns[.key] = nones
            (columns[.kind], columns[.container]) = ([1, count, 2], [1, count, 0])
        }
        for column in Column.allCases { writer.blob(CraftedFile.written(columns[column] ?? [])) }
        writer.blob(self == .siblings ? [] : Array(repeating: 0, count: count))
        writer.blob(self == .siblings ? Array(repeating: 97, count: count) : [])
        return writer.bytes
    }

    package static func actor(_ number: Int) -> ActorID {
        ActorID(publicKey: (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }, incarnation: [])
    }

    package func document(_ count: Int) -> Document {
        var document = Document()
        var random = SeededGenerator(seed: 7)
        func edit(_ body: (inout Document) throws -> Void) {
            do { try document.change(by: CraftedFile.actor(0), at: 0, body) } catch { fatalError("\(error)") }
        }
        /// Named by a letter each, in as many maps as that takes.
        func each(_ kind: ContainerKind, _ body: (inout Document, ContainerID, Int) throws -> Void) {
            edit { document in
                for index in 0..<count {
                    let map = document.container(.map, CraftedFile.name(index / 95))
                    try body(&document, document.container(kind, CraftedFile.name(index % 95), in: map), index)
                }
            }
        }
        switch self {
        case .maps: each(.map) { document, map, _ in document.set("", to: .null, in: map) }
        case .texts: each(.text) { document, text, _ in try document.insert("a", at: 0, in: text) }
        case .emptiedLists:
            each(.list) { document, list, _ in
                try document.insert(.null, at: 0, in: list)
                try document.delete(at: 0, count: 1, in: list)
            }
        case .lists: each(.list) { document, list, _ in try document.insert(.null, at: 0, in: list) }
        case .quantities: each(.quantity) { document, quantity, _ in try document.edit(.more(1), in: quantity) }
        case .maxima: each(.max) { document, maximum, _ in document.raise(to: 1, in: maximum) }
        case .flags: each(.flag) { document, flag, _ in document.setFlag(true, in: flag) }
        case .newerInLists: each(.list) { document, _, index in document.extend(64, [], at: [CraftedFile.name(index / 95), CraftedFile.name(index % 95)], .list) }
        case .erased, .erasedAtRandom:
            edit { document in
                let text = document.container(.text, "t")
                try document.insert(String(repeating: "a", count: 2 * count + 1), at: 0, in: text)
                for index in 0..<count { try document.delete(at: self == .erased ? index + 1 : random.below(2 * count - index), count: 1, in: text) }
            }
        case .keys: edit { document in for index in 0..<count { document.set(CraftedFile.name(index), to: .null) } }
        case .removedKeys:
            edit { document in
                for index in 0..<count {
                    document.set(CraftedFile.name(index % 100), to: .null)
                    document.remove(CraftedFile.name(index % 100))
                }
            }
        case .unusedMaps, .unusedTexts, .unusedLists, .unusedQuantities, .strangers, .chain, .reversedChain, .siblings: preconditionFailure("its history is made by hand")
        case .marks, .marksBehind:
            edit { document in
                let text = document.container(.text, "t")
                try document.insert(String(repeating: "a", count: self == .marks ? 2 : count + 1), at: 0, in: text)
                for index in 0..<count {
                    let at = self == .marks ? 0 : (index * 7_919) % count
                    try document.mark(at..<at + 1, "", expand: self == .marks ? .after : .none, in: text)
                }
            }
        case .moves:
            edit { document in
                let list = document.container(.list, "l")
                for _ in 0..<count { try document.insert(.null, at: 0, in: list) }
                for index in 0..<count { try document.move(at: index == 0 ? 1 : count - 1, to: index == 0 ? 0 : index / 2, in: list) }
            }
        case .values:
            edit { document in
                let list = document.container(.list, "l")
                for index in 0..<count { try document.insert(.null, at: index, in: list) }
            }
        case .steps, .lowered:
            edit { document in
                let quantity = document.container(.quantity, "q")
                if self == .lowered { try document.edit(.set(UInt64(count)), in: quantity) }
                for _ in 0..<count { try document.edit(self == .steps ? .more(1) : .less(1), in: quantity) }
            }
        case .spans:
            for index in 0..<count {
                document.change(by: CraftedFile.actor(0), at: UInt64(index) * 100_000) { $0.setFlag(true, in: $0.container(.flag, "f")) }
            }
        case .insertions:
            edit { document in
                let text = document.container(.text, "t")
                for index in 0..<count { try document.insert("a", at: index == 0 ? 0 : random.below(index), in: text) }
            }
        }
        return document
    }

    private static func name(_ index: Int) -> String {
        var (rest, bytes) = (index, [UInt8]())
        repeat {
            bytes.append(UInt8(32 + rest % 95))
            rest /= 95
        } while rest > 0
        return String(decoding: bytes, as: UTF8.self)
    }
}
