// What a scenario's file says is there before its first step, and the lines with which an operator sees to it: the same
// commands that a person has.
internal import Commands
package import Console

package struct ScenarioHead: Sendable {
    package struct Units: Sendable {
        let store: String
        let sku: String
        let count: Int
    }

    package struct Rights: Sendable {
        let sku: String
        /// A hub.
        let node: String
        let count: Int
    }

    package var stock: [Units] = []
    /// Who may promise how many.
    package var rights: [Rights] = []
    /// {SKU: {price: "89.90 EUR", tags}}; and a list of promotions, as `promotions publish` takes them.
    package var catalog: JSON?
    package var promotions: JSON?

    /// What the operator's lines read.
    var files: [String: String] {
        var files: [String: String] = [:]
        if let catalog { files["(catalog)"] = JSON.fields(["version": .int(1), "validFrom": .int(0), "prices": catalog]).encoded() }
        if let promotions { files["(promotions)"] = JSON.fields(["version": .int(1), "validFrom": .int(0), "promotions": promotions]).encoded() }
        return files
    }

    /// What the operator types.
    func lines(_ nodes: [Scenario.Participant]) -> [String] {
        files.keys.sorted().map { $0 == "(catalog)" ? "prices publish '(catalog)'" : "promotions publish '(promotions)'" } + stock.map { $0.count == 0 ? "stock count \(Words.quoted($0.sku)) 0 --store \(Words.quoted($0.store))"
            : "stock receive \(Words.quoted($0.sku)) \($0.count) --store \(Words.quoted($0.store))" } + rightsLines(nodes)
    }

    /// Each store's hub has what its store has, less what it lends to the central one. Where no stock is said, the central hub's
    /// units lie in the first of these stores.
    private func rightsLines(_ nodes: [Scenario.Participant]) -> [String] {
        var lines: [String] = []
        for sku in rights.map(\.sku).reduce(into: [String](), { if !$0.contains($1) { $0.append($1) } }) {
            let list = rights.filter { $0.sku == sku }
            let central = nodes.first { $0.kind == "hub" }?.name ?? "hub"
            var lent = list.filter { $0.node == central }.reduce(0) { $0 + $1.count }
            for item in list where item.node != central {
                guard let store = nodes.first(where: { $0.name == item.node })?.store else { continue }
                var total = stock.first { $0.store == store && $0.sku == sku }?.count
                if total == nil {
                    total = item.count + (stock.contains { $0.sku == sku } ? 0 : lent)
                    lines.append("stock receive \(Words.quoted(sku)) \(total ?? 0) --store \(Words.quoted(store))")
                }
                let surplus = min(lent, max(0, (total ?? 0) - item.count))
                if surplus > 0 { lines.append("stock lend \(Words.quoted(sku)) \(surplus) --store \(Words.quoted(store)) --to \(central)") }
                lent -= surplus
            }
        }
        return lines
    }

    /// As it stands in a file.
    var text: [String] {
        let stores = stock.reduce(into: [String]()) { if !$0.contains($1.store) { $0.append($1.store) } }
        let books = [catalog.map { "catalog: \($0.encoded())" }, promotions.map { "promotions: \($0.encoded())" }].compactMap { $0 }
        return books + (stores.isEmpty ? [] : ["stock:"]) + stores.map { store in
            "  \(store): {\(stock.filter { $0.store == store }.map { "\($0.sku): \($0.count)" }.joined(separator: ", "))}"
        } + (rights.isEmpty ? [] : ["rights:"]) + rights.map(\.sku).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.map { sku in
            "  \(sku): {\(rights.filter { $0.sku == sku }.map { "\($0.node): \($0.count)" }.joined(separator: ", "))}"
        }
    }
}
