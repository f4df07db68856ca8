// The promotions of a store, or of all: a version that is published before it takes effect. Protocol/prices.md 3.
package import CRDT

package struct PromotionBook: Hashable, Sendable {
    package let head: BookHead
    /// By id, in byte order.
    package let promotions: [Promotion]

    /// - Throws: `invalid-value`, `currency-mismatch`, or `too-large`.
    package init(_ value: Value) throws(CommerceError) {
        try value.checkKeys("a promotion book", BookHead.keys + ["promotions"])
        head = try BookHead(value)
        let items = try value.items("promotions")
        guard items.count <= CommerceLimits.promotionsMax else { throw .tooMany("promotions", items.count, CommerceLimits.promotionsMax) }
        var promotions: [Promotion] = []
        for item in items { promotions.append(try Promotion(item)) }
        promotions.sort { utf8Precedes($0.id, $1.id) }
        for (one, next) in zip(promotions, promotions.dropFirst()) where one.id.isSame(as: next.id) { throw .twice("promotion", one.id) }
        self.promotions = promotions
    }

    /// {scope, version, validFrom, promotions: [PROMOTION]}
    package var value: Value { .map(head.fields + [("promotions", .list(promotions.map(\.value)))]) }
}
