// The bounds of price books, promotions and carts that are priced, each with its reason.

extension CommerceLimits {
    /// A unit's price in minor units: a billion in a currency with cents, or five million dollars' worth of the smallest one.
    package static let unitMax: Int64 = 100_000_000_000
    /// Skus of one price book: a supermarket's, in a megabyte or two, and so within one fact.
    package static let pricesMax = 20_000
    /// Tags of one sku: brand, season, shelf, size run. Each is looked up for each line.
    package static let tagsMax = 16
    /// Promotions of one book: a chain has tens at a time. Each may be weighed for each cart.
    package static let promotionsMax = 500
    /// Names in each of a promotion's lists: more skus than these are a tag.
    package static let selectionMax = 1_000
    /// Skus of a bundle: a set menu, a starter kit.
    package static let bundleMax = 20
    /// Units that one group of "buy n get m" or one bundle counts of a sku.
    package static let groupMax: Int64 = 1_000
    /// Where a promotion stands in the order: three digits are enough to leave gaps.
    package static let priorityMax: Int64 = 1_000
    /// Uses of one voucher code.
    package static let usesMax: Int64 = 1_000_000_000
    /// Bytes of what a promotion says to people: two lines of a receipt.
    package static let promotionTextBytesMax = 500
    /// Stackable promotions that act on one unit's price. With an exclusive one that is six: the exact price is at most
    /// `unitMax` x 10,000^6, below 2^127.
    package static let stackedMax = 5
    /// Books that a node holds at a time: a hundred stores with a few versions each.
    package static let booksMax = 1_000
    /// Lines of a cart that is priced. An order has fewer (`orderLinesMax`); a shortlist may be longer.
    package static let pricedLinesMax = 2_000
    /// The last moment of the year 9999: what lies beyond was given in another unit than milliseconds.
    package static let timeMax: Int64 = 253_402_300_799_999
}
