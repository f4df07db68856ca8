// `baton prices` and `baton promotions`: what things cost, published once for every channel.
package import ArgumentParser
internal import Commerce
internal import Console
internal import CRDT
package import Replica
package import Sync

package struct PricesCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "prices", abstract: "Publish price books, and see what things cost.", subcommands: [Publish.self, Show.self])
    package init() {}

    package struct Publish: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Publish a price book: JSON, as Protocol/prices.md has it.",
            discussion: "For example {\"version\": 1, \"validFrom\": \"2026-12-01\", \"currency\": \"EUR\", \"prices\": {\"SHOE-42\": {\"unit\": 8990, \"tags\": [\"shoes\"]}}}. A price may be written as \"89.90 EUR\" as well.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "A file; - for standard input.") var file: String
        package init() {}
        package func ask(_ replica: Replica) throws -> IntentID? { try replica.ask("prices-publish", BookFile.prices(file), in: BookNames.space) }
        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try BookFile.answer(replica, intent) }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show the books that are published, or what a sku costs now.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "A sku.") var sku: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            if let sku {
                guard let totals = try replica.totals(of: [Pricing.Line(sku, sku: sku, quantity: 1)], at: replica.ownStore) else {
                    throw CommandError("unknown-sku", "There is no price book yet.")
                }
                let line = totals.lines[0]
                let json = JSON.fields(["sku": .string(sku), "unit": totals.money(line.unit).map { JSON(value: $0.value) } ?? .null, "list": totals.money(line.list).map { JSON(value: $0.value) } ?? .null,
                                        "book": line.book.map { .string($0.scope) } ?? .null, "version": line.book.map { .int($0.version) } ?? .null,
                                        "uncertain": PriceView.doubt(totals), "promotions": .array(line.discounts.map { .fields(["id": .string($0.promotion), "text": .string($0.text), "amount": .int($0.amount)]) })])
                return Output(json) { style in
                    "\(style.bold(sku))  \(totals.money(line.unit)?.description ?? "no price")\(PriceView.doubt(totals, style))" + line.discounts.map { "\n  \($0.text)" }.joined()
                }
            }
            let all = try (replica.facts(BookNames.space, BookNames.prices) + replica.facts(BookNames.space, BookNames.promotions)).map { fact in
                (kind: fact.resource.hasPrefix(BookNames.prices) ? "prices" : "promotions", head: (try fact.value.text("scope"), try fact.value.integer("version"), try fact.value.integer("validFrom")))
            }
            let json = all.map { JSON.fields(["kind": .string($0.kind), "book": .string($0.head.0), "version": .int($0.head.1), "validFrom": .string(TimeText.iso($0.head.2))]) }
            return Output(.array(json)) { style in
                if all.isEmpty { return "Nothing is published yet: `baton prices publish FILE`." }
                var table = Table([.text("Book"), .text("Of"), .number("Version"), .text("From")])
                for item in all { table.add(item.kind, item.head.0, "\(item.head.1)", TimeText.short(item.head.2)) }
                return table.rendered(style)
            }
        }
    }
}

package struct PromotionsCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "promotions", abstract: "Publish promotions, and see those that hold.", subcommands: [Publish.self, Show.self])
    package init() {}

    package struct Publish: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Publish a promotion book: JSON, as Protocol/prices.md has it.",
            discussion: "For example {\"version\": 1, \"validFrom\": 0, \"promotions\": [{\"id\": \"P10\", \"text\": \"10 % off shoes\", \"kind\": \"percentage\", \"basisPoints\": 1000, \"tags\": [\"shoes\"], \"stacking\": \"exclusive\"}]}.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "A file; - for standard input.") var file: String
        package init() {}
        package func ask(_ replica: Replica) throws -> IntentID? { try replica.ask("promotions-publish", BookFile.promotions(file), in: BookNames.space) }
        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try BookFile.answer(replica, intent) }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show the promotions of the books that are published.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            var found: [(book: BookRef, from: Int64, promotion: Promotion)] = []
            for fact in try replica.facts(BookNames.space, BookNames.promotions) {
                let book = try PromotionBook(fact.value)
                found += book.promotions.map { (book.head.book, book.head.validFrom, $0) }
            }
            let json = found.map { JSON.fields(["id": .string($0.promotion.id), "text": .string($0.promotion.text), "book": .string($0.book.scope), "version": .int($0.book.version), "validFrom": .string(TimeText.iso($0.from))]) }
            return Output(.array(json)) { [found] style in
                if found.isEmpty { return "No promotions are published yet." }
                var table = Table([.text("Promotion"), .text("Of"), .number("Version"), .text("From"), .text("")])
                for item in found { table.add(item.promotion.id, item.book.scope, "\(item.book.version)", TimeText.short(item.from), item.promotion.text) }
                return table.rendered(style)
            }
        }
    }
}

enum PriceView {
    /// nil, which shows as nothing, where there is none.
    static func doubt(_ totals: Totals?) -> JSON? { totals?.isUncertain == true ? .bool(true) : nil }

    /// Said where a device that was switched off and hasn't reached the hub since can't tell which of two prices holds.
    static func doubt(_ totals: Totals?, _ style: Style) -> String {
        totals?.isUncertain == true ? style.yellow("  the better of what may hold: this device can't tell the time until it reaches the hub") : ""
    }
}
