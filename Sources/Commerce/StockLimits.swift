// The bounds of stock, each with its reason.

extension CommerceLimits {
    /// Units of one sku that pass over one shelf in its life: sums of a few such cells stay far from 64 bits.
    package static let cellMax: Int64 = 1_000_000_000_000
    /// Authorities that one authority gave rights of a sku: two of each store, and a name more whenever one is put back.
    package static let sentMax = 1_000
    /// Units in one step: a lorry of screws; more is a slip of the finger.
    package static let quantityMax: Int64 = 1_000_000
    /// Seconds for which a hold may be asked: a month. What waits longer is an order.
    package static let holdSecondsMax: Int64 = 30 * 86_400
    /// Seconds for which a hold is given where none are named: a checkout.
    package static let holdSeconds: Int64 = 15 * 60
    /// Bytes of a sku or a store's name.
    package static let nameBytesMax = 200
}
