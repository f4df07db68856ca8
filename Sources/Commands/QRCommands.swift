// `baton qr`: a kiosk shows its cart as a code, and a phone takes it. A poster's code only points at a product.
package import ArgumentParser
internal import Bytes
internal import Commerce
internal import Console
internal import CRDT
internal import Documents
internal import QR
package import Replica
package import Sync

package struct QRCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "qr", abstract: "Show a code for another device to scan, or scan one.", subcommands: [Show.self, Scan.self])
    package init() {}

    package struct Show: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Show this device's cart as a code that one customer can take.",
            discussion: "The code is good once, for two minutes by the store's hub. With --product it is a poster's: it opens the product, and grants nothing.")
        @OptionGroup package var global: GlobalOptions
        @Option(help: ArgumentHelp("Write it as a picture too, into a new file.", valueName: "file")) var png: String?
        @Option(help: ArgumentHelp("A code for a poster.", valueName: "sku")) var product: String?
        package init() {}

        package var looksFirst: Bool { product == nil }

        package func ask(_ replica: Replica) throws -> IntentID? {
            if let product {
                try replica.checkSKU(product, store: nil)
                return nil
            }
            let store = replica.profile.store
            guard !store.isEmpty, let space = SpaceID("store:\(store)") else { throw CommandError("usage", "A code is of a store's: `baton init --kind kiosk --store S` says which.") }
            guard replica.signIn == nil else { throw CommandError("forbidden", "\(replica.signIn?.person ?? "") is signed in here: the cart is theirs already.") }
            let lines = try replica.cartLines().map { DeviceCode.Line(line: $0.id, quantity: Int64($0.quantity)) }
            guard !lines.isEmpty else { throw CommandError("invalid-value", "The cart is empty: put something in with `baton cart add SKU`.") }
            return try replica.askWithSecret("code-mint", in: space) { .map([("code", .string($0)), ("lines", DeviceCode.value(lines))]) }
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
            if let product { return try output(CodeText.product(product), [("purpose", "open-product"), ("sku", .string(product))], "Scanned, it opens \(product).") }
            let (value, store) = (try ShareView.done(replica, intent), replica.profile.store)
            guard let intent, let token = try replica.token(of: intent, owner: store), case .int(let until)? = value["until"] else {
                throw CommandError("internal", "The code's secret isn't here any more: show another.")
            }
            let fields: [(String, JSON)] = [("purpose", .string(DeviceCode.claimCart)), ("store", .string(store)), ("expires", .string(TimeText.iso(until)))]
            return try output(.authority(token), fields, "Scan it with `baton qr scan`, until \(TimeText.short(until)). It can be taken once.")
        }

        private func output(_ code: CodeText, _ fields: [(String, JSON)], _ says: String) throws -> Output {
            guard let picture = QRCode(code.text) else { throw CommandError("too-large", "What the code says is longer than \(QRCode.bytesMax) bytes.") }
            if let png { try Files.write(picture.png(), to: png) }
            return Output(.object([(key: "token", value: .string(code.text))] + fields.map { (key: $0.0, value: $0.1) })) { _ in "\(picture.text)\n\(code.text)\n\(says)" }
        }
    }

    package struct Scan: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Look at a scanned code, and with --confirm take what it offers.",
            discussion: "Confirm only what you see before you: the device and the store that are named are those that issued the code.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "What the code says.") var token: String
        @Flag(help: "Take it: what the device has in its cart goes into yours.") var confirm = false
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            let code = try CodeText.read(token)
            guard case .authority(let token) = code, let space = SpaceID("store:\(token.owner)") else { return nil }
            guard let person = replica.signIn?.person else { throw CommandError("not-signed-in", "What is taken goes into somebody's cart: `baton sign-in PERSON` first.") }
            return try replica.ask(confirm ? "code-claim" : "code-look", .map([("secret", .string(Hex.encode(token.secret))), ("person", .string(person))]), in: space)
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
            if case .product(let sku) = try CodeText.read(token) {
                try replica.checkSKU(sku, store: nil)
                return Output(.fields(["status": "product", "sku": .string(sku)])) { style in "\(style.bold(sku)): put it in with `baton cart add \(sku)`." }
            }
            guard let outcome = try replica.outcome(of: intent) else { throw CommandError("offline", "The store's hub couldn't be asked now. It is asked once it is reached, and `baton intents` shows the answer.") }
            if ["used", "expired"].contains(outcome.status) { return Output(.fields(["status": .string(outcome.status)])) { $0.yellow(outcome.message) } }
            guard outcome.isDone else { throw CommandError(outcome.status, outcome.message) }
            guard let code = try? DeviceCode(outcome.value), let store = SecretToken(token)?.owner else { throw CommandError("internal", "The hub's answer is no code's.") }
            let lines = code.lines.map { line in JSON.fields(["line": .string(line.line), "quantity": .int(line.quantity)]) }
            let json = JSON.fields(["status": confirm ? "claimed" : "asks", "purpose": .string(DeviceCode.claimCart), "device": .string(code.name), "store": .string(store), "lines": .array(lines)])
            let (isDone, token) = (confirm, token)
            return Output(json) { style in
                let list = code.lines.map { "\(LineKey(line: $0.line).sku) \($0.quantity)" }.joined(separator: ", ")
                return isDone ? "In your cart now: \(list)." : "\(style.bold(code.name)) at \(style.bold(store)) offers its cart: \(list).\nDo you stand before it? Then `baton qr scan \(token) --confirm`."
            }
        }
    }
}

/// What a code says: a secret that takes something, or only where to look.
enum CodeText {
    case authority(SecretToken), product(String)

    private static let poster = "product:"

    var text: String {
        switch self {
        case .authority(let token): token.text
        case .product(let sku): CodeText.poster + sku
        }
    }

    static func read(_ text: String) throws -> CodeText {
        if text.hasPrefix(poster) { return .product(String(text.dropFirst(poster.count))) }
        guard let token = SecretToken(text) else { throw CommandError("invalid-value", "\"\(text.prefix(60))\" is no code of a kiosk's or a poster's.") }
        return .authority(token)
    }
}
