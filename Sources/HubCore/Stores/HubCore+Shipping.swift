// Logs go both ways between a store's own hub and the central one: the central hub's log of each space comes down, from where it was read
// to; this hub's goes up, less what came from above, with a barrier behind it that says that it is on that disk. Both positions are
// kept, and begin anew when the central hub's epoch is another. What is sent twice is known there. Protocol/store-hubs.md 2.
internal import Commerce
internal import CRDT
internal import Store
internal import Sync

extension HubCore {
    static let downPrefix = Array("down:".utf8)
    static let upPrefix = Array("up:".utf8)

    // MARK: Down

    /// What is followed above: the store, the books, and of persons and devices those that somebody here follows or left
    /// something of.
    private func subscribeUp() throws(StoreError) {
        guard let serves, let uplink else { return }
        var spaces = Set(log.ends.keys.filter { $0.scheme != "store" })
        spaces.formUnion(checkedIn)
        for name in ["store:\(serves)", BookNames.space.name] { if let space = SpaceID(name) { spaces.insert(space) } }
        let new = spaces.subtracting(uplink.followed).sorted()
        guard !new.isEmpty else { return }
        var list: [Subscription] = []
        for space in new { list.append(Subscription(space: space, position: try down(space))) }
        self.uplink?.followed.formUnion(new)
        self.uplink?.wantsBarrier = true
        sayUp(.subscribe(list))
    }

    /// Somebody here follows a space.
    func checkIn(_ space: SpaceID) {
        guard serves != nil, ["person", "device"].contains(space.scheme) else { return }
        checkedIn.insert(space)
    }

    private func down(_ space: SpaceID) throws(StoreError) -> Position {
        try row(.meta, HubCore.downPrefix + Array(space.name.utf8)).map { Position(row: $0) } ?? .start
    }

    private func stageDown(_ space: SpaceID, _ position: Position) throws(StoreError) {
        put(.meta, HubCore.downPrefix + Array(space.name.utf8), position.row)
    }

    func takeFromAbove(_ entries: [Entry], _ space: SpaceID, _ from: UInt64, _ position: Position) throws {
        for entry in entries { try takeFromAbove(entry, space) }
        let known = try down(space).number
        if from <= known, known < position.number { try stageDown(space, position) }
    }

    private func takeFromAbove(_ entry: Entry, _ space: SpaceID) throws {
        switch entry {
        case .actor(let record): remember(record)
        case .fact(let fact): if fact.space == space { try take(fact, isFromAbove: true) }
        case .block(let bytes):
            guard let block = try? Block(decoding: bytes), block.document.space == space else { throw CloseReason.malformed("a block that can't be read") }
            // A central hub that was put back in time, and doesn't know, may have named its maker before where this hub reads on.
            guard let record = actors[block.actor] else { return try rereadDown(space) }
            guard block.isSigned(by: record) else { throw CloseReason.unauthorized("A block of \(block.document) isn't signed by its maker.") }
            let isCut = record.device.bytes == home && block.cut != nil
            // The cut of a history goes to the disk with the block that says it, and nothing before it.
            if isCut { try documents.flush() }
            switch try documents.take(block, isAuthority: isCut) {
            case .applied(let arrival, _):
                metrics.blocks += 1
                introduce(record, to: space, isFromAbove: true)
                log.append(.block(block.document, arrival: arrival), to: space, isFromAbove: true)
                if isCut { try follow(block) }
            case .known: metrics.duplicates += 1
            case .missing: try rereadDown(space)
            // Only this document stops: the block is kept to be looked at, and the rest goes on.
            case .fork, .invalid, .stale: setAside(block.document, bytes)
            }
        case .cut(let bytes): try adoptFromAbove(bytes)
        }
    }

    /// The central hub cut a history that is here as well.
    private func follow(_ block: Block) throws {
        guard let followed = try documents.follow(block, isOwn: { _ in false }, fresh: { _ in block.actor }) else {
            // Behind this block, which is taken in only once, the baseline comes.
            uplink?.resumed[block.document.space] = nil
            return try rereadDown(block.document.space)
        }
        for aside in followed.aside { setAside(block.document, aside) }
        if !followed.isKnown { try log.cut(block.document, dropped: followed.dropped, arrival: followed.arrival) }
    }

