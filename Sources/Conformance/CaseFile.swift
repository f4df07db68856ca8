// Conflict cases in the format crdt-scenario/1: what replicas do while apart, and what all of them must show
// when everything was delivered, in every order and under every order of their ids that can be afforded.
internal import Bytes
internal import Console
internal import CRDT

enum CaseFile {
    /// The rules that this engine claims: a case with another is skipped.
    private static let policies: Set<String> = ["add_wins", "max", "peritext_expand"]
    /// Orders of ids that are tried: all for four replicas, a sample above.
    private static let permutationsMax = 24
    /// Random orders of delivery for each, beside the obvious ones.
    private static let ordersMax = 12

    static func run(_ file: JSON) -> Tally {
        var tally = Tally()
        for item in file["cases"]?.items ?? [] { tally.add(item["id"]?.text ?? "?", check(item)) }
        return tally
    }

    private static func check(_ item: JSON) -> Verdict {
        if let policy = item["policy"]?.text, !policies.contains(policy) { return .skipped("the rule \(policy)") }
        guard let names = item["replicas"]?.items?.compactMap(\.text), !names.isEmpty else { return .failed("it names no replicas") }
        let isFixed = item["permute_ids"] == .bool(false)
        var chance = SeededGenerator(seed: 1)
        for ids in isFixed ? [Array(names.indices)] : permutations(names.count, &chance) {
            do throws(CaseStop) {
                var replay = CaseReplay(names: names, ids: ids)
                try replay.run(item)
                for order in orders(replay.updates.count, item, &chance) {
                    let shown = try replay.converge(order, duplicates: Int(item["duplicate_delivery"]?.number ?? 1))
                    if let wrong = try replay.judge(item, shown) { return .failed("\(wrong); ids \(ids), delivery \(order)") }
                }
            } catch {
                switch error {
                case .skipped(let why): return .skipped(why)
                case .failed(let what): return .failed("\(what); ids \(ids)")
                }
            }
        }
        return .passed
    }

    private static func permutations(_ count: Int, _ chance: inout SeededGenerator) -> [[Int]] {
        var all = everyOrder(of: min(count, 6))
        if all.count > permutationsMax { all = [all[0], Array(all[0].reversed())] + all.shuffled(using: &chance).prefix(permutationsMax - 2) }
        return all
    }

    private static func everyOrder(of count: Int) -> [[Int]] {
        (0..<count).reduce([[]]) { orders, value in
            orders.flatMap { list in
                (0...list.count).map { at in
                    var next = list
                    next.insert(value, at: at)
                    return next
                }
            }
        }
    }

    /// Every order of a few changes; of many, forwards, backwards and by chance.
    private static func orders(_ count: Int, _ item: JSON, _ chance: inout SeededGenerator) -> [[Int]] {
        let forward = Array(0..<count)
        if item["delivery"]?.text == "reverse" { return [Array(forward.reversed())] }
        if count <= 4 { return everyOrder(of: count) }
        return [forward, Array(forward.reversed())] + (0..<ordersMax).map { _ in forward.shuffled(using: &chance) }
    }
}

enum CaseStop: Error { case skipped(String), failed(String) }
