// The name of a document: the space that decides who sees it, and its path in there.
//
// A space is the unit of subscription and access: a person's, a device's before anyone signed in. The
// first part of a path is the document's kind: `cart/1`, `preferences`, `conversation/ID`.
package import Bytes

/// Who a document belongs to: `person:NAME` or `device:ID`.
public struct SpaceID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let name: String

    /// - Returns: nil unless it is a scheme, a colon and a name, within the limit and of visible characters.
    public init?(_ name: String) {
        guard name.utf8.count <= Limits.spaceBytesMax, let colon = name.firstIndex(of: ":"),
              colon > name.startIndex, name.index(after: colon) < name.endIndex, isVisible(name, except: "/") else { return nil }
        self.name = name
    }

    public var description: String { name }
    /// What stands before the colon.
    package var scheme: Substring { name.prefix { $0 != ":" } }
    /// What stands after the colon.
    package var owner: Substring { name[name.index(after: name.firstIndex(of: ":") ?? name.startIndex)...] }

    public static func < (left: SpaceID, right: SpaceID) -> Bool { utf8Precedes(left.name, right.name) }

    // Strings are equal where Unicode says that they look alike; names are, where their bytes are, as in every store.
    public static func == (left: SpaceID, right: SpaceID) -> Bool { utf8Equals(left.name, right.name) }
    public func hash(into hasher: inout Hasher) { hashUTF8(of: name, into: &hasher) }
}

public struct DocumentID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let space: SpaceID
    public let path: String

    /// - Returns: nil unless the path is 1 to 200 bytes of visible characters.
    public init?(_ space: SpaceID, _ path: String) {
        guard !path.isEmpty, path.utf8.count <= Limits.pathBytesMax, isVisible(path) else { return nil }
        self.space = space
        self.path = path
    }

    public var description: String { "\(space)/\(path)" }

    /// The first part of the path: which folder of `Documents` knows its rules.
    public var kind: String { String(path.prefix { $0 != "/" }) }

    /// The part after the kind, or nothing.
    public var name: String { String(path.drop { $0 != "/" }.dropFirst()) }

    public static func < (left: DocumentID, right: DocumentID) -> Bool {
        left.space == right.space ? utf8Precedes(left.path, right.path) : left.space < right.space
    }

    public static func == (left: DocumentID, right: DocumentID) -> Bool { utf8Equals(left.path, right.path) && left.space == right.space }

    public func hash(into hasher: inout Hasher) {
        space.hash(into: &hasher)
        hashUTF8(of: path, into: &hasher)
    }

    package init(_ reader: inout ByteReader) throws(DecodeError) {
        let start = reader.offset
        guard let space = SpaceID(try reader.string(limit: Limits.spaceBytesMax)),
              let id = DocumentID(space, try reader.string(limit: Limits.pathBytesMax)) else {
            throw .inconsistent(at: start, what: "a document's name is a space and a path of visible characters")
        }
        self = id
    }

    package func write(to writer: inout ByteWriter) {
        writer.string(space.name)
        writer.string(path)
    }
}

/// No control characters and no spaces: names stand in keys, in logs and on command lines.
private func isVisible(_ text: String, except: Unicode.Scalar? = nil) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value > 0x20 && !(0x7F...0xA0).contains($0.value) && $0 != except }
}
