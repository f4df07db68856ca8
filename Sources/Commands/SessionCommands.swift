// `baton session`: where the customer is, and which device has the baton.
package import ArgumentParser
internal import CRDT
internal import Console
internal import Documents
package import Replica
package import Sync

package struct SessionCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Report the place, show it, and take or pass the baton.",
        subcommands: [Move.self, Show.self, Resume.self, Pass.self, Share.self, Join.self, Unshare.self])
    package init() {}

    package struct Move: LocalCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Report where the customer is now.",
            discussion: "Only the device that holds the baton reports the place; the first one to move takes a free baton. Form fields are kept whoever reports them.")
        @OptionGroup package var global: GlobalOptions
        @Option(help: "For example: checkout.") var route: String
        @Option(name: .customLong("param"), help: ArgumentHelp("A parameter of the route.", valueName: "K=V")) var params: [Pair] = []
        @Option(help: "The step of a checkout.") var step: Int?
        @Option(name: .customLong("field"), help: ArgumentHelp("A form field.", valueName: "K=V")) var fields: [Pair] = []
        @Option(help: ArgumentHelp("What is at the top.", valueName: "ITEM:OFFSET")) var scroll: String?
        @Option(help: "The draft that is being written.") var draft: String?
        @Option(help: ArgumentHelp("What plays, and where.", valueName: "ITEM@SECONDS")) var media: String?
        @Flag(help: "The media plays.") var playing = false
        @Flag(help: "The media is paused.") var paused = false
        @Flag(help: "The customer is done: final.") var finished = false
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let lease = try replica.lease()
            let device = replica.device.description
            let (fields, params) = (try fields.dictionary(), try params.dictionary())
            let place = try place(replica, lease, params)
            try Session.check(place)
            // Who takes a free baton asks for it, and goes on at once.
            let takes = try lease.holder == nil && replica.queuedTake() == nil
            let isHolder = try lease.holder == device || lease.holder == nil || replica.queuedTake() != nil
            try replica.edit(replica.session()) { document throws in
                try Session.setFields(fields, &document)
                if isHolder { try Session.report(place, &document) }
            }
            if takes { _ = try replica.ask("session-take", lease.value, in: replica.space) }
            return try SessionView.output(replica)
        }

        private func place(_ replica: Replica, _ lease: Lease, _ params: [String: String]) throws -> SessionPlace {
            guard route.contains(where: { !$0.isWhitespace }) else { throw CommandError("invalid-value", "--route is empty: say where the customer is, for example checkout.") }
            if let step, step < 0 { throw CommandError("invalid-value", "--step \(step): a checkout's steps are counted from 0.") }
            var place = SessionPlace()
            place.device = replica.device.description
            place.epoch = lease.epoch
            place.at = replica.author.at
            place.route = route
            place.params = params
            place.step = step.map(Int64.init)
            place.draft = draft
            place.isFinished = finished
            if let scroll {
                guard let colon = scroll.lastIndex(of: ":"), let offset = Int64(scroll[scroll.index(after: colon)...]) else {
                    throw CommandError("usage", "--scroll is ITEM:OFFSET, for example shoes-12:40, not \(scroll).")
                }
                place.scroll = .init(item: String(scroll[..<colon]), offset: offset)
            }
            if let media {
                guard let at = media.lastIndex(of: "@"), let position = Int64(media[media.index(after: at)...]) else {
                    throw CommandError("usage", "--media is ITEM@SECONDS, for example film-7@120, not \(media).")
                }
                place.media = .init(item: String(media[..<at]), position: position, isPlaying: playing && !paused)
            }
            return place
        }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show the place, who holds the baton, and where else it was left.")
        @OptionGroup package var global: GlobalOptions
        @Option(help: "Whose: for staff, and for who has joined it with `baton session join`.") var person: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output { try SessionView.output(replica, person: person) }
    }

    package struct Resume: IntentCommand {
        package static let configuration = CommandConfiguration(abstract: "Take the baton: go on from here.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            let lease = try replica.lease()
            if lease.holder == replica.device.description { return nil }
            if let queued = try replica.queuedTake() { return queued.intent.id }
            return try replica.ask("session-take", lease.value, in: replica.space)
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try SessionView.answer(replica, intent) }
    }

    package struct Pass: IntentCommand {
        package static let configuration = CommandConfiguration(abstract: "Give the baton to another device.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "A device's id or name, as `baton devices` shows it.") var device: String
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            let known = replica.knownDevices
            let named = known.filter { $0.key.description == device || $0.value.name == device }.keys.sorted()
            if named.count > 1 { throw CommandError("ambiguous", "\(device) names \(named.count) devices: use an id of `baton devices`.") }
            guard let to = named.first ?? DeviceID(device) else {
                throw CommandError("invalid-value", "There is no device \(device) here. `baton devices` shows those that are known.")
            }
            let lease = try replica.lease()
            return try replica.ask("session-pass", .map([("epoch", .int(lease.epoch)), ("to", .string(to.description))]), in: replica.space)
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output { try SessionView.answer(replica, intent) }
    }
}

