// `baton stock`: what is on the shelves of a store, and what staff and customers may do about it.
package import ArgumentParser
internal import Commerce
internal import Console
internal import CRDT
package import Replica
package import Sync

package struct StockCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "stock", abstract: "Show what is on a store's shelves; receive, count, hold, lend and sell it.",
        subcommands: [Show.self, Receive.self, Count.self, Hold.self, Release.self, Sell.self, Lend.self, Override.self])
    package init() {}

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show what is there, what of it is held or promised, and what is free.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "One sku; else all.") var sku: String?
        @Option(help: "The store; else the one where this device stands, or all.") var store: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let stores = try (store ?? replica.ownStore).map { [$0] } ?? replica.stores()
            var found: [StockView] = []
            for name in stores {
                for sku in try replica.skus(name) where self.sku == nil || self.sku == sku { found.append(try StockView(sku, name, replica)) }
            }
            if sku != nil, found.isEmpty {
                throw CommandError("unknown-sku", "Nothing is known of \(sku ?? "") at \(stores.isEmpty ? "any store" : stores.joined(separator: ", ")). `baton stock show` lists what is; `baton sync` brings what is new.")
            }
            let json: JSON = sku != nil && found.count == 1 ? found[0].json : .array(found.map(\.json))
            return Output(json) { [found] in StockView.table(found, $0) }
        }
    }

    /// A step on a sku of a store.
    package struct Step: ParsableArguments {
        @Argument(help: "The sku.") var sku: String
        @Argument(help: "How many.") var quantity: Int64
        @Option(help: "The store; else the one where this device stands.") var store: String?
        package init() {}

        func ask(_ kind: String, _ replica: Replica, _ more: [(String, Value)] = []) throws -> IntentID {
            try replica.ask(kind, .map([("sku", .string(sku)), ("quantity", .int(quantity))] + more), in: StockView.space(store, replica))
        }
    }

    package struct Receive: StockStep {
        package static let (kind, done) = ("stock-receive", "received")
        package static let configuration = CommandConfiguration(abstract: "Units came: they are on the shelf.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup package var step: Step
        package init() {}
    }

    package struct Count: StockStep {
        package static let (kind, done) = ("stock-count", "counted")
        package static let configuration = CommandConfiguration(abstract: "Say how many are on the shelf, whatever the books say.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup package var step: Step
        package init() {}
    }

    package struct Hold: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Keep units for a while.", discussion: "The deadline is by the hub's time. Nothing that is held is sold to somebody else.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var step: Step
        @Option(name: .customLong("for"), help: ArgumentHelp("For how long.", valueName: "seconds")) var seconds: Int64 = CommerceLimits.holdSeconds
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            if !replica.isStaff, replica.signIn == nil { throw CommandError("not-signed-in", "A hold is somebody's: `baton sign-in PERSON` first.") }
            return try step.ask("stock-hold", replica, [("seconds", .int(seconds)), ("person", StockView.person(replica))])
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try StockView.answer(replica, intent, "held") }
    }

    package struct Release: IntentCommand {
        package static let configuration = CommandConfiguration(abstract: "Give back what a hold keeps.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The hold's id.") var hold: String
        @Option(help: "The store; else the one where this device stands.") var store: String?
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            let named = try store ?? replica.holds(in: replica.space).first { $0.id == hold }?.hold.store
            return try replica.ask("stock-release", .map([("hold", .string(hold)), ("person", StockView.person(replica))]), in: StockView.space(named, replica))
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try StockView.answer(replica, intent, "released") }
    }

    package struct Sell: StockStep {
        package static let (kind, done) = ("stock-sell", "sold")
        package static let configuration = CommandConfiguration(abstract: "Sell over the counter.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup package var step: Step
        package init() {}
    }

    package struct Lend: IntentCommand {
        package static let configuration = CommandConfiguration(abstract: "Give another hub the right to sell units; they stay where they are.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var step: Step
        @Option(help: ArgumentHelp("The hub that may sell them.", valueName: "node")) var to: String
        package init() {}
        package func ask(_ replica: Replica) throws -> IntentID? { try step.ask("stock-lend", replica, [("to", .string(to))]) }
        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try StockView.answer(replica, intent, "lent") }
    }

    package struct Override: StockStep {
        package static let (kind, done) = ("stock-override", "sold")
        package static let configuration = CommandConfiguration(
            abstract: "Sell units in hand, whatever the books say.",
            discussion: "A unit that nobody was promised goes first, then one that is held, then one of the newest order, which is disputed then and named in an exception.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup package var step: Step
        package init() {}
    }
}

/// A step that needs nothing but the sku and how many.
package protocol StockStep: IntentCommand {
    static var kind: String { get }
    /// What it's called once it's done.
    static var done: String { get }
    var step: StockCommand.Step { get }
}

extension StockStep {
    package func ask(_ replica: Replica) throws -> IntentID? { try step.ask(Self.kind, replica) }
    package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try StockView.answer(replica, intent, Self.done) }
}

