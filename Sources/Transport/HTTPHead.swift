// The head of an HTTP/1 message: found in the byte stream, bounded, and read strictly.
//
// This reads heads only. Both sides of this target handle exactly one request per connection, and
// no bodies, so a full HTTP decoder would bring its trap (it swallows a request whose upgrade is
// declined) and nothing else. Strict: CRLF line ends, no folded lines, no control characters, one
// space between the parts of the first line. What is doubtful is refused, never guessed.
package import NIOCore

package struct HTTPHead {
    package enum Failure: Error, Equatable { case tooLarge, malformed }

    /// The three parts of the first line: method, target, version; or version, status, phrase.
    package let first: [String]
    package let fields: [(name: String, value: String)]

    /// Values of a field; names are compared without regard to case.
    package subscript(_ name: String) -> [String] {
        fields.filter { $0.name == name.lowercased() }.map(\.value)
    }

    /// Whether a comma-separated field holds a token, without regard to case.
    package func hasToken(_ token: String, in name: String) -> Bool {
        self[name].contains { value in
            value.split(separator: ",").contains { part in
                part.drop(while: Self.isBlank).prefix(while: { !Self.isBlank($0) }).lowercased() == token
                    && part.drop(while: Self.isBlank).drop(while: { !Self.isBlank($0) }).allSatisfy(Self.isBlank)
            }
        }
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    package init(parsing bytes: [UInt8], fieldsMax: Int) throws(Failure) {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard end > start, bytes[end - 1] == UInt8(ascii: "\r") else { throw .malformed }
            lines.append(bytes[start..<(end - 1)])
            start = end + 1
            if lines.count > fieldsMax + 2 { throw .tooLarge }
        }
        guard start == bytes.count, lines.count >= 2, lines.removeLast().isEmpty else { throw .malformed }
        for line in lines where !line.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) { throw .malformed }

        let firstLine = lines.removeFirst().split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard firstLine.count >= 2, !firstLine.contains(where: { $0.contains(0x09) }),
            firstLine.prefix(2).allSatisfy({ !$0.isEmpty })
        else { throw .malformed }
        first = firstLine.map { String(decoding: $0, as: UTF8.self) }

        fields = try lines.map { (line) throws(Failure) in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                line[..<colon].allSatisfy(Self.isTokenByte)
            else { throw .malformed }
            let value = line[(colon + 1)...].drop(while: { $0 == 0x20 || $0 == 0x09 })
            let last = value.lastIndex(where: { $0 != 0x20 && $0 != 0x09 })
            return (
                String(decoding: line[..<colon], as: UTF8.self).lowercased(),
                last.map { String(decoding: value[...$0], as: UTF8.self) } ?? ""
            )
        }
    }

    /// The characters of RFC 9110's `token`.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// Gathers bytes until a head is complete. Looks at each byte once, however thinly it is sliced.
package struct HTTPHeadBuffer {
    private var buffer = ByteBuffer()
    private var scanned = 0

    package init() {}

    /// The bytes of the head including its empty line, once they are there.
    package mutating func append(_ more: ByteBuffer, bytesMax: Int) throws(HTTPHead.Failure) -> [UInt8]? {
        buffer.writeImmutableBuffer(more)
        let view = buffer.readableBytesView.prefix(bytesMax + 1)
        var index = view.startIndex + scanned
        while let newline = view[index...].firstIndex(of: UInt8(ascii: "\n")) {
            // The empty line: this newline ends a line that holds nothing but its CR.
            if newline - view.startIndex >= 3, view[(newline - 3)...newline].elementsEqual([13, 10, 13, 10]) {
                let length = newline - view.startIndex + 1
                guard length <= bytesMax else { throw .tooLarge }
                return buffer.readBytes(length: length)
            }
            index = newline + 1
        }
        scanned = view.endIndex - view.startIndex
        if buffer.readableBytes > bytesMax { throw .tooLarge }
        return nil
    }

    /// What came after the head; the buffer is empty afterwards.
    mutating func takeRest() -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer
    }
}
