// The hub's half of one connection: which frames may come when, and whether the device is who it says.
//
//     awaitingHello ──hello, signature good──► open ──close──► closed
//
// Decides, and does nothing: the core carries the events out. After `closed` whatever still arrives is
// dropped quietly, for it can have been on its way.
package import CRDT

package struct HubSession {
    package enum Event: Equatable {
        /// A device showed that it holds its key; the core still has to look at its token.
        case hello(Hello)
        case subscribe([Subscription])
        case unsubscribe(SpaceID)
        case upload([Entry])
        case intent(Intent)
        case standing([Standing])
        case barrier(ticket: UInt64)
        /// What another device left, sealed.
        case parcel([UInt8])
        /// From another hub: what its devices ask, and what it decided.
        case forward(Forward)
        case outcome(Outcome)
        case close(CloseReason)
    }

    private enum State { case awaitingHello, open, closed }

    package let greeting: Greeting
    private var state = State.awaitingHello
    private var isOfHub = false
    private var (sent, heard) = (Sequencer(), Resequencer())

    package init(greeting: Greeting) { self.greeting = greeting }

    /// Bytes that wait for what was said before them.
    package var earlyBytes: Int { heard.earlyBytes }

    package mutating func say(_ frame: Frame) -> [UInt8] { sent.say(frame) }

    /// - Returns: what happened, in the order in which it was said.
    package mutating func received(_ bytes: [UInt8]) -> [Event] {
        guard state != .closed else { return [] }
        var events: [Event] = []
        do throws(CloseReason) {
            // Ten thousand strangers at once hold less than one hub has, also while what they say is read.
            if state == .awaitingHello, bytes.count > SyncLimits.strangersEarlyBytesMax { throw CloseReason.tooLarge(bytes.count, limit: SyncLimits.strangersEarlyBytesMax) }
            try heard.receive(bytes, limit: state == .awaitingHello ? SyncLimits.strangersEarlyBytesMax : SyncLimits.earlyBytesMax)
            while let frame = try heard.take() { events.append(try accept(frame)) }
        } catch {
            state = .closed
            events.append(.close(error))
        }
        return events
    }

    package mutating func close() { state = .closed }

    private mutating func accept(_ frame: Frame) throws(CloseReason) -> Event {
        switch (state, frame) {
        case (.awaitingHello, .hello(let hello)):
            guard hello.version == Frame.version else { throw .version(hello.version) }
            guard DeviceKey.isValid(hello.signature, of: hello.signedBytes(greeting), publicKey: hello.publicKey) else {
                throw .unauthorized("The signature of the hello is not of the key that it names.")
            }
            state = .open
            isOfHub = hello.role == Hello.storeHub
            return .hello(hello)
        case (.awaitingHello, _): throw .outOfOrder("the first frame of a device is its hello")
        case (.open, .subscribe(let list)): return .subscribe(list)
        case (.open, .unsubscribe(let space)): return .unsubscribe(space)
        case (.open, .upload(let entries)): return .upload(entries)
        case (.open, .intent(let intent)): return .intent(intent)
        case (.open, .standing(let list)): return .standing(list)
        case (.open, .barrier(let ticket)): return .barrier(ticket: ticket)
        case (.open, .parcel(let bytes)): return .parcel(bytes)
        case (.open, .forward(let forward)) where isOfHub: return .forward(forward)
        case (.open, .outcome(let outcome)) where isOfHub: return .outcome(outcome)
        case (_, .forward): throw .outOfOrder("only a store's hub passes intents on")
        case (.open, .hello): throw .outOfOrder("a device says hello once")
        case (_, .greeting), (_, .welcome), (_, .entries), (_, .acknowledged), (_, .outcome), (_, .caughtUp), (_, .refused), (_, .kept):
            throw .outOfOrder("this frame is for hubs to send")
        case (.closed, _): throw .outOfOrder("the connection is closed")
        }
    }
}
