// The hub's time: steady over restarts, drawn to the wall's clock, never stepped by it.
import HubCore
import Store
import Testing

@Suite struct HubTimeTests {
    private func at(_ uptime: UInt64, wall: UInt64, boot: String = "one") -> Environment {
        Environment(nowMilliseconds: { wall }, uptime: { Uptime(boot: boot, milliseconds: uptime) }, random: { [UInt8](repeating: 0, count: $0) })
    }

    @Test func `it goes on with the steady clock, whatever the wall shows`() {
        var time = HubTime()
        #expect(time.now(at(1_000, wall: 50_000)) == 50_000)
        #expect(time.now(at(61_000, wall: 0)) == 109_970)
        #expect(time.now(at(121_000, wall: 9_000_000_000)) == 170_000)
        #expect(time.now(at(121_000, wall: .max)) == 170_000)
    }

    @Test func `it goes on over a restart of the process, and never back over one of the machine`() throws {
        var time = HubTime()
        _ = time.now(at(1_000, wall: 50_000))
        var same = try HubTime(decoding: time.bytes)
        #expect(same.now(at(2_000, wall: 0)) == 51_000)
        var other = try HubTime(decoding: time.bytes)
        #expect(other.now(at(5, wall: 0, boot: "two")) == 50_000)
        var later = try HubTime(decoding: time.bytes)
        #expect(later.now(at(5, wall: 80_000, boot: "two")) == 80_000)
    }

    @Test func `asked often it is drawn as fast as asked seldom`() {
        var (often, seldom) = (HubTime(), HubTime())
        _ = (often.now(at(0, wall: 1_000_000)), seldom.now(at(0, wall: 1_000_000)))
        var last: UInt64 = 0
        for second in 1...600 {
            let now = often.now(at(UInt64(second) * 1_000, wall: 1_000_000 + UInt64(second) * 1_000 + 3_600_000))
            #expect(now > last)
            last = now
        }
        let once = seldom.now(at(600_000, wall: 1_000_000 + 600_000 + 3_600_000))
        #expect(once == 1_600_300 && last.distance(to: once) < 10 && last >= 1_600_000)
    }
}
