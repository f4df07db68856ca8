// Uses of vouchers: what a promotion's code allows in all, and for each person. The central hub alone places orders, so it alone
// counts; who can't reach it has to wait. A use of an order that comes to nothing is given back. Protocol/prices.md 10.
import Commerce
import CRDT
import Store
import Sync

enum Vouchers {
    private static func resource(_ code: String) -> String { BookNames.vouchers + code }

    /// Whether codes may be used for a cart now.
    /// - Parameter offers: what would act on the cart, were it granted.
    /// - Throws: `invalid-value` for one that takes nothing off, `used`; `NotCollected` where uses may be forgotten.
    static func check(_ codes: [String], _ offers: [Promotion.Voucher], of space: SpaceID, at stores: [String], _ ledger: Ledger) throws {
        for code in codes {
            guard let voucher = offers.first(where: { $0.code == code }) else { throw useless(code) }
            // As units that may be sold, and at all stores: whoever was told of an order was told of its vouchers.
            if voucher.perPerson != nil || voucher.uses != nil, let store = try (stores + ledger.awaitedStores).first(where: { try !ledger.isCollected($0) }) { throw try NotCollected(space: StockNames.space(store)) }
            if let most = voucher.perPerson, try used(code, in: space, ledger) >= most { throw Refused("used", "The voucher \(code) was used by you already\(most == 1 ? "" : ", \(most) times"): that is all there is for each person.") }
            if let most = voucher.uses, try used(code, in: BookNames.space, ledger) >= most { throw Refused("used", "The voucher \(code) is used up: there were \(most).") }
        }
    }

    private static func useless(_ code: String) -> Refused {
        Refused("invalid-value", "The voucher \"\(code.prefix(60))\" takes nothing off this cart: it is unknown, is for other or for more things, or holds at another time or place.")
    }

    /// - Parameters:
    ///   - codes: those that were named.
    ///   - acted: those of them that took something off: all, or nothing is ordered.
    static func spend(_ codes: [String], acted: [String], _ offers: [Promotion.Voucher], of space: SpaceID, _ ledger: Ledger) throws {
        for code in Set(codes).sorted(by: utf8Precedes) {
            guard acted.contains(code) else { throw useless(code) }
            try count(1, of: code, in: space, ledger)
            // Everyone reads how often one was used that there are only so many of.
            if offers.contains(where: { $0.code == code && $0.uses != nil }) { try count(1, of: code, in: BookNames.space, ledger) }
        }
    }

    /// An order came to nothing.
    static func giveBack(_ order: Order, _ ledger: Ledger) throws {
        guard let owner = SpaceID(order.owner) else { return }
        for code in order.vouchers {
            for space in [owner, BookNames.space] where try used(code, in: space, ledger) > 0 { try count(-1, of: code, in: space, ledger) }
        }
    }

    private static func used(_ code: String, in space: SpaceID, _ ledger: Ledger) throws -> Int64 { try ledger.value(space, resource(code)).map { try $0.integer("used") } ?? 0 }

    private static func count(_ change: Int64, of code: String, in space: SpaceID, _ ledger: Ledger) throws {
        ledger.put(space, resource(code), .map([("used", .int(try used(code, in: space, ledger) + change))]))
    }
}
