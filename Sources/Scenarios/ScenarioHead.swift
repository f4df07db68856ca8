// What a scenario's file says is there before its first step, and the lines with which an operator sees to it: the same
// commands that a person has.
internal import Commands

package struct ScenarioHead: Sendable {
    package struct Units: Sendable {
        let store: String
        let sku: String
        let count: Int
    }

    package var stock: [Units] = []

    /// What the operator types.
    var lines: [String] {
        stock.map { $0.count == 0 ? "stock count \(Words.quoted($0.sku)) 0 --store \(Words.quoted($0.store))"
            : "stock receive \(Words.quoted($0.sku)) \($0.count) --store \(Words.quoted($0.store))" }
    }

    /// As it stands in a file.
    var text: [String] {
        let stores = stock.reduce(into: [String]()) { if !$0.contains($1.store) { $0.append($1.store) } }
        return stores.isEmpty ? [] : ["stock:"] + stores.map { store in
            "  \(store): {\(stock.filter { $0.store == store }.map { "\($0.sku): \($0.count)" }.joined(separator: ", "))}"
        }
    }
}
