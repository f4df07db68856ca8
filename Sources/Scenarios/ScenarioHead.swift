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

    package var stock: [Units] = []
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
    var lines: [String] {
        files.keys.sorted().map { $0 == "(catalog)" ? "prices publish '(catalog)'" : "promotions publish '(promotions)'" } + stock.map { $0.count == 0 ? "stock count \(Words.quoted($0.sku)) 0 --store \(Words.quoted($0.store))"
            : "stock receive \(Words.quoted($0.sku)) \($0.count) --store \(Words.quoted($0.store))" }
    }

    /// As it stands in a file.
    var text: [String] {
        let stores = stock.reduce(into: [String]()) { if !$0.contains($1.store) { $0.append($1.store) } }
        let books = [catalog.map { "catalog: \($0.encoded())" }, promotions.map { "promotions: \($0.encoded())" }].compactMap { $0 }
        return books + (stores.isEmpty ? [] : ["stock:"]) + stores.map { store in
            "  \(store): {\(stock.filter { $0.store == store }.map { "\($0.sku): \($0.count)" }.joined(separator: ", "))}"
        }
    }
}
