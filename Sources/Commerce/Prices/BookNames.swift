// Under which names books and uses of vouchers stand in the space that everyone reads: `prices/SCOPE@VERSION`, `promotions/SCOPE@VERSION`.
package import CRDT

package enum BookNames {
    package static let prices = "prices/"
    package static let promotions = "promotions/"
    /// How often a voucher was used that there are only so many of; and in a person's space, how often by them.
    package static let vouchers = "voucher/"

    package static func resource(_ prefix: String, _ book: BookRef) -> String { "\(prefix)\(book.scope)@\(book.version)" }

    /// Where books are published.
    package static var space: SpaceID {
        guard let space = SpaceID("tenant:books") else { preconditionFailure("it is a space's name") }
        return space
    }

    /// All that is published, of facts' values.
    /// - Returns: nil where there is no price book: then nothing has a price.
    package static func prepared(prices: [Value], promotions: [Value]) throws(CommerceError) -> PreparedBooks? {
        if prices.isEmpty { return nil }
        var (books, offers): ([PriceBook], [PromotionBook]) = ([], [])
        for value in prices { books.append(try PriceBook(value)) }
        for value in promotions { offers.append(try PromotionBook(value)) }
        return try PreparedBooks(prices: books, promotions: offers)
    }
}
