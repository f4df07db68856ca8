// Every way in which three replicas can edit one container and hear of each other, for a few edits each.
//
// What a replica is in depends only on its history (`History`). So not the ways are gone through, of which there are
// too many, but the histories, from small to large. A history is reached from each one that is less by one edit which
// nobody had seen, by taking in that edit's change; all must come to the same bytes and show the same. By induction that is
// every order of delivery. A history whose last edit had seen all the rest is also reached by making the edit there;
// and one of few edits by taking in, at once, what any replica has that another hasn't. Each is held against a plain
// model of the container (`ContainerModel`), and all its invariants.
internal import CRDT
internal import Dispatch
internal import Synchronization

package struct Interleavings: Sendable {
    let model: any ContainerModel
    let vocabulary: [Character]
    /// By replica and number: the letters that the edit may be.
    let letters: [[[Int]]]
    let editsMax: Int
    private let actors = (0..<3).map(Interleavings.actor)

    package struct Count: Sendable {
        package var histories = 0
        /// Histories reached from another one, each held against the first way.
        package var deliveries = 0
        /// Orders of delivery that they stand for.
        package var orders: Double = 0
    }

    /// Histories of that many edits whose batches are tried as well.
    private static let batchedMax = 4

    static func actor(_ replica: Int) -> ActorID { ActorID(publicKey: [UInt8(replica)], incarnation: [1]) }
    /// Who made what was there before.
    static let first = actor(3)

    /// Each edit is any letter of the vocabulary.
    package init(_ model: any ContainerModel, _ vocabulary: String, edits: Int = 2, editsMax: Int = .max) {
        (self.model, self.vocabulary, self.editsMax) = (model, Array(vocabulary), min(editsMax, 3 * edits))
        letters = Array(repeating: Array(repeating: Array(0..<vocabulary.count), count: edits), count: 3)
    }

    /// Each replica has its script.
    package init(_ model: any ContainerModel, scripts: [String]) {
        let vocabulary = Array(Set(scripts.joined())).sorted()
        (self.model, self.vocabulary, editsMax) = (model, vocabulary, scripts.reduce(0) { $0 + $1.count })
        letters = scripts.map { $0.map { letter in vocabulary.indices.filter { vocabulary[$0] == letter } } }
    }

    private struct Change {
        var bytes: [UInt8]
        var target: Character?
    }

    private struct Known {
        var document: Document
        var orders: Double
    }

    /// What one thread found.
    private struct Found {
        var documents: [History: Known] = [:]
        var changes: [History: Change] = [:]
        var count = Count()
    }

    /// - Throws: `BrokenLaw`, with how it came about.
    package func explore() throws -> Count {
        var start = Document()
        try start.change(by: Interleavings.first, at: 0) { (document) throws in try model.begin(&document) }
        var all = Found()
        all.documents[History()] = Known(document: start, orders: 1)
        /// The small ones of all sizes: the others only until the next size is done.
        var small = all.documents
        for size in 1...editsMax {
            let (before, parts) = (all, small)
            let parents = Array(before.documents.keys)
            let next = Mutex<(found: Found, broken: (any Error)?)>((Found(), nil))
            let piece = 64
            DispatchQueue.concurrentPerform(iterations: (parents.count + piece - 1) / piece) { part in
                if next.withLock({ $0.broken != nil }) { return }
                var found = Found()
                do {
                    for parent in parents[(part * piece)..<min(parents.count, (part + 1) * piece)] {
                        try extend(parent, before, parts, isLast: size == editsMax, into: &found)
                    }
                    next.withLock { [found] in
                        $0.found.documents.merge(found.documents) { one, _ in one }
                        $0.found.changes.merge(found.changes) { one, _ in one }
                        $0.found.count.histories += found.count.histories
                        $0.found.count.deliveries += found.count.deliveries
                        $0.found.count.orders += found.count.orders
                    }
                } catch { next.withLock { $0.broken = error } }
            }
            let (found, broken) = next.withLock { $0 }
            if let broken { throw broken }
            all.documents = found.documents
            all.changes.merge(found.changes) { one, _ in one }
            all.count.histories += found.count.histories
            all.count.deliveries += found.count.deliveries
            all.count.orders += found.count.orders
            if size < Interleavings.batchedMax { small.merge(found.documents) { one, _ in one } }
        }
        return all.count
    }

    /// All histories of one edit more in which the last replica with an unseen edit made that.
    private func extend(_ parent: History, _ before: Found, _ small: [History: Known], isLast: Bool, into found: inout Found) throws {
        let counts = parent.counts
        for seen in parent.parts {
            for replica in 0..<3 where seen[replica] == counts[replica] && Int(counts[replica]) < letters[replica].count {
                for letter in letters[replica][Int(counts[replica])] {
                    let history = parent.adding(replica, seen: seen, letter: letter)
                    let last = history.lastEdits
                    guard last.last?.replica == replica else { continue }
                    try reach(history, last, from: parent, before, small, isLast: isLast, into: &found)
                }
            }
        }
    }

    private func reach(_ history: History, _ last: [Edit], from parent: History, _ before: Found, _ small: [History: Known], isLast: Bool,
                       into found: inout Found) throws {
        guard let edit = last.last, let known = before.documents[parent] else { return }
        var past = Past(history, vocabulary)
        func broken(_ law: String) -> BrokenLaw { BrokenLaw(description: "\(past): \(law)") }
        var document = known.document
        var orders = known.orders
        var own: Change?
        if last.count == 1 {
            var target: Character?
            try document.change(by: actors[edit.replica], at: 0) { (document) throws in target = try model.perform(past.letter(edit), edit, &document) }
            // What would change nothing is no edit, and is in nobody's past.
            guard document.version != known.document.version else { return }
            own = Change(bytes: document.encode(since: known.document.version), target: target)
            found.changes[history] = own
        } else {
            guard let change = before.changes[history.until(edit)] else { return }
            try document.take(change.bytes)
        }
        document.checkInvariants()
        let (body, shows) = (document.encodeBody(), describe(document))
        func expect(_ other: Document, _ way: String) throws {
            found.count.deliveries += 1
            guard other.encodeBody() == body else { throw broken("other bytes \(way)") }
            let found = describe(other)
            guard found == shows else { throw broken("\(shows), and \(way) \(found)") }
        }
        if let own {
            var taken = known.document
            try taken.take(own.bytes)
            try expect(taken, "where it is taken in")
        }
        for other in last.dropLast() {
            var counts = history.counts
            counts[other.replica] -= 1
            guard let rest = before.documents[history.prefix(counts)], let change = before.changes[history.until(other)] else { throw broken("a part of it is missing") }
            var taken = rest.document
            try taken.take(change.bytes)
            try expect(taken, "where \(other.replica).\(other.number) comes last")
            orders += rest.orders
        }
        if history.editCount <= Interleavings.batchedMax {
            let parts = history.parts.filter { $0 != history.counts }
            for one in parts {
                for other in parts where pointwiseMax(one, other) == history.counts {
                    guard let here = small[history.prefix(one)], let there = small[history.prefix(other)] else { throw broken("a part of it is missing") }
                    var taken = here.document
                    try taken.take(there.document.encode(since: taken.version))
                    try expect(taken, "where who has \(one) takes what who has \(other) has")
                }
            }
        }
        past.targets = model.hasTargets ? past.edits.map { before.changes[history.until($0)]?.target ?? own?.target } : []
        do { try model.check(document, past) } catch let error as BrokenLaw { throw broken("\(error): \(shows)") }
        found.count.histories += 1
        found.count.orders += orders
        if !isLast { found.documents[history] = Known(document: document, orders: orders) }
    }
}
