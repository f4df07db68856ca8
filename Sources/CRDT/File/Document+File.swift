// Saving a document as a file, and opening it again.
internal import Bytes

extension Document {
    /// The whole document as a file that opens fast: what it shows stands before its history. Small ones are their
    /// history alone.
    /// - Parameter shownFrom: bytes of history from which what is shown stands first.
    /// - Complexity: O(its history).
    package func save(level: Int32 = Limits.fileDeflateLevel, shownFrom: Int = Limits.shownHistoryBytesMin) -> [UInt8] {
        if let file { return file.document.save(level: level, shownFrom: shownFrom) }
        let history = encodeBody()
        var writer = ByteWriter()
        writer.byte(FileFormat.version)
        if let baseline = opened.baseline {
            writeOptional(isOutlined: false, level: level, into: &writer)
            FileFormat.write(.history, history, level: level, into: &writer)
            writer.raw(baseline.sections)
            return writer.bytes
        }
        let isOutlined = history.count >= shownFrom
        writeOptional(isOutlined: isOutlined, level: level, into: &writer)
        if isOutlined {
            for (section, body) in outline() { FileFormat.write(section, body, level: level, into: &writer) }
        }
        FileFormat.write(.history, history, level: level, into: &writer)
        return writer.bytes
    }

    /// What of the history the shown part leaves to a newer version, and that version's own sections.
    private func writeOptional(isOutlined: Bool, level: Int32, into writer: inout ByteWriter) {
        if isOutlined, !opened.extensionCodes.isEmpty {
            var body = ByteWriter()
            body.varint(opened.extensionCodes.count)
            for code in opened.extensionCodes { body.varint(UInt64(code)) }
            FileFormat.write(.extensions, body.bytes, level: level, into: &writer)
        }
        for part in keptSections { FileFormat.write(part, into: &writer) }
    }

    private static func opening(shallow parts: [FileFormat.Part], isTrusted: Bool) throws -> Document {
        guard parts.map(\.section) == [.history, .baseline, .baselineText] else { throw DecodeError.inconsistent(at: 0, what: "a shallow file has three sections") }
        let (body, texts) = (try parts[1].body(), try parts[2].body())
        var document = try BaselineReader.read(body, texts: texts)
        if !isTrusted {
            guard document.writtenAgain()?.body == body else { throw DecodeError.inconsistent(at: 0, what: "a baseline is written in one way only") }
        }
        try document.apply(ChangeSet(body: parts[0].body()))
        return document
    }

    /// What stands before the history.
    private func outline() -> [(section: FileFormat.Section, body: [UInt8])] {
        var head = ByteWriter()
        let order = actors.indices.filter { lanes[$0].end > 0 }.sorted { actors[$0] < actors[$1] }
        head.varint(order.count)
        for index in order {
            head.raw(actors[index].bytes)
            head.varint(UInt64(lanes[index].end))
        }
        head.varint(heads.count)
        for (index, counter) in heads.map({ (order.firstIndex(of: Int($0.actor)) ?? 0, $0.counter) }).sorted(by: <) {
            head.varint(index)
            head.varint(UInt64(counter))
        }
        head.varint(changeCount)
        var shown = ByteWriter()
        var texts: [UInt8] = []
        Shown.write(self, into: &shown, texts: &texts)
        return [(.head, head.bytes), (.shown, shown.bytes), (.text, texts)]
    }

    /// Opens what `save` wrote. What it shows can be read at once; its history is read when it is first needed.
    /// - Parameter isTrusted: whether this program wrote the file. Of any other all is read at once, and what it shows
    ///   is held against what its history adds up to.
    /// - Throws: `DecodeError`, `ApplyError`: it isn't such a file, or damaged.
    package init(opening bytes: [UInt8], isTrusted: Bool) throws {
        let all = try FileFormat.parts(of: bytes)
        let (parts, kept) = (all.filter { !$0.isOptional }, all.filter { $0.number >= FileFormat.keptMin })
        if parts.last?.section == .baselineText {
            self = try Document.opening(shallow: parts, isTrusted: isTrusted)
            keptSections = kept
            return
        }
        guard let history = parts.last, history.section == .history else { throw DecodeError.truncated(at: bytes.count) }
        self.init()
        keptSections = kept
        guard parts.count > 1 else {
            try apply(ChangeSet(body: history.body()))
            return
        }
        guard parts.count == 4 else { throw DecodeError.inconsistent(at: 0, what: "a file has four sections or one") }
        var reader = ByteReader(try parts[0].body())
        var counts: [UInt32] = []
        for _ in 0..<(try reader.count(limit: min(Limits.actorsMax, reader.remaining / 17))) {
            let start = reader.offset
            let actor = try ActorID(&reader)
            if let last = actors.last, last >= actor { throw DecodeError.notCanonical(at: start) }
            _ = index(of: actor)
            counts.append(UInt32(try reader.count(limit: Limits.counterMax)))
        }
        for _ in 0..<(try reader.count(limit: actors.count)) {
            let start = reader.offset
            let actor = try reader.count(limit: actors.count - 1)
            let counter = try reader.count(limit: Limits.counterMax)
            guard UInt32(counter) < counts[actor] else { throw DecodeError.inconsistent(at: start, what: "a head is one of its actor's operations") }
            heads.append(Dot(actor: UInt32(actor), counter: UInt32(counter)))
        }
        let changeCount = try reader.count(limit: .max)
        try reader.finish()
        let shown = try Shown.read(parts[1].body(), into: &self)
        let file = try DocumentFile(self, counts: counts, changeCount: changeCount, shown: shown, texts: parts[2], history: history)
        if isTrusted {
            self.file = file
        } else {
            self = try file.whole()
            let bodies = try parts.dropLast().map { part throws(DecodeError) in try part.body() }
            guard outline().map(\.body) == bodies else {
                throw DecodeError.inconsistent(at: 0, what: "a file shows what its history adds up to")
            }
        }
    }
}
