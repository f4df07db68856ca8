// What an app does with a customer's things. Every edit is on the disk when its call returns.
// An app names lines, preferences and drafts with the library's one import.
@_exported public import Documents
internal import CRDT
internal import Replica

extension Baton {
    /// Binds the device to a person; what was in the anonymous cart stays aside.
    /// - Parameter proof: a token that shows the hub who it is.
    public func signIn(_ person: String, proof: String = "") throws {
        try perform { replica in
            _ = try replica.personSpace(person)
            replica.signIn(SignIn(person: person, proof: proof))
        }
    }

    public func signOut() throws { try perform { $0.signIn(nil) } }

    /// The lines of the cart, by sku.
    public func cart() throws -> [CartLine] { try replica.cartLines() }

    @discardableResult
    public func addToCart(_ sku: String, quantity: Int = 1) throws -> CartLine? {
        try perform { replica in
            try replica.addToCart(LineKey(sku: sku), quantity)
        }
    }

    @discardableResult
    public func setInCart(_ sku: String, quantity: Int) throws -> CartLine? {
        try perform { replica in try replica.editCart(sku, .set(quantity)) }
    }

    public func preference(_ key: String) throws -> String? {
        let scopes = Preferences.scopes(store: nil, device: replica.device.description)
        return Preferences.get(key, scopes: scopes, try replica.document(replica.preferences()))?.value
    }

    public func setPreference(_ key: String, to value: String) throws {
        try perform { replica in
            let author = replica.author
            try replica.edit(replica.preferences()) { document throws in try Preferences.set(key, value, scope: "tenant", by: author, &document) }
        }
    }
}
