// The real world: the system's clocks and its source of chance.
internal import Glibc
package import Store

extension Environment {
    package static var system: Environment {
        let boot = Machine.current().boot
        return Environment(nowMilliseconds: { milliseconds(CLOCK_REALTIME) },
                           uptime: { Uptime(boot: boot, milliseconds: milliseconds(CLOCK_BOOTTIME)) }, random: { count in
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        })
    }

    private static func milliseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(max(0, time.tv_sec)) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
