// The bounds of sharing and of codes on screens, each with its reason.

extension CommerceLimits {
    /// A token is 32 hex digits, a dot, and a name of at most 120 letters, of up to four bytes each.
    package static let tokenBytesMax = 600
    /// A code on a screen is scanned by who stands before it: two minutes are enough, and little for who photographs it.
    package static let codeMilliseconds: Int64 = 120_000
    /// The lines of a cart that a code carries: each is written into a fact, and a kiosk's cart is a basket.
    package static let codeLinesMax = 100
    /// The bytes of such a line's id: a sku and a few options.
    package static let codeLineBytesMax = 1_000
    /// What is shared is shared for a day, unless somebody says otherwise.
    package static let shareSeconds: Int64 = 86_400
    /// And for a year at most: what is forgotten ends by itself.
    package static let shareSecondsMax: Int64 = 365 * 86_400
    /// Shares of one person that live at the same time: a family and some friends.
    package static let sharesMax = 50
    /// Who may join one share: its fact names each of them.
    package static let guestsMax = 50
    /// A kiosk that nobody touches for so long is somebody else's.
    package static let kioskIdleMilliseconds: UInt64 = 60_000
}
