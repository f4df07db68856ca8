// Taking a branch out of a document: an actor's changes from a counter on, and all that builds on them.

extension Document {
    /// An actor's changes from a counter on; `fresh` is who they are made again under.
    package struct Cut: Equatable {
        package let actor: ActorID
        package var from: UInt32
        package var fresh: ActorID
    }

    /// What has to go with an actor's changes from `first` on, that first.
    package func dependents(of actor: ActorID, from first: UInt32) -> [Cut] {
        var cuts = [Cut(actor: actor, from: first, fresh: actor)]
        var isComplete = false
        while !isComplete {
            isComplete = true
            for (index, lane) in lanes.enumerated() {
                let isCut: (Dot) -> Bool = { [actors] dot in
                    cuts.contains { $0.actor == actors[Int(dot.actor)] && dot.counter >= $0.from && Int(dot.actor) != index }
                }
                guard let span = lane.spans.first(where: { $0.dependencies.contains(where: isCut) }) else { continue }
                if let known = cuts.firstIndex(where: { $0.actor == actors[index] }) {
                    guard span.start < cuts[known].from else { continue }
                    cuts[known].from = span.start
                } else {
                    cuts.append(Cut(actor: actors[index], from: span.start, fresh: actors[index]))
                }
                isComplete = false
            }
        }
        return cuts
    }

    /// This document without what was cut.
    package func without(_ cuts: [Cut]) throws(ApplyError) -> Document {
        guard let first = cuts.first else { return self }
        var kept = version
        for cut in cuts where cut.from < kept.count(of: cut.actor) { kept = kept.setting(cut.actor, to: cut.from) }
        var copy = self
        copy.wake()
        do {
            return try copy.replayed(to: kept)
        } catch let error as ApplyError {
            throw error
        } catch {
            throw .invalid(actor: first.actor, counter: first.from, rule: "what was encoded here decodes: \(error)")
        }
    }
}
