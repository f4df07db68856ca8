// Reading changes, from bytes that may come from anyone.
//
// Everything that can be known from the bytes alone is checked here: indices within their tables,
// counts within the bytes, rows and spans that cover the same counters, nothing left over. What needs
// the document (do these elements exist?) is checked when the set is applied.
package import Bytes

extension ChangeSet {
    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        if bytes.first == ChangeFormat.small {
            try self.init(SmallChange(decoding: bytes), in: bytes)
        } else {
            try self.init(body: ChangeFormat.reader(of: bytes))
        }
    }

    package init(body: [UInt8]) throws(DecodeError) { try self.init(body: ByteReader(body)) }

    private init(body: ByteReader) throws(DecodeError) {
        self.init()
        guard body.bytes.count <= Int(UInt32.max) else { throw .overLimit(at: 0, found: UInt64(body.bytes.count), limit: UInt64(UInt32.max)) }
        bytes = body.bytes
        try read(body)
    }

    private mutating func read(_ body: ByteReader) throws(DecodeError) {
        var reader = body
        try readTables(&reader)
        let counts = try readHeads(&reader)
        let source = bytes
        try source.withUnsafeBufferPointer { (source) throws(DecodeError) in
            var columns = try ChangeColumns(&reader, source, actors: actors.count, containers: containers.count, keys: keys.count)
            try reader.finish()
            try columns.reserve(spans: counts, &self)
            for index in work.indices {
                try columns.readPieces(of: index, count: counts[index].spans, &self)
                try columns.readRows(of: index, count: counts[index].rows, &self)
            }
            try columns.finish()
            try checkUse(columns)
        }
    }

    /// A batch names what its operations are about, and what holds that: a name alone would take memory for nothing.
    private func checkUse(_ columns: borrowing ChangeColumns) throws(DecodeError) {
        var isUsed = columns.isContainerUsed
        for index in containers.indices.reversed() {
            // The root may stand first for what is in it.
            guard isUsed[index] || index == 0 && containers[0].parent < 0 && containers[0].kind == .map && containers[0].name.isEmpty else {
                throw .inconsistent(at: 0, what: "a container that is named holds operations")
            }
            if containers[index].parent >= 0 { isUsed[Int(containers[index].parent)] = true }
        }
        guard columns.isKeyUsed.allSatisfy({ $0 }) else { throw .inconsistent(at: 0, what: "a key that is named is an operation's") }
    }

    /// - Returns: how many spans and rows are of each actor.
    private mutating func readHeads(_ reader: inout ByteReader) throws(DecodeError) -> [(spans: Int, rows: Int)] {
        let count = try reader.count(limit: min(actors.count, reader.remaining / 4))
        var counts: [(spans: Int, rows: Int)] = []
        counts.reserveCapacity(count)
        work.reserveCapacity(count)
        for _ in 0..<count {
            let start = reader.offset
            let actor = try reader.actor(of: actors.count)
            if let last = work.last, last.actor >= actor { throw .notCanonical(at: start) }
            // Until its spans are read it ends where it begins.
            work.append(Work(actor: actor, end: UInt32(try reader.count(limit: Limits.counterMax)), pieces: 0..<0, rows: ChangeRows([])))
            counts.append((try reader.count(limit: bytes.count), try reader.count(limit: bytes.count)))
        }
        return counts
    }

    private mutating func readTables(_ reader: inout ByteReader) throws(DecodeError) {
        let actorCount = try reader.count(limit: min(Limits.actorsMax, reader.remaining / 16))
        actors.reserveCapacity(actorCount)
        for _ in 0..<actorCount {
            let start = reader.offset
            let actor = try ActorID(&reader)
            if let last = actors.last, last >= actor { throw .notCanonical(at: start) }
            actors.append(actor)
        }
        let containerCount = try reader.count(limit: reader.remaining / 3)
        containers.reserveCapacity(containerCount)
        for index in 0..<containerCount {
            let start = reader.offset
            let parent = try reader.count(limit: index) - 1
            let tag = try reader.byte()
            guard let kind = ContainerKind(rawValue: tag) else { throw .newer(at: start, what: "a container", number: UInt64(tag)) }
            if parent >= 0, containers[parent].kind != .map { throw .inconsistent(at: start, what: "only maps hold containers") }
            let depth = parent >= 0 ? Int(containers[parent].depth) + 1 : 1
            guard depth <= Limits.depthMax else {
                throw .overLimit(at: start, found: UInt64(depth), limit: UInt64(Limits.depthMax))
            }
            containers.append(Place(parent: Int32(parent), depth: UInt8(depth), kind: kind, name: try reader.string(limit: Limits.keyBytesMax)))
        }
        let keyCount = try reader.count(limit: reader.remaining)
        // All but the first have a byte and their length at least.
        keys.reserveCapacity(min(keyCount, reader.remaining / 2 + 1))
        for _ in 0..<keyCount {
            let start = reader.offset
            let key = try reader.string(limit: Limits.keyBytesMax)
            if let last = keys.last, !utf8Precedes(last, key) { throw .notCanonical(at: start) }
            keys.append(key)
        }
    }
}

extension [UInt8] {
    var isValidUTF8: Bool { allSatisfy { $0 < 0x80 } || String(validating: self, as: UTF8.self) != nil }
}
