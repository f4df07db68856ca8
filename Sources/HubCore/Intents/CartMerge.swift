// A guest's cart goes into the account's when they sign in: once for each cart, whatever is asked again. The hub writes it into the
// account's cart under an actor of its own, and says in the device's space what it took, so that what the guest did beyond
// that isn't lost; what it did can be undone. Protocol/documents.md 1.
//
//     the same line  ──► as many more as the guest had beyond the account: the larger of both, never the sum
//     another line   ──► there too; on the shortlist, as it was there
//     during checkout ─► the account's own cart is parked on the shortlist: only the guest's is bought
import Bytes
import Commerce
import CRDT
import Documents
import Store
import Sync

enum CartMerge: IntentKind {
    static let name = "cart-merge"

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { reaches && space.scheme == "person" && !peer.role.isStaff }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        guard let own = SpaceID("device:\(peer.device)") else { throw Refused("internal", "A device's id is a space's name.") }
        let items = try intent.context.items("carts")
        guard (1...CommerceLimits.orderLinesMax).contains(items.count) else { throw Refused("invalid-value", "A merge names the carts that it is of.") }
        var guests: [OrderedCart] = []
        for item in items {
            let guest = try OrderedCart(item, in: own, ledger)
            guard !guests.contains(where: { $0.path == guest.path }) else { throw Refused("invalid-value", "The cart \(guest.path) is named twice: a merge names each once.") }
            guests.append(guest)
        }
        let count = guests.reduce(0) { $0 + $1.lines.count + $1.saved.count }
        guard count <= CommerceLimits.orderLinesMax else { throw Refused("too-large", "A cart of \(count) lines can't be merged: \(CommerceLimits.orderLinesMax) are possible.") }
        let resource = MergedCart.resource(peer.device, try items[items.count - 1].text("path"))
        // A hub that was put back is told what it had decided: it doesn't merge that again.
        if let known = try ledger.value(intent.space, resource) { return known }
        var merged = MergedCart(guests: guests.map(\.path))
        let account = try open(intent.space, parking: intent.payload.isThere("checkout") && intent.payload.flag("checkout"), &merged, ledger)
        for guest in guests {
            // At checkout the cart is new.
            let current = try ledger.document(account)
            for line in guest.lines { merged.add(line.id, max(0, line.quantity - (Plant.mergedBySum.isPlanted ? 0 : Cart.line(line.id, current).map { Int64($0.quantity) } ?? 0))) }
            for line in guest.saved where Cart.line(line.id, current) == nil { merged.save(line.id, line.quantity) }
        }
        merged.cart = account.path
        merged.out = try Set(guests.flatMap(\.lines).map(\.id)).sorted(by: utf8Precedes).filter { try isOut($0, ledger) }
        for guest in guests { guest.close(by: [], in: own, ledger) }
        ledger.put(intent.space, resource, merged.value)
        let notes = Dictionary(guests.flatMap { guest in (guest.lines + guest.saved).compactMap { line in line.note.map { (line.id, $0) } } }) { $1 }
        do {
            try ledger.edit(account) { document throws in
                for (line, count) in merged.added where count > 0 {
                    let hasNote = Cart.line(line, document)?.note != nil
                    _ = try Cart.add(LineKey(line: line), Int(clamping: count), note: hasNote ? nil : notes[line], &document)
                    if merged.saved.contains(line) { _ = try Cart.save(line, true, &document) }
                }
            }
        } catch let error as DocumentError {
            throw Refused(error.code, error.message)
        }
        return merged.value
    }

    /// Whether nobody has a unit of what a line wants, at the store that it names or anywhere. Of what was never on a shelf nobody knows.
    private static func isOut(_ line: String, _ ledger: Ledger) throws -> Bool {
        let key = LineKey(line: line)
        let shelves = try (key.store.map { [$0] } ?? ledger.stores).map { try Stock.shelf(key.sku, $0, ledger) }.filter { !$0.rows.isEmpty }
        return !shelves.isEmpty && shelves.allSatisfy { $0.available <= 0 }
    }

    /// The account's open cart; at checkout a new one, and what was open is parked.
    private static func open(_ space: SpaceID, parking: Bool, _ merged: inout MergedCart, _ ledger: Ledger) throws -> DocumentID {
        let id = try OpenCart.find(space, ledger)
        guard parking, try !Cart.lines(ledger.document(id)).isEmpty else { return id }
        var closed = ClosedCart()
        closed.isParked = true
        ledger.put(space, OrderNames.closed(id.path), closed.value)
        merged.parked = id.path
        return try OpenCart.find(space, ledger)
    }
}

/// What a merge did is taken back: what it added, and nothing else.
enum CartUnmerge: IntentKind {
    static let name = "cart-unmerge"

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { CartMerge.mayAsk(peer, in: space, reaches: reaches) }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let resource = try intent.payload.text("merge")
        guard resource.hasPrefix(MergedCart.prefix), let value = try ledger.value(intent.space, resource), let own = SpaceID("device:\(MergedCart.device(resource))") else {
            throw Refused("invalid-value", "There is no merge \(resource.prefix(60)) to undo.")
        }
        var merged = try MergedCart(value)
        if merged.isUndone { throw Refused("used", "That merge was undone already.") }
        guard let account = DocumentID(intent.space, merged.cart) else { throw Refused("invalid-value", "The merge names no cart.") }
        merged.isUndone = true
        ledger.put(intent.space, resource, merged.value)
        for path in merged.guests { ledger.put(own, OrderNames.closed(path), try reopened(path, in: own, merged, ledger)) }
        if let parked = merged.parked { ledger.put(intent.space, OrderNames.closed(parked), ClosedCart().value) }
        try ledger.edit(account) { document throws in
            for (line, count) in merged.added where count > 0 {
                guard let there = Cart.line(line, document)?.quantity else { continue }
                _ = try Cart.less(line, min(there, Int(clamping: count)), &document)
            }
        }
        return merged.value
    }

    /// The guest's cart as it was: closed, and nothing of it taken.
    private static func reopened(_ path: String, in space: SpaceID, _ merged: MergedCart, _ ledger: Ledger) throws -> Value {
        var closed = try ledger.value(space, OrderNames.closed(path)).map { value throws(CommerceError) in try ClosedCart(value) } ?? ClosedCart()
        closed.giveBack()
        return closed.value
    }
}
