// The laws of merging: worlds by chance for each container, and every interleaving of a few edits of three replicas.
// Exit code 1 where one is broken, with what brings it back.
//
//     laws [--cases N] [--first SEED] [--container NAME]   N worlds for each container, 20,000 unless told
//     laws --seed S [--container NAME]                     the one world of a seed
//     laws interleavings [--container NAME]                every interleaving of few edits
import CRDT
import Foundation
import Support
import Synchronization

let arguments = CommandLine.arguments
func option(_ name: String) -> String? { arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil } }
/// At once, also into a file or a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
let subjects = Subject.allCases.filter { option("--container") == nil || $0.rawValue == option("--container") }
let isGood = arguments.contains("interleavings") ? interleavings() : option("--seed").flatMap { UInt64($0) }.map(one) ?? worlds()
if !isGood { exit(1) }

func one(_ seed: UInt64) -> Bool {
    subjects.allSatisfy { failure($0, seed) == nil }
}

/// Says what is broken, and what brings it back.
func failure(_ subject: Subject, _ seed: UInt64) -> String? {
    do { try Laws.check(subject, seed: seed) } catch {
        say("laws --container \(subject.rawValue) --seed \(seed)\n\(error)")
        return "\(error)"
    }
    return nil
}

func worlds() -> Bool {
    let cases = option("--cases").flatMap { Int($0) } ?? 20_000
    let first = option("--first").flatMap { Int($0) } ?? 0
    let failures = Atomic(0)
    for subject in subjects {
        let began = Date()
        // In pieces, for as many cores as there are; what is broken shows early, and a few times is enough.
        let piece = 250
        DispatchQueue.concurrentPerform(iterations: (cases + piece - 1) / piece) { part in
            if failures.load(ordering: .relaxed) > 3 { return }
            for seed in part * piece..<min(cases, (part + 1) * piece) where failure(subject, UInt64(first + seed)) != nil { failures.add(1, ordering: .relaxed) }
        }
        say("\(subject.rawValue): \(cases) worlds in \(Int(Date().timeIntervalSince(began) * 10)) tenths of a second")
    }
    return failures.load(ordering: .relaxed) == 0
}

func interleavings() -> Bool {
    let (map, flag, max, quantity, text, list) = (MapModel(), FlagModel(), MaxModel(), QuantityModel(), SequenceModel(isText: true), SequenceModel(isText: false))
    // Two edits of each replica, each any letter of a vocabulary.
    var all: [(Subject, String, Interleavings)] = [(.map, map as any ContainerModel, ["sr"]), (.flag, flag, ["tf"]), (.max, max, ["15"]),
        (.text, text, ["eb", "em", "dm"]), (.list, list, ["ev", "dv"])].flatMap { subject, model, vocabularies in
            vocabularies.map { (subject, "two each of \($0)", Interleavings(model, $0)) }
        }
    // Of a quantity any four edits, and three of each replica in one script.
    all.append((.quantity, "any four of +-20", Interleavings(quantity, "+-20", edits: 3, editsMax: 4)))
    all.append((.quantity, "three each: +-0, 2+-, -0+", Interleavings(quantity, scripts: ["+-0", "2+-", "-0+"])))
    var isGood = true
    for (subject, name, interleavings) in all where subjects.contains(subject) {
        let began = Date()
        do {
            let count = try interleavings.explore()
            let seconds = Date().timeIntervalSince(began)
            say("\(subject.rawValue), \(name): \(count.histories) histories, \(count.deliveries) deliveries, which stand for \(Int(count.orders)) orders, in \(Int(seconds * 10)) tenths of a second")
        } catch {
            say("\(subject.rawValue), \(name): \(error)")
            isGood = false
        }
    }
    return isGood
}
