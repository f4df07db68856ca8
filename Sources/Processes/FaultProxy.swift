// What stands between devices and a hub, and breaks connections as networks do: one port for each device.
//
//     device ──► its port ──► heads and frames, one by one: dropped, late, twice, swapped, held ──► hub
//
// A message that is dropped takes all that follows it on that connection with it, for a stream has no holes; neither
// end is told. A link that is cut holds what comes, as TCP does, and lets it go when it is joined.
internal import Bytes
internal import Commands
internal import NIOCore
internal import NIOPosix
internal import Synchronization

package struct WireFaults: Equatable, Sendable {
    /// Probabilities of each message.
    package var drop = 0.0, duplicate = 0.0, reorder = 0.0, delay = 0.0
    package var delayMilliseconds: UInt64 = 2_000
    /// Of each connection and minute: both directions go silent, or one.
    package var halfOpen = 0.0, oneWay = 0.0

    package init() {}
}

package enum MessageTrouble: String, Sendable { case drop, triple, reorder, delay }

/// Unchecked because of its variables: they are read and written on the event loop only.
package final class FaultProxy: @unchecked Sendable {
    let hubPort: Int
    let loop: any EventLoop
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    // Loop:
    var faults = WireFaults()
    var chance: SeededGenerator
    /// One message of all, counted from 1, and what happens to it.
    private let onMessage: (number: UInt64, what: MessageTrouble)?
    private var messages: UInt64 = 0
    private var counts: [String: Int] = [:]
    private var cut: Set<String> = []
    private var links: [ObjectIdentifier: ProxyLink] = [:]
    private var isOpen = true

    package init(hubPort: Int, seed: UInt64, onMessage: (number: UInt64, what: MessageTrouble)? = nil) {
        (self.hubPort, self.onMessage) = (hubPort, onMessage)
        chance = SeededGenerator(seed: seed)
        loop = group.next()
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in self?.second() }
    }

    /// - Returns: the port that this device is to take for the hub's.
    package func open(_ name: String) throws -> Int {
        let channel = try ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try self.admit(channel, name) } }
            .bind(host: "127.0.0.1", port: 0).wait()
        guard let port = channel.localAddress?.port else { throw CommandError("internal", "The fault proxy has no port for \(name).") }
        return port
    }

    package func set(_ faults: WireFaults) { onLoop { self.faults = faults } }

    package func setCut(_ name: String, _ isCut: Bool) {
        onLoop {
            if isCut { self.cut.insert(name) } else { self.cut.remove(name) }
            for link in self.links.values where link.name == name { link.cutChanged() }
        }
    }

    /// What was done, by the name of the fault, and how many messages passed.
    package func tally() -> (faults: [String: Int], messages: UInt64) { onLoop { (self.counts, self.messages) } }

    package func close() {
        onLoop {
            self.isOpen = false
            for link in self.links.values { link.end() }
        }
        // The process goes on without it; a socket that is still open ends with the group.
        try? group.syncShutdownGracefully()
    }

    private func onLoop<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result {
        do { return try loop.submit(body).wait() } catch { preconditionFailure("The loop runs until `close`: \(error)") }
    }

    // MARK: On the loop

    func isCut(_ name: String) -> Bool { cut.contains(name) }

    func count(_ fault: String) { counts[fault, default: 0] += 1 }

    func rolls(_ probability: Double) -> Bool { probability > 0 && Double.random(in: 0..<1, using: &chance) < probability }

    /// What happens to the next message.
    func trouble() -> MessageTrouble? {
        messages += 1
        if let onMessage, onMessage.number == messages { return onMessage.what }
        if rolls(faults.drop) { return .drop }
        if rolls(faults.duplicate) { return .triple }
        if rolls(faults.reorder) { return .reorder }
        return rolls(faults.delay) ? .delay : nil
    }

    private func admit(_ device: any Channel, _ name: String) throws {
        guard isOpen else { throw ChannelError.ioOnClosedChannel }
        let link = ProxyLink(proxy: self, name: name, device: device)
        let key = ObjectIdentifier(link)
        links[key] = link
        try link.begin { self.links[key] = nil }
    }

    private func second() {
        for link in links.values.sorted(by: { $0.name < $1.name }) {
            if rolls(faults.halfOpen / 60) { link.silence(both: true) } else if rolls(faults.oneWay / 60) { link.silence(both: false) }
        }
    }
}
