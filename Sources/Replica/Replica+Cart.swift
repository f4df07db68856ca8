// Which cart is open, which closed ones still count, and edits that reach over both.
internal import Commerce
package import CRDT
package import Documents
internal import Store
internal import Sync

extension Replica {
    package struct CartPart {
        package let id: DocumentID
        package let part: Cart.Part
        /// The orders that closed it; none where it is open.
        package let orders: [String]
    }

    /// The carts of who is signed in, or of a person that staff name, that still have something; the open one is the last.
    /// - Complexity: O(carts that may have something left), not all that were ever ordered.
    package func cartParts(person: String? = nil) throws -> [CartPart] {
        let open = try cart(person: person)
        var parts: [CartPart] = []
        for row in try store.scan(.meta, prefix: MetaKey.late + DocumentKeys.space(open.space)).rows {
            guard let id = DocumentID(open.space, String(decoding: row.key.dropFirst(MetaKey.late.count + DocumentKeys.space(open.space).count), as: UTF8.self)),
                  let closed = try fact(id.space, OrderNames.closed(id.path)).map({ fact throws(CommerceError) in try ClosedCart(fact.value) }) else { continue }
            let part = CartPart(id: id, part: Cart.Part(try document(id), taken: closed.taken, isParked: closed.isParked), orders: closed.orders)
            let isDone = past == nil && Cart.lines([part.part]).isEmpty && Cart.lines([part.part], saved: true).isEmpty && Cart.reduced(part.part).isEmpty
            if isDone { documents.stage(.delete(.meta, key: row.key)) } else { parts.append(part) }
        }
        return parts.sorted { Replica.generation($0.id) < Replica.generation($1.id) } + [CartPart(id: open, part: Cart.Part(try document(open)), orders: [])]
    }

    /// The open cart.
    package func cart(person: String? = nil) throws -> DocumentID {
        let first = try id("cart/1", person: person)
        let key = MetaKey.openCart + Array(first.space.name.utf8)
        let known = try store.get(.meta, key).map { DocumentKeys.number($0) } ?? 1
        var generation = known
        while true {
            let id = try id("cart/\(generation)", person: person)
            guard try fact(id.space, OrderNames.closed(id.path)) != nil else {
                if generation != known { documents.stage(.put(.meta, key: key, value: DocumentKeys.number(generation))) }
                return id
            }
            generation += 1
        }
    }

    private static func generation(_ cart: DocumentID) -> UInt64 { UInt64(cart.path.dropFirst(5)) ?? 0 }

    /// A closed cart that changed, or was closed now, may have something left: it's looked at when a cart is shown, until it
    /// has nothing.
    func noteCart(_ id: DocumentID, isClosed: Bool = false) {
        guard id.kind == "cart", isClosed || (try? fact(id.space, OrderNames.closed(id.path))) != nil else { return }
        documents.stage(.put(.meta, key: MetaKey.late + DocumentKeys.space(id.space) + Array(id.path.utf8), value: []))
    }

    /// The frontier of a cart that was made again under other names, because its history was cut: nobody can say any more
    /// what was in it then.
    private static let cut = "cut"

    /// An intent that names such a frontier, saying so: it is refused then, for what is there now is not what was meant. Of a
    /// draft that says the same as then the frontier is found again; and what is merged at a sign-in is what is in the cart,
    /// whatever its frontier is called.
    /// - Returns: nil where everything that it names is here.
    func withoutWhatWasCut(_ intent: Intent) throws(StoreError) -> Intent? {
        func isHere(_ frontier: String, _ id: DocumentID) -> Bool { frontier == Replica.cut || (try? Past.version(frontier, of: documents.open(id).document)) != nil }
        var context = intent.context
        if case .string(let path)? = intent.payload["draft"], case .string(let frontier)? = context["frontier"], let id = DocumentID(intent.space, path), !isHere(frontier, id) {
            let document = try documents.openWhole(id).document
            // The same text under other names is what was meant; where another shows by now, nobody can say.
            let now = context["text"] == .bytes(Replica.digest(ofDraft: document)) ? Past.text(document.frontier) : Replica.cut
            context = .map([("frontier", .string(now)), ("seen", context["seen"] ?? .null), ("text", context["text"] ?? .null)])
        } else if case .list(let carts)? = context["carts"] {
            let isMerge = intent.kind == "cart-merge"
            var named: [Value] = []
            for cart in carts {
                guard case .string(let path)? = cart["path"], case .string(let frontier)? = cart["frontier"], let id = DocumentID(isMerge ? deviceSpace : intent.space, path) else { return nil }
                let now = isHere(frontier, id) ? frontier : isMerge ? "now" : Replica.cut
                named.append(.map([("path", .string(path)), ("frontier", .string(now))]))
            }
            if named != carts { context = .map([("carts", .list(named)), ("holds", context["holds"] ?? .list([]))]) }
        }
        guard context != intent.context else { return nil }
        return Intent(id: intent.id, space: intent.space, kind: intent.kind, payload: intent.payload, context: context, key: key)
    }