enum SessionView {
    /// The outcome of an intent about the baton: refused is an error, queued and done are the session.
    static func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
        let outcome = try replica.outcome(of: intent)
        if let outcome, !outcome.isDone { throw CommandError(outcome.status, outcome.message + " `baton session show` says where it is.") }
        return try output(replica, isQueued: intent != nil && outcome == nil)
    }

    static func output(_ replica: Replica, isQueued: Bool = false, person: String? = nil) throws -> Output {
        let session = try replica.session(person: person)
        let document = try replica.document(session)
        let lease = try replica.lease(of: session.space)
        // A device that asked for the baton and wasn't answered goes on by itself: that is a fork, until it is decided.
        let isTaking = try session.space == replica.space && replica.queuedTake() != nil
        let shown = isTaking ? Lease(epoch: lease.epoch, holder: replica.device.description) : lease
        let place = Session.place(document, shown)
        let alternatives = Session.alternatives(document, shown)
        let fields = Session.fields(document)
        let caret = try caret(place, replica)
        let others = alternatives.map { other in
            JSON.object(placeFields(other) + [(key: "device", value: JSON.string(other.device)), (key: "at", value: JSON.string(TimeText.iso(other.at)))])
        }
        var json: [(key: String, value: JSON)] = []
        if isQueued { json.append((key: "status", value: "queued")) }
        json += placeFields(place)
        json.append((key: "fields", value: .object(fields.map { (key: $0.name, value: JSON.string($0.value)) })))
        json.append((key: "caret", value: caret.map { JSON.int(Int64($0)) } ?? JSON.null))
        json.append((key: "holder", value: lease.holder.map(JSON.string) ?? .null))
        json.append((key: "epoch", value: .int(lease.epoch)))
        json.append((key: "alternatives", value: .array(others)))
        func name(_ device: String) -> String { DeviceID(device).flatMap { replica.knownDevices[$0]?.name } ?? String(device.prefix(8)) }
        let holder = lease.holder.map { "with \(name($0))\($0 == replica.device.description ? " (this device)" : "")" }
        let elsewhere = alternatives.map { "also at \($0.route), \(TimeText.short($0.at)) on \(name($0.device))" }
        return Output(.object(json)) { style in
            guard let place else { return isQueued ? "Asked for the baton; no place was reported yet." : "No place was reported yet." }
            let params = place.params.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            var lines = ["\(style.bold(place.route))\(place.step.map { " step \($0)" } ?? "")\(params)"]
            if !fields.isEmpty { lines.append(fields.map { "\($0.name): \($0.value)" }.joined(separator: "  ")) }
            if let holder { lines.append(holder) }
            if isQueued { lines.append(style.yellow("asked for the baton; it is decided once the hub is reached")) }
            return (lines + elsewhere.map(style.dim)).joined(separator: "\n")
        }
    }

    private static func placeFields(_ place: SessionPlace?) -> [(key: String, value: JSON)] {
        var fields: [(key: String, value: JSON)] = []
        fields.append((key: "route", value: place.map { .string($0.route) } ?? .null))
        fields.append((key: "params", value: .map(place?.params ?? [:])))
        fields.append((key: "step", value: place?.step.map(JSON.int) ?? .null))
        fields.append((key: "scroll", value: place?.scroll.map { .fields(["item": .string($0.item), "offset": .int($0.offset)]) } ?? .null))
        fields.append((key: "draft", value: place?.draft.map(JSON.string) ?? .null))
        let media = place?.media.map { media in
            JSON.fields(["item": .string(media.item), "position": .int(media.position), "playing": .bool(media.isPlaying)])
        }
        fields.append((key: "media", value: media ?? .null))
        fields.append((key: "finished", value: .bool(place?.isFinished ?? false)))
        return fields
    }

    private static func caret(_ place: SessionPlace?, _ replica: Replica) throws -> Int? {
        guard let place, let name = place.draft, let id = try? DraftShow.find(name, replica) else { return nil }
        return Draft.view(try replica.document(id)).carets.first { $0.device == place.device }?.at
    }
}
