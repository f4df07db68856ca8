// What is taken off, of what, where and when. A promotion is published in a book; one engine applies it. Protocol/prices.md 3.

package struct Promotion: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Of each unit's price, in hundredths of a percent: 1000 is 10 %.
        case percentage(basisPoints: Int64)
        /// Of each unit's price, which never falls below 0.
        case amountOff(Money)
        /// Of so many units that are bought together, the cheapest are free.
        case buyGet(buy: Int64, free: Int64)
        /// Once the selection comes to a sum.
        case threshold(from: Money, Reduction)
        /// So many of each sku for one price. In byte order.
        case bundle(items: [Item], price: Money)
    }

    package enum Reduction: Hashable, Sendable {
        case percentage(basisPoints: Int64)
        case amount(Money)
    }

    package struct Item: Hashable, Sendable {
        package let sku: String
        package let count: Int64
    }

    package enum Stacking: String, Hashable, Sendable {
        /// At most one of these acts on a line: the best one for the customer.
        case exclusive
        /// One after another, each on what the ones before left.
        case stackable
    }

    /// A code that has to be granted. Its uses are counted by whoever grants them, never here.
    package struct Voucher: Hashable, Sendable {
        package let code: String
        /// Uses in all; nil: as many as are asked for.
        package let uses: Int64?
        package let perPerson: Int64?
    }

    package let id: String
    /// What people read: on a receipt, on an employee's screen.
    package let text: String
    package let kind: Kind
    package let stacking: Stacking
    /// Lower ones act first.
    package let priority: Int64
    /// A line is selected by its sku, or by any of its tags; with neither list, every line is. In byte order.
    package let skus, tags: [String]
    /// Where it holds; empty: everywhere. In byte order.
    package let stores, channels: [String]
    /// In the hub's time: from the first millisecond on, up to and without the last.
    package let validFrom, validUntil: Int64?
    package let voucher: Voucher?

    /// Of its amounts; nil where it has none.
    var currency: String? {
        switch kind {
        case .percentage, .buyGet: nil
        case .amountOff(let amount): amount.currency
        case .threshold(let from, _): from.currency
        case .bundle(_, let price): price.currency
        }
    }

    /// Whether it acts on each unit by itself, and not on several together.
    var isOfUnits: Bool {
        switch kind {
        case .percentage, .amountOff: true
        case .buyGet, .threshold, .bundle: false
        }
    }

    var isThreshold: Bool { if case .threshold = kind { true } else { false } }

    func holds(at time: Int64, channel: String) -> Bool {
        time >= validFrom ?? .min && time < validUntil ?? .max && (channels.isEmpty || channels.holds(channel))
    }

    func holds(in store: String?) -> Bool { stores.isEmpty || store.map(stores.holds) ?? false }
}
