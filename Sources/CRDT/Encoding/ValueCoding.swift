// Values as bytes: a tag, then what the tag says. Protocol/encoding.md section 4.
package import Bytes

extension ByteWriter {
    package mutating func value(_ value: Value) {
        switch value {
        case .null: byte(0)
        case .bool(false): byte(1)
        case .bool(true): byte(2)
        case .int(let number):
            byte(3)
            signed(number)
        case .string(let text):
            byte(4)
            string(text)
        case .bytes(let raw):
            byte(5)
            blob(raw)
        case .list(let values):
            byte(6)
            varint(values.count)
            for value in values { self.value(value) }
        case .fields(let fields):
            byte(7)
            varint(fields.count)
            for field in fields {
                string(field.key)
                self.value(field.value)
            }
        case .unknown(let value):
            byte(value.tag)
            varint(value.bytes.count)
            raw(value.bytes)
        }
    }
}

extension ByteReader {
    package mutating func value(depth: Int = 0) throws(DecodeError) -> Value {
        let start = offset
        guard depth < Limits.valueDepthMax else {
            throw .overLimit(at: start, found: UInt64(depth), limit: UInt64(Limits.valueDepthMax))
        }
        switch try byte() {
        case 0: return .null
        case 1: return .bool(false)
        case 2: return .bool(true)
        case 3: return .int(try signed())
        case 4: return .string(try string())
        case 5: return .bytes(try blob())
        case 6:
            var values: [Value] = []
            for _ in 0..<(try count(limit: remaining)) { values.append(try value(depth: depth + 1)) }
            return .list(values)
        case 7:
            var fields: [Value.Field] = []
            for _ in 0..<(try count(limit: remaining / 2)) {
                let key = try string(limit: Limits.keyBytesMax)
                if let last = fields.last, !utf8Precedes(last.key, key) { throw .notCanonical(at: start) }
                fields.append(Value.Field(key, try value(depth: depth + 1)))
            }
            return .fields(fields)
        case let tag where tag >= Limits.extensionMin: return .unknown(Value.Unknown(tag: tag, try blob(limit: Limits.extensionBytesMax)))
        case let tag: throw .newer(at: start, what: "a value", number: UInt64(tag))
        }
    }
}

/// Tags of values that are told apart without a look at the value.
enum ValueTag {
    static let int: UInt8 = 3
    static let blob: UInt8 = 5

    static func isBool(_ tag: UInt8) -> Bool { tag == 1 || tag == 2 }
}

extension ByteReader {
    /// Goes past a value: checks all that `value` does, and makes nothing of it.
    /// - Returns: its tag.
    @discardableResult
    mutating func skipValue(depth: Int = 0) throws(DecodeError) -> UInt8 {
        let start = offset
        guard depth < Limits.valueDepthMax else {
            throw .overLimit(at: start, found: UInt64(depth), limit: UInt64(Limits.valueDepthMax))
        }
        let tag = try byte()
        switch tag {
        case 0, 1, 2: break
        case ValueTag.int: _ = try varint()
        case 4: _ = try skipString(limit: .max)
        case ValueTag.blob: try skip(count(limit: .max))
        case 6: for _ in 0..<(try count(limit: remaining)) { try skipValue(depth: depth + 1) }
        case 7:
            var last: Range<Int>?
            for _ in 0..<(try count(limit: remaining / 2)) {
                let key = try skipString(limit: Limits.keyBytesMax)
                if let last, !bytes[last].lexicographicallyPrecedes(bytes[key]) { throw .notCanonical(at: start) }
                last = key
                try skipValue(depth: depth + 1)
            }
        case Limits.extensionMin...: try skip(count(limit: Limits.extensionBytesMax))
        default: throw .newer(at: start, what: "a value", number: UInt64(tag))
        }
        return tag
    }

    /// - Returns: where its bytes are.
    private mutating func skipString(limit: Int) throws(DecodeError) -> Range<Int> {
        let start = offset
        let length = try count(limit: limit)
        let from = offset
        try skip(length)
        let text = bytes[from..<from + length]
        guard text.allSatisfy({ $0 < 0x80 }) || String(validating: text, as: UTF8.self) != nil else { throw .notUTF8(at: start) }
        return from..<from + length
    }

    /// Goes past a step: checks all that `step` does.
    mutating func skipStep(actors: Int) throws(DecodeError) {
        _ = try count(limit: Int(Limits.quantityMax))
        _ = try count(limit: Int(Limits.quantityMax) + 1)
        for _ in 0..<(try count(limit: remaining / 2)) {
            _ = try actor(of: actors)
            _ = try varint()
        }
        for _ in 0..<(try count(limit: remaining / 2)) { _ = try dot(actors: actors) }
        for _ in 0..<(try count(limit: remaining / 2)) {
            _ = try dot(actors: actors)
            _ = try count(limit: Int(Limits.quantityMax))
        }
    }
}

extension ByteWriter {
    /// - Parameter dot: translates a dot into the tables of the batch.
    mutating func step(_ step: Quantity.Step, actor: (UInt32) -> UInt32) {
        varint(step.added)
        varint(step.base.map { $0 + 1 } ?? 0)
        let consumed = step.consumed.map { (actor($0.actor), $0.upTo) }.sorted { $0.0 < $1.0 }
        varint(consumed.count)
        for (actor, upTo) in consumed {
            varint(UInt64(actor))
            varint(upTo)
        }
        func precedes(_ left: Dot, _ right: Dot) -> Bool { (left.actor, left.counter) < (right.actor, right.counter) }
        let dropped = step.dropped.map { Dot(actor: actor($0.actor), counter: $0.counter) }.sorted(by: precedes)
        varint(dropped.count)
        for dot in dropped { self.dot(dot) }
        let lowered = step.lowered.map { (dot: Dot(actor: actor($0.dot.actor), counter: $0.dot.counter), cap: $0.cap) }
            .sorted { precedes($0.dot, $1.dot) }
        varint(lowered.count)
        for (dot, cap) in lowered {
            self.dot(dot)
            varint(cap)
        }
    }

    private mutating func dot(_ dot: Dot) {
        varint(UInt64(dot.actor))
        varint(UInt64(dot.counter))
    }
}

extension ByteReader {
    mutating func step(actors: Int) throws(DecodeError) -> Quantity.Step {
        var step = Quantity.Step()
        step.added = UInt64(try count(limit: Int(Limits.quantityMax)))
        let base = UInt64(try count(limit: Int(Limits.quantityMax) + 1))
        step.base = base == 0 ? nil : base - 1
        for _ in 0..<(try count(limit: remaining / 2)) {
            step.consumed.append((try actor(of: actors), try varint()))
        }
        for _ in 0..<(try count(limit: remaining / 2)) { step.dropped.append(try dot(actors: actors)) }
        for _ in 0..<(try count(limit: remaining / 2)) {
            step.lowered.append((try dot(actors: actors), UInt64(try count(limit: Int(Limits.quantityMax)))))
        }
        return step
    }

    mutating func actor(of actors: Int) throws(DecodeError) -> UInt32 {
        let start = offset
        let index = try varint()
        guard index < UInt64(actors) else { throw .overLimit(at: start, found: index, limit: UInt64(actors)) }
        return UInt32(index)
    }

    private mutating func dot(actors: Int) throws(DecodeError) -> Dot {
        Dot(actor: try actor(of: actors), counter: UInt32(try count(limit: Limits.counterMax)))
    }
}

extension Value {
    /// Alone, as a row of a store has it.
    package var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.value(self)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        var reader = ByteReader(bytes)
        self = try reader.value()
    }
}