    /// The history that the central hub cut away, for who never had it.
    private func adoptFromAbove(_ bytes: [UInt8]) throws {
        guard let cut = try? SignedCut(decoding: bytes), let record = actors[cut.block.actor], record.device.bytes == home, cut.block.isSigned(by: record) else {
            throw CloseReason.unauthorized("A cut that isn't signed by the central hub.")
        }
        let id = cut.block.document
        try documents.flush()
        guard cut.covers(try documents.openWhole(id).document, but: { self.actors[$0]?.device.bytes == self.home }) else { return }
        guard let followed = try documents.adopt(cut, in: epoch, isOwn: { _ in false }, fresh: { _ in cut.block.actor }), !followed.isKnown else { return }
        for block in followed.aside { setAside(id, block) }
        introduce(record, to: id.space, isFromAbove: true)
        try log.cut(id, dropped: followed.dropped, arrival: followed.arrival, isAtEnd: true)
    }

    private func rereadDown(_ space: SpaceID) throws(StoreError) {
        guard uplink?.resumed[space] == nil else { return }
        uplink?.resumed[space] = 0
        sayUp(.subscribe([Subscription(space: space)]))
        uplink?.wantsBarrier = true
    }

    /// Both ends have everything, or say so once more.
    func compareUp(_ caughtUp: CaughtUp) throws {
        let answered = max(uplink?.answered ?? 0, caughtUp.ticket)
        uplink?.answered = answered
        let marks = uplink?.marks ?? [:]
        let mark = marks[caughtUp.ticket] ?? [:]
        // One answer may stand for several barriers.
        uplink?.marks = marks.filter { $0.key > caughtUp.ticket }
        for (space, position) in mark { put(.meta, HubCore.upPrefix + Array(space.name.utf8), DocumentKeys.number(position)) }
        for item in caughtUp.spaces where uplink?.followed.contains(item.space) == true {
            let known = try down(item.space)
            if known.number < item.position.number, uplink?.resumed[item.space].map({ $0 < known.number }) ?? true {
                // What is missing was said, and the disk didn't take it.
                uplink?.resumed[item.space] = known.number
                sayUp(.subscribe([Subscription(space: item.space, position: known)]))
                uplink?.wantsBarrier = true
                continue
            }
            if known.number < item.position.number { try stageDown(item.space, item.position) }
            noteTold(item.space, by: home ?? [])
            // What came or was made meanwhile isn't in what was compared: once more, behind that.
            if mark[item.space] ?? 0 != log.end(of: item.space) { uplink?.wantsBarrier = true } else if try heads(of: item.space, .storeHub) != item.heads { try repairUp(item.space) }
        }
    }

    /// Gets a whole space again, and sends all of it: once a connection.
    func repairUp(_ space: SpaceID) throws(StoreError) {
        guard uplink?.repaired.insert(space).inserted == true else { return }
        uplink?.sent[space] = 0
        uplink?.repairs.insert(space)
        sayUp(.subscribe([Subscription(space: space)]))
        uplink?.wantsBarrier = true
    }

    // MARK: Up

    /// Sends what the central hub lacks: entries, then answers, then what is asked of it.
    func pumpUp() throws(StoreError) {
        guard let epoch = uplink?.epoch, epoch != 0 else { return }
        try subscribeUp()
        try passParcelsUp()
        for space in log.ends.keys.sorted() { try ship(space) }
        for answer in uplink?.answers ?? [] { sayUp(.outcome(answer)) }
        uplink?.answers = []
        for errand in errands where errand.to == .above && uplink?.forwarded.insert(errand.number).inserted == true { sayUp(.forward(errand.forward)) }
        guard uplink?.wantsBarrier == true else { return }
        uplink?.wantsBarrier = false
        let ticket = (uplink?.ticket ?? 0) + 1
        uplink?.ticket = ticket
        let sent = uplink?.sent ?? [:]
        uplink?.marks[ticket] = sent
        sayUp(.barrier(ticket: ticket))
    }

    private func ship(_ space: SpaceID) throws(StoreError) {
        var known = uplink?.sent[space]
        if known == nil { known = try row(.meta, HubCore.upPrefix + Array(space.name.utf8)).map { DocumentKeys.number($0) } }
        // A whole space again: also what came from above, for a hub that was put back may lack it.
        let isAll = uplink?.repairs.remove(space) != nil || known == nil
        var position = known ?? 0
        var entries: [Entry] = []
        var byteCount = 0
        func say() {
            if !entries.isEmpty { sayUp(.upload(entries)) }
            if !entries.isEmpty { uplink?.wantsBarrier = true }
            (entries, byteCount) = ([], 0)
        }
        while position < log.end(of: space) {
            let batch = try log.read(space, after: position, limit: 256)
            if batch.isEmpty { position = log.end(of: space) }
            for item in batch {
                position = item.position
                guard isAll || !item.isFromAbove else { continue }
                let found = try self.entries(of: item.reference, for: .storeHub)
                entries += found
                byteCount += found.reduce(0) { $0 + $1.byteCount }
                if byteCount >= SyncLimits.entriesBytesTarget { say() }
            }
        }
        say()
        uplink?.sent[space] = position
    }
}
