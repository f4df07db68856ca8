// The keys under which a document's rows lie: its name, then the number of the row, so that a scan of
// the name's prefix finds them in the order in which they came.
package import CRDT
internal import Bytes

package enum DocumentKeys {
    /// All keys of a space begin with this.
    package static func space(_ space: SpaceID) -> [UInt8] { Array(space.name.utf8) + [0] }

    /// Of a resource of a space, that facts are about; or of all whose names begin so.
    package static func resource(_ space: SpaceID, _ name: String) -> [UInt8] { self.space(space) + Array(name.utf8) }

    package static func document(_ id: DocumentID) -> [UInt8] { space(id.space) + Array(id.path.utf8) + [0] }

    package static func row(_ id: DocumentID, _ arrival: UInt64) -> [UInt8] { document(id) + number(arrival) }

    /// Eight bytes, big-endian: ascending numbers are ascending keys.
    package static func number(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }

    package static func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// The document that a key of `documents` names.
    package static func documentID(_ key: [UInt8]) -> DocumentID? {
        let parts = key.split(separator: 0, omittingEmptySubsequences: false)
        // Bytes that are no UTF-8 are no name: mended, two keys would name one document.
        guard parts.count == 3, parts[2].isEmpty, let name = String(validating: parts[0], as: UTF8.self), let space = SpaceID(name),
              let path = String(validating: parts[1], as: UTF8.self) else { return nil }
        return DocumentID(space, path)
    }
}
