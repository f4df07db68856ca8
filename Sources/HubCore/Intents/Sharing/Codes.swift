// Codes with authority, that a kiosk shows and a signed-in device scans: minted and taken by the hub that decides about the
// kiosk's store, also with its line cut. Protocol/sharing.md 3.
//
//     kiosk ──► code-mint: the lines of its cart, under the hash of a secret ──► phone ──► code-look, code-claim: the secret
//
// What is claimed goes into the person's cart in the same decision that says the code is used: so it can't happen twice, nor
// be lost between the two.
import Bytes
import Commerce
import CRDT
import Documents
import Store
import Sync

enum CodeMint: IntentKind {
    static let name = "code-mint"

    /// Who stands in the store, whoever uses it.
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { space.scheme == "store" && peer.store == space.owner }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (store, hash) = (try Stock.store(intent), try intent.payload.text("code"))
        guard SecretToken.isHash(hash) else { throw Refused("invalid-value", "A code is known by the hash of its secret.") }
        let resource = DeviceCode.resource(hash)
        guard try ledger.value(intent.space, resource) == nil else { throw Refused("payload-conflict", "\(store) has that code already: make another.") }
        let code = DeviceCode(device: peer.device.description, name: peer.name, lines: try DeviceCode.lines(intent.payload), until: ledger.time + CommerceLimits.codeMilliseconds, epoch: ledger.epoch)
        ledger.put(intent.space, resource, code.value)
        return .map([("until", .int(code.until))])
    }
}

/// What a code is for, and whose it is: before anybody agrees to it.
enum CodeLook: IntentKind {
    static let name = "code-look"
    static var isQuestion: Bool { true }

    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { space.scheme == "store" && !peer.persons.isEmpty }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value { try CodeClaim.find(intent, by: peer, ledger).code.value }
}

enum CodeClaim: IntentKind {
    static let name = "code-claim"
    static func mayAsk(_ peer: Peer, in space: SpaceID, reaches: Bool) -> Bool { CodeLook.mayAsk(peer, in: space, reaches: reaches) }

    static func decide(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> Value {
        let (resource, code, space) = try find(intent, by: peer, ledger)
        let cart = try OpenCart.find(space, ledger)
        let claimed = code.claimed(by: peer.device.description, at: ledger.time)
        ledger.put(intent.space, resource, claimed.value)
        do {
            try ledger.edit(cart) { document throws in
                for line in code.lines { _ = try Cart.add(LineKey(line: line.line), Int(clamping: line.quantity), note: nil, &document) }
            }
        } catch let error as DocumentError {
            throw Refused(error.code, error.message)
        }
        try takeOut(code, ledger)
        return claimed.value
    }

    /// What was claimed is with who claimed it, and no more on the device that showed it.
    private static func takeOut(_ code: DeviceCode, _ ledger: Ledger) throws {
        guard let space = SpaceID("device:\(code.device)") else { return }
        let cart = try OpenCart.find(space, ledger)
        let there = Cart.lines(try ledger.document(cart))
        let given = code.lines.compactMap { line in there.first { $0.id == line.line }.map { (line.line, min(Int(clamping: line.quantity), Int(clamping: $0.quantity))) } }
        guard !given.isEmpty else { return }
        // Only a line that went meanwhile is refused, and that is as well.
        try ledger.edit(cart) { document throws in for (id, count) in given where count > 0 { _ = try? Cart.less(id, count, &document) } }
    }

    /// A code that can still be taken, and for whom.
    /// - Throws: `forbidden`, `expired`, `used`.
    static func find(_ intent: Intent, by peer: Peer, _ ledger: Ledger) throws -> (resource: String, code: DeviceCode, person: SpaceID) {
        let (store, person) = (try Stock.store(intent), try intent.payload.text("person"))
        guard peer.persons.contains(person), let space = SpaceID("person:\(person)") else { throw Refused("forbidden", "This device may not ask for \(person.prefix(60)): sign in as them.") }
        guard let secret = Hex.decode(try intent.payload.text("secret")), secret.count == SecretToken.secretBytes else { throw Refused("invalid-value", "A code's secret is \(2 * SecretToken.secretBytes) hex digits.") }
        let resource = DeviceCode.resource(SecretToken.hash(secret))
        guard let value = try ledger.value(intent.space, resource) else { throw Refused("forbidden", "\(store) has shown no such code: scan the one that is on the screen now.") }
        let code = try DeviceCode(value)
        if ledger.time >= code.until { throw Refused("expired", "The code was good for \(CommerceLimits.codeMilliseconds / 1_000) s: have \(code.name) show another.") }
        if code.claim != nil, !Plant.codeUsedTwice.isPlanted { throw Refused("used", "The code was taken already: have \(code.name) show another.") }
        // Whether it was taken, a hub that was put back may have forgotten; who shows it shows another.
        if code.epoch != ledger.epoch { throw Refused("expired", "The hub of \(store) was put back since the code was shown: have \(code.name) show another.") }
        return (resource, code, space)
    }
}
