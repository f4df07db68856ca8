// What a document shows, as a digest: for documents that must show the same though their times differ. A
// time that is content (a key named `at`) is left out.
internal import Bytes
package import CRDT

package enum ContentDigest {
    package static func of(_ document: Document) -> [UInt8] { Digest.sha256(Array(text(of: document).utf8)) }

    package static func text(of document: Document) -> String {
        var text = ""
        write(document, .root, &text)
        return text
    }

    private static func timeless(_ value: Value) -> Value {
        guard case .fields(let fields) = value else { return value }
        return .map(fields.filter { $0.key != "at" }.map { ($0.key, timeless($0.value)) })
    }

    private static func write(_ document: Document, _ map: ContainerID, _ text: inout String) {
        for key in document.keys(in: map) where key != "at" {
            // When it was discarded is a time; that it was is content.
            if key == "discarded" { text += "discarded "; continue }
            text += "\(key)="
            for value in document.values(key, in: map) { text += "\(timeless(value))|" }
        }
        for kind in ContainerKind.allCases {
            // When a history was cut is no content.
            for name in document.containers(of: kind, in: map) where map != .root || kind != .map || name != SignedCut.container {
                guard let id = document.existingContainer(kind, name, in: map) else { continue }
                text += "\(kind) \(name){"
                switch kind {
                case .map: write(document, id, &text)
                case .text: for span in document.spans(id) { text += span.text + (span.marks.isEmpty ? "" : "\(span.marks.map { ($0.name, timeless($0.value)) })") }
                case .list: text += "\(document.list(id).map(timeless))"
                case .quantity: text += "\(document.quantity(id)) \(document.quantityConflict(id))"
                case .max: text += document.maximum(id).map(String.init) ?? ""
                case .flag: text += "\(document.flag(id))"
                case .unknown: break
                }
                text += "}"
            }
        }
    }
}
