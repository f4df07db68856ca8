// A session: the place where a customer is, so that another device goes on from there.
//
//     places / DEVICE   register {epoch, sequence, at, route, params, step, scroll, draft, media, finished}
//     fields / NAME     register: form fields are edits, and merge whoever makes them
//
// The place that shows is the holder's of the baton. Who holds it, and in which epoch, is a fact that the
// hub decides: it is passed in. A place of an older epoch, or of who doesn't hold the baton, is an
// alternative, never the place.
package import CRDT

public struct SessionPlace: Equatable, Sendable {
    public var device = ""
    public var epoch: Int64 = 0
    /// Counts this device's reports.
    public var sequence: Int64 = 0
    /// Milliseconds since 1970, by the hub's clock as the device knows it.
    public var at: Int64 = 0
    public var route = ""
    public var params: [String: String] = [:]
    public var step: Int64?
    public var scroll: Scroll?
    public var draft: String?
    public var media: Media?
    public var isFinished = false
    /// Its device took the baton while it was offline, and was refused: what it did by then stays on offer.
    public var isBranch = false

    /// An item and the offset within it, not pixels of a page.
    public struct Scroll: Equatable, Sendable {
        public var item: String
        public var offset: Int64
        public init(item: String, offset: Int64) {
            self.item = item
            self.offset = offset
        }
    }

    public struct Media: Equatable, Sendable {
        public var item: String
        /// Seconds.
        public var position: Int64
        public var isPlaying: Bool
        public init(item: String, position: Int64, isPlaying: Bool) {
            self.item = item
            self.position = position
            self.isPlaying = isPlaying
        }
    }

    public init() {}
}

/// The baton as the hub last gave it.
public struct Lease: Equatable, Sendable {
    public let epoch: Int64
    /// A device's id; nil while it is free.
    public let holder: String?

    public init(epoch: Int64 = 0, holder: String? = nil) {
        self.epoch = epoch
        self.holder = holder
    }

    package init(_ value: Value?) {
        epoch = value?.number("epoch") ?? 0
        let holder = value?.text("holder") ?? ""
        self.holder = holder.isEmpty ? nil : holder
    }

    package var value: Value { .map([("epoch", .int(epoch)), ("holder", holder.map(Value.string) ?? .null)]) }
}

public enum Session {
    /// The holder's place. While nobody holds the baton, the last one reported; ties by device.
    package static func place(_ document: Document, _ lease: Lease) -> SessionPlace? {
        let places = places(document)
        if let holder = lease.holder {
            // The holder's own report; until it makes one, the place is where the session was.
            if let own = places.first(where: { $0.device == holder && $0.epoch == lease.epoch }) { return own }
            return places.filter { $0.epoch < lease.epoch || $0.device == holder }.max(by: precedes) ?? places.max(by: precedes)
        }
        return places.max(by: precedes)
    }

    /// Where else the session was left, and not taken over from: last first.
    package static func alternatives(_ document: Document, _ lease: Lease) -> [SessionPlace] {
        let shown = place(document, lease)
        return places(document).filter { other in
            guard let shown else { return !other.isFinished }
            let isOnOffer = other.epoch >= shown.epoch || other.isBranch && other.at > shown.at &- DocumentLimits.branchMilliseconds
            return other.device != shown.device && isOnOffer && !other.isFinished
        }.sorted { precedes($1, $0) }
    }

    /// A device's place is a branch from now on.
    /// - Parameter time: when it asked for the baton: what it reported before is none.
    package static func branch(_ device: String, since time: Int64, _ document: inout Document) throws(DocumentError) {
        guard var place = places(document).first(where: { $0.device == device }), place.at >= time, !place.isBranch else { return }
        place.isBranch = true
        try report(place, &document)
    }

    /// Within an epoch the last report stands, by the hub's time as the devices know it; but who is done is done,
    /// whatever another device reports that hadn't heard of it.
    private static func precedes(_ left: SessionPlace, _ right: SessionPlace) -> Bool {
        (left.epoch, left.isFinished ? 1 : 0, left.at, left.device) < (right.epoch, right.isFinished ? 1 : 0, right.at, right.device)
    }

