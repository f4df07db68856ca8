// `baton cart`: what a person puts into a cart, saves for later, and takes out again.
package import ArgumentParser
internal import CRDT
internal import Commerce
internal import Console
internal import Documents
package import Replica

package struct CartCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "cart", abstract: "Show and change the cart and its shortlist.",
        subcommands: [Show.self, Add.self, Set.self, More.self, Less.self, Remove.self, Save.self, Restore.self, Note.self])
    package init() {}

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show the cart: its lines, and what is saved for later.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let parts = try replica.cartParts(person: whose.person)
            let (lines, saved) = (Cart.lines(parts.map(\.part)), Cart.lines(parts.map(\.part), saved: true))
            // A line without a price stands in the way of a total, not of the cart.
            let totals = try? replica.totals(of: lines)
            let notices = try CartNotice.all(parts, replica) + (totals == nil ? CartNotice.unpriced(lines, replica) : [])
            let total = totals.flatMap { $0.money($0.total) }
            let json = JSON.fields(["id": .string(parts[parts.count - 1].id.path), "state": "open", "lines": .array(lines.map { CartView.json($0, totals) }),
                                    "saved": .array(saved.map { CartView.json($0, nil) }), "total": total.map { JSON(value: $0.value) } ?? .null, "uncertain": PriceView.doubt(totals), "notices": .array(notices.map(\.json))])
            return Output(json) { style in
                ([CartView.text(lines, saved, style)] + (total.map { ["Total \(style.bold($0.description))\(PriceView.doubt(totals, style))"] } ?? []) + notices.map { style.yellow($0.text) }).joined(separator: "\n")
            }
        }
    }

    package struct Add: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Add units of a SKU: one, or as many as --quantity says.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        @Argument(help: "What to add.") var sku: String
        @Option(help: "How many.") var quantity = 1
        @Option(name: .customLong("option"), help: ArgumentHelp("A chosen option; may be given more than once.", valueName: "K=V")) var options: [Pair] = []
        @Option(help: "The store that the line is for.") var store: String?
        @Option(help: "ship or pickup.") var fulfilment: String?
        @Option(help: "A note for the line.") var note: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let key = try LineKey(sku: sku, options: options.dictionary(), store: store, fulfilment: fulfilment)
            try replica.checkSKU(sku, store: store)
            return CartView.output(try replica.addToCart(key, quantity, note: note, person: whose.person))
        }
    }

    package struct Set: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Set a line's quantity; makes the line if there is none.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        @Argument(help: "A SKU, or a line's id.") var line: String
        @Argument(help: "How many; 0 removes the line.") var quantity: Int
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try checkNew(replica)
            return try CartView.output(replica.editCart(line, .set(quantity), person: whose.person))
        }

        /// A line that isn't there yet is of a sku that has a price, as one that is added.
        private func checkNew(_ replica: Replica) throws {
            guard quantity > 0 else { return }
            do { _ = try Cart.resolve(line, replica.cartParts(person: whose.person).map(\.part)) } catch let error as DocumentError where error.code == "unknown-line" {
                let key = LineKey(line: line)
                try replica.checkSKU(key.sku, store: key.store)
            }
        }
    }

    package struct More: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Add units to a line.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        @Argument(help: "A SKU, or a line's id.") var line: String
        @Argument(help: "How many.") var count = 1
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try CartView.output(replica.editCart(line, .more(count), person: whose.person))
        }
    }

    package struct Less: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Take units from a line; at 0 it is gone.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        @Argument(help: "A SKU, or a line's id.") var line: String
        @Argument(help: "How many.") var count = 1
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try CartView.output(replica.editCart(line, .less(count), person: whose.person))
        }
    }

    package struct Remove: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Remove a line.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        @Argument(help: "A SKU, or a line's id.") var line: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try CartView.output(replica.editCart(line, .remove, person: whose.person))
        }
    }

    package struct Save: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Save a line for later: it moves to the shortlist.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        @Argument(help: "A SKU, or a line's id.") var line: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try CartView.output(replica.editCart(line, .save(true), person: whose.person))
        }
    }

    package struct Restore: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Move a line from the shortlist back to the cart.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        @Argument(help: "A SKU, or a line's id.") var line: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try CartView.output(replica.editCart(line, .save(false), person: whose.person))
        }
    }

    package struct Note: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Write a note on a line; an empty one removes it.")
        @OptionGroup package var global: GlobalOptions
        @OptionGroup var whose: Whose
        @Argument(help: "A SKU, or a line's id.") var line: String
        @Argument(help: "The note.") var text: String
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            try CartView.output(replica.editCart(line, .note(text), person: whose.person))
        }
    }
}

/// Whose cart a command is about.
package struct Whose: ParsableArguments {
    @Option(help: "Whose cart: for staff, and for who has joined it with `baton session join`.") var person: String?
    package init() {}
}

/// How carts are shown.
enum CartView {
    static func output(_ line: CartLine?) -> Output {
        Output(line.map { json($0, nil) } ?? .null) { style in
            line.map { "\(style.bold($0.id))  \($0.quantity)" } ?? "The line is gone."
        }
    }

    static func json(_ line: CartLine, _ totals: Totals?) -> JSON {
        .fields([
            "line": .string(line.id), "sku": .string(line.key.sku), "quantity": .int(Int64(line.quantity)),
            "options": .object(line.key.options.map { (key: $0.name, value: .string($0.value)) }),
            "store": line.key.store.map(JSON.string) ?? .null, "fulfilment": line.key.fulfilment.map(JSON.string) ?? .null,
            "note": line.note.map(JSON.string) ?? .null, "unit": totals.flatMap { $0.money($0.line(line.id)?.unit) }.map { JSON(value: $0.value) } ?? .null,
            "conflict": line.conflict.isEmpty ? nil : .array(line.conflict.map { .int(Int64($0)) }),
        ])
    }

    static func text(_ lines: [CartLine], _ saved: [CartLine], _ style: Style) -> String {
        if lines.isEmpty, saved.isEmpty { return "The cart is empty. Put something in with `baton cart add SKU`." }
        var parts = [lines.isEmpty ? "The cart is empty." : table(lines, style)]
        if !saved.isEmpty { parts.append(style.bold("Saved for later") + "\n" + table(saved, style)) }
        return parts.joined(separator: "\n\n")
    }

    private static func table(_ lines: [CartLine], _ style: Style) -> String {
        var table = Table([.text("SKU"), .number("Quantity"), .text("Options"), .text("Store"), .text("Fulfilment"), .text("Note"), .text("")])
        for line in lines {
            let options = line.key.options.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            let conflict = line.conflict.isEmpty ? "" : "also set to " + line.conflict.map(String.init).joined(separator: ", ")
            table.add(line.key.sku, "\(line.quantity)", options, line.key.store ?? "", line.key.fulfilment ?? "", line.note ?? "", conflict)
        }
        return table.rendered(style)
    }
}