    /// What a draft says, by which a sending of it finds it again.
    package static func digest(ofDraft document: Document) -> [UInt8] { Digest.sha256(Array(Draft.view(document).text.utf8)) }

    /// Adds units, and makes the line if there is none.
    /// - Returns: the line as it shows then.
    package func addToCart(_ key: LineKey, _ count: Int, note: String? = nil, person: String? = nil) throws -> CartLine? {
        let line = try edit(cart(person: person)) { document throws in try Cart.add(key, count, note: note, &document) }
        return try cartLine(key.id, person: person) ?? line
    }

    /// The lines of the cart, or of its shortlist, by sku and then id.
    package func cartLines(saved: Bool = false, person: String? = nil) throws -> [CartLine] { Cart.lines(try cartParts(person: person).map(\.part), saved: saved) }

    /// A line as it shows, in the cart or on the shortlist.
    package func cartLine(_ id: String, person: String? = nil) throws -> CartLine? {
        try cartLines(person: person).first { $0.id == id } ?? cartLines(saved: true, person: person).first { $0.id == id }
    }

    /// Edits a line that exists: the open cart first, then what is left in closed ones.
    /// - Returns: the line as it shows then.
    package func editCart(_ reference: String, _ edit: CartEdit, person: String? = nil) throws -> CartLine? {
        let parts = try cartParts(person: person)
        let open = parts[parts.count - 1]
        guard parts.count > 1, let id = try Replica.resolve(reference, edit, parts.map(\.part)) else {
            return try self.edit(open.id) { document throws in try edit.apply(to: reference, &document) }
        }
        let late = parts.dropLast().map { (cart: $0, rest: $0.part.rest(of: id)) }.filter { $0.rest > 0 }
        let (here, there) = (open.part.rest(of: id), late.reduce(0) { $0 + $1.rest })
        switch edit {
        case .more(let count): _ = try self.edit(open.id) { document throws in try Cart.add(LineKey(line: id), count, &document) }
        case .set(let count) where count >= there: try setOpen(open.id, id, to: count - there, from: here)
        case .set(let count): try setOpen(open.id, id, to: 0, from: here); try take(there - count, of: id, from: late)
        case .less(let count):
            if here > 0 { _ = try self.edit(open.id) { document throws in try Cart.less(id, count, &document) } }
            try take(count - here, of: id, from: late)
        case .remove: try setOpen(open.id, id, to: 0, from: here); try take(there, of: id, from: late)
        case .save(false) where late.contains { $0.cart.part.isParked }:
            // What was parked comes into the cart that is open.
            let parked = late.filter { $0.cart.part.isParked }
            _ = try self.edit(open.id) { document throws in try Cart.add(LineKey(line: id), parked.reduce(0) { $0 + $1.rest }, &document) }
            try take(parked.reduce(0) { $0 + $1.rest }, of: id, from: parked)
        case .save, .note:
            for cart in late.map(\.cart) + (here > 0 ? [open] : []) { _ = try self.edit(cart.id) { document throws in try edit.apply(to: id, &document) } }
        }
        return try cartLine(id, person: person)
    }

    /// - Returns: nil where there is no such line and the edit makes it.
    private static func resolve(_ reference: String, _ edit: CartEdit, _ parts: [Cart.Part]) throws(DocumentError) -> String? {
        do { return try Cart.resolve(reference, parts) } catch {
            if case .set = edit, error.code == "unknown-line" { return nil }
            throw error
        }
    }

    private func setOpen(_ cart: DocumentID, _ id: String, to count: Int, from here: Int) throws {
        if count != here { _ = try edit(cart) { document throws in try Cart.set(id, count, &document) } }
    }

    private func take(_ count: Int, of id: String, from late: [(cart: CartPart, rest: Int)]) throws {
        var left = count
        for (cart, rest) in late where left > 0 {
            _ = try edit(cart.id) { document throws in try Cart.less(id, min(rest, left), &document) }
            left -= min(rest, left)
        }
    }
}

/// What can be done to a line.
package enum CartEdit {
    case set(Int), more(Int), less(Int), remove, save(Bool), note(String)

    func apply(to reference: String, _ document: inout Document) throws(DocumentError) -> CartLine? {
        switch self {
        case .set(let count): try Cart.set(reference, count, &document)
        case .more(let count): try Cart.more(reference, count, &document)
        case .less(let count): try Cart.less(reference, count, &document)
        case .remove: try Cart.remove(reference, &document)
        case .save(let isSaved): try Cart.save(reference, isSaved, &document)
        case .note(let text): try Cart.note(reference, text, &document)
        }
    }
}
