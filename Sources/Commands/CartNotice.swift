// What a customer is told about a cart that was ordered: what they or others did to it meanwhile, and where that went.
internal import Commerce
internal import Console
internal import CRDT
internal import Documents
internal import Replica
internal import Sync

struct CartNotice {
    let json: JSON
    let text: String

    static func all(_ parts: [Replica.CartPart], _ replica: Replica) throws -> [CartNotice] {
        var notices: [CartNotice] = []
        for cart in parts.dropLast() {
            // What signing in closed no order did: what is left there moved, or moved back.
            for line in cart.orders.isEmpty ? [] : Cart.lines([cart.part]) { notices.append(carried(line, cart)) }
            let open = try cart.orders.compactMap { id in try replica.orders().first { $0.id == id && !$0.fulfilment.isFinal } }
            for (line, count) in open.isEmpty ? [] : Cart.reduced(cart.part) { notices.append(reduced(line, count, open)) }
        }
        return try notices + outOfStock(parts, replica)
    }

    /// Signing in doesn't fail for want of a unit: it says which lines can't be had.
    private static func outOfStock(_ parts: [Replica.CartPart], _ replica: Replica) throws -> [CartNotice] {
        guard let open = parts.last else { return [] }
        let here = Set(Cart.lines([open.part]).map(\.id))
        let merges = try replica.facts(open.id.space, MergedCart.prefix).map { fact throws(CommerceError) in try MergedCart(fact.value) }
        return merges.filter { !$0.isUndone && $0.cart == open.id.path }.flatMap(\.out).filter(here.contains).map { line in
            CartNotice(json: .fields(["kind": "out-of-stock", "line": .string(line)]), text: "\(line) was out of stock when you signed in.")
        }
    }

    /// Why there are no prices, by line: one line stands in the way of all of them.
    static func unpriced(_ lines: [CartLine], _ replica: Replica) throws -> [CartNotice] {
        func reason(_ lines: [CartLine]) throws -> CommerceError? {
            do { _ = try replica.totals(of: lines) } catch let error as CommerceError { return error }
            return nil
        }
        let found = try lines.compactMap { line in try reason([line]).map { notice($0, line.id) } }
        return try found.isEmpty ? reason(lines).map { [notice($0, nil)] } ?? [] : found
    }

    private static func notice(_ error: CommerceError, _ line: String?) -> CartNotice {
        CartNotice(json: .fields(["kind": "unpriced", "line": line.map(JSON.string) ?? .null, "reason": .string(error.code)]), text: "There is no total: \(error.message)")
    }

    private static func carried(_ line: CartLine, _ cart: Replica.CartPart) -> CartNotice {
        CartNotice(json: .fields(["kind": "carried", "line": .string(line.id), "quantity": .int(Int64(line.quantity)), "orders": .array(cart.orders.map { .string($0) })]),
                   text: "\(line.quantity) of \(line.id) came after the order: they are in this cart.")
    }

    private static func reduced(_ line: String, _ count: Int, _ orders: [Order]) -> CartNotice {
        CartNotice(json: .fields(["kind": "reduced", "line": .string(line), "quantity": .int(Int64(count)), "orders": .array(orders.map { .string($0.number) })]),
                   text: "\(count) of \(line) were taken out after they were ordered: cancel with `baton order cancel \(orders.map(\.number).joined(separator: " or "))` if they aren't wanted.")
    }
}
