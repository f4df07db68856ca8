// What the tests of documents share: a seeded source of chance, actors, and random edits.
import CRDT

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

func actor(_ number: UInt8) -> ActorID { ActorID(publicKey: [number], incarnation: [number]) }

/// A replica of one document: a name to write under, and the document.
struct TestReplica {
    let actor: ActorID
    var document = Document()

    init(_ number: UInt8) { actor = CRDTTests.actor(number) }

    mutating func edit(_ body: (inout Document) throws -> Void) rethrows {
        try document.change(by: actor, at: 0) { (document) throws in try body(&document) }
    }

    mutating func receive(from other: TestReplica) throws {
        try document.apply(ChangeSet(decoding: other.document.encode(since: document.version)))
    }

    mutating func exchange(with other: inout TestReplica) throws {
        try receive(from: other)
        try other.receive(from: self)
    }

    /// One random edit of any kind that exists.
    mutating func editRandomly(_ random: inout SeededGenerator) throws {
        let words = ["a", "bc", "Grüße ", "🧦👟", "naïve", "x", "hello world ", "\u{1F9E5}"]
        try edit { document in
            for _ in 0...random.below(3) {
                switch random.below(10) {
                case 0...3:
                    let text = document.container(.text, "text")
                    let count = document.count(text)
                    if count > 0, random.chance(35) {
                        let at = random.below(count)
                        try document.delete(at: at, count: 1 + random.below(min(6, count - at)), in: text)
                    } else {
                        let at = random.chance(50) ? count : random.below(count + 1)
                        try document.insert(words[random.below(words.count)], at: at, in: text)
                    }
                case 4:
                    let list = document.container(.list, "list")
                    let count = document.count(list)
                    if count > 0, random.chance(30) {
                        try document.delete(at: random.below(count), count: 1, in: list)
                    } else {
                        try document.insert(.int(Int64(random.below(1_000))), at: random.below(count + 1), in: list)
                    }
                case 5:
                    let key = "key\(random.below(4))"
                    if random.chance(25) { document.remove(key) } else {
                        document.set(key, to: .map([("n", .int(Int64(random.below(9)))), ("s", .string("v"))]))
                    }
                case 6, 7:
                    let lines = document.container(.map, "lines")
                    let line = document.container(.map, "SKU-\(random.below(3))", in: lines)
                    let quantity = document.container(.quantity, "quantity", in: line)
                    let count = UInt64(random.below(6))
                    switch random.below(4) {
                    case 0: try document.edit(.more(count), in: quantity)
                    case 1: try document.edit(.less(count), in: quantity)
                    case 2: try document.edit(.set(count), in: quantity)
                    default: try document.edit(.remove, in: quantity)
                    }
                case 8: document.raise(to: Int64(random.below(50)), in: document.container(.max, "read"))
                default: document.setFlag(random.chance(50), in: document.container(.flag, "consent"))
                }
            }
        }
    }
}
