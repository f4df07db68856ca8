// What a file shows of a document without its history: each container's visible content.
//
// Of values that were set concurrently it has the one that shows, and that there are others; who asks for those reads
// the history.
internal import Bytes

struct Shown {
    struct Register {
        var value: Value
        var isConflict: Bool
    }

    enum Content {
        /// Registers by key; those of a flag and a max register have key 0.
        case map([UInt32: Register])
        /// A text: where it begins in the section of texts, its bytes, its scalars and its UTF-16 units.
        case text(start: Int, bytes: Int, scalars: Int, utf16: Int)
        case list([Value])
        case quantity(UInt64, conflict: [UInt64])
        /// A container of a kind that isn't known.
        case unknown
    }

    /// By container.
    var contents: [Content] = []
    /// Bytes of all texts.
    var textBytes = 0

    func register(_ key: UInt32, in container: UInt32) -> Register? {
        if case .map(let registers) = contents[Int(container)] { registers[key] } else { nil }
    }

    func keys(in container: UInt32) -> [UInt32] {
        if case .map(let registers) = contents[Int(container)] { Array(registers.keys) } else { [] }
    }

    func count(_ container: UInt32) -> Int {
        switch contents[Int(container)] {
        case .text(_, _, let scalars, _): scalars
        case .list(let values): values.count
        case .map, .quantity, .unknown: 0
        }
    }

    func utf16Count(_ container: UInt32) -> Int {
        if case .text(_, _, _, let utf16) = contents[Int(container)] { utf16 } else { 0 }
    }

    func list(_ container: UInt32) -> [Value] {
        if case .list(let values) = contents[Int(container)] { values } else { [] }
    }

    func quantity(_ container: UInt32) -> (value: UInt64, conflict: [UInt64])? {
        if case .quantity(let value, let conflict) = contents[Int(container)] { (value, conflict) } else { nil }
    }

    // MARK: Writing

    /// The tables and the content of a document that is awake, and its texts one after the other.
    static func write(_ document: Document, into writer: inout ByteWriter, texts: inout [UInt8]) {
        let (containers, keyIndex) = document.writeTables(into: &writer)
        for container in containers { write(document, container, keyIndex, into: &writer, texts: &texts) }
    }

    private static func write(_ document: Document, _ container: UInt32, _ keyIndex: [UInt32: Int],
                              into writer: inout ByteWriter, texts: inout [UInt8]) {
        let slot = document.containers[Int(container)].slot
        switch document.containers[Int(container)].kind {
        case .map:
            let registers = document.maps[slot].registers.all.map { (keyIndex[$0.key] ?? 0, $0.entries) }.sorted { $0.0 < $1.0 }
            writer.varint(registers.count)
            for (key, live) in registers {
                writer.varint(key)
                write(document, live, into: &writer)
            }
        case .flag, .max:
            let live = document.maps[slot].registers[0] ?? []
            writer.varint(live.isEmpty ? 0 : 1)
            if document.containers[Int(container)].kind == .flag, !live.isEmpty {
                let isGranted = live.allSatisfy { document.values[Int($0.value)] == .bool(true) }
                writer.byte(live.count > 1 ? 1 : 0)
                writer.value(.bool(isGranted))
            } else if !live.isEmpty {
                write(document, live, into: &writer)
            }
        case .text:
            let start = texts.count
            document.sequences[slot].appendText(to: &texts)
            writer.varint(texts.count - start)
            writer.varint(document.sequences[slot].count)
            writer.varint(document.sequences[slot].totals.utf16)
        case .list:
            writer.varint(document.sequences[slot].count)
            document.sequences[slot].forEachVisibleRun { run in
                for index in run.content..<run.content + run.length { document.values.write(Int(index), into: &writer) }
            }
        case .quantity:
            writer.varint(document.quantities[slot].value)
            let conflict = document.quantities[slot].conflict
            writer.varint(conflict.count)
            for value in conflict { writer.varint(value) }
        // What it shows, a newer version finds in the history.
        case .unknown: break
        }
    }

    private static func write(_ document: Document, _ live: [Entry], into writer: inout ByteWriter) {
        writer.byte(live.count > 1 ? 1 : 0)
        let last = live.count > 1 ? document.ordered(live).last : live.first
        if let last { document.values.write(Int(last.value), into: &writer) } else { writer.value(.null) }
    }

    // MARK: Reading

    /// Reads the tables into a document that has none yet, and what its containers hold.
    static func read(_ bytes: [UInt8], into document: inout Document) throws(DecodeError) -> Shown {
        var reader = ByteReader(bytes)
        for index in 0..<(try reader.count(limit: reader.remaining)) {
            let start = reader.offset
            let key = document.index(ofKey: try reader.string(limit: Limits.keyBytesMax))
            guard Int(key) == index else { throw .notCanonical(at: start) }
        }
        let count = try reader.count(limit: reader.remaining / 3)
        for index in stride(from: 1, through: count, by: 1) {
            let start = reader.offset
            let parent = UInt32(try reader.count(limit: index - 1))
            let tag = try reader.byte()
            guard let kind = ContainerKind(rawValue: tag) else { throw .newer(at: start, what: "a container", number: UInt64(tag)) }
            let key = try reader.count(limit: max(0, document.keys.count - 1))
            guard key < document.keys.count else { throw .truncated(at: start) }
            guard document.containers[Int(parent)].kind == .map, document.containers[Int(parent)].depth < Limits.depthMax else {
                throw .inconsistent(at: start, what: "only maps hold containers, and not without end")
            }
            let container = document.container(kind, key: UInt32(key), parent: parent)
            guard Int(container) == index else { throw .notCanonical(at: start) }
            document.markUsed(container)
        }
        var shown = Shown()
        shown.contents.reserveCapacity(count + 1)
        for index in 0...count { shown.contents.append(try shown.content(document.containers[index].kind, document.keys.count, &reader)) }
        if !shown.isRootEmpty { document.markUsed(0) }
        try reader.finish()
        return shown
    }

    private var isRootEmpty: Bool {
        if case .map(let registers)? = contents.first { return registers.isEmpty }
        return true
    }

    private mutating func content(_ kind: ContainerKind, _ keys: Int, _ reader: inout ByteReader) throws(DecodeError) -> Content {
        switch kind {
        case .map, .flag, .max:
            let count = try reader.count(limit: kind == .map ? min(keys, reader.remaining) : 1)
            var registers: [UInt32: Register] = [:]
            registers.reserveCapacity(count)
            for _ in 0..<count {
                let key = kind == .map ? UInt32(try reader.count(limit: max(0, keys - 1))) : 0
                let isConflict = try reader.byte() == 1
                registers[key] = Register(value: try reader.value(), isConflict: isConflict)
            }
            return .map(registers)
        case .text:
            let bytes = try reader.count(limit: Limits.contentBytesMax)
            let scalars = try reader.count(limit: bytes)
            defer { textBytes += bytes }
            return .text(start: textBytes, bytes: bytes, scalars: scalars, utf16: try reader.count(limit: bytes))
        case .list:
            var values: [Value] = []
            let count = try reader.count(limit: reader.remaining)
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try reader.value()) }
            return .list(values)
        case .quantity:
            let value = try reader.varint()
            var conflict: [UInt64] = []
            for _ in 0..<(try reader.count(limit: reader.remaining)) { conflict.append(try reader.varint()) }
            return .quantity(value, conflict: conflict)
        case .unknown: return .unknown
        }
    }
}
