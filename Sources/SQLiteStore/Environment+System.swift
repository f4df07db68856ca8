// The real world: the system's clock and its source of chance.
internal import Glibc
package import Store

extension Environment {
    package static var system: Environment {
        Environment(nowMilliseconds: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return UInt64(max(0, time.tv_sec)) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
        }, random: { count in
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        })
    }
}
