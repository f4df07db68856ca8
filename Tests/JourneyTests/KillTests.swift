// SIGKILL at random moments while edits flow: what was acknowledged is there after the restart.
// The moments differ from run to run; BATON_SEED=N repeats one run's choices.
import Bytes
import Console
import Foundation
import Processes
import Support
import Testing

@Suite(.serialized) struct KillTests {
    private static let killsEach = 50
    private let seed = ProcessInfo.processInfo.environment["BATON_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)

    @Test func `what a device answered is there after SIGKILL`() throws {
        var random = SeededGenerator(seed: seed)
        let place = try Place()
        let phone = try place.device("phone")
        var base = 0
        for kill in 0..<KillTests.killsEach {
            let lines = (0..<60).map { ["cart", "add", "--quantity", "1", "--", "SKU-\($0 % 7)"] }
            let answers = try DeviceProcess.exchange([(phone, lines)], killing: ("phone", 1 + random.below(59)))[0]
            try phone.open(in: place.folder)
            let found = try phone.cartChanges()
            #expect(found >= base + answers.count && found <= base + lines.count, "seed \(seed), kill \(kill): \(answers.count) acknowledged after \(base)")
            let units = (try phone.ask(["cart", "show"])["lines"]?.items ?? []).compactMap { $0["quantity"]?.number }.reduce(0, +)
            #expect(units == Int64(found), "seed \(seed), kill \(kill): each edit is a unit")
            base = found
        }
        _ = try phone.ask(["sync"])
        let laptop = try place.device("laptop")
        _ = try laptop.ask(["sync"])
        #expect(try laptop.cartChanges() == base, "seed \(seed)")
    }

    @Test func `what a hub acknowledged is there after SIGKILL, and reaches a device that never met the author`() throws {
        var random = SeededGenerator(seed: seed)
        let place = try Place()
        let (phone, watch) = (try place.device("phone"), try place.device("watch"))
        var acknowledged = 0
        for kill in 0..<KillTests.killsEach {
            let pause = UInt32(random.below(25_000))
            let done = DispatchSemaphore(value: 0)
            let pid = place.hub.pid
            DispatchQueue.global().async {
                usleep(pause)
                Foundation.kill(pid, SIGKILL)
                done.signal()
            }
            // Twenty short rounds, so that the blow falls between any two steps of one of them.
            let lines = (0..<20).flatMap { _ in [["cart", "add", "--", "SKU"], ["cart", "add", "--", "SKU"], ["sync"]] }
            let answers = try DeviceProcess.exchange([(phone, lines)], isStrict: false)[0]
            done.wait()
            let before = try phone.cartChanges() - 40
            if let last = answers.indices.last(where: { answers[$0]["caughtUp"] != nil }) { acknowledged = before + (last + 1) / 3 * 2 }
            place.hub.stop(SIGKILL)
            try place.hub.start()
            _ = try phone.ask(["offline"])
            _ = try watch.ask(["sync"])
            #expect(try watch.cartChanges() >= acknowledged, "seed \(seed), kill \(kill)")
            _ = try watch.ask(["offline"])
        }
        _ = try phone.ask(["sync"])
        _ = try watch.ask(["sync"])
        #expect(try watch.cartChanges() == KillTests.killsEach * 40, "seed \(seed)")
        #expect(try phone.ask(["status"])["digest"] == watch.ask(["status"])["digest"])
    }
}
