// Under which names facts about stock stand in a store's space: `shelf/SKU@NODE`, `hold/ID`, `exception/SKU@ID`.
package import CRDT

package enum StockNames {
    package static let shelves = "shelf/"
    package static let holds = "hold/"
    package static let exceptions = "exception/"

    package static func row(_ sku: String, _ node: String) -> String { "\(shelves)\(sku)@\(node)" }
    package static func hold(_ id: String) -> String { holds + id }
    package static func exception(_ sku: String, _ id: String) -> String { "\(exceptions)\(sku)@\(id)" }

    /// What stands before and behind the last @ of a name: an authority's name has none.
    package static func parts(_ resource: String, after prefix: String) -> (sku: String, rest: String)? {
        guard resource.hasPrefix(prefix), let at = resource.lastIndex(of: "@") else { return nil }
        return (String(resource[prefix.endIndex..<at]), String(resource[resource.index(after: at)...]))
    }

    /// - Throws: `invalid-value` for a name that can't stand in a resource or on a command line.
    package static func check(_ what: String, _ name: String) throws(CommerceError) {
        guard !name.isEmpty else { throw .invalid(what, name, "it must not be empty") }
        guard name.utf8.count <= CommerceLimits.nameBytesMax else { throw .invalid(what, name, "it has at most \(CommerceLimits.nameBytesMax) bytes") }
        guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) else {
            throw .invalid(what, String(name.unicodeScalars.filter { $0.value >= 0x20 }), "it must have no control characters")
        }
    }

    /// The space of a store's stock and pickups.
    package static func space(_ store: String) throws(CommerceError) -> SpaceID {
        guard let space = SpaceID("store:\(store)"), store != "*" else { throw .invalid("The store", store, "a store's name has 1 to 120 letters without spaces") }
        return space
    }
}
