// A world by chance: three to twelve devices of two customers and their staff, commands of the whole
// vocabulary, a few kinds of fault at once; then all heals, and everything must settle. It's a scenario like
// any other, so that one that fails is a file, and can be made smaller.
internal import HubCore
internal import Bytes
internal import Simulation

package enum RandomScenario {
    /// The same for the same seed, in this version.
    package static func make(seed: UInt64) -> Scenario {
        var maker = Maker(chance: SeededGenerator(seed: seed &* 0x9E37_79B9 &+ 1))
        return maker.make(seed)
    }

    private struct Maker {
        var chance: SeededGenerator
        var devices: [Scenario.Participant] = []
        var steps: [Scenario.Step] = []
        var drafts = 0
        var orders = 0
        var holds = 0
        var shares = 0
        var codes = 0
        /// Whether a store takes part: then some of its things are few.
        var sells = false
        /// Whether the store has a hub of its own.
        var hasStoreHub = false
        var words = 0

        mutating func make(_ seed: UInt64) -> Scenario {
            var scenario = Scenario(title: "A world by chance, from seed \(seed)")
            scenario.nodes = [participant("hub", "hub", nil, "customer")]
            let offsets: [Int64] = [0, 0, 0, -93_600_000, -10_800_000, 18_000_000, 315_360_000_000]
            for index in 0..<(3 + chance.below(10)) {
                let isStaff = index > 1 && chance.chance(20)
                var device = participant("d\(index)", isStaff ? "agent" : pick(["phone", "laptop", "tablet", "watch", "web"]), index == 0 ? "ana" : pick(["ana", "ana", "bruno"]), isStaff ? "agent" : "customer")
                if isStaff { device.person = "rita" }
                device.clock = offsets[chance.below(offsets.count)]
                devices.append(device)
            }
            sells = chance.chance(50)
            if sells {
                hasStoreHub = chance.chance(50)
                if hasStoreHub {
                    var hub = participant("sh1", "store-hub", nil, "customer")
                    (hub.store, hub.clock) = ("S1", offsets[chance.below(offsets.count)])
                    scenario.nodes.append(hub)
                    for index in devices.indices where chance.chance(20) { devices[index].via = "sh1" }
                }
                for index in 0..<(1 + chance.below(2)) {
                    var device = participant("s\(index)", pick(["till", "desk"]), nil, "associate")
                    (device.store, device.clock) = ("S1", offsets[chance.below(offsets.count)])
                    if hasStoreHub, chance.chance(80) { device.via = "sh1" }
                    devices.append(device)
                }
                if chance.chance(40) {
                    var kiosk = participant("k0", "kiosk", nil, "customer")
                    (kiosk.store, kiosk.clock) = ("S1", offsets[chance.below(offsets.count)])
                    if hasStoreHub, chance.chance(60) { kiosk.via = "sh1" }
                    devices.append(kiosk)
                }
                scenario.head.stock = [.init(store: "S1", sku: "SHOE-42", count: 1 + chance.below(4)), .init(store: "S1", sku: "SOCK-3P", count: 3 + chance.below(20))]
            }
            scenario.nodes += devices
            let messages = (1...6).map { #"{"id":"m\#($0)","from":"ana","channel":"chat","at":"2023-11-14T22:1\#($0):00Z","text":"message \#($0)"}"# }
            scenario.files["messages"] = messages.joined(separator: "\n") + "\n"
            steps.append(Scenario.Step(.faults(faults(), delay: nil)))
            if chance.chance(50) { steps.append(Scenario.Step(.cutHistories(after: pick([1, 2, 5, 12]), live: pick([HubLimits.liveMilliseconds, 60_000])))) }
            for _ in 0..<(20 + chance.below(40)) { step() }
            steps.append(Scenario.Step(.heal))
            steps.append(Scenario.Step(.settle))
            // Removed by somebody who saw it, and put in by nobody since.
            let customers = devices.filter { $0.person == "ana" && $0.role == "customer" }.map(\.name)
            if let first = customers.first, let last = customers.last {
                steps.append(Scenario.Step(.run(node: first, lines: ["sign-in ana", "cart set DOOMED 3"], name: nil)))
                steps.append(Scenario.Step(.run(node: last, lines: ["sign-in ana"], name: nil)))
                steps.append(Scenario.Step(.settle))
                steps.append(Scenario.Step(.run(node: last, lines: ["cart remove DOOMED"], name: nil)))
                for name in customers.dropLast() { attempt(name, "cart add MILK") }
                steps.append(Scenario.Step(.settle))
                steps.append(Scenario.Step(.expect(.init(kind: .lacks(node: first, line: "cart show", ["DOOMED"])))))
            }
            scenario.steps = steps
            return scenario
        }

        private func participant(_ name: String, _ kind: String, _ person: String?, _ role: String) -> Scenario.Participant {
            Scenario.Participant(name: name, kind: kind, person: person, role: role, store: "", via: nil, clock: 0, line: 0)
        }

        private mutating func pick<Element>(_ list: [Element]) -> Element { list[chance.below(list.count)] }

        /// A few kinds, each rare or frequent; one world in ten is perfect.
        private mutating func faults() -> [(name: String, probability: Double)] {
            if chance.chance(10) { return [] }
            var list: [(name: String, probability: Double)] = []
            for (index, fault) in Faults.all.enumerated() where chance.chance(18) {
                let perMessage = [0.002, 0.01, 0.05], perMinute = [0.2, 1.0]
                list.append((fault.name, index < 10 ? pick(perMessage) : pick(perMinute)))
            }
            return list
        }

        private mutating func attempt(_ node: String, _ line: String, as name: String? = nil) {
            steps.append(Scenario.Step(.attempt(node: node, line: line, name: name)))
        }

        private mutating func step() {
            let device = pick(devices)
            switch chance.below(100) {
            case 0..<70: if sells, device.role == "associate" || chance.chance(25) { trade(device) } else { command(device) }
            case 70..<76:
                let other = pick(devices)
                if other.name != device.name, device.role == other.role { steps.append(Scenario.Step(.together([(device.name, "cart add SHOE-42 --quantity 2"), (other.name, "cart add SHOE-42")]))) }
            case 76..<80: steps.append(Scenario.Step(.online(device.name, false)))
            case 80..<85: steps.append(Scenario.Step(.online(device.name, true)))
            case 85..<94: steps.append(Scenario.Step(.advance(UInt64(pick([100, 1_000, 5_000, 30_000, 90_000])))))
            case 94..<96 where chance.chance(10): steps.append(Scenario.Step(.reboot(device.name)))
            case 94..<96: steps.append(Scenario.Step(.crash(node: chance.chance(30) ? pick(hasStoreHub ? ["hub", "sh1"] : ["hub"]) : device.name, at: pick(Scenario.CrashPoint.allCases), times: 1 + chance.below(2))))
            case 96 where hasStoreHub, 97 where hasStoreHub: line()
            default: steps.append(Scenario.Step(.settle))
            }
        }

        /// The store's line goes and comes, and now and then its hub is put back, or loses its disk.
        private mutating func line() {
            switch chance.below(20) {
            case 0...9: steps.append(Scenario.Step(.link(["sh1", "hub"], isCut: true)))
            case 10...15: steps.append(Scenario.Step(.link(["sh1", "hub"], isCut: false)))
            case 16: steps.append(Scenario.Step(.recover(node: "sh1", awaiting: ["S1": devices.count { $0.role != "customer" && $0.store == "S1" && $0.via == "sh1" }])))
            case 17: steps.append(Scenario.Step(.save(node: "sh1", name: "image")))
            default: if steps.contains(where: { if case .save = $0.action { true } else { false } }) { steps.append(Scenario.Step(.restore(node: "sh1", name: "image", isNoticed: chance.chance(70)))) }
            }
        }

        /// What a customer orders, and staff do with it; one number in ten is of nothing.
        private mutating func trade(_ device: Scenario.Participant) {
            let node = device.name
            let sku = pick(["SHOE-42", "SHOE-42", "SOCK-3P", "MILK"])
            let order = "$order\(1 + chance.below(orders + 1)).number"
            if device.role == "customer" {
                if device.kind == "kiosk" {
                    codes += 1
                    attempt(node, "cart add \(sku)")
                    return attempt(node, "qr show", as: "code\(codes)")
                }
                if codes > 0, chance.chance(40) { return attempt(node, "qr scan $code\(codes).token" + pick(["", " --confirm", " --confirm"])) }
                switch chance.below(10) {
                case 0...3:
                    orders += 1
                    attempt(node, "cart add \(sku) --quantity \(1 + chance.below(2))")
                    attempt(node, "order place" + pick(["", " --store S1", " --store S1 --try-on", " --store S1 --intent i\(1 + chance.below(3))"]), as: "order\(orders)")
                case 4, 5: attempt(node, "order cancel \(order)")
                case 6, 7:
                    holds += 1
                    attempt(node, "stock hold \(sku) 1 --store S1 --for \(pick([5, 60, 900]))", as: "hold\(holds)")
                case 8: attempt(node, "stock release $hold\(1 + chance.below(holds + 1)).hold")
                default: attempt(node, "order list")
                }
            } else if device.role == "associate" {
                switch chance.below(hasStoreHub ? 15 : 14) {
                case 14: attempt(node, "stock lend \(sku) \(1 + chance.below(2)) --to \(pick(["hub", "sh1"]))")
                case 0, 1: attempt(node, "stock sell \(sku) \(1 + chance.below(2))")
                case 2: attempt(node, "stock receive \(sku) \(1 + chance.below(3))")
                case 3: attempt(node, "stock count \(sku) \(chance.below(6))")
                case 4: attempt(node, "stock override \(sku) 1")
                case 5, 6: attempt(node, "order pick \(order)" + pick(["", "", " --short \(sku)=1"]))
                case 7: attempt(node, "order ready \(order)")
                case 8: attempt(node, "order present \(order)")
                case 9, 10: attempt(node, "order hand-over \(order)")
                case 11: attempt(node, "order pay \(order)" + pick(["", " --keep \(sku)"]))
                case 12: attempt(node, pick(["order return \(order)", "order cancel \(order)"]))
                default: attempt(node, "stock show")
                }
            } else {
                attempt(node, pick(["order list", "stock show"]))
            }
        }

        /// What one gives another, who may be anybody, and takes back.
        private mutating func share(_ device: Scenario.Participant, _ sku: String) {
            let node = device.name
            let token = "$share\(1 + chance.below(shares + 1)).token"
            switch chance.below(10) {
            case 0...2:
                shares += 1
                attempt(node, "session share --mode \(pick(["view", "fork", "co-control", "co-control"])) --for \(pick([5, 60, 900]))", as: "share\(shares)")
            case 3...5: attempt(node, "session join \(token)")
            case 6...8: attempt(node, pick(["cart add \(sku) --person ana", "cart more \(sku) --person bruno", "cart remove \(sku) --person ana", "session show --person ana", "cart show --person bruno"]))
            default: attempt(node, "session unshare \(token)")
            }
        }

        private mutating func command(_ device: Scenario.Participant) {
            let node = device.name
            let sku = pick(["SHOE-42", "SOCK-3P", "COFFEE", "MILK"])
            words += 1
            switch chance.below(100) {
            case 0..<40:
                if device.role != "customer" { return attempt(node, pick(["cart show --person ana", "status", "conversation list"])) }
                switch chance.below(10) {
                case 0...2: attempt(node, "cart add \(sku) --quantity \(1 + chance.below(3))")
                case 3: attempt(node, "cart set \(sku) \(chance.below(6))")
                case 4: attempt(node, "cart more \(sku)")
                case 5: attempt(node, "cart less \(sku)")
                case 6: attempt(node, "cart remove \(sku)")
                case 7: attempt(node, pick(["cart save \(sku)", "cart restore \(sku)"]))
                case 8: attempt(node, "cart note \(sku) \"word \(words)\"")
                default: attempt(node, "cart add \(sku) --option size=\(40 + chance.below(3)) --store S1 --fulfilment pickup")
                }
            case 40..<55:
                if device.role != "customer" { return attempt(node, "conversation note ana \"note \(words)\"") }
                attempt(node, pick(["preferences set language l\(words)", "preferences set size \(words)", "preferences unset size", "preferences set tone calm --scope device",
                                    "consent grant marketing email", "consent withdraw marketing email", "preferences show"]))
            case 55..<75:
                if drafts == 0 || chance.chance(25) {
                    drafts += 1
                    return attempt(node, "draft new --channel chat --subject \"word \(words)\"", as: "draft\(drafts)")
                }
                let draft = "$draft\(1 + chance.below(drafts)).draft"
                attempt(node, pick(["draft type \(draft) \"word \(words) \"", "draft type \(draft) \"🧦 \" --at 0", "draft erase \(draft) --at 0 --count 2", "draft caret \(draft) 1",
                                    "draft undo \(draft)", "draft redo \(draft)", "draft clear \(draft)", "draft discard \(draft)", "draft show \(draft)", "draft send \(draft)", "draft send \(draft)", "draft send \(draft) --anyway"]))
            case 75..<88:
                if device.role == "customer", chance.chance(25) { return share(device, sku) }
                if device.role != "customer" { return attempt(node, pick(["documents", "conversation take ana", "conversation assign ana rita", "conversation assign ana tom"])) }
                attempt(node, pick(["session move --route r\(words) --step \(chance.below(5)) --field f\(chance.below(3))=v\(words)", "session resume", "session show",
                                    "session move --route film --media film-7@\(words * 10) --playing", "intents"]))
            case 88..<94:
                let conversation = device.role == "customer" ? (device.person ?? "ana") : "ana"
                attempt(node, pick(["conversation import messages", "conversation read \(conversation) \(1 + chance.below(6))", "conversation unread \(conversation)", "conversation show \(conversation)"]))
            case 94..<97: attempt(node, pick(["status", "history cart", "explain cart/lines/SHOE-42/quantity", "devices", "documents", "sync"]))
            default:
                if device.role == "customer" { attempt(node, pick(["sign-out", "sign-in ana", "sign-in ana", "sign-in bruno"])) }
            }
        }
    }
}
