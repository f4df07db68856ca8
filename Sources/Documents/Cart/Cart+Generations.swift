// A person's cart over its generations. An order closes a cart; what others did to that one meanwhile, beyond what was
// ordered, shows in the next.
//
//     shown of a line = what it comes to in the open cart + in each closed one, what it comes to less what was taken
//
// Nothing is moved: every replica that has the carts and the orders' facts sees the same. Protocol/orders.md 1.
package import CRDT

extension Cart {
    /// One generation, as it counts now.
    package struct Part {
        package let document: Document
        /// Units of each line that orders took.
        package let taken: [String: Int64]
        /// All that is in it shows on the shortlist.
        package let isParked: Bool

        package init(_ document: Document, taken: [String: Int64] = [:], isParked: Bool = false) {
            self.document = document
            self.taken = taken
            self.isParked = isParked
        }

        /// Units of a line that no order took.
        package func rest(of id: String) -> Int { Cart.line(id, document).map { max(0, $0.quantity - Int(clamping: taken[id] ?? 0)) } ?? 0 }
    }

    /// What shows, over all parts; the open one is the last.
    package static func lines(_ parts: [Part], saved: Bool = false) -> [CartLine] {
        var merged: [String: CartLine] = [:]
        for part in parts {
            for line in part.isParked ? saved ? lines(part.document) + lines(part.document, saved: true) : [] : lines(part.document, saved: saved) {
                let rest = part.rest(of: line.id)
                guard rest > 0 else { continue }
                let known = merged[line.id]
                merged[line.id] = CartLine(id: line.id, key: line.key, quantity: rest + (known?.quantity ?? 0), note: line.note ?? known?.note,
                                           conflict: part.taken[line.id] == nil ? line.conflict : known?.conflict ?? [])
            }
        }
        return merged.values.sorted { ($0.key.sku, $0.id) < ($1.key.sku, $1.id) }
    }

    /// The one line that a SKU or a line's id names.
    /// - Throws: `unknown-line`, `ambiguous`.
    package static func resolve(_ reference: String, _ parts: [Part]) throws(DocumentError) -> String {
        let all = lines(parts) + lines(parts, saved: true)
        if all.contains(where: { $0.id == reference }) { return reference }
        let named = Set(all.filter { $0.key.sku == reference }.map(\.id)).sorted()
        if named.count > 1 { throw .ambiguous(reference, named) }
        guard let id = named.first else { throw .unknownLine(reference, among: all.map(\.id)) }
        return id
    }

    /// What an order took of a closed cart, and its customer or somebody else has reduced or removed since.
    package static func reduced(_ part: Part) -> [(line: String, by: Int)] {
        part.taken.sorted { $0.key < $1.key }.compactMap { id, taken in
            let now = line(id, part.document)?.quantity ?? 0
            return Int(clamping: taken) > now ? (id, Int(clamping: taken) - now) : nil
        }
    }
}
