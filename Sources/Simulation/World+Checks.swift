// What always holds, looked for while a world runs and at its end. The numbers are those of the docs:
//
//     I2 acknowledged is everywhere    I3 once per intent    I4 equal replicas    I5 removed stays removed
//     I7 one holder an epoch           I9 read cursors don't go back              I11 bounds
//     I12 settles                      A1 nobody has what isn't theirs            A2 nor gets it without a right
//     P1 both ends keep to the protocol
//
// I10 needs a second world, under other clocks: the wrapper makes it.
internal import Bytes
internal import Commerce
internal import CRDT
internal import Documents
internal import HubCore
internal import Replica
internal import Store
internal import Sync

/// So many operations of an actor in a document were said to be on a disk.
struct Promise: Equatable {
    let document: DocumentID
    let actor: ActorID
    var count: UInt32
}

extension World {
    // MARK: While it runs

    /// What a device has of its own is promised: to its person, when the command ended. What it may give no more was
    /// promised when it could, and is not again.
    func promise(_ node: DeviceNode) {
        // A kiosk that has met no hub promises nothing beyond its power cord; and what it seals isn't made again on a history that was cut.
        guard let replica = node.replica, !replica.profile.isKiosk || (replica.outlivesPower && hub.cutting == nil), let actor = try? replica.currentActor(), let records = try? replica.documents.records() else { return }
        for (id, record) in records where record[actor].count > 0 && replica.mayGive(id) {
            if let index = promises.firstIndex(where: { $0.actor == actor && $0.document == id }) {
                if promises[index].count < record[actor].count { lookForReturned(node, id) }
                promises[index].count = max(promises[index].count, record[actor].count)
            } else {
                promises.append(Promise(document: id, actor: actor, count: record[actor].count))
            }
        }
    }

    /// A disk went back in time, or was damaged: what no other disk has is lost, and nobody could keep it. Nor does a
    /// disk count whose device follows that person no more: it may not give back what is theirs until they return.
    /// - Parameter isConcerned: of which promises; all, unless said otherwise.
    func excuse(without damaged: Int? = nil, where isConcerned: (Promise) -> Bool = { _ in true }) {
        let hubStores = hubs.map { DocumentStore($0.disk.copy()) }
        let stores = devices.indices.filter { $0 != damaged }.map { (node: devices[$0], store: DocumentStore(devices[$0].disk.copy())) }
        for index in promises.indices where isConcerned(promises[index]) {
            let id = promises[index].document
            let able = stores.filter { node, _ in node.replica?.mayGive(id) ?? true }.map(\.store)
            let kept = (able + hubStores).map { (try? $0.open(id).record[promises[index].actor].count) ?? 0 }.max() ?? 0
            promises[index].count = min(promises[index].count, kept)
        }
    }

    /// What a replica no longer shows, by the name of the operation that made it, it never shows again: who wants it
    /// back makes it anew. (Where branches are parted, names are given to other operations.)
    private func lookForReturned(_ node: DeviceNode, _ id: DocumentID) {
        guard !isForked, let remains = try? node.replica?.document(id).remains() else { return }
        let before = node.shown[id] ?? (remains, [])
        if let back = remains.live.intersection(before.gone).min(by: { "\($0)" < "\($1)" }) { fail("I5", "What \(back) made in \(id) was removed on \(node.name), and came back.") }
        let regained = before.remains.consumed.filter { remains.consumed[$0.key] ?? 0 < $0.value }
        if let (share, consumed) = regained.min(by: { ($0.key.quantity, $0.key.actor) < ($1.key.quantity, $1.key.actor) }) {
            fail("I5", "Of what \(share.actor) added to \(share.quantity) in \(id) \(consumed) were taken away on \(node.name), and \(remains.consumed[share] ?? 0) are now.")
        }
        node.shown[id] = (remains, before.gone.union(before.remains.live.subtracting(remains.live)))
    }

