// The format of a document's file: Protocol/document-file.md says the same in words.
//
//     format 3 · sections, each with its length and a checksum
//     head (whose changes, how many)  ·  shown (what can be seen)  ·  text  ·  history (a batch of changes)
//     history since a cut  ·  baseline (the state at the cut)  ·  its text
//
// Before them stands what a reader need not know: extensions (what the shown doesn't say), and sections of newer versions. A file that
// was cut off lacks its end, and that is never one of these.
//
// What most readers ask for comes first and stands alone, so that it is read without the history.
internal import Bytes

enum FileFormat {
    static let version: UInt8 = 3

    enum Section: UInt8 {
        case head = 1, shown = 2, text = 3, history = 4, baseline = 5, baselineText = 6
        /// The numbers of the operations that who wrote the shown part did not know.
        case extensions = 64
    }

    /// From here on, sections that a reader doesn't know are written back by it as they are.
    static let keptMin: UInt8 = 128

    /// A section as it stands in the file.
    struct Part {
        let number: UInt8
        let isDeflated: Bool
        /// Its length once it is inflated.
        let count: Int
        let stored: [UInt8]

        var section: Section? { Section(rawValue: number) }
        /// Whether a file is what it is without it.
        var isOptional: Bool { number >= Limits.extensionMin }
        /// Where it stands in a file.
        fileprivate var rank: Int { isOptional ? Int(number) : Int(UInt8.max) + Int(number) }

        /// - Throws: `.badDeflate` where it doesn't give what it says.
        func body() throws(DecodeError) -> [UInt8] { isDeflated ? try Deflate.decompress(stored, count: count) : stored }
    }

    static func write(_ section: Section, _ body: [UInt8], level: Int32, into writer: inout ByteWriter) {
        let small = body.count >= ChangeFormat.deflateMin ? Deflate.compress(body, level: level) : body
        let isDeflated = small.count + 4 < body.count
        write(Part(number: section.rawValue, isDeflated: isDeflated, count: body.count, stored: isDeflated ? small : body), into: &writer)
    }

    static func write(_ part: Part, into writer: inout ByteWriter) {
        var head = ByteWriter()
        head.byte(part.number)
        head.byte(part.isDeflated ? 1 : 0)
        head.varint(part.count)
        head.varint(part.stored.count)
        writer.raw(head.bytes)
        let sum = Checksum.crc32(part.stored, after: Checksum.crc32(head.bytes))
        for shift in stride(from: UInt32(24), through: 0, by: -8) { writer.byte(UInt8(truncatingIfNeeded: sum >> shift)) }
        writer.raw(part.stored)
    }

    /// The parts of a file, each held against its checksum.
    static func parts(of bytes: [UInt8]) throws(DecodeError) -> [Part] {
        var reader = ByteReader(bytes)
        let format = try reader.byte()
        guard format == version else { throw .unknownTag(at: 0, tag: UInt64(format)) }
        var parts: [Part] = []
        while !reader.isAtEnd {
            let start = reader.offset
            let tag = try reader.byte()
            guard tag >= Limits.extensionMin || Section(rawValue: tag) != nil else { throw .newer(at: start, what: "a section of a file", number: UInt64(tag)) }
            let form = try reader.byte()
            guard form <= 1 else { throw .unknownTag(at: start + 1, tag: UInt64(form)) }
            let count = try reader.count(limit: Limits.batchBytesMax)
            let length = try reader.count(limit: reader.remaining)
            let head = Array(bytes[start..<reader.offset])
            var sum: UInt32 = 0
            for _ in 0..<4 { sum = sum << 8 | UInt32(try reader.byte()) }
            let stored = try reader.raw(length)
            guard Checksum.crc32(stored, after: Checksum.crc32(head)) == sum else { throw .inconsistent(at: start, what: "a section has the checksum that it says") }
            guard form == 1 || count == length else { throw .inconsistent(at: start, what: "a section is as long as it says") }
            let part = Part(number: tag, isDeflated: form == 1, count: count, stored: stored)
            if let last = parts.last, last.rank >= part.rank { throw .notCanonical(at: start) }
            parts.append(part)
        }
        return parts
    }
}
