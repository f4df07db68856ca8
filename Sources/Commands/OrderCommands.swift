// `baton order`: what a customer orders, and what staff do with it until it's in the customer's hand.
package import ArgumentParser
internal import Commerce
internal import Console
internal import CRDT
internal import Documents
package import Replica
package import Sync

package struct OrderCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "order", abstract: "Place orders, see what became of them, and hand them over.",
        subcommands: [Place.self, Show.self, List.self, Pick.self, Ready.self, Present.self, HandOver.self, Pay.self, Cancel.self, Return.self])
    package init() {}

    package struct Place: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Order what is in the cart.",
            discussion: "It is decided once, however often it's sent: offline it waits, and `baton intents` says what became of it. Where units are missing nothing is ordered and nothing is held.")
        @OptionGroup package var global: GlobalOptions
        @Option(help: "A name for this order: placed again under it, the first one stands.") var intent: String?
        @Option(help: "The store for lines that name none; else the first that has them all.") var store: String?
        @Option(help: ArgumentHelp("now or in-store.", valueName: "when")) var pay: PayWhen = .inStore
        @Flag(help: "Try on first, and pay for what is kept.") var tryOn = false
        @Option(help: ArgumentHelp("Accept a total, in the smallest unit of money, though it may have grown since it was quoted.", valueName: "minor")) var acceptTotal: Int64?
        @Option(help: "A voucher's code; again for another.") var voucher: [String] = []
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            if let intent, !IntentID.isName(intent) {
                throw CommandError("invalid-value", "--intent \(Words.quoted(intent)) names no intent: give 1 to \(IntentID.nameBytesMax) characters that are another for each order, or leave it out.")
            }
            let id = intent.map { IntentID(named: $0, in: replica.space) }
            let vouchers: [(String, Value)] = voucher.isEmpty ? [] : [("vouchers", .list(voucher.map(Value.string)))]
            let payload = Value.map(vouchers + [("store", store.map(Value.string) ?? .null), ("now", .bool(pay == .now)), ("try", .bool(tryOn)), ("accept", acceptTotal.map(Value.int) ?? .null)])
            // What was asked under that name is asked once, whatever is in the cart by now.
            if let id, try replica.intent(id) != nil { return try replica.ask("order-place", payload, in: replica.space, id: id) }
            let parts = try replica.cartParts()
            if id == nil, Cart.lines(parts.map(\.part)).isEmpty { throw CommandError("invalid-value", "The cart is empty: put something in with `baton cart add SKU`.") }
            return try replica.ask("order-place", payload, context: context(parts, replica), in: replica.space, id: id)
        }

        private func context(_ parts: [Replica.CartPart], _ replica: Replica) throws -> Value {
            let carts = parts.enumerated().filter { $0.offset == parts.count - 1 || !Cart.lines([$0.element.part]).isEmpty }.map { $0.element }
            let skus = Set(Cart.lines(parts.map(\.part)).map(\.key.sku))
            let holds = try replica.holdsCountedOn(skus)
            return .map([
                ("total", try replica.totals(of: Cart.lines(parts.map(\.part))).flatMap { $0.money($0.total)?.value } ?? .null),
                ("carts", .list(carts.map { .map([("path", .string($0.id.path)), ("frontier", .string(Past.text($0.part.document.frontier)))]) })),
                ("holds", .list(holds.prefix(CommerceLimits.orderLinesMax).map { .map([("hold", .string($0.id)), ("store", .string($0.hold.store))]) })),
            ])
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
            let outcome = try replica.outcome(of: intent)
            guard let outcome else {
                return Output(.fields(["status": "queued", "order": .null, "number": .null, "reason": .null, "total": .null])) { $0.yellow("asked; it is decided once the hub is reached: `baton intents` says what became of it") }
            }
            guard outcome.isDone, let orders = try? outcome.value.items("orders"), let first = orders.first else {
                throw CommandError(outcome.status, outcome.message, .fields(["status": "refused", "order": .null, "number": .null, "reason": .string(outcome.status), "total": outcome.value["total"].map(JSON.init(value:)) ?? .null]))
            }
            let total = orders.count == 1 ? first["total"].map(JSON.init(value:)) ?? .null : .null
            let text = orders.map { ((try? $0.text("number")) ?? "", $0.isThere("total") ? (try? Money($0["total"] ?? .null))?.description : nil) }
            var json: [(key: String, value: JSON)] = [("status", "placed"), ("order", JSON(value: first["id"] ?? .null)), ("number", JSON(value: first["number"] ?? .null)), ("reason", .null), ("total", total)]
            if orders.count > 1 { json.append(("orders", JSON(value: .list(orders)))) }
            return Output(.object(json)) { style in text.map { "placed \(style.bold($0.0))\($0.1.map { ", \($0)" } ?? "")" }.joined(separator: "\n") }
        }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show an order, and everything that happened to it.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "Its number, the beginning of it, or its id.") var order: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let order = try replica.order(self.order)
            return Output(try OrderView.json(order)) { OrderView.text(order, $0) }
        }
    }

    package struct List: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "List the orders that this device may see, the newest first.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let orders = try replica.orders()
            return Output(.array(try orders.map(OrderView.json))) { OrderView.table(orders, $0) }
        }
    }

    package struct Pick: IntentCommand {
        package static let configuration = CommandConfiguration(abstract: "Everything was picked, or all but what --short says.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The order's number.") var order: String
        @Option(help: ArgumentHelp("So many of a sku could not be found.", valueName: "SKU=N")) var short: [Pair] = []
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            var missing: [(String, Value)] = []
            for (sku, text) in try short.dictionary() {
                guard let count = Int64(text) else { throw CommandError("usage", "--short is SKU=N, for example MILK=1, not \(sku)=\(text).") }
                missing.append((sku, .int(count)))
            }
            return try OrderView.ask("order-pick", order, replica, [("short", .map(missing))])
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try OrderView.answer(replica, intent) }
    }

    package struct Ready: OrderStep {
        package static let kind = "order-ready"
        package static let configuration = CommandConfiguration(abstract: "It waits to be fetched, for two days.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The order's number.") package var order: String
        package init() {}
    }

    package struct Present: OrderStep {
        package static let kind = "order-present"
        package static let configuration = CommandConfiguration(abstract: "The customer has it before them, to look at or try on.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The order's number.") package var order: String
        package init() {}
    }

    package struct HandOver: IntentCommand {
        package static let configuration = CommandConfiguration(
            commandName: "hand-over", abstract: "The customer takes it along, paid or paying now.",
            discussion: "The desk or till of a store that last handed something over, and stays connected, goes on alone for up to eight hours while the hub is away; the others are told which one that is.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The order's number.") var order: String
        @Flag(help: "The desk that could hand over alone is switched off, for certain: managers only.") var takeOver = false
        package init() {}

        /// Longer than the hub waits for another desk.
        package var waitSeconds: Double { 7 }

        package func ask(_ replica: Replica) throws -> IntentID? {
            let order = try replica.order(order)
            do {
                if !takeOver, let alone = try replica.handOverAlone(order) { return alone }
                return try OrderView.ask("order-hand-over", order, replica, takeOver ? [("takeOver", .bool(true))] : [])
            } catch let error as CommerceError {
                let last = order.last(order.fulfilment)
                throw OrderView.refused(error.code, error.message, by: last?.by, at: last?.at)
            }
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try OrderView.answer(replica, intent) }
    }

    package struct Pay: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Paid in the store: what was presented goes along.",
            discussion: "With --keep only what is named is paid and taken; the rest goes back to the shelf in the same moment.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The order's number.") var order: String
        @Option(help: "What the customer keeps; may be given more than once.") var keep: [String] = []
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            try OrderView.ask("order-pay", order, replica, [("keep", keep.isEmpty ? .null : .list(keep.map(Value.string)))])
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try OrderView.answer(replica, intent) }
    }

    package struct Cancel: OrderStep {
        package static let kind = "order-cancel"
        package static let configuration = CommandConfiguration(abstract: "Cancel an order that was not handed over.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The order's number.") package var order: String
        package init() {}
    }

    package struct Return: OrderStep {
        package static let kind = "order-return"
        package static let configuration = CommandConfiguration(abstract: "The customer brings it back.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The order's number.") package var order: String
        package init() {}
    }
}

package enum PayWhen: String, ExpressibleByArgument, CaseIterable, Sendable {
    case now
    case inStore = "in-store"
}

/// A step of an order that needs nothing but its number.
package protocol OrderStep: IntentCommand {
    static var kind: String { get }
    var order: String { get }
}

extension OrderStep {
    package func ask(_ replica: Replica) throws -> IntentID? { try OrderView.ask(Self.kind, order, replica) }
    package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try OrderView.answer(replica, intent) }
}