    /// What was made again goes on under other names: what was promised of the old ones is promised no more.
    func noteRemade(_ node: DeviceNode, _ events: [Replica.Event]) {
        for case .remade(let id, let stale) in events {
            node.shown[id] = nil
            remadeCount += 1
            trace.add(now, node.name, "remade", "\(id)")
            for item in stale {
                for index in promises.indices where promises[index].document == id && promises[index].actor == item.actor {
                    promises[index].count = min(promises[index].count, item.from)
                }
            }
        }
    }

    func look(_ node: DeviceNode, _ events: [Replica.Event]) {
        noteRemade(node, events)
        for case .changed(let id) in events { lookForReturned(node, id) }
        // What a guest hadn't brought before is brought no more.
        for case .refused(let refusal) in events where ["revoked", "expired"].contains(refusal.code) { excuse() }
        for case .changed(let id) in events where id.kind == "conversation" {
            guard let document = try? node.replica?.document(id), let container = document.existingContainer(.max, "read"),
                  let cursor = document.maximum(container) else { continue }
            if let before = node.readCursors[id], cursor < before { fail("I9", "The read cursor of \(id) went back on \(node.name), from \(before) to \(cursor).") }
            node.readCursors[id] = cursor
        }
    }

    func checkQueue(_ id: UInt64) {
        guard let connection = connections[id], connection.queuedDown > SimulationLimits.queueBytesMax else { return }
        fail("I11", "\(connection.queuedDown) bytes are queued for \(node(connection.caller).name), above the bound of \(SimulationLimits.queueBytesMax).")
    }

    /// What the hub says must be on its disk when it says it.
    func watchHub(_ connection: UInt64, _ bytes: [UInt8]) {
        guard let caller = connections[connection]?.caller, let hub = connections[connection].map({ hubs[$0.hub] }) else { return }
        if World.tag(bytes) == 3, case .device(let index) = caller, hub.book.revoked.contains(devices[index].replica?.profile.token ?? "") {
            fail("A2", "\(devices[index].name) lost its token and is still sent documents.")
        }
        guard World.tag(bytes) == 4, case .acknowledged(let list)? = try? NumberedFrame(decoding: bytes).frame else { return }
        for item in list {
            guard let row = try? hub.disk.get(.documents, DocumentKeys.document(item.document)), let record = try? DocumentRecord(decoding: row),
                  record[item.actor].count >= item.count else {
                return fail("I2", "The hub acknowledged \(item.count) operations of \(item.document) that its disk hasn't got.")
            }
        }
    }

    /// A frame that can't be taken, where every message came once, whole and in order, is a fault of ours.
    func noteClose(_ reason: CloseReason, by node: String) {
        faultCounts["close \(reason.name)", default: 0] += 1
        if areStreamsWhole, ["malformed", "out-of-order", "too-large"].contains(reason.name) { fail("P1", "\(node) closed a connection that nothing had disturbed: \(reason.message)") }
    }

    // MARK: At the end

    /// Every person looks at everything on their device, which finds what rotted meanwhile, and syncs.
    package func lookAtEverything() {
        for index in devices.indices {
            _ = try? perform(index, "look") { replica in
                for (id, _) in try replica.documents.records() { _ = try replica.document(id) }
                replica.requestBarrier()
            }
        }
    }

    /// Everything that must hold once a world has settled.
    package func check() {
        guard let core = hub.core else { return fail("I12", "The hub is down at the end.") }
        let hubStore = DocumentStore(hub.disk.copy())
        let latest = latestFacts(core)
        for node in devices {
            guard node.isOnline, !node.isRevoked, let replica = node.replica else { continue }
            // A fresh look at what is on the disk, not at what memory believes.
            guard let reopened = try? Replica.open(node.disk.copy(isContinuous: true), environment(node)) else {
                fail("I2", "\(node.name) can't be opened at the end.")
                continue
            }
            checkAlike(node, reopened, hubStore)
            checkPromises(node, reopened)
            checkAccess(node, reopened)
            checkFacts(node, reopened, latest)
            checkKiosk(node)
            if replica.metrics.poisoned > 0 { fail("I4", "\(node.name) set \(replica.metrics.poisoned) blocks aside that it could not take.") }
        }
        for (name, documents) in hubs.compactMap({ node in node.core.map { (node.name, $0.documents) } }) + devices.compactMap({ node in node.replica.map { (node.name, $0.documents) } }) {
            for space in (try? documents.spacesSummedWrong()) ?? [] { fail("I4", "\(name) counts other heads of \(space) than it has.") }
        }
        checkIntents(core)
        checkStock(core)
        checkMessages(core)
    }

