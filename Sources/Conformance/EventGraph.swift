// A recorded concurrent history: who typed what after having seen what. Replayed on a replica for each branch,
// delivered in several orders with repeats; the end text is the same, and it is the recorded one.
//
// One event is one inserted or deleted scalar, numbered through; parents are events.
internal import Bytes
internal import Console
internal import CRDT

enum EventGraph {
    struct Patch {
        let position: Int
        let deleted: Int
        let inserted: String

        init?(_ json: JSON) {
            guard let items = json.items, items.count == 3, let position = items[0].number, let deleted = items[1].number, let inserted = items[2].text else { return nil }
            self.position = Int(position)
            self.deleted = Int(deleted)
            self.inserted = inserted
        }
    }

    static func check(_ item: JSON) -> Verdict {
        guard let transactions = item["txns"]?.items, let end = item["endContent"]?.text else { return .failed("no history in it") }
        do {
            let updates = try replay(transactions)
            var chance = SeededGenerator(seed: 1)
            for round in 0..<4 {
                var order = updates
                if round == 1 { order.reverse() }
                if round > 1 { order = (updates + updates.prefix(8)).shuffled(using: &chance) }
                var reader = Document()
                try Delivery.deliver(order, to: &reader)
                let text = reader.existingContainer(.text, "text").map(reader.text) ?? ""
                if text != end { return .failed("in delivery order \(round) the text ends as \(JSON.string(text).encoded()), not as \(JSON.string(end).encoded())") }
            }
            return .passed
        } catch {
            return .failed("\(error)")
        }
    }

    /// - Returns: each event's change.
    private static func replay(_ transactions: [JSON]) throws -> [[UInt8]] {
        var states: [Document] = []
        var updates: [[UInt8]] = []
        for transaction in transactions {
            guard let parents = transaction["parents"]?.items?.compactMap({ $0.number.map(Int.init) }), let agent = transaction["agent"]?.text,
                  let start = transaction["seqStart"]?.number, let patches = transaction["ops"]?.items?.map(Patch.init) else { throw EditError.outOfRange(position: 0, count: 0) }
            var document = parents.first.map { states[$0] } ?? Document()
            for parent in parents.dropFirst() { try document.apply(ChangeSet(decoding: states[parent].encode(since: document.version))) }
            // Ties go by the agents' names, then by their sequence. These agents also write on several branches at
            // once, which an actor never does: each transaction gets an actor of its own.
            let name = agent.utf8.prefix(4).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } << (8 * UInt64(max(0, 4 - agent.utf8.count)))
            let actor = ActorID(high: name, low: UInt64(start))
            let text = document.container(.text, "text")
            func commit(_ body: (inout Document) throws -> Void) throws {
                let version = document.version
                try document.change(by: actor, at: 0) { try body(&$0) }
                updates.append(document.encode(since: version))
                states.append(document)
            }
            for case let patch? in patches {
                for _ in 0..<patch.deleted { try commit { try $0.delete(at: patch.position, count: 1, in: text) } }
                for (offset, scalar) in patch.inserted.unicodeScalars.enumerated() {
                    try commit { try $0.insert(String(scalar), at: patch.position + offset, in: text) }
                }
            }
        }
        return updates
    }
}

/// Delivers changes in any order: one that comes before what it builds on waits.
enum Delivery {
    static func deliver(_ updates: [[UInt8]], to document: inout Document) throws {
        var waiting = updates
        while !waiting.isEmpty {
            var left: [[UInt8]] = []
            for update in waiting {
                do { try document.apply(ChangeSet(decoding: update)) } catch ApplyError.missing { left.append(update) }
            }
            guard left.count < waiting.count else { throw ApplyError.missing(actor: ActorID(high: 0, low: 0), from: 0) }
            waiting = left
        }
    }
}