    package static func fields(_ document: Document) -> [(name: String, value: String)] {
        guard let map = document.existingContainer(.map, "fields") else { return [] }
        return document.keys(in: map).compactMap { name in
            guard case .string(let value)? = document.value(name, in: map) else { return nil }
            return (name, value)
        }
    }

    // MARK: Reporting

    /// - Throws: `invalid-value` for what looks like a card number or a password, `too-large`.
    package static func setFields(_ fields: [String: String], _ document: inout Document) throws(DocumentError) {
        for (name, value) in fields {
            try checkName("The field", name)
            try checkText("The field \(name)", value)
            if Secrets.isSecret(name: name, value: value) { throw .secret(name) }
        }
        let map = document.container(.map, "fields")
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { document.set(name, to: .string(value), in: map) }
    }

    /// What no place may hold, whether it's reported or not.
    /// - Throws: `invalid-value`.
    package static func check(_ place: SessionPlace) throws(DocumentError) {
        for (name, value) in place.params where Secrets.isSecret(name: name, value: value) { throw .secret(name) }
        if Secrets.holdsCardNumber(place.route) { throw .secretRoute }
    }

    /// - Throws: as `check`; `too-large`.
    package static func report(_ place: SessionPlace, _ document: inout Document) throws(DocumentError) {
        try check(place)
        let value = value(of: place)
        var size = place.route.utf8.count + (place.draft?.utf8.count ?? 0) + (place.media?.item.utf8.count ?? 0) + (place.scroll?.item.utf8.count ?? 0)
        for (name, value) in place.params { size += name.utf8.count + value.utf8.count }
        guard size <= DocumentLimits.placeBytesMax else { throw .tooLarge("The session's place", DocumentLimits.placeBytesMax) }
        document.set(place.device, to: value, in: document.container(.map, "places"))
    }

    // MARK: Values

    private static func places(_ document: Document) -> [SessionPlace] {
        guard let map = document.existingContainer(.map, "places") else { return [] }
        return document.keys(in: map).compactMap { device in document.value(device, in: map).map { place(device, $0) } }
    }

    package static func value(of place: SessionPlace) -> Value {
        var fields: [(String, Value)] = [("epoch", .int(place.epoch)), ("sequence", .int(place.sequence)), ("at", .int(place.at)),
                                         ("route", .string(place.route)), ("finished", .bool(place.isFinished)),
                                         ("params", .map(place.params.map { ($0.key, .string($0.value)) }))]
        if place.isBranch { fields.append(("branch", .bool(true))) }
        if let step = place.step { fields.append(("step", .int(step))) }
        if let draft = place.draft { fields.append(("draft", .string(draft))) }
        if let scroll = place.scroll { fields.append(("scroll", .map([("item", .string(scroll.item)), ("offset", .int(scroll.offset))]))) }
        if let media = place.media {
            fields.append(("media", .map([("item", .string(media.item)), ("position", .int(media.position)), ("playing", .bool(media.isPlaying))])))
        }
        return .map(fields)
    }

    package static func place(_ device: String, _ value: Value) -> SessionPlace {
        var place = SessionPlace()
        place.device = device
        place.epoch = value.number("epoch")
        place.sequence = value.number("sequence")
        place.at = value.number("at")
        place.route = value.text("route")
        place.isFinished = value["finished"] == .bool(true)
        place.isBranch = value["branch"] == .bool(true)
        if case .fields(let params)? = value["params"] {
            for param in params { if case .string(let text) = param.value { place.params[param.key] = text } }
        }
        if case .int(let step)? = value["step"] { place.step = step }
        if case .string(let draft)? = value["draft"] { place.draft = draft }
        if let scroll = value["scroll"] { place.scroll = SessionPlace.Scroll(item: scroll.text("item"), offset: scroll.number("offset")) }
        if let media = value["media"] {
            place.media = SessionPlace.Media(item: media.text("item"), position: media.number("position"), isPlaying: media["playing"] == .bool(true))
        }
        return place
    }
}
