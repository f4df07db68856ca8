// A cart as an order takes it: what was in it at the frontier that the customer saw, less what earlier orders took.
//
// An order closes its cart. What others did to it meanwhile, beyond the frontier, isn't dropped: each line has what its
// quantity comes to now, less what was taken, and shows in the next cart. Protocol/orders.md 1.
import Commerce
import CRDT
import Documents
import Store

struct OrderedLine {
    let id: String
    let key: LineKey
    var quantity: Int64
    var note: String?

    init(_ id: String, _ quantity: Int64, note: String? = nil) { (self.id, key, self.quantity, self.note) = (id, LineKey(line: id), quantity, note) }
}

struct OrderedCart {
    let path: String
    /// What orders took before.
    private let before: ClosedCart
    let lines: [OrderedLine]
    /// What is on its shortlist.
    let saved: [OrderedLine]

    /// The orders that closed it; none where it is open.
    var orders: [String] { before.orders }

    /// - Parameter item: {path, frontier}.
    /// - Throws: `NotYet` where this hub hasn't got all of that.
    init(_ item: Value, in space: SpaceID, _ ledger: Ledger) throws {
        path = try item.text("path")
        guard path.hasPrefix("cart/"), let id = DocumentID(space, path) else { throw Refused("invalid-value", "\(path.prefix(60)) is no cart.") }
        let before = try ledger.value(space, OrderNames.closed(path)).map { value throws(CommerceError) in try ClosedCart(value) } ?? ClosedCart()
        let frontier = try item.text("frontier")
        // Of a guest's cart, whose history was cut since, all that is here.
        let document = try frontier == "now" && space.scheme == "device" ? ledger.document(id) : ledger.document(id, at: frontier)
        let part = Cart.Part(document, taken: before.taken, isParked: before.isParked)
        lines = Cart.lines([part]).map { OrderedLine($0.id, Int64($0.quantity), note: $0.note) }
        saved = Cart.lines([part], saved: true).map { OrderedLine($0.id, Int64($0.quantity), note: $0.note) }
        self.before = before
    }

    /// - Parameter orders: that took its lines; none where it went into another cart, with its shortlist.
    func close(by orders: [Order], in space: SpaceID, _ ledger: Ledger) {
        var closed = before
        closed.take((lines + (orders.isEmpty ? saved : [])).map { ($0.id, $0.quantity) }, by: orders.map(\.id))
        ledger.put(space, OrderNames.closed(path), closed.value)
    }
}
