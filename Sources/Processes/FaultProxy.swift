// What stands between devices and hubs, and breaks connections as networks do: one port for each line, named by who calls.
//
//     caller ──► its port ──► heads and frames, one by one: dropped, late, twice, swapped, held ──► hub
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
    let loop: any EventLoop
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    // Loop:
    var faults = WireFaults()
    var chance: SeededGenerator
    /// One message of all, counted from 1, and what happens to it.
    private let onMessage: (number: UInt64, what: MessageTrouble)?
    private var messages: UInt64 = 0
    private var counts: [String: Int] = [:]
    private var cut: Set<String> = [], closed: Set<String> = []
    private var links: [ObjectIdentifier: ProxyLink] = [:]
    private var isOpen = true

    package init(seed: UInt64, onMessage: (number: UInt64, what: MessageTrouble)? = nil) {
        self.onMessage = onMessage
        chance = SeededGenerator(seed: seed)
        loop = group.next()
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in self?.second() }
    }

    /// - Parameter hub: the port of the hub at the line's other end.
    /// - Returns: the port that the caller is to take for the hub's.
    package func open(_ name: String, to hub: Int) throws -> Int {
        let channel = try ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try self.admit(channel, name, hub) } }
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

    /// No new connection comes about on this line; those that stand are let be.
    package func setClosed(_ name: String, _ isClosed: Bool) {
        onLoop { if isClosed { self.closed.insert(name) } else { self.closed.remove(name) } }
    }

    /// On the connections of now the caller hears nothing any more, and is not told.
    package func deafen(_ name: String) {
        onLoop { for link in self.links.values where link.name == name { link.deafen() } }
    }

    /// Whether the line is up, and nothing is or was on its way for some time.
    package func isQuiet(_ name: String, forMilliseconds time: Int64) -> Bool {
        onLoop {
            let links = self.links.values.filter { $0.name == name && $0.hasCaller }
            return !links.isEmpty && links.allSatisfy { $0.isQuiet(since: .now() - .milliseconds(time)) }
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

    private func admit(_ device: any Channel, _ name: String, _ hub: Int) throws {
        guard isOpen, !closed.contains(name) else { throw ChannelError.ioOnClosedChannel }
        let link = ProxyLink(proxy: self, name: name, device: device, hubPort: hub)
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
