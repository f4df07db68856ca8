// Carts: three devices fill each at the same time, one of them offline, and one is killed while it does.
internal import Commands
internal import Console
internal import Processes

extension DemoJourney {
    private static let cartsAtOnce = 24

    func replayCarts() throws {
        let groups = stride(from: 0, to: material.carts.count, by: DemoJourney.cartsAtOnce).map {
            Array(material.carts[$0..<min($0 + DemoJourney.cartsAtOnce, material.carts.count)])
        }
        // The laptop is the one offline in every third group; the killing is in the one nearest the middle.
        let fatal = groups.count / 2 - (groups.count / 2 + 2) % 3
        for (index, group) in groups.enumerated() {
            let away = customers[max(0, index) % 3]
            let isFatal = index == max(fatal, min(1, groups.count - 1))
            try fill(group, away: away, killing: isFatal ? away : nil)
            try takeReturns(group)
            try check(group)
            report.carts += group.count
            say("carts: \(report.carts) of \(material.carts.count)")
        }
    }

    private func adds(_ cart: DemoData.Cart, _ device: Int) -> [[String]] {
        cart.events.filter { $0.device % 3 == device && !$0.isReturn }.map { ["cart", "add", "--quantity", "\($0.quantity)", "--", $0.sku] }
    }

    private func fill(_ group: [DemoData.Cart], away: DeviceProcess, killing: DeviceProcess?) throws {
        var parts: [(process: DeviceProcess, lines: [[String]])] = []
        for (number, device) in customers.enumerated() {
            var lines: [[String]] = device === away ? [["offline"]] : []
            for cart in group {
                let adds = adds(cart, number)
                lines += [["sign-in", cart.person]] + adds + (device === away ? [] : [["sync"]])
                report.devices[number].edits += adds.count
                report.devices[number].offlineEdits += device === away ? adds.count : 0
            }
            parts.append((device, lines))
        }
        let answers = try DeviceProcess.exchange(parts, killing: killing.map { device in
            (device.name, (parts.first { $0.process === device }?.lines.count ?? 0) / 2)
        })
        if let killing, let number = customers.firstIndex(where: { $0 === killing }) {
            try recover(killing, group, number, acknowledged: answers[number].count, lines: parts[number].lines)
        }
        // Back again: what was done offline goes out.
        _ = try DeviceProcess.exchange([(away, group.flatMap { [["sign-in", $0.person], ["sync"]] })])
    }

    /// Starts a killed device again, holds what is there against what it had acknowledged, and goes on from there.
    private func recover(_ device: DeviceProcess, _ group: [DemoData.Cart], _ number: Int, acknowledged: Int, lines: [[String]]) throws {
        try device.open(in: folder)
        let documents = try DeviceProcess.exchange([(device, [["documents"]])])[0][0].items ?? []
        var rest: [[String]] = []
        var line = 1
        for cart in group {
            let adds = adds(cart, number)
            // Nobody else's edits are here: the device was offline all the while.
            let found = Int(documents.first { $0["space"]?.text == "person:\(cart.person)" && $0["document"]?.text == "cart/1" }?["changes"]?.number ?? 0)
            let certain = max(0, min(adds.count, acknowledged - line - 1))
            guard found >= certain, found <= adds.count else {
                throw CommandError("internal", "After the kill \(cart.person)'s cart has \(found) edits of the \(device.name); \(certain) were acknowledged and \(adds.count) sent.")
            }
            report.killed.found += found
            report.killed.acknowledged += certain
            rest += [["sign-in", cart.person]] + adds.dropFirst(found)
            line += 1 + adds.count
        }
        report.killed.name = device.name
        say("killed the \(device.name) after \(report.killed.acknowledged) acknowledged edits; \(report.killed.found) are there")
        _ = try DeviceProcess.exchange([(device, rest)])
    }

    /// Units go back once all of them are there, one device after the other: two that take out the same units
    /// at the same time take them out once (Protocol/merge.md), and the data mean twice.
    private func takeReturns(_ group: [DemoData.Cart]) throws {
        let returning = group.filter { $0.events.contains(where: \.isReturn) }
        guard !returning.isEmpty else { return }
        for (number, device) in customers.enumerated() {
            var lines: [[String]] = []
            for cart in returning {
                let mine = cart.events.filter { $0.isReturn && $0.device % 3 == number }
                guard !mine.isEmpty else { continue }
                lines += [["sign-in", cart.person], ["sync"]] + mine.map { ["cart", "less", "--", $0.sku, "\($0.quantity)"] } + [["sync"]]
                report.devices[number].edits += mine.count
            }
            _ = try DeviceProcess.exchange([(device, lines)])
        }
    }

    private func check(_ group: [DemoData.Cart]) throws {
        let answers = try DeviceProcess.exchange(customers.map { ($0, group.flatMap { [["sign-in", $0.person], ["sync"], ["cart", "show"]] }) })
        for (position, cart) in group.enumerated() {
            let expected = cart.expected.filter { $0.value > 0 }
            for (device, answer) in zip(customers, answers) {
                var totals: [String: Int64] = [:]
                for line in answer[3 * position + 2]["lines"]?.items ?? [] { totals[line["sku"]?.text ?? "", default: 0] += line["quantity"]?.number ?? 0 }
                guard totals == expected else {
                    let wrong = Set(totals.keys).union(expected.keys).sorted().filter { totals[$0] != expected[$0] }
                    throw CommandError("internal", "\(cart.person)'s cart on the \(device.name): \(wrong.map { "\($0) is \(totals[$0] ?? 0), not \(expected[$0] ?? 0)" }.joined(separator: "; ")).")
                }
            }
            report.units += expected.values.reduce(0, +)
        }
    }
}
