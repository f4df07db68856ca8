// What always holds on real processes: devices that follow the same documents have the same changes of each.
internal import Console
internal import Processes

extension LiveRun {
    package func differences(among names: [String]) throws -> [String] {
        // The hub's own documents can't be read from outside: devices compare theirs with its heads at every sync.
        let nodes = names.filter { hubs[$0] == nil }
        let all = try nodes.map { try heads(of: $0) }
        var found: [String] = []
        for (other, theirs) in zip(nodes, all).dropFirst() {
            for (document, heads) in all[0] where theirs[document] != nil && theirs[document] != heads { found.append("\(nodes[0]) and \(other) differ in \(document).") }
            guard let shared = try sharedSpaces(nodes[0], other) else { continue }
            for document in Set(all[0].keys).symmetricDifference(theirs.keys).sorted() where document.hasPrefix(shared) {
                found.append("\(all[0][document] == nil ? nodes[0] : other) hasn't got \(document).")
            }
        }
        return found
    }

    /// The beginning of the documents' names that two devices both follow: of one person's, or of all that staff of one role see;
    /// nil where there is none.
    private func sharedSpaces(_ one: String, _ other: String) throws -> String? {
        let nodes = [one, other].compactMap { name in scenario.nodes.first { $0.name == name } }
        guard nodes.count == 2, nodes[0].role == nodes[1].role, nodes[0].store == nodes[1].store else { return nil }
        if nodes[0].role != "customer" { return "" }
        let persons = try [one, other].map { try execute("status", on: $0)["person"]?.text }
        return persons[0] == persons[1] ? persons[0].map { "person:\($0)/" } : nil
    }

    /// Of the documents that others may have too, and that this device follows now: who signed out, or was a guest, may have left
    /// there what nobody else gets.
    private func heads(of name: String) throws -> [String: String] {
        var heads: [String: String] = [:]
        let isStaff = scenario.nodes.first { $0.name == name }?.role != "customer"
        let own = try execute("status", on: name)["person"]?.text.map { "person:\($0)" }
        for item in try execute("documents", on: name).items ?? [] {
            guard let space = item["space"]?.text, !space.hasPrefix("device:"), let document = item["document"]?.text, isStaff || space == own || !space.hasPrefix("person:") else { continue }
            // The same changes show the same: what they come to is compared in the simulated world.
            heads["\(space)/\(document)"] = item["heads"]?.items?.compactMap(\.text).sorted().joined(separator: " ")
        }
        return heads
    }

    /// Equal documents on all devices (I4), nothing unsent (I12).
    package func check() throws {
        let running = scenario.nodes.map(\.name).filter { devices[$0]?.isRunning == true }
        for (index, name) in running.enumerated() {
            for other in running[(index + 1)...] { for message in try differences(among: [name, other]) { record.fail(0, "I4: \(message)") } }
        }
    }
}