/// How stock is shown.
struct StockView {
    let sku: String
    let store: String
    let shelf: Shelf
    let exceptions: [Value]

    init(_ sku: String, _ store: String, _ replica: Replica) throws {
        (self.sku, self.store) = (sku, store)
        shelf = try replica.shelf(sku, store)
        exceptions = try replica.exceptions(sku, store)
    }

    /// - Throws: `invalid-value` where no store is meant.
    static func space(_ store: String?, _ replica: Replica) throws -> SpaceID {
        guard let name = store ?? replica.ownStore else {
            throw CommandError("invalid-value", "Which store? This device stands in none: give --store.")
        }
        return try StockNames.space(name)
    }

    /// For whom a customer's device asks; staff ask for nobody.
    static func person(_ replica: Replica) -> Value { replica.isStaff ? .null : replica.signIn.map { .string($0.person) } ?? .null }

    var json: JSON {
        .fields([
            "sku": .string(sku), "store": .string(store), "received": .int(shelf.total(.received)), "returned": .int(shelf.total(.returned)), "found": .int(shelf.total(.found)),
            "sold": .int(shelf.total(.sold)), "promised": .int(shelf.promised), "disputed": .int(shelf.inDispute), "held": .int(shelf.held), "available": .int(shelf.available),
            "damaged": .int(shelf.total(.damaged)), "lost": .int(shelf.total(.lost)),
            "rights": .object(shelf.nodes.map { (key: $0, value: .int(shelf.rights(of: $0))) }), "exceptions": .array(exceptions.map(JSON.init(value:))),
        ])
    }

    static func table(_ views: [StockView], _ style: Style) -> String {
        if views.isEmpty { return "Nothing is known of any shelf yet." }
        var table = Table([.text("SKU"), .text("Store"), .number("Free"), .number("Held"), .number("Promised"), .number("Sold"), .number("Received"), .text("")])
        for view in views {
            let shelf = view.shelf
            table.add(view.sku, view.store, "\(shelf.available)", "\(shelf.held)", "\(shelf.promised)", "\(shelf.total(.sold))", "\(shelf.total(.received))",
                      view.exceptions.isEmpty ? "" : "\(view.exceptions.count) exceptions")
        }
        return table.rendered(style)
    }

    /// - Parameter done: what the step is called once it's done.
    static func answer(_ replica: Replica, _ intent: IntentID?, _ done: String) throws -> Output {
        let outcome = try replica.outcome(of: intent)
        if let outcome, !outcome.isDone {
            throw CommandError(outcome.status, outcome.message, .fields(["status": "refused", "hold": .null, "reason": .string(outcome.status), "remainingSeconds": .null]))
        }
        let value = outcome?.value
        let hold = (try? value?.text("hold")) ?? nil
        let due = (try? value?.integer("due")) ?? nil
        let remaining = due.map { max(0, ($0 - Int64(replica.nowMilliseconds) + 999) / 1_000) }
        let status = outcome == nil ? "queued" : done
        return Output(.fields(["status": .string(status), "hold": hold.map(JSON.string) ?? .null, "reason": .null, "remainingSeconds": remaining.map(JSON.int) ?? .null])) { style in
            if outcome == nil { return style.yellow("asked; it is decided once the hub is reached") }
            return [done, hold.map { "hold \($0)" }, remaining.map { "for \($0) s" }].compactMap { $0 }.joined(separator: ", ")
        }
    }
}
