// A device's half of one connection: which frames may come when, and the answer to the greeting.
//
//     awaitingGreeting ──greeting──► awaitingWelcome ──welcome──► open ──close──► closed
//
// The device doesn't wait for the welcome: everything it has to say follows its hello at once, which
// is what makes catching up one round trip.
package import CRDT

package struct DeviceSession {
    package enum Event: Equatable {
        /// Say this, then everything else.
        case greeted(Greeting, hello: [UInt8])
        case welcome(Welcome)
        case entries(space: SpaceID, from: UInt64, position: Position, [Entry])
        case acknowledged([Acknowledgement])
        case outcome(Outcome)
        case caughtUp(CaughtUp)
        case refused(Refusal)
        /// Parcels that are on the hub's disk.
        case kept([[UInt8]])
        /// To a store's hub: what is asked of it.
        case forward(Forward)
        case close(CloseReason)
    }

    private enum State { case awaitingGreeting, awaitingWelcome, open, closed }

    private let hello: Hello
    private let key: DeviceKey
    private var state = State.awaitingGreeting
    private var (sent, heard) = (Sequencer(), Resequencer())

    package init(hello: Hello, key: DeviceKey) {
        self.hello = hello
        self.key = key
    }

    package mutating func say(_ frame: Frame) -> [UInt8] { sent.say(frame) }

    /// Whether the hub said something before what has come.
    package var isWaiting: Bool { heard.isWaiting }

    /// - Returns: what happened, in the order in which it was said.
    package mutating func received(_ bytes: [UInt8]) -> [Event] {
        guard state != .closed else { return [] }
        var events: [Event] = []
        do {
            try heard.receive(bytes)
            while let frame = try heard.take() { events.append(try accept(frame)) }
        } catch {
            state = .closed
            events.append(.close(error))
        }
        return events
    }

    private mutating func accept(_ frame: Frame) throws(CloseReason) -> Event {
        switch (state, frame) {
        case (.awaitingGreeting, .greeting(let greeting)):
            guard greeting.versionMin <= Frame.version, Frame.version <= greeting.versionMax else { throw .version(greeting.versionMax) }
            state = .awaitingWelcome
            var hello = hello
            hello.signature = key.sign(hello.signedBytes(greeting))
            return .greeted(greeting, hello: say(.hello(hello)))
        case (.awaitingWelcome, .welcome(let welcome)):
            state = .open
            return .welcome(welcome)
        case (.open, .entries(let space, let from, let position, let entries)):
            return .entries(space: space, from: from, position: position, entries)
        case (.open, .acknowledged(let list)): return .acknowledged(list)
        case (.open, .outcome(let outcome)): return .outcome(outcome)
        case (.open, .caughtUp(let caughtUp)): return .caughtUp(caughtUp)
        case (.open, .refused(let refusal)): return .refused(refusal)
        case (.open, .kept(let ids)): return .kept(ids)
        case (.open, .forward(let forward)) where hello.role == Hello.storeHub: return .forward(forward)
        case (_, .forward): throw .outOfOrder("an intent is passed on to a store's hub, not to a device")
        case (.awaitingGreeting, _): throw .outOfOrder("the first frame of a hub is its greeting")
        case (_, .greeting), (_, .welcome): throw .outOfOrder("a hub greets and welcomes once")
        case (_, .hello), (_, .subscribe), (_, .unsubscribe), (_, .upload), (_, .intent), (_, .standing), (_, .barrier), (_, .parcel):
            throw .outOfOrder("this frame is for devices to send")
        case (.awaitingWelcome, _), (.closed, _): throw .outOfOrder("the welcome comes before this")
        }
    }
}
