// The bounds of orders, each with its reason.

extension CommerceLimits {
    /// Lines of one order: a weekly shop has two hundred; an order is one fact, and is written again with each step.
    package static let orderLinesMax = 500
    /// Vouchers of one order: five act on a line at most.
    package static let orderVouchersMax = 5
    /// For how long a ready order waits to be fetched: two days, and the evening after work on the second.
    package static let pickupMilliseconds: Int64 = 48 * 3_600_000
    /// For how long units are kept while a payment is awaited; once more, where one is under way.
    package static let paymentMilliseconds: Int64 = 15 * 60_000
    /// For how long a desk may go on alone after it last handed something over: a working day. One that is away holds the
    /// others up for as long, unless a manager says that it is off.
    package static let deskMilliseconds: Int64 = 8 * 3_600_000
}
