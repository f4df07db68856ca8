// The cart that is open in a space: the first that nothing closed.
import Commerce
import CRDT
import Store

enum OpenCart {
    static func find(_ space: SpaceID, _ ledger: Ledger) throws -> DocumentID {
        for generation in 1... {
            guard let id = DocumentID(space, "cart/\(generation)") else { break }
            if try ledger.value(space, OrderNames.closed(id.path)) == nil { return id }
        }
        throw Refused("internal", "A person has no cart.")
    }
}