    private func follows(_ node: DeviceNode, _ replica: Replica, _ id: DocumentID) -> Bool {
        if let joined = replica.joined[id.space] { return joined.mode.sees(kind: id.kind) }
        return Access.maySee(role(node), id.kind) && follows(node, replica, id.space)
    }

    /// Whether a device follows a space for itself, and all of it that its role sees.
    func follows(_ node: DeviceNode, _ replica: Replica, _ space: SpaceID) -> Bool {
        // A store's hub has the persons that somebody there follows.
        let isStaffs = role(node).isStaff && space.scheme == "person" && (node.via == 0 || node.connection.flatMap { connections[$0]?.hub } == 0)
        return space == replica.space || space == replica.deviceSpace || isStaffs
    }

    func role(_ node: DeviceNode) -> Role { Role(rawValue: node.setting.role) ?? .customer }

    private func checkAlike(_ node: DeviceNode, _ replica: Replica, _ hub: DocumentStore) {
        guard let theirs = try? hub.records() else { return fail("I4", "The hub's documents can't be listed.") }
        let mine = (try? replica.documents.records()) ?? []
        for id in Set(theirs.map(\.id)).union(mine.map(\.id)).sorted() where follows(node, replica, id) {
            guard let a = try? replica.documents.open(id).document, let b = try? hub.open(id).document else {
                fail("I4", "\(id) can't be opened on \(node.name) or on the hub.")
                continue
            }
            // Bytes say that they hold the same changes; content, that they make the same of them.
            if a.encodeBody() != b.encodeBody() { fail("I4", "\(node.name) and the hub differ in \(id).") }
            if ContentDigest.of(a) != ContentDigest.of(b) { fail("I4", "\(node.name) and the hub show other content in \(id).") }
        }
    }

    private func checkPromises(_ node: DeviceNode, _ replica: Replica) {
        for promise in promises where follows(node, replica, promise.document) {
            let here = (try? replica.documents.open(promise.document).record[promise.actor].count) ?? 0
            if here < promise.count, !isForked { fail("I2", "\(node.name) has \(here) of \(promise.count) acknowledged operations in \(promise.document).") }
        }
    }

    /// Whether branches were parted: then operations go on under other names.
    private var isForked: Bool { devices.contains { $0.wasCopied } }

    private func checkAccess(_ node: DeviceNode, _ replica: Replica) {
        let role = role(node)
        for (id, _) in (try? replica.documents.records()) ?? [] {
            if !Access.maySee(role, id.kind) { fail("A1", "\(node.name), a \(role.rawValue), has \(id) on its disk.") }
        }
        for row in (try? replica.store.scan(.facts, prefix: []).rows) ?? [] {
            guard let fact = try? Fact(decoding: row.value), !Access.maySee(role, fact: fact.resource) else { continue }
            fail("A1", "\(node.name), a \(role.rawValue), has \(fact.resource) of \(fact.space) on its disk.")
        }
    }

    /// Who has what one at a time has: a session's baton, a conversation.
    private func holder(_ fact: Fact) -> String? {
        if fact.resource.hasPrefix(Assigned.prefix) { return (try? Assigned(fact.value))?.assignee }
        guard fact.resource == "session", case .string(let holder)? = fact.value["holder"] else { return nil }
        return holder
    }

