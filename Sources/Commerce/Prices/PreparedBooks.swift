// All that is published, made ready once for many carts: by scope, and each book's promotions by what they select.
// Which version counts at a moment: the highest of a scope among those that have begun. Protocol/prices.md 1 and 4.
internal import CRDT

package struct PreparedBooks: Sendable {
    /// A book's promotions by what they select: places in `book.promotions`, ascending.
    struct Promotions: Hashable, Sendable {
        struct Entry: Hashable, Sendable {
            let name: String
            let places: [Int]
        }

        let book: PromotionBook
        let bySku, byTag: [Entry]
        let ofEverything: [Int]
    }

    struct Scope: Sendable {
        let scope: String
        /// By version, the highest first.
        var prices: [PriceBook] = []
        var promotions: [Promotions] = []
    }

    let scopes: [Scope]

    /// - Throws: `payload-conflict` for two contents under one version, `too-large`.
    package init(prices: [PriceBook], promotions: [PromotionBook]) throws(CommerceError) {
        let count = prices.count + promotions.count
        guard count <= CommerceLimits.booksMax else { throw .tooMany("books", count, CommerceLimits.booksMax) }
        var scopes = (prices.map(\.head.book.scope) + promotions.map(\.head.book.scope)).inByteOrder.map { Scope(scope: $0) }
        for book in try PreparedBooks.ordered(prices, head: \.head) {
            if let place = scopes.place(of: book.head.book.scope, \.scope) { scopes[place].prices.append(book) }
        }
        for book in try PreparedBooks.ordered(promotions, head: \.head) {
            if let place = scopes.place(of: book.head.book.scope, \.scope) { scopes[place].promotions.append(Promotions(book)) }
        }
        self.scopes = scopes
    }

    /// By version, the highest first, and each once.
    private static func ordered<Book: Hashable>(_ books: [Book], head: (Book) -> BookHead) throws(CommerceError) -> [Book] {
        let sorted = books.sorted { one, other in
            let (left, right) = (head(one).book, head(other).book)
            return left.scope.isSame(as: right.scope) ? left.version > right.version : utf8Precedes(left.scope, right.scope)
        }
        var result: [Book] = []
        for book in sorted {
            if let last = result.last, head(last).book == head(book).book {
                guard last == book else { throw .publishedTwice(head(book).book) }
            } else {
                result.append(book)
            }
        }
        return result
    }

    func scope(_ name: String) -> Scope? { scopes.place(of: name, \.scope).map { scopes[$0] } }
}

extension PreparedBooks.Scope {
    func prices(at time: Int64) -> PriceBook? { prices.first { $0.head.validFrom <= time } }
    func promotions(at time: Int64) -> PreparedBooks.Promotions? { promotions.first { $0.book.head.validFrom <= time } }

    /// Moments within at which something of this scope begins or ends.
    func changes(within range: ClosedRange<Int64>) -> [Int64] {
        let times = prices.map(\.head.validFrom) + promotions.flatMap { promotions in
            [promotions.book.head.validFrom] + promotions.book.promotions.flatMap { [$0.validFrom, $0.validUntil].compactMap { $0 } }
        }
        return times.filter(range.contains)
    }
}

extension PreparedBooks.Promotions {
    init(_ book: PromotionBook) {
        var skus: [(String, Int)] = [], tags: [(String, Int)] = [], everything: [Int] = []
        for (place, promotion) in book.promotions.enumerated() {
            if case .bundle(let items, _) = promotion.kind {
                skus += items.map { ($0.sku, place) }
            } else if promotion.skus.isEmpty, promotion.tags.isEmpty {
                everything.append(place)
            }
            skus += promotion.skus.map { ($0, place) }
            tags += promotion.tags.map { ($0, place) }
        }
        (self.book, bySku, byTag, ofEverything) = (book, Self.grouped(skus), Self.grouped(tags), everything)
    }

    private static func grouped(_ pairs: [(name: String, place: Int)]) -> [Entry] {
        var result: [Entry] = []
        for pair in pairs.sorted(by: { $0.name.isSame(as: $1.name) ? $0.place < $1.place : utf8Precedes($0.name, $1.name) }) {
            if let last = result.last, last.name.isSame(as: pair.name) {
                result[result.count - 1] = Entry(name: last.name, places: last.places + [pair.place])
            } else {
                result.append(Entry(name: pair.name, places: [pair.place]))
            }
        }
        return result
    }
}
