// Who uses this device, and which others there are.
package import ArgumentParser
internal import Commerce
internal import CRDT
internal import Console
internal import Documents
package import Replica
internal import Store
package import Sync

package struct SignInCommand: IntentCommand {
    package static let configuration = CommandConfiguration(
        commandName: "sign-in", abstract: "Bind this device to a person.",
        discussion: "What was put into the cart before goes into the person's, once: of a line that both have the larger quantity counts. `baton undo-merge` takes that back. Staff sign in as themselves, and nothing is merged.")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: "The person.") var person: String
    @Option(help: "A token that shows the hub who it is.") var proof: String?
    @Flag(help: "In the middle of a checkout: buy only what is in the cart here, and put the account's own aside, on the shortlist.") var atCheckout = false
    package init() {}

    /// Signing in needs no hub.
    package var looksFirst: Bool { false }

    package func ask(_ replica: Replica) throws -> IntentID? {
        _ = try replica.personSpace(person)
        let guest = replica.signIn == nil && !replica.isStaff ? try replica.cartParts() : []
        replica.signIn(SignIn(person: person, proof: proof ?? ""))
        let carts = guest.enumerated().filter { $0.offset == guest.count - 1 || !Cart.lines([$0.element.part]).isEmpty || !Cart.lines([$0.element.part], saved: true).isEmpty }.map(\.element)
        guard carts.contains(where: { !Cart.lines([$0.part]).isEmpty || !Cart.lines([$0.part], saved: true).isEmpty }), let last = carts.last else { return nil }
        let context = Value.map([("carts", .list(carts.map { .map([("path", .string($0.id.path)), ("frontier", .string(Past.text($0.part.document.frontier)))]) }))])
        // The same for whoever merges that cart into that account.
        let id = IntentID(named: "merge \(last.id) into \(replica.space)")
        if try replica.intent(id) != nil { return id }
        return try replica.ask("cart-merge", .map([("device", .string(replica.device.description)), ("cart", .string(last.id.path)), ("checkout", .bool(atCheckout))]), context: context, in: replica.space, id: id)
    }

    package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
        let outcome = try replica.outcome(of: intent)
        let isMerged = outcome?.isDone == true
        var json: [(key: String, value: JSON)] = [("person", .string(person)), ("merged", .bool(isMerged))]
        let out = isMerged ? (outcome.flatMap { try? MergedCart($0.value) }?.out ?? []) : []
        if isMerged { json.append(("out", .array(out.map(JSON.string)))) }
        if intent != nil, outcome == nil { json.append(("status", "queued")) }
        // Whatever becomes of the cart, the person is signed in.
        return Output(.object(json)) { style in
            "Signed in as \(style.bold(person))." + (isMerged ? " What was in the cart here is in yours now; `baton undo-merge` takes that back.\(out.isEmpty ? "" : " Out of stock: \(out.joined(separator: ", "))." )" : intent != nil && outcome == nil ? " What is in the cart here goes into yours once the hub is reached." : "")
        }
    }
}

package struct UndoMergeCommand: IntentCommand {
    package static let configuration = CommandConfiguration(commandName: "undo-merge", abstract: "Take back what signing in put into the cart: exactly that, and nothing else.")
    @OptionGroup package var global: GlobalOptions
    package init() {}

    package func ask(_ replica: Replica) throws -> IntentID? {
        guard replica.signIn != nil else { throw CommandError("not-signed-in", "Nobody is signed in, so that nothing was merged.") }
        let merges = try replica.facts(replica.space, "\(MergedCart.prefix)\(replica.device)/")
        guard let last = try merges.filter({ try !MergedCart($0.value).isUndone }).max(by: { $0.time < $1.time }) ?? merges.last else { throw CommandError("invalid-value", "Nothing was merged from this device.") }
        return try replica.ask("cart-unmerge", .map([("merge", .string(last.resource))]), in: replica.space)
    }

    package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
        guard let outcome = try replica.outcome(of: intent) else { return Output(.fields(["person": replica.signIn.map { .string($0.person) } ?? .null, "merged": .bool(true), "status": "queued"])) { $0.yellow("asked; it is undone once the hub is reached") } }
        guard outcome.isDone else { throw CommandError(outcome.status, outcome.message) }
        return Output(.fields(["person": replica.signIn.map { .string($0.person) } ?? .null, "merged": .bool(false)])) { _ in "What signing in put into the cart is out of it again." }
    }
}

package struct SignOutCommand: LocalCommand {
    package static let configuration = CommandConfiguration(commandName: "sign-out", abstract: "Let the person go; the device has its own cart again, and a kiosk forgets all.")
    @OptionGroup package var global: GlobalOptions
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        replica.signIn(nil)
        replica.end()
        return Output(.fields(["person": .null, "merged": .bool(false)])) { _ in "Signed out." }
    }
}

package struct DevicesCommand: LocalCommand {
    package static let configuration = CommandConfiguration(commandName: "devices", abstract: "List the devices that made something that is here.")
    @OptionGroup package var global: GlobalOptions
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let devices = replica.knownDevices.sorted { $0.key < $1.key }
        // Whether another device is online this one isn't told.
        func isOnline(_ id: DeviceID) -> JSON { id == replica.device ? .bool(replica.isOnline) : .null }
        var lastSeen: [DeviceID: UInt64] = [:]
        for (document, _) in try replica.documents.records() {
            for change in try replica.document(document).changeSummaries() {
                guard let maker = replica.author(change.id.actor)?.device else { continue }
                lastSeen[maker] = max(lastSeen[maker] ?? 0, change.time)
            }
        }
        func time(_ id: DeviceID) -> Int64? { lastSeen[id].map { Int64(clamping: $0) } }
        let json = devices.map { id, record in
            JSON.fields(["device": .string(id.description), "name": .string(record.name), "kind": .string(record.kind), "online": isOnline(id), "lastSeen": time(id).map { .string(TimeText.iso($0)) } ?? .null])
        }
        var table = Table([.text("Device"), .text("Name"), .text("Kind"), .text("Last change"), .text("")])
        for (id, record) in devices { table.add(id.description, record.name, record.kind, time(id).map(TimeText.short) ?? "", id == replica.device ? "this device" : "") }
        return Output(.array(json)) { [table] style in table.rendered(style) }
    }
}