    /// One fact an intent, one holder an epoch: in the hub's log, unless that was put back in time.
    private func checkIntents(_ core: HubCore) {
        guard !hubs.contains(where: \.wasRestored) else { return }
        var holders: [String: String] = [:]
        var intents: Set<IntentID> = []
        var decided: Set<String> = []
        for fact in core.factsInLog() where fact.intent != .none {
            intents.insert(fact.intent)
            guard decided.insert("\(fact.intent) \(fact.space) \(fact.resource)").inserted else {
                fail("I3", "The intent \(fact.intent) was decided twice.")
                continue
            }
            guard let holder = holder(fact), case .int(let epoch)? = fact.value["epoch"] else { continue }
            if let other = holders.updateValue(holder, forKey: "\(fact.space) \(fact.resource) \(epoch)"), other != holder {
                fail("I7", "Two hold the \(fact.resource) of \(fact.space) in epoch \(epoch): \(other) and \(holder).")
            }
        }
        // Of two facts about one resource that overtook each other on their way up the later stands there.
        for hub in hubs.dropFirst() { intents.formUnion((hub.core?.factsInLog() ?? []).map(\.intent)) }
        for node in devices {
            for asked in (try? node.replica?.intents()) ?? [] where asked.intent.payload["alone"] != nil && asked.outcome?.isDone != true {
                fail("I3", "What \(node.name) handed over alone was refused as \(asked.outcome?.status ?? "").")
            }
            for asked in (try? node.replica?.intents()) ?? [] where asked.outcome?.status == "done" && !HubCore.isQuestion(asked.intent.kind) {
                if !intents.contains(asked.intent.id) { fail("I3", "\(node.name)'s intent was done, and the hub's log hasn't got it.") }
            }
        }
    }
}

extension World {
    /// What was found wrong since the last call.
    package func takeFailures() -> [Failure] {
        defer { failures = [] }
        return failures
    }

    /// Where nodes differ in the documents that all of them may see, in words.
    package func differences(among names: [String]) -> [String] {
        let nodes = names.compactMap { name in devices.first { $0.name == name } }
        let replicas = nodes.compactMap { node in node.replica.map { (node, $0) } }
        guard replicas.count == nodes.count else { return ["A device that is compared is not running."] }
        var stores = replicas.map { ($0.0.name, $0.1.documents) }
        for hub in hubs where names.contains(hub.name) { stores.append((hub.name, DocumentStore(hub.disk.copy()))) }
        let all = Set(stores.flatMap { ((try? $0.1.records()) ?? []).map(\.id) })
        var found: [String] = []
        for id in all.sorted() where replicas.allSatisfy({ follows($0.0, $0.1, id) }) && id.space.scheme != "device" {
            let bodies = stores.map { (try? $0.1.open(id).document.encodeBody()) ?? [] }
            for (index, body) in bodies.enumerated() where body != bodies[0] { found.append("\(stores[0].0) and \(stores[index].0) differ in \(id).") }
        }
        return found
    }

    /// What the hub shows of each document, less times: the same in worlds that differ only in their clocks (I10).
    package func content() -> [String: String] {
        let store = DocumentStore(hub.disk.copy())
        var content: [String: String] = [:]
        for (id, _) in (try? store.records()) ?? [] { content[id.description] = (try? store.open(id).document).map(ContentDigest.text) }
        return content
    }

    /// Whether nobody keeps a device from its hub: what is asked is decided sooner or later.
    package func isReachable(_ index: Int) -> Bool {
        let node = devices[index]
        return mayConnect(.device(index)) && !node.isRevoked && (node.isRunning || isComingBack(index))
            && targets(.device(index)).contains(where: isUp)
    }

    package func isComingBack(_ index: Int) -> Bool { devices[index].isPaused || isRestartDue(index) }

    func isRestartDue(_ index: Int) -> Bool { queue.items.contains { if case .restart(index) = $0.event { true } else { false } } }
}
