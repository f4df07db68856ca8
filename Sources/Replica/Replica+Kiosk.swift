// A device that whoever comes by uses. Its key, its documents and who is signed in are in memory only, so that their end is
// the end of all that: no key, and nothing of a customer's that it can read, is ever on its disk. It is another device each time.
package import Store

extension Replica {
    /// The customer is done: what a kiosk has is forgotten once its driver has flushed it and opens it anew. Any other device keeps
    /// what it has.
    package func end() {
        hasEnded = profile.isKiosk
        isSealDue = profile.isKiosk
    }

    /// The same kiosk for the next customer.
    package func reopened() throws(StoreError) -> Replica { try Replica.open((store as? VolatileStore)?.disk ?? store, environment) }
}
